"""The base of what comes in and goes out: unknown fields are refused, so nobody assigns what is not asked for."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Self

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*")


def _told(value: object) -> object:
    """A number would be read as seconds since 1970, a bare date as its midnight: neither was said."""
    if isinstance(value, datetime) or (isinstance(value, str) and _MOMENT.fullmatch(value)):
        return value
    raise PydanticCustomError("moment_malformed", "not a date with its time")


Moment = Annotated[datetime, BeforeValidator(_told)]
"""A date with its time, as text (RFC 3339)."""


class In(Schema):
    """A request's body. Text that holds a NUL is refused: the database has no place for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _without_nul(self) -> Self:
        if any(_holds_nul(getattr(self, name)) for name in type(self).model_fields):
            raise PydanticCustomError("nul_in_text", "text holds a NUL")
        return self


class Out(Schema):
    """An answer's body."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


def _holds_nul(value: object) -> bool:
    match value:
        case str():
            return "\0" in value
        case Mapping():
            return any(_holds_nul(part) for pair in value.items() for part in pair)
        case Sequence():
            return any(_holds_nul(part) for part in value)
        case _:
            return False
