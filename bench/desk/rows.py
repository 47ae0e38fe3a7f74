"""What the bench writes and reads in the site's own database: people at their desks, and what was kept of it."""

import hashlib
import json
import time
from uuid import uuid4

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.auth.hashers import make_password
from django.db import connection
from floor import Desk, b64

from hushkeep.access.models import LiveConversation
from hushkeep.identity import sessions
from hushkeep.identity.cookies import SESSION_KEY, SessionStore
from hushkeep.identity.models import Device, User
from hushkeep.runtime import clock
from hushkeep.runtime.key_client import keys
from hushkeep.runtime.tenancy import tenant_transaction

PASSWORD = "quartz otter violin 88"  # noqa: S105 - made up


def staff(tenant, count, role):
    """Return ``count`` people of ``role``, enrolled, signed in, each with a trusted device: written to the database."""
    now, shared, made = clock.now(), make_password(PASSWORD), []
    for number in range(count):
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
        keys().register_device(tenant, user.id, device.id, public)
        session = sessions.open_session(user, now=clock.now())
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
