"""Before something is sent or handed out for a customer: is it theirs, and does it go to them?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hushkeep import detect
from hushkeep.kernel import Action, Denied, InvalidInput, NotFound, Permit, SubjectId, TenantId, Turn
from hushkeep.records._normal import INDEXED, normal
from hushkeep.records.models import Subject, SubjectIndex
from hushkeep.runtime.key_client import KeyClient

RECIPIENT_OF_ANOTHER = "recipient_of_another"
RECIPIENT_UNKNOWN = "recipient_unknown"
NAMES_ANOTHER = "names_another"

HELD = frozenset({RECIPIENT_OF_ANOTHER, RECIPIENT_UNKNOWN, NAMES_ANOTHER})
"""The reasons for which something is held."""

_CONTACTS = ("email", "phone")
_CHARACTERS = 200_000


class Astray(Denied):
    """Something would go to the wrong customer, or tells of another; an instance's ``code`` is the reason."""

    code = "astray"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check found; ``held`` by any of the ``reasons``. ``others`` counts the other customers it names."""

    reasons: tuple[str, ...]
    others: int

    @property
    def held(self) -> bool:
        """Whether it must not leave like this."""
        return bool(self.reasons)


def check(  # noqa: PLR0913 - for whom, to whom, and what
    permit: Permit, subject: SubjectId, to: tuple[str, str], text: str, keys: KeyClient, *, now: datetime
) -> Checked:
    """Return whether ``text``, meant for ``subject``, may go to the contact ``to`` (index, value).

    Every phone number, address for mail, card and identity number found in the text is looked up by its keyed digest:
    one that is another customer's holds it. What detection does not find, or nobody's index knows, is not seen.
    Raises NotFound, InvalidInput for what is no contact or too long.
    """
    permit.require(Action.CUSTOMER_CHECK, subject, now=now)
    if not Subject.objects.filter(id=subject).exists():
        raise NotFound(f"customer {subject}")
    if len(text) > _CHARACTERS:
        raise InvalidInput("text_too_long")
    reasons = []
    contact = contact_of(*to)
    owners = _owners(permit.tenant, {contact} | _named(text), keys)
    if contact not in owners:
        reasons.append(RECIPIENT_UNKNOWN)
    elif owners[contact] != subject:
        reasons.append(RECIPIENT_OF_ANOTHER)
    others = {owner for pair, owner in owners.items() if pair != contact and owner != subject}
    if others:
        reasons.append(NAMES_ANOTHER)
    return Checked(tuple(reasons), len(others))


def recipient(tenant: TenantId, to: tuple[str, str], keys: KeyClient) -> SubjectId | None:
    """Return whose contact ``to`` (index, value) is, or None; raises InvalidInput for what is no contact."""
    contact = contact_of(*to)
    return _owners(tenant, {contact}, keys).get(contact)


def addressed(tenant: TenantId, subject: SubjectId, to: tuple[str, str], keys: KeyClient) -> bytes:
    """Return the keyed digest of the contact ``to`` (index, value) of ``subject``, to whom something goes.

    Raises Astray where it is another customer's or nobody's, InvalidInput for what is no contact.
    """
    contact = contact_of(*to)
    digest = keys.index(tenant, [contact])[0]
    check_owner(subject, contact[0], digest)
    return digest


def check_owner(subject: SubjectId, index: str, digest: bytes) -> None:
    """Return when the contact of ``digest`` is still ``subject``'s; raises Astray."""
    owner = SubjectIndex.objects.filter(name=index, digest=digest).values_list("subject", flat=True).first()
    if owner is None:
        raise Astray(RECIPIENT_UNKNOWN)
    if owner != subject:
        raise Astray(RECIPIENT_OF_ANOTHER)


def check_named(tenant: TenantId, subject: SubjectId, texts: Iterable[str], keys: KeyClient) -> None:
    """Return when ``texts`` name no other customer than ``subject``; raises Astray. Sees what ``check`` sees."""
    pairs: set[tuple[str, str]] = set()
    for text in texts:
        pairs |= _named(text)
    if pairs and any(owner != subject for owner in _owners(tenant, pairs, keys).values()):
        raise Astray(NAMES_ANOTHER)


def contact_of(index: str, value: str) -> tuple[str, str]:
    """Return the contact as its index knows it; raises InvalidInput."""
    looked_for = normal(index, value) if index in _CONTACTS else None
    if looked_for is None:
        raise InvalidInput("contact_malformed")
    return index, looked_for


def _named(text: str) -> set[tuple[str, str]]:
    found = detect.find([Turn("agent", text)])
    values = ((one.entity, text[one.start : one.end]) for one in found if one.entity in INDEXED)
    return {(entity, value) for entity, said in values if (value := normal(entity, said))}


def _owners(tenant: TenantId, pairs: Iterable[tuple[str, str]], keys: KeyClient) -> dict[tuple[str, str], SubjectId]:
    asked = sorted(pairs)
    digests = dict(zip(asked, keys.index(tenant, asked), strict=True))
    rows = SubjectIndex.objects.filter(digest__in=list(digests.values())).values_list("name", "digest", "subject")
    known = {(name, bytes(digest)): SubjectId(subject) for name, digest, subject in rows}
    return {pair: known[pair[0], digest] for pair, digest in digests.items() if (pair[0], digest) in known}
