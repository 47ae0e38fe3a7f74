"""Pages of headers: one statement, by keyset, the latest first."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from hushkeep.kernel import InvalidInput, TenantId, timestamp
from hushkeep.records._rows import HEADER_FIELDS, header_of
from hushkeep.records.values import PAGE_LIMIT, Header, Page

Condition = tuple[str, Sequence[str | int | bytes | datetime | UUID]]
"""SQL over the columns of a conversation, and its parameters; all of a list must hold."""

_FROM = f"SELECT {', '.join(HEADER_FIELDS)} FROM records_conversation WHERE "  # noqa: S608 - our own column names
_ORDER = " ORDER BY at DESC, id DESC LIMIT %s"


def page_of(tenant: TenantId, conditions: Sequence[Condition], cursor: str | None, limit: int) -> Page[Header]:
    """Return up to ``limit`` headers of the center whose transaction is open, and the cursor of the next page.

    Raises InvalidInput for a limit out of 1-200 or a cursor that is not one of ours.
    """
    if not 1 <= limit <= PAGE_LIMIT:
        raise InvalidInput(f"a page has 1 to {PAGE_LIMIT} items")
    wanted: list[Condition] = [("tenant = %s", [tenant]), *conditions]
    if cursor is not None:
        wanted.append(("(at, id) < (%s, %s)", _place(cursor)))
    statement = _FROM + " AND ".join(condition for condition, _ in wanted) + _ORDER
    with connection.cursor() as reading:
        reading.execute(statement, [value for _, values in wanted for value in values] + [limit + 1])
        found = [_header(row) for row in reading.fetchall()]
    following = _cursor(found[limit - 1]) if len(found) > limit else None
    return Page(tuple(found[:limit]), following)


def _header(row: Sequence[object]) -> Header:
    values = dict(zip(HEADER_FIELDS, row, strict=True))
    return header_of(values | {"entities": json.loads(str(values["entities"]))})


def _cursor(header: Header) -> str:
    return base64.urlsafe_b64encode(f"{timestamp(header.at)} {header.id}".encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, last = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").split(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise InvalidInput("the cursor is not one of ours")
        return moment, UUID(last)
    except (ValueError, binascii.Error):
        raise InvalidInput("the cursor is not one of ours") from None
