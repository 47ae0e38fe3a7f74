"""Whether what somebody says of themselves matches what is known of a customer: yes or no, and never the value.

The key service compares, and lets few tries; what was answered is kept nowhere. PINs and one-time codes are set by the
center's own programs, and asked for by these alone: customers enter them themselves, and no person hears them.
"""

from datetime import datetime

from hushkeep.kernel import Action, Denied, InvalidInput, NotFound, Permit, SubjectId
from hushkeep.keys.questions import FIELDS, ONE_TIME_CODE, PIN
from hushkeep.records import _capsules
from hushkeep.records.models import Capsule, Subject
from hushkeep.runtime.key_client import KeyClient, Place

ENTERED = frozenset({PIN, ONE_TIME_CODE})
"""What customers enter themselves, at a program of the center: no person types it for them."""


def questions(subject: SubjectId) -> tuple[str, ...]:
    """Return what a person may ask of ``subject``, by name: what their card holds, but for what customers enter."""
    held = {name for row in _capsules.of(subject) for name in row.shown if _stands(row, name)}
    return tuple(sorted(q for q, fields in FIELDS.items() if q not in ENTERED and held.intersection(fields)))


def verify(  # noqa: PLR0913 - who, whose, which question and what was answered
    permit: Permit, subject: SubjectId, question: str, answer: str, keys: KeyClient, *, now: datetime
) -> bool:
    """Return whether ``answer`` is the customer's own to ``question``. Call it inside the gate alone.

    Raises NotFound for no such customer, InvalidInput("question_unknown") for what may not be asked of them,
    Denied("customer_enters_it") to a person who types a PIN or a code, Denied("rate_limited") by the key service: five
    tries a customer in 15 minutes, whoever asks.
    """
    permit.require(Action.CUSTOMER_VERIFY, subject, now=now)
    if permit.role is not None and question in ENTERED:
        raise Denied("customer_enters_it")
    _known(subject)
    if question == ONE_TIME_CODE:
        return keys.verify_code(permit.tenant, permit.actor, permit.decision, subject, answer)
    # The latest word on a field stands, as on the card.
    named = [row for row in _capsules.of(subject) if set(row.shown).intersection(FIELDS.get(question, ()))]
    last = named[-1] if named else None
    if last is None or not any(_stands(last, field) for field in FIELDS[question]):
        raise InvalidInput("question_unknown")
    place = Place(last.id, last.version)
    return keys.verify(permit.tenant, permit.actor, permit.decision, question, answer, place, bytes(last.sealed))


def set_pin(permit: Permit, subject: SubjectId, pin: str, keys: KeyClient, *, now: datetime) -> None:
    """Let ``pin`` (4 to 12 digits) be the customer's from now on: a digest of it is kept, at the key service's word.

    Raises NotFound, InvalidInput for what is no PIN.
    """
    permit.require(Action.CUSTOMER_ENROL, subject, now=now)
    _known(subject)
    _capsules.add_pin(permit.tenant, subject, pin, keys)


def issue_code(permit: Permit, subject: SubjectId, keys: KeyClient, *, now: datetime) -> str:
    """Return a fresh one-time code (6 digits, five minutes) for the customer, to be sent to them by another way.

    Raises NotFound, Denied("rate_limited") for the fourth within 15 minutes.
    """
    permit.require(Action.CUSTOMER_ENROL, subject, now=now)
    _known(subject)
    return keys.issue_code(permit.tenant, permit.actor, permit.decision, subject)


def _stands(row: Capsule, name: str) -> bool:
    """Whether the capsule holds the field: a PIN has no masked form, any other field without one is absent."""
    return name in row.shown and (row.shown[name] is not None or name == PIN)


def _known(subject: SubjectId) -> None:
    if not Subject.objects.filter(id=subject).exists():
        raise NotFound(f"customer {subject}")
