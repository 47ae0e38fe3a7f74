"""Names said again: what was found to be a name once in a conversation is one wherever it stands in it."""

import re
from collections.abc import Iterator, Sequence

from hushkeep.detect.finding import Finding, by_turn, is_free
from hushkeep.detect.gazetteer import words
from hushkeep.detect.names_unlisted import CAPITAL, COMMON, FUNCTION, GIVEN_WORDS, LETTERS, NO_NAME, PARTICLES
from hushkeep.detect.names_zh import STOP
from hushkeep.kernel import Turn

_LEAST = 4  # letters of a single name that is looked for by itself
_LEAST_ZH = 3  # characters of a Chinese name that is looked for anywhere
_MOST = 40  # names of one conversation
_LONGEST = 100_000  # code points of a turn that are looked through
_SURE = 0.75
_NAME = re.compile(rf"[{LETTERS}'’\-]+(?: [{LETTERS}'’.\-]+){{0,4}}")
_GIVEN = re.compile(rf"(?<![{LETTERS}.])({CAPITAL}) $")
_HAN = re.compile("[\u4e00-\u9fff]{2,4}")
_EVERYDAY = (
    COMMON
    | FUNCTION
    | GIVEN_WORDS
    | NO_NAME
    | PARTICLES
    | words("words_en.txt", "surname")
    | words("words_en.txt", "thing")
)
_BESIDE_ZH = "(?:^|(?<=[叫是找给帮和跟,，。 、:：]))(?:{0})(?=$|先生|女士|小姐|老师|同学|[,，。!！?？ 、的吗吧])"


def again(turns: Sequence[Turn], found: Sequence[Finding]) -> Iterator[Finding]:
    """The places in ``turns`` where a name among ``found`` stands and nothing was found."""
    said = [turns[f.turn].text[f.start : f.end] for f in found if f.entity == "person" and f.score >= _SURE]
    if not said or len(turns) == 1:
        return
    patterns = [pattern for pattern in (_latin(said), _chinese(said)) if pattern]
    taken = by_turn(found)
    lower = all(value.islower() for value in said if value.isascii())
    for number, turn in enumerate(turns) if patterns else ():
        text = turn.text[:_LONGEST]
        here = taken.get(number, ())
        for match in (match for pattern in patterns for match in pattern.finditer(text)):
            plain = match.group()[0].islower() and not (lower or text.islower())
            start = _with_given(text, match.start()) if match.group().isascii() else match.start()
            if not plain and is_free(start, match.end(), here):
                yield Finding(number, start, match.end(), "person", 0.7, "person.again")


def _with_given(text: str, start: int) -> int:
    """Where a name begins whose family name, said before of another, stands at ``start``: "Ayumi Sato"."""
    given = _GIVEN.search(text, max(0, start - 24), start)
    return given.start(1) if given and given.group(1).lower() not in _EVERYDAY else start


def _latin(said: Sequence[str]) -> "re.Pattern[str] | None":
    names: dict[str, None] = {}
    for value in said[:_MOST]:
        if not _NAME.fullmatch(value):
            continue
        for word in re.split(r"[ .]+", value):
            if len(word) >= _LEAST and word.lower() not in _EVERYDAY:
                names.setdefault(word)
    if not names:
        return None
    one = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<![{LETTERS}@.\-])(?:{one})(?: (?:{one}))*(?![{LETTERS}@\-])", re.IGNORECASE)


def _chinese(said: Sequence[str]) -> "re.Pattern[str] | None":
    names = dict.fromkeys(value for value in said[:_MOST] if _HAN.fullmatch(value) and value not in STOP)
    long, short = [n for n in names if len(n) >= _LEAST_ZH], [n for n in names if len(n) < _LEAST_ZH]
    parts = [*long, *([_BESIDE_ZH.format("|".join(short))] if short else [])]
    return re.compile("|".join(parts)) if parts else None
