"""Written shapes: the patterns of ``rules/shapes.json``, each with its check or the cue it needs.

The patterns run over the folded text (full-width as ASCII, lower case) and keep to the subset that Python and
ECMAScript read alike: explicit classes, bounded repeats, fixed-width look-behind.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from hushkeep.detect.checks import VALIDATORS
from hushkeep.detect.context import Context
from hushkeep.detect.finding import Finding


@dataclass(frozen=True, slots=True)
class Shape:
    """One written form: ``cue`` names the entity whose cue or question it needs, ``needs`` a literal it contains."""

    id: str
    entity: str
    pattern: "re.Pattern[str]"
    score: float
    validate: str = ""
    strip: str = ""
    cue: str = ""
    needs: str = ""


def _loaded() -> tuple[Shape, ...]:
    rows = json.loads((files("hushkeep.detect") / "rules" / "shapes.json").read_text("utf-8"))
    return tuple(Shape(**(row | {"pattern": re.compile(row["pattern"], re.ASCII)})) for row in rows)


SHAPES = _loaded()
_REACH = 30  # code points between a cue and what it announces


def written(turn: int, context: Context) -> Iterator[Finding]:
    """The findings of all shapes in ``turn``."""
    text = context.lower(turn)
    cues = context.cues(turn)
    for shape in SHAPES:
        if (shape.needs and shape.needs not in text) or (shape.cue and shape.cue not in cues):
            continue
        for match in shape.pattern.finditer(text):
            if _holds(shape, match, turn, context):
                yield Finding(turn, match.start(), match.end(), shape.entity, shape.score, shape.id)


def _holds(shape: Shape, match: "re.Match[str]", turn: int, context: Context) -> bool:
    if shape.validate:
        value = match.group().translate({ord(c): None for c in shape.strip})
        if not VALIDATORS[shape.validate](value):
            return False
    return not shape.cue or context.speaks_of(shape.cue, turn, match.start(), match.end(), _REACH)
