"""What an agent is about to write, judged before it is sent: what must not be asked for, and why."""

from typing import Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from hushkeep import detect
from hushkeep.access.gate import guarded
from hushkeep.api.actors import actor_of
from hushkeep.api.schemas import In, Out
from hushkeep.detect import Ask
from hushkeep.kernel import Action, Permit
from hushkeep.runtime import clock

router = Router(tags=["messages"])


class MessageIn(In):
    """The text, as it would be sent."""

    text: str = Field(min_length=1, max_length=20_000)


class AskOut(Out):
    """What the text asks for, where (code points, half-open), and the card that explains why it must not."""

    entity: str
    start: int
    end: int
    why_zh: str
    why_en: str


class JudgedOut(Out):
    """``allow``, or ``warn`` with what is wrong, in the order of the text."""

    verdict: Literal["allow", "warn"]
    asks: list[AskOut]


@router.post("/messages/check", response=JudgedOut)
def check(request: HttpRequest, body: MessageIn) -> JudgedOut:
    """Say whether a text asks for what a center never asks for; the event counts the hits and holds no text."""

    def act(permit: Permit) -> list[Ask]:
        permit.require(Action.MESSAGE_CHECK, None, now=clock.now())
        return detect.check_outgoing(body.text)

    asks = guarded(actor_of(request), Action.MESSAGE_CHECK, None, act=act, count=len)
    found = [AskOut(entity=a.entity, start=a.start, end=a.end, why_zh=a.why_zh, why_en=a.why_en) for a in asks]
    return JudgedOut(verdict="warn" if found else "allow", asks=found)
