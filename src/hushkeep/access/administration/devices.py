"""Devices offered, trusted and revoked; and who stands behind a request that carries a proof."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from uuid import UUID

from hushkeep.access import refused_proofs
from hushkeep.access.actors import Actor, Target
from hushkeep.access.gate import guarded
from hushkeep.access.jobs import tell_device
from hushkeep.identity import devices, sessions
from hushkeep.identity.device_proof import Proof, read_key
from hushkeep.identity.devices import Device
from hushkeep.kernel import Action, Denied, DeviceId, Permit
from hushkeep.runtime import clock
from hushkeep.runtime.jobs import enqueue
from hushkeep.runtime.tenancy import tenant_transaction


def enrol(actor: Actor, jwk: Mapping[str, str], label: str) -> Device:
    """Return the actor's new device. Raises InvalidInput for a key that is none, and what ``devices.enrol`` does."""

    def act(permit: Permit) -> Device:
        return devices.enrol(permit, read_key(jwk), label, now=clock.now())

    return guarded(actor, Action.DEVICE_ENROL, Target(kind="device", owner=actor.person), act=act)


def page(actor: Actor, *, mine: bool, after: UUID | None, limit: int) -> tuple[Device, ...]:
    """Return up to ``limit`` devices, newest first: one's own, or the whole center's."""
    person = actor.person if mine else None

    def act(permit: Permit) -> tuple[Device, ...]:
        return devices.page(permit, person=person, after=after, limit=limit, now=clock.now())

    return guarded(actor, Action.DEVICE_LIST, Target(kind="device", id=person, owner=person), act=act, count=len)


def trust(actor: Actor, device: UUID) -> Device:
    """Return the device, trusted: somebody else's only. The worker tells the key service, which takes its word then."""

    def act(permit: Permit) -> Device:
        trusted = devices.trust(permit, device, now=clock.now())
        enqueue(tell_device, permit.tenant, device=device)
        return trusted

    return guarded(actor, Action.DEVICE_TRUST, _target(actor, device), act=act)


def revoke(actor: Actor, device: UUID) -> Device:
    """Return the device, revoked; its sessions are over."""

    def act(permit: Permit) -> Device:
        revoked = devices.revoke(permit, device, now=clock.now())
        enqueue(tell_device, permit.tenant, device=device)
        return revoked

    return guarded(actor, Action.DEVICE_REVOKE, _target(actor, device), act=act)


def prove(actor: Actor, bound: DeviceId | None, read: Callable[[], Proof | None]) -> Actor:
    """Return ``actor`` with the device that the proof of ``read`` speaks for; the session is bound to the first.

    From then on a request without that device's proof is not the person's: Denied, by reason, and a red alarm, since
    a cookie without its key is a stolen cookie. Whatever is refused here is counted and told
    (``access.refused_proofs``).
    """
    try:
        return _proved(actor, bound, read())
    except Denied as refusal:
        refused_proofs.refuse(actor, bound, str(refusal))
        raise


def _proved(actor: Actor, bound: DeviceId | None, proof: Proof | None) -> Actor:
    if proof is None:
        if bound is not None:
            raise Denied("device_proof_missing")
        return actor
    device = devices.of_proof(actor.tenant, actor.person, proof)
    if bound is None and actor.session is not None:
        with tenant_transaction(actor.tenant):
            sessions.bind_device(actor.tenant, actor.session, device.id)
    elif bound != device.id:
        raise Denied("device_proof_missing")
    return replace(actor, device=device.id, device_trusted=device.trusted_at is not None)


def _target(actor: Actor, device: UUID) -> Target:
    with tenant_transaction(actor.tenant):
        owner = devices.owner(actor.tenant, device)
    return Target(kind="device", id=device, owner=owner)
