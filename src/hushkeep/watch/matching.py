"""Matching what the key service opened with what the ledger says was opened, both ways. Pure: no clock, no database.

An opening is founded when the event that it names stands in the ledger, is of an act that opens, was not refused,
and is of the same person, subject and time. An event that claims an opening is founded when the key service opened
something under its id: the key service writes its record before its answer leaves, so before the event is committed.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hushkeep.audit.openings import Told
from hushkeep.kernel import Action, Outcome

GRACE = timedelta(seconds=20)
"""How long an opening may wait for its event: one request's transaction and the log's sequencer lie between them."""

WITHIN = timedelta(minutes=20)
"""How far an opening and its event may stand apart: a ticket lasts 15 minutes, and clocks are two processes'."""

CLAIMING = frozenset({Action.CONVERSATION_REVEAL, Action.CUSTOMER_REVEAL, Action.KEY_UNWRAP})
"""Actions whose allowed event says that the key service opened something under its id."""

_OPENING = CLAIMING | {
    Action.CONVERSATION_REVISE,
    Action.EXPORT_EXECUTE,
    Action.RECORDING_LAND,
    Action.RECORDING_PLAY,
    Action.RECORDING_REDACT,
    Action.RECORDING_VERIFY,
    Action.RECORDING_VIEW,
}
_ASKING = frozenset(
    {
        Action.CONVERSATION_SEARCH,
        Action.CUSTOMER_CHANGE,
        Action.CUSTOMER_MERGE,
        Action.CUSTOMER_VIEW,
        Action.EMERGENCY_REQUEST,
    }
)
ACTIONS: Mapping[str, frozenset[Action]] = {
    "lookup": _ASKING,
    "open_capsules": _OPENING,
    "open_originals": _OPENING,
    "open_segments": _OPENING,
    "unwrap": _OPENING,
    "verify": frozenset({Action.CUSTOMER_VERIFY}),
}
"""What was asked of the key service -> the actions whose events may stand for it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One record of the key log that opened something; ``seen_at`` is when the matching read it first."""

    seq: int
    op: str
    at: datetime
    seen_at: datetime
    actor: UUID | None
    event: UUID | None
    subject: UUID | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out: openings without their event, events without their opening, and openings kept for later."""

    without_event: tuple[Opened, ...]
    without_opening: tuple[Told, ...]
    kept: tuple[Opened, ...]


def match(
    openings: Collection[Opened], claims: Iterable[Told], events: Mapping[UUID, Told], *, read_to: int, now: datetime
) -> Verdict:
    """Return what does not match.

    ``openings`` are all that are kept and all that the key log holds up to now; ``claims`` the ledger's claiming
    events before place ``read_to`` that no earlier round has seen, read before the key log was; ``events`` are those
    that the openings name. An opening is kept while it waits for its event, or its event for being read as a claim.
    """
    without_event, kept = [], []
    for opening in openings:
        event = events.get(opening.event) if opening.event is not None else None
        if event is not None and founded(opening, event):
            if event.action in CLAIMING and event.seq >= read_to:
                kept.append(opening)
        elif event is None and opening.event is not None and now - opening.seen_at < GRACE:
            kept.append(opening)
        else:
            without_event.append(opening)
    opened = {opening.event for opening in openings}
    without_opening = tuple(claim for claim in claims if claim.id not in opened)
    return Verdict(tuple(without_event), without_opening, tuple(kept))


def founded(opening: Opened, event: Told) -> bool:
    """Whether ``event`` may stand for ``opening``: an old event's id, or another person's, does not cover a new one.

    A job of the installation's own is nobody's: it asks for keys in the name of what it works on, its event's target.
    """
    return (
        event.action in ACTIONS[opening.op]
        and event.outcome in {Outcome.ALLOWED, Outcome.FAILED}
        and opening.actor is not None
        and opening.actor == (event.actor or event.target)
        and (event.subject is None or opening.subject is None or event.subject == opening.subject)
        and abs(opening.at - event.at) <= WITHIN
    )
