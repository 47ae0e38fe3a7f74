"""Pages with personal data: their marks, what was tried on them, and whose picture it is."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from hushkeep.access.administration import screens
from hushkeep.access.screen_pattern import View, code_of
from hushkeep.access.screen_rules import Blurs
from hushkeep.api.actors import actor_of
from hushkeep.api.schemas import In, Out
from hushkeep.runtime.key_client import keys

router = Router(tags=["screens"])


class MarkIn(In):
    """What the page shows."""

    kind: str = Field(max_length=20)
    record: UUID | None = None


class ScreenMarkOut(Out):
    """The code to be read, and the 16 x 16 cells of the faint pattern (64 hexadecimal digits, rows first).

    ``blurs`` is what the page hides while its window is not in front.
    """

    code: str
    cells: str
    blurs: Blurs


class ScreenRuleIn(In):
    """What pages hide while their window is not in front."""

    blurs: Blurs


class ScreenRuleOut(Out):
    """What pages hide while their window is not in front; ``clear``: values in the clear alone, which always do."""

    blurs: Blurs


class ReportIn(In):
    """What was tried: ``copy_blocked``, ``mark_removed`` or ``print_blocked``."""

    kind: str = Field(max_length=20)


class CodeIn(In):
    """The code as it was read off a picture."""

    code: str = Field(max_length=16)


class ViewOut(Out):
    """Who looked at which record, when, and in which session."""

    code: str
    number: int
    person: UUID
    session: UUID
    at: datetime
    kind: str
    record: UUID | None


class ScreenRegisterOut(Out):
    """What traces pictures; whoever holds it can also forge marks: keep it as a key."""

    key: str
    items: list[ViewOut]


@router.post("/screens/marks", response={201: ScreenMarkOut})
def mark(request: HttpRequest, body: MarkIn) -> Status[ScreenMarkOut]:
    """Return the marks of one view of a page."""
    made = screens.mark(actor_of(request), body.kind, body.record, keys())
    return Status(201, ScreenMarkOut(code=made.code, cells=made.cells.hex(), blurs=made.blurs))


@router.post("/screens/reports", response={204: None})
def report(request: HttpRequest, body: ReportIn) -> Status[None]:
    """Note that something was tried on a page with personal data, and stopped."""
    screens.report(actor_of(request), body.kind)
    return Status(204, None)


@router.get("/screens/rule", response=ScreenRuleOut)
def read_rule(request: HttpRequest) -> ScreenRuleOut:
    """Return what the center's pages hide while their window is not in front."""
    return ScreenRuleOut(blurs=screens.rule(actor_of(request)))


@router.post("/screens/rule", response=ScreenRuleOut)
def choose_rule(request: HttpRequest, body: ScreenRuleIn) -> ScreenRuleOut:
    """Choose what the center's pages hide; with administrator's rights taken."""
    return ScreenRuleOut(blurs=screens.choose(actor_of(request), body.blurs))


@router.post("/screens/trace", response=ViewOut)
def trace(request: HttpRequest, body: CodeIn) -> ViewOut:
    """Return whose view a code stands for."""
    return _view(screens.trace(actor_of(request), body.code))


@router.get("/screens/register", response=ScreenRegisterOut)
def read_register(request: HttpRequest) -> ScreenRegisterOut:
    """Return the register for ``hushkeep screen trace``, offline."""
    key, views = screens.register(actor_of(request), keys())
    return ScreenRegisterOut(key=key.hex(), items=[_view(view) for view in views])


def _view(view: View) -> ViewOut:
    return ViewOut(
        code=code_of(view.number),
        number=view.number,
        person=view.person,
        session=view.session,
        at=view.at,
        kind=view.kind,
        record=view.record,
    )
