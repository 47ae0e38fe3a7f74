"""Written shapes: the patterns of ``rules/shapes.json``, each with its check or the cue it needs.

The patterns run over the folded text (full-width as ASCII, lower case) and keep to the subset that Python and
ECMAScript read alike: explicit classes, bounded repeats, fixed-width look-behind.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

from hushkeep.detect.checks import VALIDATORS
from hushkeep.detect.context import NONE, Context
from hushkeep.detect.cues import NEGATIVE, packs
from hushkeep.detect.finding import Finding
from hushkeep.detect.view import TO_ASCII
from hushkeep.detect.watched import Watched


@dataclass(frozen=True, slots=True)
class Shape:
    """One written form: ``cue`` names the entity whose cue or question it needs.

    ``needs`` is a literal that it contains, ``sign`` a short pattern that matches wherever it does.
    """

    id: str
    entity: str
    watched: Watched
    score: float
    validate: str = ""
    strip: str = ""
    cue: str = ""
    needs: str = ""
    sign: str = ""


def _loaded() -> tuple[Shape, ...]:
    rows = json.loads((files("hushkeep.detect") / "rules" / "shapes.json").read_text("utf-8"))
    rows += [row for pack in packs() for row in pack["shapes"]]
    return tuple(
        Shape(watched=Watched.of(row.pop("pattern"), re.ASCII, sign=row.get("needs", "")), **row) for row in rows
    )


SHAPES = _loaded()
_REACH = 30  # code points between a cue and what it announces


_PLAIN = tuple(shape for shape in SHAPES if not shape.cue)
_CUED = tuple(shape for shape in SHAPES if shape.cue)
_BARE_PASSPORT = "passport.cn"
_MIXED = re.compile(
    r"[a-z][ .·•\-]?[0-9]|[0-9] ?[a-z]|[@_]|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][a-z]"
)


def written(turn: int, context: Context, *, plain: bool, cued: bool) -> Iterator[Finding]:
    """The findings of the shapes in ``turn``: those that need no cue, and those that do."""
    plated = False
    if plain:
        shapes = [shape for shape in _PLAIN if context.may_match(turn, shape.watched)]
        if shapes and _MIXED.search(context.lower(turn)):
            for finding in _matches(shapes, turn, context):
                plated = plated or finding.entity == "plate"
                yield finding
    if cued and (cues := context.cues(turn)):
        for finding in _matches([shape for shape in _CUED if shape.cue in cues], turn, context):
            if not (plated and finding.rule == "plate.cue"):  # the model beside the plate
                yield finding


def _matches(shapes: Sequence[Shape], turn: int, context: Context) -> Iterator[Finding]:
    text = context.lower(turn)
    signs: dict[str, bool] = {"": True}
    for shape in shapes:
        if shape.needs and shape.needs not in text:
            continue
        if (shown := signs.get(shape.sign)) is None:
            shown = signs[shape.sign] = re.search(shape.sign, text) is not None
        if not shown:
            continue
        for match in shape.watched.pattern.finditer(text):
            if _holds(shape, match, turn, context):
                yield Finding(turn, match.start(), match.end(), shape.entity, shape.score, shape.id)


def _holds(shape: Shape, match: "re.Match[str]", turn: int, context: Context) -> bool:
    if shape.validate:
        value = match.group()
        for char in shape.strip:
            value = value.replace(char, "")
        if not VALIDATORS[shape.validate](value):
            return False
    if shape.id == _BARE_PASSPORT:
        near = context.before(turn, match.start())
        if (near if near is not NONE else context.asked(turn)).entity == NEGATIVE:
            return False  # "订单E20261125": of an order
    return not shape.cue or context.speaks_of(shape.cue, turn, match.start(), match.end(), _REACH)


_SPOKEN_PLATE = re.compile(r"(?<=[^a-z0-9])[a-hj-np-z][ .\-]?[a-hj-np-z0-9](?:[ \-]?[a-hj-np-z0-9]){4,5}(?![a-z0-9])")
_PLATED = re.compile("[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][a-z]")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"


def spoken_plates(turn: int, view: bytes, context: Context) -> Iterator[Finding]:
    """Plates whose digits are said in Chinese (京A 幺二三四五), found on the view with its digits as ASCII."""
    text = context.lower(turn)
    if not _PLATED.search(text):
        return
    plain = view.translate(TO_ASCII).decode("latin-1")
    for match in _SPOKEN_PLATE.finditer(plain):
        start = match.start() - 1
        if text[start] in _PROVINCES and sum(c.isdigit() for c in match.group()) >= 2:
            yield Finding(turn, start, match.end(), "plate", 0.88, "plate.spoken")
