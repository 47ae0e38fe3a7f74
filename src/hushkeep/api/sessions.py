"""Sessions: seen and ended."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from hushkeep.access.administration import sessions
from hushkeep.api.actors import actor_of
from hushkeep.api.pages import DEFAULT, Cursor, Flag, Limit, read_cursor, split
from hushkeep.api.schemas import Out

router = Router(tags=["sessions"])


class SessionOut(Out):
    """An open session; ``here`` is the one that asks.

    ``network`` (CIDR) and ``country`` (ISO 3166-1) are where its second factor was last shown; empty: not known.
    """

    id: UUID
    person: UUID
    device: UUID | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    here: bool
    network: str
    country: str


class SessionsOut(Out):
    """A page of sessions."""

    items: list[SessionOut]
    next: str | None


@router.get("/sessions", response=SessionsOut)
def list_sessions(
    request: HttpRequest,
    *,
    mine: Flag = False,
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> SessionsOut:
    """Return open sessions, newest first: the center's, or with ``mine`` one's own."""
    actor = actor_of(request)
    page = sessions.page(actor, mine=mine, after=read_cursor(cursor), limit=limit + 1)
    found, following = split(page, limit)
    items = [
        SessionOut(
            id=s.id,
            person=s.person,
            device=s.device,
            created_at=s.created_at,
            seen_at=s.seen_at,
            expires_at=s.expires_at,
            here=s.id == actor.session,
            network=s.place.network,
            country=s.place.country,
        )
        for s in found
    ]
    return SessionsOut(items=items, next=following)


class StoppedOut(Out):
    """How many sessions ended."""

    sessions: int


@router.post("/people/{uuid:person}/stop", response=StoppedOut)
def stop(request: HttpRequest, person: UUID) -> StoppedOut:
    """End every session of a person, and every ticket that the key service gave them, at once."""
    return StoppedOut(sessions=sessions.stop(actor_of(request), person))


@router.delete("/sessions/{uuid:session}", response={204: None})
def revoke(request: HttpRequest, session: UUID) -> Status[None]:
    """End a session at once."""
    sessions.revoke(actor_of(request), session)
    return Status(204, None)
