"""A center's list of people, as CSV: who joins, moves or leaves. Each row is judged, done and recorded by itself.

Columns: ``login``, ``name``, ``role``; ``language`` (``en`` or ``zh``), ``state`` (``active`` or ``left``) where
they are there. Whoever is not in the list stays as they are: only a row that says ``left`` lets somebody go.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from hushkeep.access.actors import Actor
from hushkeep.access.administration import people
from hushkeep.identity.people import Person
from hushkeep.identity.roles import Role
from hushkeep.kernel import Error, InvalidInput

MOST_ROWS: Final = 2_000
_NEEDED: Final = frozenset({"login", "name", "role"})
_COLUMNS: Final = _NEEDED | {"language", "state"}
_LANGUAGES: Final = frozenset({"en", "zh"})
_STATES: Final = frozenset({"active", "left"})
_PAGE: Final = 200


class What(StrEnum):
    """What a row comes to."""

    JOINS = "joins"
    MOVES = "moves"
    LEAVES = "leaves"
    STAYS = "stays"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was read; ``problem`` is a stable code, or empty. ``repr`` shows no name."""

    line: int
    login: str
    name: str = field(default="", repr=False)
    role: Role | None = None
    language: str = "en"
    left: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What a row comes to, or came to; ``token`` is a joiner's one-time link."""

    row: Row
    what: What
    reason: str = ""
    token: str = field(default="", repr=False)


def read(text: str) -> tuple[Row, ...]:
    """Return the rows of ``text``. A row that is wrong says so; raises InvalidInput where the list itself is."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        columns = {name.strip().lower() for name in reader.fieldnames or ()}
        if not _NEEDED <= columns <= _COLUMNS:
            raise InvalidInput("list_columns")
        rows = [_row(reader.line_num, values) for values in reader]
    except csv.Error:
        raise InvalidInput("list_malformed") from None
    if not 0 < len(rows) <= MOST_ROWS:
        raise InvalidInput("list_length")
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.login, row.line)
    return tuple(row if first[row.login] == row.line else replace(row, problem="login_twice") for row in rows)


def plan(rows: tuple[Row, ...], known: Mapping[str, Person]) -> tuple[Step, ...]:
    """Return what each row would come to, ``known`` being the center's people by login. Pure."""
    return tuple(_step(row, known.get(row.login)) for row in rows)


def everybody(actor: Actor) -> dict[str, Person]:
    """Return the people of the actor's center by login."""
    found: dict[str, Person] = {}
    after = None
    while True:
        page = people.page(actor, after=after, limit=_PAGE)
        found |= {person.login: person for person in page}
        if len(page) < _PAGE:
            return found
        after = page[-1].id


def apply(actor: Actor, rows: tuple[Row, ...], known: Mapping[str, Person]) -> tuple[Step, ...]:
    """Return what each row came to; each is an act of its own, with its decision and its event."""
    return tuple(_done(actor, step, known.get(step.row.login)) for step in plan(rows, known))


def _row(line: int, values: Mapping[str | None, str | None]) -> Row:
    said = {(name or "").strip().lower(): (value or "").strip() for name, value in values.items() if name is not None}
    login, state, language = said["login"].lower(), said.get("state") or "active", said.get("language") or "en"
    role = said["role"].lower()
    problem = ""
    if None in values:
        problem = "row_too_long"
    elif role not in set(Role):
        problem = "role_unknown"
    elif state not in _STATES:
        problem = "state_unknown"
    elif language not in _LANGUAGES:
        problem = "language_unknown"
    known = Role(role) if role in set(Role) else None
    return Row(line, login, said["name"], known, language, state == "left", problem)


def _step(row: Row, person: Person | None) -> Step:
    if row.problem:
        return Step(row, What.REFUSED, row.problem)
    if row.left:
        return Step(row, What.LEAVES if person is not None and not person.left else What.STAYS)
    if person is None:
        return Step(row, What.JOINS)
    if person.left:
        return Step(row, What.REFUSED, "has_left")
    return Step(row, What.STAYS if person.role is row.role else What.MOVES)


def _done(actor: Actor, step: Step, person: Person | None) -> Step:
    row = step.row
    try:
        if step.what is What.JOINS and row.role is not None:
            made = people.invite(actor, login=row.login, name=row.name, role=row.role, language=row.language)
            return replace(step, token=made.token)
        if step.what is What.MOVES and row.role is not None and person is not None:
            people.change_role(actor, person.id, row.role, version=person.version)
        elif step.what is What.LEAVES and person is not None:
            people.remove(actor, person.id)
    except Error as refusal:
        return Step(row, What.REFUSED, str(refusal) if refusal.code == "denied" else refusal.code)
    return step
