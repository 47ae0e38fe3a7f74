"""A customer's personal fields: one capsule for each subject, class and set of fields, sealed by the key service."""

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

import cbor2
from django.db.models import Max

from hushkeep import detect
from hushkeep.kernel import SubjectId, TenantId, Turn, new_id
from hushkeep.keys.questions import PIN
from hushkeep.records import _insert
from hushkeep.records._examine import entity_of
from hushkeep.records._fingerprint import fields_of
from hushkeep.records.models import Capsule
from hushkeep.runtime.key_client import KeyClient, Place

_HIDDEN = "****"
_CLASSES = frozenset({"contact", "identity", "payment"})
Fields = Mapping[str, str]


def by_class(customer: Fields) -> dict[str, dict[str, str]]:
    """Return the customer's fields by class of personal data; what no class claims counts as identity."""
    parts: dict[str, dict[str, str]] = {}
    for name, value in customer.items():
        klass = detect.klass(entity_of(name))
        parts.setdefault(klass if klass in _CLASSES else "identity", {})[name] = value
    return parts


def write(tenant: TenantId, customers: Sequence[tuple[SubjectId, Fields]], keys: KeyClient) -> int:
    """Seal what is new of ``customers`` and add it; return how many capsules were added."""
    parts = {
        (subject, klass, fields_of(fields)): fields
        for subject, said in customers
        for klass, fields in by_class(said).items()
    }
    if not parts:
        return 0
    digests = keys.index(tenant, [("fields", fingerprint) for _, _, fingerprint in parts])
    versions: dict[tuple[SubjectId, str], int] = {}
    have: set[tuple[SubjectId, str, bytes]] = set()
    kept = Capsule.objects.filter(subject__in={subject for subject, _, _ in parts})
    for subject, klass, version, content, undone in kept.values_list(
        "subject", "klass", "version", "content", "undone"
    ):
        versions[subject, klass] = max(version, versions.get((subject, klass), 0))
        if not undone:
            have.add((subject, klass, bytes(content)))
    fresh = []
    for ((subject, klass, _), fields), digest in zip(parts.items(), digests, strict=True):
        if (subject, klass, digest) not in have:
            versions[subject, klass] = version = versions.get((subject, klass), 0) + 1
            fresh.append((new_id(), subject, klass, version, digest, fields))
    sealed = keys.seal_capsules(
        tenant,
        [
            (subject, klass, Place(row, version), cbor2.dumps(fields))
            for row, subject, klass, version, _, fields in fresh
        ],
    )
    _insert.capsules(tenant, [(*row[:5], capsule, shown(row[-1])) for row, capsule in zip(fresh, sealed, strict=True)])
    return len(fresh)


def add(tenant: TenantId, subject: SubjectId, klass: str, fields: Fields, keys: KeyClient) -> Capsule:
    """Return a further capsule of the customer's ``klass``: from now on its word on ``fields`` stands."""
    return _added(tenant, subject, klass, fields, json.loads(shown(fields)), keys)


def add_absence(tenant: TenantId, subject: SubjectId, klass: str, names: Sequence[str], keys: KeyClient) -> Capsule:
    """Return a further capsule of the customer's ``klass`` in which the fields ``names`` stand as absent."""
    return _added(tenant, subject, klass, dict.fromkeys(names, ""), dict.fromkeys(names), keys)


def add_pin(tenant: TenantId, subject: SubjectId, pin: str, keys: KeyClient) -> Capsule:
    """Return the capsule of the customer's new PIN: the key service's digest of it, from now on the one that counts."""
    row, version = new_id(), _next_version(subject, "identity")
    sealed = keys.seal_pin(tenant, subject, Place(row, version), pin)
    return _kept(tenant, subject, "identity", row, version, {PIN: str(row)}, {PIN: None}, sealed, keys)


def of(subject: SubjectId) -> list[Capsule]:
    """Return the customer's capsules, the latest word on a field last."""
    return list(Capsule.objects.filter(subject=subject, undone=False).order_by("version", "id"))


def _next_version(subject: SubjectId, klass: str) -> int:
    return (Capsule.objects.filter(subject=subject, klass=klass).aggregate(last=Max("version"))["last"] or 0) + 1


def _added(  # noqa: PLR0913, PLR0917 - whose, which, and both of its forms
    tenant: TenantId,
    subject: SubjectId,
    klass: str,
    fields: Fields,
    masked: Mapping[str, str | None],
    keys: KeyClient,
) -> Capsule:
    row, version = new_id(), _next_version(subject, klass)
    [sealed] = keys.seal_capsules(tenant, [(subject, klass, Place(row, version), cbor2.dumps(dict(fields)))])
    return _kept(tenant, subject, klass, row, version, fields, masked, sealed, keys)


def _kept(  # noqa: PLR0913, PLR0917 - a capsule's parts
    tenant: TenantId,
    subject: SubjectId,
    klass: str,
    row: UUID,
    version: int,
    fields: Fields,
    masked: Mapping[str, str | None],
    sealed: bytes,
    keys: KeyClient,
) -> Capsule:
    [digest] = keys.index(tenant, [("fields", fields_of(fields))])
    made = Capsule(
        id=row,
        tenant=tenant,
        subject=subject,
        klass=klass,
        version=version,
        content=digest,
        sealed=sealed,
        shown=dict(masked),
    )
    made.save(force_insert=True)
    return made


def shown(fields: Fields) -> str:
    """Return the masked form of each field, as JSON; a field that no entity describes is hidden whole."""
    return json.dumps({name: _masked(entity_of(name), value) for name, value in fields.items()}, ensure_ascii=False)


def _masked(entity: str, value: str) -> str:
    if entity not in detect.ENTITIES or not value:
        return _HIDDEN
    turn = Turn("customer", value.replace("\x00", "\ufffd"))
    return detect.mask([turn], [detect.Finding(0, 0, len(value), entity, 1.0, "field")])[0].text
