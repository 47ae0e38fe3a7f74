"""What the bench writes and reads in the site's own database: people at their desks, and what was kept of it."""

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.auth.hashers import make_password
from django.db import connection
from floor import Desk, b64

from hushkeep.access.administration import founding
from hushkeep.access.models import Elevation, LiveConversation
from hushkeep.identity import sessions, tenants
from hushkeep.identity.cookies import SESSION_KEY, SessionStore
from hushkeep.identity.models import Device, Session, User
from hushkeep.identity.places import Place
from hushkeep.identity.roles import REVIEWERS, Role, Scope
from hushkeep.runtime import clock
from hushkeep.runtime.key_client import keys
from hushkeep.runtime.tenancy import tenant_transaction

HERE = Place("127.0.0.0/24")
PASSWORD = "quartz otter violin 88"  # noqa: S105 - made up


def staff(tenant, count, role, first=0):
    """Return ``count`` people of ``role``, enrolled, signed in, each with a trusted device: written to the database."""
    now, shared, made = clock.now(), make_password(PASSWORD), []
    for number in range(first, first + count):
        user = User(tenant=tenant, login=f"{role}.{number}", name=f"{role} {number}", role=role, language="en")
        user.password, user.is_active, user.created_at, user.enrolled_at = shared, True, now, now
        user.save(force_insert=True)
        who = Desk(str(user.id), tenant)
        with tenant_transaction(tenant):
            device = Device(
                tenant=tenant,
                person=user.id,
                label="Desk",
                thumbprint=b64(
                    hashlib.sha256(
                        json.dumps({k: who.jwk[k] for k in sorted(who.jwk)}, separators=(",", ":")).encode()
                    ).digest()
                ),
                x=who.jwk["x"],
                y=who.jwk["y"],
                created_at=now,
                trusted_at=now,
                trusted_by=uuid4(),
            )
            device.save(force_insert=True)
        who.device = device.id
        public = who.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        keys().register_device(tenant, user.id, device.id, public, reviewer=Role(role) in REVIEWERS)
        session = sessions.open_session(user, now=clock.now(), place=HERE)
        store = SessionStore()
        at = time.time()
        store.update({
            "_auth_user_id": str(user.id),
            "_auth_user_backend": "allauth.account.auth_backends.AuthenticationBackend",
            "_auth_user_hash": user.get_session_auth_hash(),
            "account_authentication_methods": [
                {"method": "password", "at": at, "username": user.login},
                {"method": "mfa", "at": at, "id": 1, "type": "totp"},
            ],
            SESSION_KEY: str(session.id),
        })  # fmt: skip
        store.create()
        who.cookie = store.session_key
        made.append(who)
    return made


def kept(tenant, floor):
    """Return (answered reveals without their event, calls begun and not ended at the site)."""

    with tenant_transaction(tenant), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM event_header WHERE action LIKE '%:reveal' AND outcome = 'allowed'")
        told = {str(row[0]) for row in cursor.fetchall()}
        begun = LiveConversation.objects.count()
    return len(set(floor.reveals) - told), begun


def demand_devices(tenant):
    """Have customer data of the center go to trusted devices only."""
    tenants.demand_devices(tenant, required=True)


def elevate(who, minutes=60):
    """Let an administrator hold their rights in the session they have."""
    now = clock.now()
    with tenant_transaction(who.tenant):
        for session in Session.objects.filter(person=who.person).values_list("id", flat=True):
            ends = now + timedelta(minutes=minutes)
            Elevation(
                tenant=who.tenant, person=who.person, session=session, reason="onboarding", began_at=now, ends_at=ends
            ).save(force_insert=True)


def program(tenant, name):
    """Return the key of a program with the scope of intake."""
    return founding.create_service_account(tenant, name=name, scopes=(Scope.INTAKE,))


def talks(tenant):
    """Return (conversations, their customers), pair by pair."""
    with tenant_transaction(tenant), connection.cursor() as cursor:
        cursor.execute("SELECT id, subject FROM records_conversation ORDER BY id")
        pairs = cursor.fetchall()
    return [str(talk) for talk, _ in pairs], [str(subject) for _, subject in pairs]


@dataclass(frozen=True)
class Told:
    """What the site knows of somebody's requests: events, tries that these count, alarms, seconds until the first.

    ``ended``: how many sessions of the person whose name they bore were ended.
    """

    events: int
    counted: int
    ended: int
    without_reason: int
    alarms: list
    first_alarm: float | None


def told(tenant, thief):
    """Read what was written of a thief: each carrier of a value needs an allowed event with its purpose."""
    with tenant_transaction(tenant), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM event_header WHERE request = ANY(%s::uuid[])", [thief.asked])
        events = counted = cursor.fetchone()[0]
        # Refused proofs share events: of these the counts tell how many tries they were, and what waits to be told.
        refused = "FROM event_header WHERE actor = %s AND action = 'session:sign_in' AND outcome = 'denied'"
        cursor.execute(f"SELECT count(*), coalesce(sum(coalesce(count, 1)), 0) {refused}", [thief.who.person])
        own, tries = cursor.fetchone()
        cursor.execute("SELECT untold FROM access_refusedproofs WHERE person = %s", [thief.who.person])
        waiting = [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor.fetchall()]
        counted += int(tries) - own + sum(sum(untold.values()) for untold in waiting)
        cursor.execute("SELECT count(*) FROM identity_session WHERE person = %s AND end_reason = 'proofs_refused'",
                       [thief.who.person])  # fmt: skip
        ended = cursor.fetchone()[0]
        reasoned = "SELECT DISTINCT request FROM event_header WHERE request = ANY(%s::uuid[]) AND outcome = 'allowed'"
        cursor.execute(f"{reasoned} AND purpose <> '' AND action LIKE '%%:reveal'", [thief.loot.carriers])
        good = {str(row[0]) for row in cursor.fetchall()}
        cursor.execute("SELECT code, extract(epoch FROM at) FROM access_alarm WHERE person = %s ORDER BY at",
                       [thief.who.person])  # fmt: skip
        rung = cursor.fetchall()
    first = float(rung[0][1]) - thief.began if rung else None
    return Told(events, counted, ended, len(set(thief.loot.carriers) - good), sorted({code for code, _ in rung}), first)


_IDS = {
    "conversation": "SELECT id FROM records_conversation",
    "customer": "SELECT DISTINCT subject FROM records_conversation",
    "event": "SELECT id FROM event_header",
    "run": "SELECT id FROM records_run",
    "session": "SELECT id FROM identity_session ORDER BY id DESC",
    "device": "SELECT id FROM identity_device ORDER BY id DESC",
}


def ids(tenant, most=5):
    """Return kind -> a few ids that there are."""
    found = {}
    with tenant_transaction(tenant), connection.cursor() as cursor:
        for kind, query in _IDS.items():
            cursor.execute(f"{query} LIMIT {most}")
            found[kind] = [str(row[0]) for row in cursor.fetchall()]
    return found
