"""Changes of a customer's data: each keeps what stood before and what stands after, sealed, and can be undone.

    stands ──► undone
       └────► final      (after 72 hours; what was deleted is gone then)

A change writes a further capsule; nothing is overwritten. A deletion is a capsule too, whose fields stand as absent:
undoing takes it away, so what comes back is the very bytes that were there.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from django.db import connections

from hushkeep import detect
from hushkeep.kernel import Action, Conflict, InvalidInput, NotFound, Permit, SubjectId, TenantId, new_id
from hushkeep.records import _capsules, _subjects
from hushkeep.records._examine import entity_of, is_secret
from hushkeep.records._normal import INDEXED, normal
from hushkeep.records.models import Capsule, Subject, SubjectIndex
from hushkeep.records.models import Change as Row
from hushkeep.runtime.key_client import KeyClient

UNDONE_WITHIN = timedelta(hours=72)
"""How long a change or deletion can be taken back; a deletion is carried out for good only then."""

CLASSES = ("contact", "identity", "payment")
_NAME = re.compile(r"\w(?:[\w .-]{0,62}\w)?")
_VALUE_CHARACTERS = 500


class ChangeKind(StrEnum):
    """What was done."""

    CHANGE = "change"
    DELETE = "delete"


class ChangeState(StrEnum):
    """Where it stands."""

    STANDS = "stands"
    UNDONE = "undone"
    FINAL = "final"


NEXT: Mapping[ChangeState, frozenset[ChangeState]] = MappingProxyType(
    {
        ChangeState.STANDS: frozenset({ChangeState.UNDONE, ChangeState.FINAL}),
        ChangeState.UNDONE: frozenset(),
        ChangeState.FINAL: frozenset(),
    }
)
"""ChangeState -> the states that may follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change: which fields of which class, by whom, and their masked forms before and after (None: absent)."""

    id: UUID
    subject: SubjectId
    kind: ChangeKind
    state: ChangeState
    klass: str
    actor: UUID
    at: datetime
    undo_until: datetime
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    undone_by: UUID | None
    undone_at: datetime | None


def step(state: ChangeState, to: ChangeState) -> ChangeState:
    """Return ``to`` when it may follow; raise Conflict, which names where the change stands."""
    if to not in NEXT[state]:
        raise Conflict(f"change_{state.value}")
    return to


def change(
    permit: Permit, subject: SubjectId, fields: Mapping[str, str], keys: KeyClient, *, now: datetime
) -> tuple[Change, ...]:
    """Return the changes, one for each class of personal data that ``fields`` belong to.

    Raises NotFound, InvalidInput for no fields, an empty or overlong name or value, or a secret, which is never kept;
    Conflict("contact_of_another") for a value that names another customer.
    """
    permit.require(Action.CUSTOMER_CHANGE, subject, now=now)
    if any(is_secret(name) for name in fields):
        raise InvalidInput("secret_not_kept")
    if not all(_NAME.fullmatch(name) for name in fields):
        raise InvalidInput("field_malformed")
    if not fields or any(not value.strip() or len(value) > _VALUE_CHARACTERS for value in fields.values()):
        raise InvalidInput("no_such_value")
    _alone(subject)
    added = _reindexed(permit.tenant, subject, fields, keys)
    standing = shown(subject)
    done = []
    for klass, part in sorted(_capsules.by_class(fields).items()):
        capsule = _capsules.add(permit.tenant, subject, klass, part, keys)
        before = {name: standing.get((klass, name)) for name in part}
        index = [[name, digest.hex()] for name, _, digest in added if detect.klass(name) == klass]
        done.append(_written(permit, ChangeKind.CHANGE, capsule, before, index, now))
    _index(permit.tenant, subject, added, keys)
    return tuple(done)


def delete(
    permit: Permit, subject: SubjectId, classes: Sequence[str], keys: KeyClient, *, now: datetime
) -> tuple[Change, ...]:
    """Return the deletions of every field of ``classes``: absent from now on, gone for good when the window is over.

    Raises NotFound, InvalidInput for an unknown class, Conflict("nothing_there") where none of them holds a field.
    """
    permit.require(Action.CUSTOMER_DELETE, subject, now=now)
    if not classes or not set(classes) <= set(CLASSES):
        raise InvalidInput("class_unknown")
    _alone(subject)
    standing = shown(subject)
    done = []
    for klass in sorted(set(classes)):
        before: dict[str, str | None] = {name: text for (k, name), text in standing.items() if k == klass}
        if before:
            capsule = _capsules.add_absence(permit.tenant, subject, klass, sorted(before), keys)
            done.append(_written(permit, ChangeKind.DELETE, capsule, before, [], now))
    if not done:
        raise Conflict("nothing_there")
    return tuple(done)


def undo(permit: Permit, change_id: UUID, *, now: datetime) -> Change:
    """Return the change, undone: what stood before it stands again, byte for byte.

    Raises NotFound, Conflict("change_…") where it was undone, is final or too old, Conflict("changed_since") where a
    later change of the same class stands on it.
    """
    permit.require(Action.CUSTOMER_UNDO, change_id, now=now)
    row = Row.objects.select_for_update().filter(id=change_id).first()
    if row is None:
        raise NotFound(f"change {change_id}")
    late = row.state == ChangeState.STANDS and now >= row.undo_until
    step(ChangeState.FINAL if late else ChangeState(row.state), ChangeState.UNDONE)
    _alone(SubjectId(row.subject))
    later = Row.objects.filter(subject=row.subject, klass=row.klass, state=ChangeState.STANDS.value, id__gt=row.id)
    if later.exists():
        raise Conflict("changed_since")
    Capsule.objects.filter(id=row.capsule).update(undone=True)
    for name, digest in row.index:
        SubjectIndex.objects.filter(subject=row.subject, name=name, digest=bytes.fromhex(digest)).delete()
    row.state, row.undone_by, row.undone_at = ChangeState.UNDONE.value, permit.actor, now
    row.save(update_fields=["state", "undone_by", "undone_at"])
    return _value(row)


def history(permit: Permit, subject: SubjectId, *, now: datetime, limit: int = 200) -> tuple[Change, ...]:
    """Return what was changed of a customer, the latest first, masked; raises NotFound."""
    permit.require(Action.CUSTOMER_VIEW, subject, now=now)
    _known(subject)
    return tuple(_value(row) for row in Row.objects.filter(subject=subject).order_by("-id")[:limit])


def subject_of(change_id: UUID) -> SubjectId | None:
    """Return whose data it changed, for the gate's target; None when there is none in this center."""
    found = Row.objects.filter(id=change_id).values_list("subject", flat=True).first()
    return None if found is None else SubjectId(found)


def settle(*, now: datetime) -> list[Change]:
    """Make what is past its window final, in the open transaction; return it. What was deleted is purged."""
    rows = Row.objects.select_for_update(skip_locked=True).filter(state=ChangeState.STANDS.value, undo_until__lte=now)
    return [_settled(row) for row in rows.order_by("id")]


def shown(subject: SubjectId) -> dict[tuple[str, str], str]:
    """Return the masked form of each (class, field) that stands: a later capsule's word over an earlier one's."""
    rows = Capsule.objects.filter(subject=subject, undone=False).order_by("version", "id")
    latest = {(row.klass, name): text for row in rows for name, text in row.shown.items()}
    return {place: text for place, text in latest.items() if text is not None}


def _settled(row: Row) -> Change:
    if row.kind == ChangeKind.DELETE:
        last = Capsule.objects.get(id=row.capsule).version
        those = Capsule.objects.filter(subject=row.subject, klass=row.klass)
        those.filter(version__lt=last).delete()
        if not those.filter(version__gt=last, undone=False).exists():
            names = [name for name in INDEXED if detect.klass(name) == row.klass]
            SubjectIndex.objects.filter(subject=row.subject, name__in=names).delete()
    row.state = ChangeState.FINAL.value
    row.save(update_fields=["state"])
    return _value(row)


def _reindexed(
    tenant: TenantId, subject: SubjectId, fields: Mapping[str, str], keys: KeyClient
) -> list[tuple[str, str, bytes]]:
    """Return the (index, value, digest) that ``fields`` add to the customer; a contact of another is refused."""
    _known(subject)
    pairs = [
        (entity, value)
        for name, text in fields.items()
        if (entity := entity_of(name)) in INDEXED and (value := normal(entity, text))
    ]
    digests = keys.index(tenant, pairs) if pairs else []
    owners = {
        (name, bytes(digest)): owner
        for name, digest, owner in SubjectIndex.objects.filter(digest__in=digests).values_list(
            "name", "digest", "subject"
        )
    }
    if any(owner != subject for owner in owners.values()):
        raise Conflict("contact_of_another")
    return [
        (name, value, digest)
        for (name, value), digest in zip(pairs, digests, strict=True)
        if (name, digest) not in owners
    ]


def _index(tenant: TenantId, subject: SubjectId, added: Sequence[tuple[str, str, bytes]], keys: KeyClient) -> None:
    for name, _, digest in added:
        SubjectIndex(tenant=tenant, name=name, digest=digest, subject=subject).save(force_insert=True)
    try:
        _subjects.bind_now(tenant, {(name, value): subject for name, value, _ in added}, keys)
    except Conflict:
        raise Conflict("contact_of_another") from None  # theirs once, and the key service forgets none


def _written(  # noqa: PLR0913, PLR0917 - a change has so many parts
    permit: Permit,
    kind: ChangeKind,
    capsule: Capsule,
    before: Mapping[str, str | None],
    index: Sequence[Sequence[str]],
    now: datetime,
) -> Change:
    row = Row(
        id=new_id(),
        tenant=permit.tenant,
        subject=capsule.subject,
        kind=kind.value,
        state=ChangeState.STANDS.value,
        klass=capsule.klass,
        capsule=capsule.id,
        actor=permit.actor,
        event=permit.decision,
        at=now,
        undo_until=now + UNDONE_WITHIN,
        before=dict(before),
        after=capsule.shown,
        index=list(index),
    )
    row.save(force_insert=True)
    return _value(row)


def _known(subject: SubjectId) -> None:
    if not Subject.objects.filter(id=subject).exists():
        raise NotFound(f"customer {subject}")


def _alone(subject: SubjectId) -> None:
    """Two changes of one customer wait for each other, so that each sees what the other left."""
    _known(subject)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"change {subject}"])


def _value(row: Row) -> Change:
    return Change(
        id=row.id,
        subject=SubjectId(row.subject),
        kind=ChangeKind(row.kind),
        state=ChangeState(row.state),
        klass=row.klass,
        actor=row.actor,
        at=row.at,
        undo_until=row.undo_until,
        before=row.before,
        after=row.after,
        undone_by=row.undone_by,
        undone_at=row.undone_at,
    )
