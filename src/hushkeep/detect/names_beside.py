"""What stands beside a value that was found: a name before a number to call, a birth date behind a name."""

import re
from collections.abc import Iterator, Sequence

from hushkeep.detect.finding import Finding, by_turn, is_free
from hushkeep.detect.gazetteer import given_latin, words
from hushkeep.detect.names_unlisted import CAPITAL, COMMON, FUNCTION, GIVEN_WORDS, NO_NAME, ORGANISED
from hushkeep.kernel import Turn

_REACH = 70  # code points before a value in which its owner's name stands
_VALUES = frozenset({"phone", "email", "address", "dob", "ssn", "id_card", "passport", "plate"})
_BEFORE = re.compile(
    rf"(?:^|[\n:;,.(|>\-–]\s{{0,3}}|(?<![a-z])(?:for|is|to|from|with|name|and) )"
    rf"({CAPITAL}(?: (?:[A-Z]\. )?{CAPITAL}){{0,3}})"
    rf"\s?[,;:|<(\-–]\s?[<(]?$|(?:^|\n)({CAPITAL}(?: {CAPITAL}){{1,3}}) ?\n\s*$"
)
_NO_PERSON = frozenset(COMMON | FUNCTION | GIVEN_WORDS | NO_NAME | ORGANISED).union(
    *(words("words_en.txt", key) for key in ("thing", "no_answer", "nobody"))
)
_BRANDS = frozenset(brand.replace("_", " ") for brand in words("words_en.txt", "brand"))
_LABELS = re.compile(
    r"(?i)(?:mobile|phone|tel|email|mail|home|work|office|contact|number|address|billing|shipping|delivery|account|"
    r"customer|driver|policy|street|city|town|suite|apt|unit|flat|born|date|call|text|whatsapp|vehicle|plate|passport|"
    r"dear|regards|sincerely|thanks|hello|warehouse|branch|floor)"
)
_BIRTH = re.compile(
    r"[\s,，、;；|/]{1,3}(?:(?:男|女|[mM](?:ale)?|[fF](?:emale)?)[\s,，、;；|/]{1,3})?"
    r"((?:19[3-9][0-9]|20[0-2][0-9])(?:([./\-])[01]?[0-9]\2[0-3]?[0-9]|年[01]?[0-9]月[0-3]?[0-9][日号])"
    r"|[0-3]?[0-9]([./\-])[0-3]?[0-9]\3(?:19[3-9][0-9]|20[01][0-9]))(?![0-9./\-:])(?!\s?[0-9]{1,2}:)"
)


def beside(turns: Sequence[Turn], found: Sequence[Finding]) -> Iterator[Finding]:
    """English names that stand before a value among ``found``, and birth dates that stand behind a name."""
    for number, here in by_turn(found).items():
        text = turns[number].text
        for finding in here:
            new = _after(text, finding) if finding.entity == "person" else _owner(text, finding)
            if new and is_free(new.start, new.end, here):
                yield new


def _after(text: str, person: Finding) -> Finding | None:
    birth = _BIRTH.match(text, person.end)
    return Finding(person.turn, birth.start(1), birth.end(1), "dob", 0.75, "dob.beside_name") if birth else None


def _owner(text: str, value: Finding) -> Finding | None:
    if value.entity not in _VALUES:
        return None
    low = max(0, value.start - _REACH)
    name = _BEFORE.search(text[low : value.start])
    if name is None:
        return None
    group = 1 if name.group(1) else 2
    said = re.split(r"[ .]+", name.group(group).lower())
    alone = len(said) == 1
    if any(word in _NO_PERSON for word in said) or _LABELS.match(said[0]) or _LABELS.match(said[-1]):
        return None
    if (alone and said[0] not in given_latin()) or f"{said[0]} {said[-1]}" in _BRANDS:
        return None
    return Finding(value.turn, low + name.start(group), low + name.end(group), "person", 0.75, "person.beside")
