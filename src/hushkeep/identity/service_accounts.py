"""Programs that call the API: a name, scopes, a public key; no console, no password."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.cache import cache

from hushkeep.identity.models import ServiceAccount as Row
from hushkeep.identity.request_signing import WINDOW, ServiceKey, Signature, verify
from hushkeep.identity.roles import Scope
from hushkeep.kernel import Action, Denied, NotFound, Permit, TenantId, new_id
from hushkeep.runtime.tenancy import tenant_transaction

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A program of a center."""

    id: UUID
    tenant: TenantId
    name: str
    scopes: tuple[Scope, ...]


def create(permit: Permit, *, name: str, scopes: tuple[Scope, ...], now: datetime) -> ServiceKey:
    """Return the new program's key: the only copy there is; we keep the public half."""
    permit.require(Action.CONNECTOR_CHANGE, None, now=now)
    key = ServiceKey(permit.tenant, new_id(), secrets.token_bytes(_SECRET_BYTES))
    row = Row(
        id=key.account,
        tenant=permit.tenant,
        name=name,
        public_key=key.public,
        scopes=" ".join(scopes),
        created_at=now,
    )
    row.save(force_insert=True)
    return key


def find(account: UUID) -> ServiceAccount | None:
    """Return the program of this id that is not revoked, or None. Inside its center's transaction."""
    row = Row.objects.filter(id=account, revoked_at=None).first()
    return _value(row) if row else None


def of_scope(permit: Permit, scope: Scope, *, now: datetime) -> tuple[ServiceAccount, ...]:
    """Return the center's programs of ``scope`` that are not revoked, by name."""
    permit.require(Action.CONNECTOR_LIST, None, now=now)
    rows = Row.objects.filter(revoked_at=None).order_by("name", "id")
    return tuple(account for account in map(_value, rows) if scope in account.scopes)


def revoke(permit: Permit, account: UUID, *, now: datetime) -> None:
    """End a program's key; raise NotFound when there is none of this id."""
    permit.require(Action.CONNECTOR_CHANGE, account, now=now)
    if not Row.objects.filter(id=account).update(revoked_at=now):
        raise NotFound(f"service account {account}")


def authenticate(signature: Signature, *, method: str, path: str, body: bytes, now: datetime) -> ServiceAccount:
    """Return the program that signed the request.

    Raises Denied, with reason ``key_unknown``, ``signature_stale``, ``signature_wrong`` or ``signature_replayed``.
    """
    with tenant_transaction(signature.tenant):
        row = Row.objects.filter(id=signature.account, revoked_at=None).first()
    if row is None:
        raise Denied("key_unknown")
    verify(bytes(row.public_key), signature, method=method, path=path, body=body, now=now)
    # Kept as long as the signature would be fresh, from either end of the window.
    if not cache.add(f"nonce:{row.id}:{signature.nonce}", 1, timeout=2 * int(WINDOW.total_seconds())):
        raise Denied("signature_replayed")
    return _value(row)


def _value(row: Row) -> ServiceAccount:
    return ServiceAccount(row.id, TenantId(row.tenant), row.name, tuple(Scope(s) for s in row.scopes.split()))
