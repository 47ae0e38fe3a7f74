"""Cursor pages: ``{items, next}``; ``next`` is opaque, absent at the end; 200 items at most."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

from ninja import Query

from hushkeep.kernel import InvalidInput

MAX = 200
DEFAULT = 50

Limit = Annotated[int, Query(ge=1, le=MAX)]
Cursor = Annotated[str | None, Query(max_length=64)]
Flag = Annotated[bool, Query()]


class Identified(Protocol):
    """Whatever a page lists."""

    @property
    def id(self) -> UUID:
        """The id by which the list is ordered."""


Item = TypeVar("Item", bound=Identified)


def read_cursor(cursor: str | None) -> UUID | None:
    """Return the id after which the page begins; raise InvalidInput for what is no cursor of ours."""
    if cursor is None:
        return None
    try:
        return UUID(bytes=base64.b64decode(cursor + "==", altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise InvalidInput("cursor_malformed") from None


def split(items: Sequence[Item], limit: int) -> tuple[Sequence[Item], str | None]:
    """Return the page of ``items``, of which one more than ``limit`` was asked for, and the cursor of the next."""
    if len(items) <= limit:
        return items, None
    page = items[:limit]
    return page, base64.urlsafe_b64encode(page[-1].id.bytes).rstrip(b"=").decode()
