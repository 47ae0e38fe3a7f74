"""Whose conversation it is: subjects found by keyed digests of what the source says of the customer, or made."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from hushkeep.kernel import Conflict, SubjectId, TenantId, new_id
from hushkeep.records import _insert, demo_limit
from hushkeep.records._examine import Examined, entity_of
from hushkeep.records._normal import INDEXED, normal
from hushkeep.records.models import SubjectIndex
from hushkeep.runtime.key_client import KeyClient

_log = logging.getLogger(__name__)

# The strongest first: where two say different subjects, the first decides and a later merge settles the rest.
_ORDER = ("customer_id", "id_card", "bank_card", "phone", "email")


def identifiers(item: Examined) -> list[tuple[str, str]]:
    """Return the (index, normal value) pairs by which the source names the customer, the strongest first."""
    found: dict[str, str] = {}
    if item.customer_source_id:
        found["customer_id"] = item.customer_source_id
    for name, text in item.customer.items():
        entity = entity_of(name)
        if entity in INDEXED and (value := normal(entity, text)):
            found.setdefault(entity, value)
    return [(name, found[name]) for name in _ORDER if name in found]


@dataclass(slots=True)
class Resolution:
    """The subject of each conversation, which of them are new, and whose each (index, digest) is."""

    subjects: list[SubjectId] = field(default_factory=list)
    new: list[SubjectId] = field(default_factory=list)
    rows: list[tuple[str, bytes, SubjectId]] = field(default_factory=list)
    owners: dict[tuple[str, bytes], SubjectId] = field(default_factory=dict)


def resolve(
    named: Sequence[Sequence[tuple[str, bytes]]],
    settled: Sequence[SubjectId | None],
    *,
    fresh: Callable[[], UUID] = new_id,
) -> Resolution:
    """Return a subject for each conversation, given the (index, digest) pairs that name its customer.

    ``settled`` holds the subject of conversations that have one already. A conversation whose customer is not named
    gets a subject of its own, under an id that ``fresh`` returns. Reads the tenant's index; writes nothing.
    """
    wanted = {pair for pairs in named for pair in pairs}
    known: dict[tuple[str, bytes], SubjectId] = {}
    if wanted:
        rows = SubjectIndex.objects.filter(digest__in={digest for _, digest in wanted})
        for name, digest, subject in rows.values_list("name", "digest", "subject"):
            known[name, bytes(digest)] = SubjectId(subject)
    done = Resolution()
    for pairs, own in zip(named, settled, strict=True):
        subject = own or next((known[pair] for pair in pairs if pair in known), None)
        if subject is None:
            subject = SubjectId(fresh())
            done.new.append(subject)
        for pair in pairs:
            if pair not in known:
                known[pair] = subject
                done.rows.append((*pair, subject))
        done.subjects.append(subject)
    done.owners = known
    return done


CONTACTS = {"phone": "phone", "email": "email", "customer_id": "source_id"}
"""Our index -> what a connector calls it when it tells who is on the line."""


def bind(tenant: TenantId, contacts: Mapping[tuple[str, str], SubjectId], keys: KeyClient) -> None:
    """Tell the key service whose each contact (index, normal value) is, once what says so is committed.

    From then on a connector's signed word finds the customer. Bound earlier, it would outlive a rollback, and the
    contact would be nobody's for ever; should the service be away just then, the customer's next conversation binds it.
    """
    told = _told(contacts)
    if told:
        transaction.on_commit(lambda: _bind(tenant, told, keys))


def bind_now(tenant: TenantId, contacts: Mapping[tuple[str, str], SubjectId], keys: KeyClient) -> None:
    """Tell the key service at once, within the transaction; raises Conflict for a contact that is bound to another."""
    told = _told(contacts)
    if told:
        keys.bind_contacts(tenant, told)


def _told(contacts: Mapping[tuple[str, str], SubjectId]) -> list[tuple[SubjectId, str, str]]:
    return [(subject, CONTACTS[name], value) for (name, value), subject in contacts.items() if name in CONTACTS]


def _bind(tenant: TenantId, told: Sequence[tuple[SubjectId, str, str]], keys: KeyClient) -> None:
    """Bind what can be bound: a contact that was another customer's stays theirs, what came with it is bound."""
    try:
        keys.bind_contacts(tenant, told)
    except Conflict:
        for one in told:
            try:
                keys.bind_contacts(tenant, [one])
            except Conflict:
                _log.warning("a contact of subject %s is bound to another", one[0])


def write(tenant: TenantId, resolution: Resolution, keys: KeyClient, now: datetime) -> None:
    """Make the new subjects, their keys and their index rows. Raises Denied where a demo would hold too many."""
    if resolution.new:
        demo_limit.make_room(tenant, len(resolution.new))
        keys.create_subjects(tenant, resolution.new)
        _insert.subjects(tenant, resolution.new, now)
    if resolution.rows:
        _insert.subject_indexes(tenant, resolution.rows)
