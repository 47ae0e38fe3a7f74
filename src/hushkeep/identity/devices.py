"""Devices: browsers' public keys. A person offers one; somebody else trusts it; either may be undone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.cache import cache
from django.db import IntegrityError as DuplicateKey
from django.db import transaction
from django.db.models import Count

from hushkeep.identity import sessions
from hushkeep.identity.device_proof import WINDOW, DeviceKey, Proof
from hushkeep.identity.models import Device as Row
from hushkeep.kernel import Action, Conflict, Denied, DeviceId, InvalidInput, NotFound, Permit, TenantId
from hushkeep.runtime.tenancy import tenant_transaction

_LABEL_CHARACTERS = 60
_MOST = 10


@dataclass(frozen=True, slots=True)
class Device:
    """A browser with a key of its own. ``repr`` shows no label: people write names into them."""

    id: DeviceId
    person: UUID
    label: str
    created_at: datetime
    trusted_at: datetime | None
    trusted_by: UUID | None
    revoked_at: datetime | None

    def __repr__(self) -> str:
        return f"Device(id={self.id})"


def enrol(permit: Permit, key: DeviceKey, label: str, *, now: datetime) -> Device:
    """Return the new device of the permit's actor; nobody trusts it yet.

    Raises InvalidInput for a label that is empty or longer than 60 characters; Conflict for a key that is known, or
    when the person has ten devices.
    """
    permit.require(Action.DEVICE_ENROL, permit.target, now=now)
    if not 0 < len(label.strip()) <= _LABEL_CHARACTERS:
        raise InvalidInput("label_malformed")
    if Row.objects.filter(person=permit.actor, revoked_at=None).count() >= _MOST:
        raise Conflict("too_many_devices")
    row = Row(
        tenant=permit.tenant,
        person=permit.actor,
        label=label.strip(),
        thumbprint=key.thumbprint,
        x=key.x,
        y=key.y,
        created_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except DuplicateKey:
        raise Conflict("device_known") from None
    return _value(row)


def page(permit: Permit, *, person: UUID | None, after: UUID | None, limit: int, now: datetime) -> tuple[Device, ...]:
    """Return up to ``limit`` devices, newest first, of one person or of the whole center."""
    permit.require(Action.DEVICE_LIST, person, now=now)
    rows = Row.objects.order_by("-id")
    if person is not None:
        rows = rows.filter(person=person)
    if after is not None:
        rows = rows.filter(id__lt=after)
    return tuple(_value(row) for row in rows[:limit])


def owner(tenant: TenantId, device: UUID) -> UUID | None:
    """Return whose device it is, or None: for the decision's own facts."""
    row = Row.objects.filter(tenant=tenant, id=device).first()
    return row.person if row else None


def trusted_of(person: UUID) -> tuple[UUID, ...]:
    """Return the ids of the devices by which ``person`` may sign."""
    rows = Row.objects.filter(person=person, revoked_at=None).exclude(trusted_at=None)
    return tuple(rows.values_list("id", flat=True))


@dataclass(frozen=True, slots=True)
class Standing:
    """What the key service must know of a device: whose it is, its key (SubjectPublicKeyInfo), how it stands."""

    person: UUID
    public_key: bytes
    trusted: bool
    revoked: bool


def standing(device: UUID) -> Standing:
    """Return how the device stands, held so until the transaction ends; raises NotFound."""
    row = _row(device)
    key = DeviceKey(row.x, row.y).public().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Standing(row.person, key, trusted=row.trusted_at is not None, revoked=row.revoked_at is not None)


def trusted_counts() -> dict[UUID, int]:
    """Return how many trusted browsers each person of the center has: for reviews of their rights."""
    rows = Row.objects.filter(revoked_at=None).exclude(trusted_at=None)
    return dict(rows.values_list("person").annotate(Count("id")))


def trust(permit: Permit, device: UUID, *, now: datetime) -> Device:
    """Return the device, trusted by the permit's actor. Raises NotFound, and Conflict for a revoked one."""
    permit.require(Action.DEVICE_TRUST, device, now=now)
    row = _row(device)
    if row.revoked_at is not None:
        raise Conflict("device_revoked")
    if row.trusted_at is None:
        row.trusted_at, row.trusted_by = now, permit.actor
        row.save(update_fields=["trusted_at", "trusted_by"])
    return _value(row)


def revoke(permit: Permit, device: UUID, *, now: datetime) -> Device:
    """Return the device, which proves nothing any more; the sessions bound to it end. Raises NotFound."""
    permit.require(Action.DEVICE_REVOKE, device, now=now)
    row = _row(device)
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
    sessions.end_on(permit, device, now=now)
    return _value(row)


def of_proof(tenant: TenantId, person: UUID, proof: Proof) -> Device:
    """Return the person's device whose key made ``proof``, once.

    Raises Denied: ``device_unknown`` for a key that is not theirs or is revoked, ``proof_replayed``.
    """
    with tenant_transaction(tenant):
        row = Row.objects.filter(person=person, thumbprint=proof.thumbprint, revoked_at=None).first()
    if row is None:
        raise Denied("device_unknown")
    if not cache.add(f"proof:{row.id}:{proof.jti}", 1, timeout=2 * int(WINDOW.total_seconds())):
        raise Denied("proof_replayed")
    return _value(row)


def _row(device: UUID) -> Row:
    row = Row.objects.select_for_update().filter(id=device).first()
    if row is None:
        raise NotFound(f"device {device}")
    return row


def _value(row: Row) -> Device:
    return Device(
        DeviceId(row.id), row.person, row.label, row.created_at, row.trusted_at, row.trusted_by, row.revoked_at
    )
