"""The records behind session cookies: Django's, with the person and our session in columns of their own.

So one statement finds the cookie, the person, their center and the session (``identity.lookup``).
"""

from typing import Any

from django.contrib.sessions.backends import db

from hushkeep.identity.models import Cookie
from hushkeep.identity.remembered import REMEMBERED

SESSION_KEY = "hushkeep_session"
"""Under this name a cookie's record holds the id of our session row."""

_PERSON_KEY = "_auth_user_id"


class SessionStore(db.SessionStore):
    """Django's store in the database; whatever changes a record has it looked up anew."""

    @classmethod
    def get_model_class(cls) -> type[Cookie]:
        """Return the model of the records."""
        return Cookie

    def create_model_instance(self, data: dict[str, Any]) -> Cookie:
        """Return the record of ``data`` with its columns."""
        record = super().create_model_instance(data)
        if not isinstance(record, Cookie):
            raise TypeError("a record of another store")
        record.person = data.get(_PERSON_KEY)
        record.session = data.get(SESSION_KEY)
        return record

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's signature
        """Write the record."""
        super().save(must_create)
        REMEMBERED.forget_cookie(self.session_key)

    def delete(self, session_key: str | None = None) -> None:
        """Remove the record."""
        gone = session_key or self.session_key
        super().delete(session_key)
        REMEMBERED.forget_cookie(gone)
