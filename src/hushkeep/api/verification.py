"""Is the caller who they say they are? Yes or no; PINs and one-time codes are set by the center's own programs."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from hushkeep.access.actors import Target
from hushkeep.access.gate import guarded
from hushkeep.api.actors import actor_of
from hushkeep.api.schemas import In, Out
from hushkeep.kernel import Action, SubjectId
from hushkeep.keys.questions import CODE_SECONDS
from hushkeep.records import verification
from hushkeep.runtime.clock import now
from hushkeep.runtime.key_client import keys

router = Router(tags=["customers"])


class AnswerIn(In):
    """What was asked (``questions`` of the card), and what the caller answered."""

    question: str = Field(max_length=32)
    answer: str = Field(min_length=1, max_length=200)


class MatchOut(Out):
    """Whether it matches."""

    matches: bool


class PinIn(In):
    """A customer's PIN, as they entered it themselves."""

    pin: str = Field(pattern=r"^[0-9]{4,12}$")


class CodeOut(Out):
    """A one-time code, to be sent to the customer by another way, and the seconds for which it counts."""

    code: str
    expires_in: int


@router.post("/customers/{uuid:customer}/verify", response=MatchOut)
def verify(request: HttpRequest, customer: UUID, body: AnswerIn) -> MatchOut:
    """Say whether an answer matches what is known of the customer: five tries in 15 minutes, whoever asks."""
    matches = guarded(
        actor_of(request),
        Action.CUSTOMER_VERIFY,
        _target(customer),
        act=lambda permit: verification.verify(
            permit, SubjectId(customer), body.question, body.answer, keys(), now=now()
        ),
        count=int,
    )
    return MatchOut(matches=matches)


@router.post("/customers/{uuid:customer}/pin", response={204: None})
def set_pin(request: HttpRequest, customer: UUID, body: PinIn) -> Status[None]:
    """Set a customer's PIN: for the program at which customers enter it."""
    guarded(
        actor_of(request),
        Action.CUSTOMER_ENROL,
        _target(customer),
        act=lambda permit: verification.set_pin(permit, SubjectId(customer), body.pin, keys(), now=now()),
    )
    return Status(204, None)


@router.post("/customers/{uuid:customer}/code", response={201: CodeOut})
def issue_code(request: HttpRequest, customer: UUID) -> Status[CodeOut]:
    """Return a one-time code for a customer: for the program that sends it to them."""
    code = guarded(
        actor_of(request),
        Action.CUSTOMER_ENROL,
        _target(customer),
        act=lambda permit: verification.issue_code(permit, SubjectId(customer), keys(), now=now()),
    )
    return Status(201, CodeOut(code=code, expires_in=CODE_SECONDS))


def _target(customer: UUID) -> Target:
    return Target(kind="customer", id=customer, subject=SubjectId(customer))
