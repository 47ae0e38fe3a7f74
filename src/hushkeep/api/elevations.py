"""Administrator's rights, taken for minutes and laid down."""

from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from hushkeep.access.administration import elevations
from hushkeep.api.actors import actor_of
from hushkeep.api.schemas import In, Out

router = Router(tags=["people"])


class ElevationIn(In):
    """Why, and for how long."""

    reason: str = Field(max_length=40)
    minutes: int = Field(ge=1, le=60)


class ElevationOut(Out):
    """Rights that hold in this session until ``ends_at``."""

    id: UUID
    reason: str
    ends_at: datetime


@router.post("/elevations", response={201: ElevationOut})
def take(request: HttpRequest, body: ElevationIn) -> Status[ElevationOut]:
    """Take administrator's rights in this session, with a second factor shown in the last five minutes."""
    taken = elevations.take(actor_of(request), reason=body.reason, lasts=timedelta(minutes=body.minutes))
    return Status(201, ElevationOut.model_validate(taken))


@router.post("/elevations/end", response={204: None})
def lay_down(request: HttpRequest) -> Status[None]:
    """Lay down what one has taken."""
    elevations.lay_down(actor_of(request))
    return Status(204, None)
