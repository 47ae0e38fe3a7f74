"""Enrolment: a one-time link gives a person their password, their second factor and their recovery codes at once.

The link's secret names the center (16 bytes) and holds 32 random ones; only their SHA-256 is kept. It dies when it is
used, when a newer one is made for the same person, or after 24 hours.
"""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote
from uuid import UUID

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, validate_totp_code

from hushkeep.identity import passwords
from hushkeep.identity.models import Enrolment, User
from hushkeep.kernel import InvalidInput, NotFound, TenantId

LIFETIME = timedelta(hours=24)
_SECRET_BYTES = 32
_TENANT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Begun:
    """What the person's authenticator needs: shown once, on their own screen."""

    person: UUID
    login: str
    name: str
    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """The recovery codes: each opens the door once."""

    person: UUID
    recovery_codes: tuple[str, ...] = field(repr=False)


def make_token(tenant: TenantId, person: UUID, *, now: datetime) -> str:
    """Return a new token for ``person``, who must not have left; older ones die. Inside the center's transaction.

    Raises NotFound for a person of another center.
    """
    user = User.objects.filter(tenant=tenant, id=person, left_at=None).first()
    if user is None:
        raise NotFound(f"person {person}")
    Enrolment.objects.filter(person=person, used_at=None).update(expires_at=now)
    secret = tenant.bytes + secrets.token_bytes(_SECRET_BYTES)
    row = Enrolment(tenant=tenant, person=person, digest=_digest(secret), created_at=now, expires_at=now + LIFETIME)
    row.save(force_insert=True)
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode()


def tenant_of(token: str) -> TenantId:
    """Return the center a token speaks of, whether or not it is any good; raise NotFound for what is no token."""
    return TenantId(UUID(bytes=_decode(token)[:_TENANT_BYTES]))


def begin(token: str, *, now: datetime) -> Begun:
    """Return the TOTP secret to enrol with: the same one however often it is asked for.

    Raises NotFound for a token that is unknown, used or too old, alike.
    """
    row, user = _open(token, now=now)
    if not row.totp:
        row.totp = get_adapter().encrypt(generate_totp_secret())
        row.save(update_fields=["totp"])
    secret = get_adapter().decrypt(row.totp)
    label = f"Hushkeep:{user.login}"
    uri = f"otpauth://totp/{quote(label)}?secret={secret}&issuer=Hushkeep&algorithm=SHA1&digits=6&period=30"
    return Begun(user.id, user.login, user.name, secret, uri)


def finish(token: str, *, password: str, code: str, now: datetime) -> Finished:
    """Set the person's password and second factor, end the token, and return the recovery codes.

    Raises NotFound as ``begin`` does, WeakPassword, or InvalidInput when ``code`` is not the authenticator's. The code
    may be used once more to sign in: whoever saw this request saw the secret too.
    """
    row, user = _open(token, now=now)
    if not row.totp:
        raise InvalidInput("enrolment_not_begun")
    secret = get_adapter().decrypt(row.totp)
    if not validate_totp_code(secret, code):
        raise InvalidInput("code_wrong")
    passwords.set_password(user, password, now=now)
    Authenticator.objects.filter(user=user).delete()
    TOTP.activate(user, secret)
    codes = RecoveryCodes.activate(user).get_unused_codes()
    row.used_at, row.totp = now, ""
    row.save(update_fields=["used_at", "totp"])
    user.is_active, user.enrolled_at = True, now
    user.version += 1
    user.save(update_fields=["is_active", "enrolled_at", "version"])
    return Finished(user.id, tuple(codes))


def _open(token: str, *, now: datetime) -> tuple[Enrolment, User]:
    digest = _digest(_decode(token))
    row = Enrolment.objects.select_for_update().filter(digest=digest, used_at=None, expires_at__gt=now).first()
    user = User.objects.filter(tenant=row.tenant, id=row.person, left_at=None).first() if row else None
    if row is None or user is None:
        raise NotFound("enrolment link")
    return row, user


def _decode(token: str) -> bytes:
    try:
        secret = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotFound("enrolment link") from None
    if len(secret) != _TENANT_BYTES + _SECRET_BYTES:
        raise NotFound("enrolment link")
    return secret


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()
