"""Who stands behind a cookie: its record, the person, their center and the session, in one statement.

The checks are Django's and allauth's own (the record's signature, the password's fingerprint, the second factor) and
ours (the session row decides); only the number of questions to the database is smaller.
"""

from datetime import UTC, datetime
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.db import connection
from django.utils.crypto import constant_time_compare

from hushkeep.identity import people, sessions
from hushkeep.identity.cookies import SESSION_KEY, SessionStore
from hushkeep.identity.models import Session as SessionRow
from hushkeep.identity.models import Tenant as TenantRow
from hushkeep.identity.models import User
from hushkeep.identity.remembered import SignedIn
from hushkeep.identity.tenants import value as center_of

_PERSON = ("id", "tenant", "login", "name", "role", "language", "is_active", "version", "enrolled_at", "left_at")
_CENTER = ("name", "demo", "device_required")
_SESSION = ("device", "created_at", "seen_at", "second_factor_at", "expires_at", "ended_at", "end_reason")
_PLACE = ("network", "country")
_FIND = "SELECT * FROM hushkeep_signed_in(%s, %s)"

_STORE = SessionStore()


class Stale(Exception):  # noqa: N818 - no fault: what the cookie names is over
    """The cookie's record names what no longer holds: the record must go.

    ``session`` is the one that it named and that had ended before; None where its end is told otherwise.
    """

    def __init__(self, session: sessions.Session | None = None) -> None:
        super().__init__()
        self.session = session


def look_up(cookie: str, *, now: datetime, quiet: bool) -> SignedIn | None:
    """Return who is behind ``cookie``, in an open session; None for nobody and without a second factor.

    A ``quiet`` look does not keep the session from going idle. Raises Stale for a record of an inactive person, one
    made under another password, or one whose session is over or not there.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [cookie, now])
        row = cursor.fetchone()
    if row is None:
        return None
    data = _STORE.decode(row[0])
    user = User(password=row[1], **dict(zip(_PERSON, row[2:12], strict=True)))
    if data.get(BACKEND_SESSION_KEY) not in django_settings.AUTHENTICATION_BACKENDS:
        return None
    named, found = row[15], dict(zip(_SESSION + _PLACE, row[16:], strict=True))
    there = named is not None and found["created_at"] is not None
    session = sessions.value(SessionRow(id=named, tenant=user.tenant, person=user.id, **found)) if there else None
    if not user.is_active or not _same_password(user, data) or str(user.id) != data.get("_auth_user_id"):
        raise Stale(session)
    shown = _second_factor_at(data)
    if named is None or shown is None:
        return None
    if session is None or str(named) != data.get(SESSION_KEY):
        raise Stale
    if not sessions.goes_on(session, now=now, quiet=quiet):
        raise Stale(session if session.ended_at is not None else None)
    center = center_of(TenantRow(id=user.tenant, **dict(zip(_CENTER, row[12:15], strict=True))))
    return SignedIn(people.value(user), center, session, shown)


def _same_password(user: User, data: dict[str, Any]) -> bool:
    """Whether the record was made under the password that the person has now, as ``django.contrib.auth.get_user``."""
    known = data.get(HASH_SESSION_KEY)
    return isinstance(known, str) and constant_time_compare(known, user.get_session_auth_hash())


def _second_factor_at(data: dict[str, Any]) -> datetime | None:
    shown = [r["at"] for r in data.get(AUTHENTICATION_METHODS_SESSION_KEY, []) if r.get("method") == "mfa"]
    return datetime.fromtimestamp(max(shown), UTC) if shown else None
