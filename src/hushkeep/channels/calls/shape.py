"""What is known of a call whose recording lands."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from hushkeep.kernel import InvalidInput

Pause = tuple[float, float]
"""Seconds [start, end] of a recording in which the telephone system was told not to record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a source says of one recording; absent is None. ``pauses`` as of :data:`Pause`, ``started_at`` RFC 3339."""

    id: str | None = field(default=None, repr=False)
    conversation: str | None = field(default=None, repr=False)
    customer: Mapping[str, str] | None = field(default=None, repr=False)
    agent: str | None = None
    language: str | None = None
    direction: str | None = None
    started_at: str | None = None
    seconds: float | None = None
    channels: int | None = None
    pauses: tuple[Pause, ...] = ()

    def joined(self, other: "Call") -> "Call":
        """Return what both say together; raises InvalidInput("metadata_contradicts") where they differ.

        Pauses add up: what either says was not recorded is hidden.
        """
        values: dict[str, Any] = {}
        for name in (item.name for item in fields(self) if item.name != "pauses"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine is not None and theirs is not None and mine != theirs and name not in _OWN:
                raise InvalidInput("metadata_contradicts")
            values[name] = theirs if mine is None else mine
        return Call(pauses=tuple(sorted({*self.pauses, *other.pauses})), **values)

    def header(self) -> dict[str, Any]:
        """Return the fields that are known, as the API takes them."""
        said = {item.name: getattr(self, item.name) for item in fields(self)}
        said["pauses"] = [list(pause) for pause in self.pauses]
        said["customer"] = dict(self.customer) if self.customer else None
        return {name: value for name, value in said.items() if value not in (None, [])}


_OWN = frozenset({"id", "seconds"})
"""What two sources count in their own way: an id of theirs, a length with or without ringing. The first one holds."""
