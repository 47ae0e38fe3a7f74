"""Devices: a browser offers its key, somebody trusts it, either is undone."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from hushkeep.access.administration import devices
from hushkeep.api.actors import actor_of
from hushkeep.api.pages import DEFAULT, Cursor, Flag, Limit, read_cursor, split
from hushkeep.api.schemas import In, Out
from hushkeep.identity.devices import Device

router = Router(tags=["devices"])


class JwkIn(In):
    """A public key on P-256; the private half never leaves the browser."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str = Field(min_length=43, max_length=43)
    y: str = Field(min_length=43, max_length=43)


class DeviceIn(In):
    """The browser's key, and what its owner calls it."""

    public_key_jwk: JwkIn
    label: str = Field(max_length=60)


class DeviceOut(Out):
    """A device; trusted when ``trusted_at`` is set and ``revoked_at`` is not."""

    id: UUID
    person: UUID
    label: str
    created_at: datetime
    trusted_at: datetime | None
    trusted_by: UUID | None
    revoked_at: datetime | None


class DevicesOut(Out):
    """A page of devices."""

    items: list[DeviceOut]
    next: str | None


@router.get("/devices", response=DevicesOut)
def list_devices(
    request: HttpRequest, *, mine: Flag = False, cursor: Cursor = None, limit: Limit = DEFAULT
) -> DevicesOut:
    """Return devices, newest first: the center's, or with ``mine`` one's own."""
    page = devices.page(actor_of(request), mine=mine, after=read_cursor(cursor), limit=limit + 1)
    found, following = split(page, limit)
    return DevicesOut(items=[_out(d) for d in found], next=following)


@router.post("/devices", response={201: DeviceOut})
def enrol(request: HttpRequest, body: DeviceIn) -> Status[DeviceOut]:
    """Offer this browser's key; it proves who it is from now on, and is trusted when somebody says so."""
    return Status(201, _out(devices.enrol(actor_of(request), body.public_key_jwk.model_dump(), body.label)))


@router.post("/devices/{uuid:device}/trust", response=DeviceOut)
def trust(request: HttpRequest, device: UUID) -> DeviceOut:
    """Trust somebody else's device."""
    return _out(devices.trust(actor_of(request), device))


@router.post("/devices/{uuid:device}/revoke", response=DeviceOut)
def revoke(request: HttpRequest, device: UUID) -> DeviceOut:
    """Revoke a device; the sessions bound to it end at once."""
    return _out(devices.revoke(actor_of(request), device))


def _out(device: Device) -> DeviceOut:
    return DeviceOut.model_validate(device)
