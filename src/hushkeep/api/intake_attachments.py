"""The bytes of attachments that the answer to a batch wants: piece by piece, or several small ones in one request."""

from collections.abc import Callable, Mapping
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from hushkeep.access.actors import Actor, Target
from hushkeep.access.gate import guarded
from hushkeep.api.actors import actor_of
from hushkeep.api.intake import RunId
from hushkeep.api.schemas import Out
from hushkeep.channels import attached
from hushkeep.kernel import Action
from hushkeep.records import attachments
from hushkeep.records.attachments import Landed
from hushkeep.runtime.clock import now
from hushkeep.runtime.key_client import keys

router = Router(tags=["intake"])


class LandedPieceOut(Out):
    """``states`` counts the attachments that are whole with this piece; ``duplicate`` when it was there already."""

    states: dict[str, int]
    duplicate: bool


class LandedPiecesOut(Out):
    """``states`` counts the attachments that are whole with these pieces; ``duplicates`` were there already."""

    sealed: int
    duplicates: int
    states: dict[str, int]


@router.post("/intake/attachments/{uuid:part}", response=LandedPieceOut)
def land_piece(request: HttpRequest, part: UUID, run: RunId) -> LandedPieceOut:
    """Take in a piece of an attachment (the body, at most 8 MiB) that the answer to a batch of ``run`` wants."""
    done = landed(actor_of(request), run, part, request.body)
    return LandedPieceOut(states=dict(done.states), duplicate=done.duplicates > 0)


@router.post("/intake/attachments", response=LandedPiecesOut)
def land_pieces(request: HttpRequest, run: RunId) -> LandedPiecesOut:
    """Take in several such pieces at once: a line of JSON, ``[id, size]`` of each, then their bytes in that order.

    At most 200 pieces and 8 MiB. All of them are sealed or none: where one is refused, each may be posted by itself.
    """
    body = request.body
    done = landed_together(actor_of(request), run, lambda: attached.split(body))
    return LandedPiecesOut(sealed=done.sealed, duplicates=done.duplicates, states=dict(done.states))


def landed(actor: Actor, run: UUID, part: UUID, content: bytes) -> Landed:
    """Seal a piece of an attachment as ``actor``, under an event of its own."""
    return guarded(
        actor,
        Action.CONVERSATION_STORE,
        Target(kind=attachments.KIND, id=part),
        act=lambda permit: attachments.land(permit, run, part, content, keys(), now=now()),
        count=_sealed,
    )


def landed_together(actor: Actor, run: UUID, pieces: Callable[[], Mapping[UUID, bytes]]) -> Landed:
    """Seal several as ``actor``, under one event that counts them; they are read once it is known who may."""
    return guarded(
        actor,
        Action.CONVERSATION_STORE,
        Target(kind=attachments.KIND),
        act=lambda permit: attachments.land_together(permit, run, pieces(), keys(), now=now()),
        count=_sealed,
    )


def _sealed(done: Landed) -> int:
    return done.sealed
