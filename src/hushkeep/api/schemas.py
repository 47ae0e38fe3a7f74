"""The base of what comes in and goes out: unknown fields are refused, so nobody assigns what is not asked for."""

from ninja import Schema
from pydantic import ConfigDict


class In(Schema):
    """A request's body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(Schema):
    """An answer's body."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)
