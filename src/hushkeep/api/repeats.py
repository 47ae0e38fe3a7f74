"""Idempotency keys: a POST repeated under the same key gets the first answer again, and is not done twice.

What is kept is sealed under a key that only the repeater can make (their Idempotency-Key is part of it), bound to who
asked what, for a day. Answers with clear values (level 3) are never kept: asking again is a new event.
"""

import base64
import hashlib
import json

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from hushkeep.kernel import Conflict, InvalidInput

HEADER = "Idempotency-Key"
_DAY_SECONDS = 86_400
_MINUTE_SECONDS = 60
_KEY_CHARACTERS = range(16, 129)
_RUNNING = "running"


class Repeat:
    """One POST under its key: ask for the kept answer, then keep the new one."""

    def __init__(self, request: HttpRequest, who: str) -> None:
        """Raise InvalidInput for a key of fewer than 16 or more than 128 characters."""
        key = request.headers[HEADER]
        if len(key) not in _KEY_CHARACTERS or not key.isprintable():
            raise InvalidInput("idempotency_key_malformed")
        self._what = hashlib.sha256(f"{request.get_full_path()}\0".encode() + request.body).hexdigest()
        place = hashlib.sha256(f"{who}\0{key}".encode()).hexdigest()
        self._place = f"repeat:{place}"
        secret = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"hushkeep repeats 1").derive(
            f"{settings.SECRET_KEY}\0{who}\0{key}".encode()
        )
        self._box = Fernet(base64.urlsafe_b64encode(secret))

    def kept(self) -> HttpResponse | None:
        """Return the first answer if there is one; else take the key.

        Raises Conflict("idempotency_key_reused") for another request under the same key, and
        Conflict("still_running") while the first is being answered.
        """
        if cache.add(self._place, _RUNNING, timeout=_MINUTE_SECONDS):
            return None
        stored = cache.get(self._place)
        if stored is None or stored == _RUNNING:
            raise Conflict("still_running")
        value = json.loads(self._box.decrypt(stored.encode()))
        if value["what"] != self._what:
            raise Conflict("idempotency_key_reused")
        answer = HttpResponse(value["body"], status=value["status"], content_type=value["type"])
        answer["Idempotent-Replayed"] = "true"
        return answer

    def keep(self, answer: HttpResponse) -> None:
        """Keep an answer that was a success; give the key back after any other, so that it may be tried again."""
        if not 200 <= answer.status_code < 300:
            cache.delete(self._place)
            return
        value = {
            "what": self._what,
            "status": answer.status_code,
            "body": answer.content.decode(),
            "type": answer["Content-Type"],
        }
        cache.set(self._place, self._box.encrypt(json.dumps(value).encode()).decode(), timeout=_DAY_SECONDS)
