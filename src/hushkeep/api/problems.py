"""Problems (RFC 9457) in the house's form: ``{code, params, request_id}``.

Codes, never sentences; ids, never values.
"""

import json
from collections.abc import Mapping

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpResponse
from psycopg.errors import DiskFull, IdleInTransactionSessionTimeout, ReadOnlySqlTransaction

from hushkeep.access.gate import StepUpRequired
from hushkeep.identity import request_ids
from hushkeep.identity.passwords import WeakPassword
from hushkeep.kernel import (
    ApprovalRequired,
    Conflict,
    Denied,
    Error,
    IntegrityError,
    InvalidInput,
    NotFound,
    Unavailable,
    errors,
)
from hushkeep.records.recordings.values import BrokenSealError
from hushkeep.runtime import logs

STATUS: Mapping[type[Error], int] = {
    errors.InvalidInput: 422,
    errors.NotFound: 404,
    errors.Denied: 403,
    errors.ApprovalRequired: 403,
    errors.Conflict: 409,
    errors.IntegrityError: 500,
    errors.Unavailable: 503,
}
"""Class of error -> HTTP status; a class not listed has that of its nearest parent."""

CONTENT_TYPE = "application/problem+json"


def problem(status: int, code: str, params: Mapping[str, object] | None = None) -> HttpResponse:
    """Return the answer that says what went wrong."""
    request = request_ids.current()
    body = {"code": code, "params": params or {}, "request_id": str(request) if request else None}
    answer = HttpResponse(json.dumps(body), status=status, content_type=CONTENT_TYPE)
    answer["Cache-Control"] = "no-store"
    return answer


def of_error(error: Error) -> HttpResponse:
    """Return the problem of one of the house's errors.

    Only what is a stable code by construction is passed on: the reason of a refusal, the kind of a conflict. Messages
    of the other errors are for operators.
    """
    status = next((STATUS[c] for c in type(error).__mro__ if c in STATUS), 500)
    return problem(status, error.code, _params(error))


_TROUBLES: Mapping[type[Exception], str] = {
    DiskFull: "disk_full",
    IdleInTransactionSessionTimeout: "took_too_long",  # the work stood still so long that the database gave it up
    ReadOnlySqlTransaction: "database_read_only",  # a standby that is asked while the first is away
}


def of_database(error: OperationalError | InterfaceError | InternalError) -> HttpResponse | None:
    """Return the problem of a database that cannot, for now; None for an error that is the code's own.

    What was begun is undone, and asking again later is right whatever its trouble is.
    """
    named = next((word for kind, word in _TROUBLES.items() if isinstance(error.__cause__, kind)), None)
    if named is None and isinstance(error, InternalError):
        return None
    reason = named or "database_away"
    logs.warn(reason)
    return problem(503, Unavailable.code, {"reason": reason})


def _params(error: Error) -> Mapping[str, object]:
    match error:
        case WeakPassword():
            return {"weaknesses": [w.value for w in error.weaknesses]}
        case StepUpRequired() | ApprovalRequired() | Denied() | Conflict() | InvalidInput():
            reason = str(error)
            return {"reason": reason} if _is_code(reason) else {}
        case BrokenSealError():
            return {"segment": error.segment, "second": error.second}
        case NotFound() | IntegrityError() | Unavailable():
            return {}
        case _:
            return {}


def _is_code(text: str) -> bool:
    return text.isascii() and text.replace("_", "").isalnum() and text == text.lower()
