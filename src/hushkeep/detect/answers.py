"""Answers given in pieces: an e-mail address, an address or a password said over several turns.

Somebody asks ("what's your e-mail?") or announces ("my address is"); the other side's nods ("okay", "and the zip?")
stand between the pieces, and its repetitions of a piece are hidden too. Each kind says what a piece of it looks like
and when the pieces together are one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from hushkeep.detect import pieces
from hushkeep.detect.context import Context
from hushkeep.detect.cues import NEGATIVE
from hushkeep.detect.finding import MORE, Finding, by_turn
from hushkeep.detect.pieces import Piece

_REACH = 14  # turns after the question in which its answer may go on
_PARTS = 8
_NOD = 48  # code points of a turn between two pieces
_LONGEST = 200  # code points of a turn that asks, or that is a piece
_END = 6  # code points behind a word for something else with which a turn asks for that
_LEAST_ECHO = 4  # code points of a piece that is looked for in what the other side says


class Kind(NamedTuple):
    """One kind of answer: what asks for it, what a piece is, which pieces make it, and what may be asked between."""

    entity: str
    asks: "re.Pattern[str]"
    piece: Callable[[str, Sequence[Finding]], Piece | None]
    whole: Callable[[Sequence[str], Sequence[Piece]], bool]
    between: frozenset[str]


KINDS = (
    Kind("email", pieces.ASKS_EMAIL, pieces.of_email, pieces.email_whole, frozenset({"email"})),
    Kind("address", pieces.ASKS_ADDRESS, pieces.of_address, pieces.address_whole, frozenset({"email"})),
    Kind("secret", pieces.ASKS_THING, pieces.of_thing, pieces.secret_whole, frozenset({"secret"})),
    Kind("secret", pieces.ASKS_SECRET, pieces.of_secret, pieces.secret_whole, frozenset({"secret"})),
)
_NODS = re.compile(
    r"\W*(?:(?:yes|yeah|yep|correct|right|that's (?:right|it|correct)|um+|uh+|hmm+|mhm|ok|okay|sure|"
    r"hold on|let me see|一下|嗯+|对的?|是的?|好的?|没错|"
    r"请记一?下|稍等|等一下|我想想)\W*){1,4}"
)


def answers(context: Context, asking: Sequence[int], found: Sequence[Finding]) -> list[Finding]:
    """The answers to the questions of the turns ``asking`` that were given in pieces; ``found`` is what rules found."""
    taken = by_turn(found)
    done: list[Finding] = []
    end = dict.fromkeys((kind.entity for kind in KINDS), -1)
    for turn in asking:
        text = context.lower(turn)
        for kind in KINDS:
            asked = kind.asks.search(text, max(0, len(text) - _LONGEST)) if turn >= end[kind.entity] else None
            if asked and not (kind.entity == "secret" and pieces.NO_QUESTION.search(text, max(0, asked.start() - 40))):
                spoken = _spoken(kind, turn, asked.end(), context, taken)
                texts = [context.lower(part.turn)[part.start : part.end] for part in spoken]
                if spoken and kind.whole(texts, spoken):
                    done += _emit(kind.entity, spoken, texts, context)
                    end[kind.entity] = spoken[-1].turn
    return done


def _spoken(kind: Kind, asked: int, behind: int, context: Context, taken: dict[int, list[Finding]]) -> list[Piece]:
    """The pieces that answer the question of turn ``asked``, or that its own announcement begins."""
    parts: list[Piece] = []
    turns = context.turns
    asker = turns[asked].speaker
    own = kind.entity != "secret" and pieces.ANNOUNCES.search(context.lower(asked)) is not None
    if own:
        rest = context.lower(asked)[behind:]
        first = kind.piece(rest, ())
        if first:
            parts.append(first._replace(turn=asked, start=first.start + behind, end=first.end + behind))
    for turn in range(asked + 1, min(len(turns), asked + 1 + _REACH)):
        text = context.lower(turn)
        if (turns[turn].speaker == asker) == own:
            piece = kind.piece(text, taken.get(turn, ())) if len(text) <= _LONGEST else None
            if piece:
                parts.append(piece._replace(turn=turn))
                if len(parts) >= _PARTS:
                    break
            elif not _NODS.fullmatch(text):
                break
        elif not _goes_on(kind, turn, context, parts):
            break
    return parts


def _goes_on(kind: Kind, turn: int, context: Context, parts: Sequence[Piece]) -> bool:
    """Whether what the other side says between is a nod, a repetition, or asks on for the same."""
    text = context.lower(turn)
    if any(context.lower(part.turn)[part.start : part.end] in text for part in parts):
        return True
    if kind.asks.search(text) or pieces.GOES_ON.search(text):
        return True
    if len(text) > _NOD or pieces.ASKS_ELSE.search(text):
        return False
    cues = context.own_cues(turn)
    if pieces.ASKS_ANEW.search(text) or (cues and cues[-1][2] == NEGATIVE and len(text) - cues[-1][1] <= _END):
        return False
    return all(entity in kind.between or entity == NEGATIVE for _, _, entity in cues)


def _emit(entity: str, parts: Sequence[Piece], texts: Sequence[str], context: Context) -> Iterator[Finding]:
    last = parts[-1].turn
    for number, (part, text) in enumerate(zip(parts, texts, strict=True)):
        evidence = (MORE,) if number else ()
        yield Finding(part.turn, part.start, part.end, entity, 0.8, f"{entity}.pieces", evidence)
        speaker = context.turns[part.turn].speaker
        for turn in range(part.turn + 1, min(len(context.turns), last + 3)) if len(text) >= _LEAST_ECHO else ():
            if context.turns[turn].speaker != speaker and (at := context.lower(turn).find(text)) >= 0:
                yield Finding(turn, at, at + len(text), entity, 0.7, f"{entity}.pieces.echo", (MORE,))
