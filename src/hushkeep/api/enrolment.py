"""Enrolling with a one-time link. The token comes in the body: addresses are written down, bodies are not."""

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from hushkeep.access.administration import enrolment
from hushkeep.api.schemas import In, Out

router = Router(tags=["enrolment"])


class BeginIn(In):
    """The link's token."""

    token: str = Field(max_length=128)


class TotpOut(Out):
    """What an authenticator app takes: as text, and as the address a QR code carries."""

    secret: str
    uri: str


class BeginOut(Out):
    """Whose link it is."""

    login: str
    name: str
    totp: TotpOut


class FinishIn(In):
    """Password and the authenticator's first code."""

    token: str = Field(max_length=128)
    password: str = Field(max_length=256)
    code: str = Field(pattern=r"^[0-9]{6}$")


class FinishOut(Out):
    """Each code opens the door once, when the authenticator is lost."""

    recovery_codes: list[str]


@router.post("/enrolment/begin", response=BeginOut)
def begin(request: HttpRequest, body: BeginIn) -> BeginOut:  # noqa: ARG001 - the framework's signature
    """Return the secret to enrol with; 404 for a link that is unknown, used or too old."""
    begun = enrolment.begin(body.token)
    return BeginOut(login=begun.login, name=begun.name, totp=TotpOut(secret=begun.secret, uri=begun.uri))


@router.post("/enrolment/finish", response=FinishOut)
def finish(request: HttpRequest, body: FinishIn) -> FinishOut:  # noqa: ARG001 - the framework's signature
    """Set password and second factor and return the recovery codes; the link is dead from then on."""
    finished = enrolment.finish(body.token, password=body.password, code=body.code)
    return FinishOut(recovery_codes=list(finished.recovery_codes))
