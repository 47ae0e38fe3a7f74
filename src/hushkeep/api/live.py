"""Live conversations: told of by connectors, listed for the agent whose they are."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Header, Router

from hushkeep.access import live
from hushkeep.access.gate import guarded
from hushkeep.access.live import LiveConversation
from hushkeep.api.actors import actor_of
from hushkeep.api.schemas import Out
from hushkeep.channels.live import MAX_BYTES, Signed, receive
from hushkeep.kernel import Action, Denied, InvalidInput
from hushkeep.runtime import clock
from hushkeep.runtime.key_client import keys

router = Router(tags=["live"])

Signature = Annotated[str, Header(alias="Hushkeep-Signature", max_length=64)]


class LiveOut(Out):
    """A conversation that goes on, or is wrapped up until ``closes_at``; its customer is shown from ``opens_at`` on."""

    id: UUID
    conversation: UUID
    subject: UUID
    outbound: bool
    started_at: datetime
    opens_at: datetime | None
    ended_at: datetime | None
    closes_at: datetime


class DeskOut(Out):
    """What an agent has now."""

    items: list[LiveOut]


@router.post("/live/{uuid:connector}/events", response=LiveOut)
def tell(request: HttpRequest, connector: UUID, signature: Signature) -> LiveOut:
    """Take a connector's event; ``Hushkeep-Signature`` is the HMAC-SHA256 of the body, in hexadecimal."""
    try:
        signed = bytes.fromhex(signature)
    except ValueError:
        raise Denied("connector_signature") from None
    if len(request.body) > MAX_BYTES:
        raise InvalidInput("live_event_too_large")
    return _out(receive(Signed(connector, request.body, signed), keys(), now=clock.now()))


@router.get("/live", response=DeskOut)
def desk(request: HttpRequest) -> DeskOut:
    """Return one's own live conversations, the latest first."""
    mine = guarded(
        actor_of(request),
        Action.DESK_VIEW,
        None,
        act=lambda permit: live.of_agent(permit, now=clock.now()),
        count=len,
    )
    return DeskOut(items=[_out(one) for one in mine])


def _out(one: LiveConversation) -> LiveOut:
    return LiveOut(
        id=one.id,
        conversation=one.conversation,
        subject=one.subject,
        outbound=one.outbound,
        started_at=one.started_at,
        opens_at=one.opens_at,
        ended_at=one.ended_at,
        closes_at=one.closes_at,
    )
