"""Sign-in by django-allauth: the one module that knows its hooks, and calls our functions from them.

Nobody signs up; nobody signs in without a second factor; each success and each failure is an event.
"""

import base64
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.stagekit import get_pending_stage
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings as django_settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.http import HttpRequest  # noqa: TID251 - allauth's hooks are given requests; this is the one module for them

from hushkeep.audit.log import append
from hushkeep.identity import passwords, request_ids, sessions
from hushkeep.identity.cookies import SESSION_KEY
from hushkeep.identity.lookup import Stale, look_up
from hushkeep.identity.models import User
from hushkeep.identity.places import Place, client_of, counted_as, place_of
from hushkeep.identity.remembered import REMEMBERED, SignedIn
from hushkeep.kernel import (
    PLATFORM_TENANT,
    Action,
    ActorId,
    ActorKind,
    Denied,
    Event,
    EventId,
    Outcome,
    TenantId,
    new_id,
)
from hushkeep.runtime import clock
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction


class AccountAdapter(DefaultAccountAdapter):
    """Our answers to allauth's questions about accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """People are invited; nobody signs up."""
        return False

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Open a session for ``user``; raise Denied unless a second factor was shown on the way here."""
        if not isinstance(user, User) or second_factor_at(request, user) is None:
            raise Denied("second_factor_missing")
        super().login(request, user)
        opened = sessions.open_session(user, now=clock.now(), place=place(request))
        request.session[SESSION_KEY] = str(opened.id)

    def logout(self, request: HttpRequest) -> None:
        """End the session, here and in its row."""
        session, user = request.session.get(SESSION_KEY), request.user
        if session and isinstance(user, User):
            sessions.sign_out(TenantId(user.tenant), UUID(session), now=clock.now())
        super().logout(request)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address by which sign-ins are counted."""
        return client_address(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ARG002
        """Record that a password was refused."""
        user = User.objects.filter(login=credentials.get("username") or "").first()
        record_failure(user, "password_refused")

    def clean_password(self, password: str, user: AbstractBaseUser | None = None) -> str:
        """Return ``password`` when it passes the policy; raise allauth's ValidationError with our codes."""
        if not isinstance(user, User):
            raise ValidationError("password without a person", code="invalid")
        with tenant_transaction(TenantId(user.tenant)):
            found = passwords.judge(user, password)
        if found:
            raise ValidationError([ValidationError(w.value, code=w.value) for w in found])
        return password

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Change the password; its hash joins the history."""
        if not isinstance(user, User):
            raise Denied("password_without_person")
        with tenant_transaction(TenantId(user.tenant)):
            passwords.set_password(user, password, now=clock.now())

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is mailed from here."""


class MfaAdapter(DefaultMFAAdapter):
    """Keeps second factors' secrets sealed: a thief of the database alone has no codes."""

    def encrypt(self, text: str) -> str:
        """Return ``text`` sealed under a key of the site's own secret."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the text that ``encrypt`` sealed."""
        return _box().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return the relying party: the site's own name, whatever the request calls it."""
        return {"id": settings().host, "name": "Hushkeep"}

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is mailed from here."""


def _box() -> Fernet:
    secret = django_settings.SECRET_KEY.encode()
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"hushkeep second factors 1").derive(secret)
    return Fernet(base64.urlsafe_b64encode(key))


def second_factor_at(request: HttpRequest, user: User) -> datetime | None:
    """Return when this session last showed a second factor (UTC), or None when it never did."""
    shown = [r["at"] for r in get_authentication_records(request, user) if r.get("method") == "mfa"]
    return datetime.fromtimestamp(max(shown), UTC) if shown else None


def opened(request: HttpRequest) -> tuple[TenantId, UUID] | None:
    """Return the center and the session that ``request`` stands in, or None for none."""
    session, user = request.session.get(SESSION_KEY), request.user
    return (TenantId(user.tenant), UUID(session)) if session and isinstance(user, User) else None


def client_address(request: HttpRequest) -> str:
    """Return by which address requests are counted: the client's own, behind the site's named proxies too.

    A proxy of ours that says of nobody whom it forwards for is counted itself.
    """
    peer: str = request.META.get("REMOTE_ADDR", "")
    client = client_of(peer, request.headers, proxies=frozenset(settings().trusted_proxies))
    return counted_as(client or peer)


def place(request: HttpRequest) -> Place:
    """Return where ``request`` comes from."""
    site = settings()
    address = request.META.get("REMOTE_ADDR", "")
    return place_of(
        address, request.headers, proxies=frozenset(site.trusted_proxies), country_header=site.country_header
    )


def second_factor_failed(sender: object, *, request: HttpRequest, user: User, **_: object) -> None:
    """Record that a code was refused, and let axes count it like a password refused."""
    record_failure(user, "second_factor_refused")
    user_login_failed.send(sender=sender, credentials={"username": user.login}, request=request)


def second_factor_used(
    sender: object,  # noqa: ARG001 - the hook's signature
    *,
    request: HttpRequest,
    user: User,
    reauthenticated: bool,
    **_: object,
) -> None:
    """Record a second factor shown again within a session."""
    session = request.session.get(SESSION_KEY)
    if reauthenticated and session:
        sessions.stepped_up(TenantId(user.tenant), UUID(session), now=clock.now(), place=place(request))


def passkey_refused(request: HttpRequest) -> None:
    """Record that a passkey was refused: of whoever is signing in, or is signed in."""
    stage = get_pending_stage(request)
    user = stage.login.user if stage else request.user
    if isinstance(user, User):
        second_factor_failed(sender=Authenticator, request=request, user=user)


def second_factor_added(sender: object, *, user: User, authenticator: Authenticator, **_: object) -> None:  # noqa: ARG001
    """Record that a person has a new passkey, or new recovery codes."""
    _record_own(user, f"{authenticator.type}_added")


def second_factor_removed(sender: object, *, user: User, authenticator: Authenticator, **_: object) -> None:  # noqa: ARG001
    """Record that a person took a passkey away."""
    _record_own(user, f"{authenticator.type}_removed")


def _record_own(user: User, reason: str) -> None:
    tenant = TenantId(user.tenant)
    with tenant_transaction(tenant):
        append(
            Event(
                id=EventId(new_id()),
                tenant=tenant,
                at=clock.now(),
                actor=ActorId(user.id),
                actor_kind=ActorKind.PERSON,
                action=Action.USER_ENROL,
                outcome=Outcome.ALLOWED,
                reason=reason,
                target=user.id,
                target_kind="user",
                request=request_ids.current(),
            )
        )


def record_failure(user: User | None, reason: str) -> None:
    """Record a refused sign-in: in the person's center, or on the platform when nobody has that login."""
    tenant = TenantId(user.tenant) if user else PLATFORM_TENANT
    with tenant_transaction(tenant):
        append(
            Event(
                id=EventId(new_id()),
                tenant=tenant,
                at=clock.now(),
                actor=ActorId(user.id) if user else None,
                actor_kind=ActorKind.ANONYMOUS,
                action=Action.SESSION_SIGN_IN,
                outcome=Outcome.DENIED,
                reason=reason,
                target_kind="session",
                request=request_ids.current(),
            )
        )


def signed_in(request: HttpRequest, *, quiet: bool = False, anew: bool = True) -> SignedIn | None:
    """Return who is signed in; None for nobody, and for a session that has ended or never showed a second factor.

    A ``quiet`` request does not keep the session from going idle. Unless ``anew``, what was found a moment ago counts
    (``identity.remembered``).
    """
    cookie = request.COOKIES.get(django_settings.SESSION_COOKIE_NAME)
    if not cookie:
        return None
    now = clock.now()
    if not anew:
        known = REMEMBERED.get(cookie)
        if known is not None and sessions.needs_no_word(known.session, now=now, quiet=quiet):
            return known
    turn = REMEMBERED.turn()
    try:
        found = look_up(cookie, now=now, quiet=quiet)
    except Stale as stale:
        if stale.session is not None:
            sessions.refuse(stale.session, now=now)
        # The cookie's own record goes too: while it stands, the person could not sign in again. So whoever asks on
        # with it is nobody, and writes no second event.
        request.session.flush()
        return None
    if found is not None:
        REMEMBERED.keep(cookie, found, turn)
    return found
