# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""English names that no table lists: behind firm words for a name, and in a pair of capitals beside what people do."""

import re
from collections.abc import Iterator

from hushkeep.detect.context import Context
from hushkeep.detect.finding import Finding
from hushkeep.detect.gazetteer import family_latin, given_latin, words
from hushkeep.detect.watched import Watched

LETTERS = "A-Za-zÀ-ÖØ-öø-ÿĀ-žȘ-țẠ-ỹ"
CAPITAL = rf"[A-ZÀ-ÖØ-ÞĀ-Ž][{LETTERS}'’\-]{{1,20}}"
WORD = rf"[{LETTERS}][{LETTERS}'’\-]{{1,20}}"
PARTICLE = "(?:van|von|de|del|della|dos|da|di|du|la|le|bin|binti|bint|ibn|al|el|der|den|ter|st)"
PARTICLES = frozenset(PARTICLE[3:-1].split("|"))
COMMON = words("words_en.txt", "common")
FUNCTION = words("words_en.txt", "function")
GIVEN_WORDS = words("words_en.txt", "given")
NO_NAME = words("words_en.txt", "no_name")
SHORTENED = re.compile("'(?:re|ll|ve|m|d|t)$")  # "you're", "don't": no name

_SAID = Watched.of(  # in lower case, as a recogniser writes: names of no table behind firm words for one
    r"(?<![a-z])(?:(?:first|last|middle|given|family|full|legal|maiden)? ?(?<!user )(?<!product )(?<!company )(?<!file )(?<!store )(?<!business )(?<!host )(?<!pet )(?<!brand )(?:sur)?name(?: is|'s|s|:)|(?:account|card|policy) ?holder(?:'s name)? is|name on (?:the|my|your|it|that|file)(?: (?:card|account|booking|order|policy|reservation|file|bill))? is)(?: also| just)? (?=[a-zà-ÿ])|(?<![a-z])(?:passenger|patient|guest|customer|caller|client|contact|driver|insured|applicant|recipient): (?=[a-zà-ÿ])"
)
_PRESENTED = Watched.of(
    rf"(?<![a-z])(?:this is|it's|it is|i'm|i am|my name is) ({WORD}(?: {WORD}){{0,3}}) (?:calling|speaking|on the line|here)(?![a-z])",
    re.IGNORECASE,
)
_BOOKED = Watched.of(
    rf"(?<![a-z])(?:booking|reservation|account|order|policy|appointment|table|it|it's|that's)(?: is| was| should be| would be)? (?:under|in the name of|in the name|registered to|listed under) ({WORD}(?: {WORD}){{1,3}})(?=[.,;!?]|$)",
    re.IGNORECASE,
)
_BESIDE = Watched.of(  # in a written sentence a pair of capitals behind what is done with people
    rf"(?<![a-z])(?:[Ss]peak|[Ss]poke|[Ss]peaking|[Tt]alk|[Tt]alked|[Aa]sk|[Aa]sked|[Aa]dd|[Aa]dded|[Rr]emove|[Cc]ontact|[Cc]all|[Cc]alled|[Ee]mail|[Mm]eet|[Mm]et|[Ss]igned|[Ss]old|[Hh]elped|[Ss]erved|[Tt]echnician|[Dd]river|[Aa]gent|[Rr]ep|[Aa]dvisor|[Mm]anager|[Cc]c|CC|[Nn]amed|[Tt]ransferred|[Ii]nform|[Nn]otify|[Dd]ear)(?: (?:to|with|for|by|me|you|named|please|us))?,? ([A-ZÀ-ÖØ-ÞĀ-Ž][{LETTERS}'’\-]{{1,20}}(?: (?:{PARTICLE} ){{0,2}}[A-ZÀ-ÖØ-ÞĀ-Ž][{LETTERS}'’\-]{{1,20}}){{1,3}})(?![{LETTERS}@&])"
)
_NAMED_FIRST = Watched.of(
    rf"(?<![A-Za-z])(?:[Ss]peak|[Tt]alk|[Aa]sk(?:ed)?|[Tt]echnician|[Aa]gent|[Rr]ep|[Aa]dvisor|[Ss]old|[Hh]elped|[Ss]erved|[Ww]ith|[Cc]c|CC)(?: (?:to|with|for|by|named))? ([A-ZÀ-ÖØ-ÞĀ-Ž][{LETTERS}'’\-]{{2,20}})(?![{LETTERS}@&\-])"
)
_ON_LINE = Watched.of(
    rf"^(?:(?:hello|hi|hey|yes|um+|uh+|good (?:morning|afternoon|evening)),? ){{0,2}}([{LETTERS}'’\-]{{3,15}}(?: [{LETTERS}'’\-]{{2,20}}){{0,3}}) speaking(?![a-z])",
    re.IGNORECASE,
)
_ACTS = r"is|was|has|had|will|would|can|could|should|did|does|said|says|told|called|calls|lives|lived|works|worked|wants|wanted|needs|asked|gave|sent|didn't|doesn't|isn't|wasn't|hasn't|who|helped|promised|took|came|never|already|also|left|made|went|passed|died|from your|at your|in your"
_SPOKEN_WITH = Watched.of(
    rf"(?<![a-z])(?:(?:spoke|speak|speaking|talk|talked|talking|chatted|chatting) (?:with|to)|(?:please|to) (?:add|remove)|ask(?:ed)? for|helped by|served by) ({WORD})(?= {WORD})"
)
_ALONE = Watched.of(  # who does something, has something, or is spoken to
    rf"(?<=[a-z,;:] )({CAPITAL}(?: {CAPITAL})?)(?=['’]s [a-z]| (?:{_ACTS})(?![a-z]))"
    rf"|(?<= )(?:(?:told|tell|asked|ask|gave|give|thank|know|met|meet|marry|married|named|see|saw) )({CAPITAL}(?: {CAPITAL})?)(?=[,.;:?!)]?(?:\s[^A-ZÀ-ÖØ-ÞĀ-Ž0-9&]|$))",
    sign=rf"[a-z,;:] {CAPITAL}",
)
_OTHERWISE = (
    COMMON | FUNCTION | GIVEN_WORDS | NO_NAME | words("words_en.txt", "thing") | words("words_en.txt", "surname")
)
_NOT_ON_LINE = re.compile(
    "ly$|ish$|ing$|^(?:who|whom|how|not|native|i'?m|you're|am|are|is|was|the|public|generally|thanks|thank|arabic|french|german|cantonese|mandarin|chinese|hindi|portuguese)$"
)
_WITH_PEOPLE = frozenset({"spe", "spo", "tal", "ask", "tec", "age", "rep", "adv", "dea", "nam"})
ORGANISED = words("words_en.txt", "organised")  # what makes two capitals an office, a product or a place


_NEXT = re.compile(rf"[ \t]?([{LETTERS}][{LETTERS}'’\-]{{0,20}})(?![{LETTERS}@])")


def unlisted(text: str, start: int, *, most: int = 4) -> int:
    """The end of the words at ``start`` that may be a name of no table; ``start`` where there is none."""
    end, said = start, 0
    for word in _NEXT.finditer(text[start : start + 90]):
        low = word.group(1).lower()
        if start + word.start() != end or said >= most:
            break
        if low in PARTICLES and said:
            end = start + word.end()
            continue
        listed = low in given_latin() or low in family_latin()
        if low in FUNCTION or low in NO_NAME or (low in COMMON and not (listed and said)) or SHORTENED.search(low):
            break
        if not said and ((len(low) < 3 and not listed) or (low.endswith(("ing", "ly")) and not listed)):
            break
        end, said = start + word.end(), said + 1
    while end > start and text[start:end].rpartition(" ")[2].lower() in PARTICLES:
        end = start + max(0, text[start:end].rfind(" "))
    return end


_GIVEN_FIRST = Watched.of(
    rf"(?<![a-z])(?:this is|i'm|i am|it's) ({WORD}) ({WORD})(?= (?:and i|and my|i |i'm |i've |i'd |my |from |calling|with |about |regarding |just |wanting |checking |trying |again|we |can |could |is there |do you |hi |hello )|,|$)",
    re.IGNORECASE,
)


def unlisted_names(turn: int, context: Context) -> Iterator[Finding]:
    """The names of ``turn`` that stand in no table."""
    text = context.turns[turn].text
    for pattern, rule in (
        (_SAID, "person.en_said"),
        (_PRESENTED, "person.en_presented"),
        (_BOOKED, "person.en_booked"),
    ):
        for match in context.matches(turn, pattern) if text.islower() else ():
            start = match.end() if pattern is _SAID else match.start(1)
            end = unlisted(text, start)
            whole = pattern is _SAID or end == match.end(1)
            alone = " " not in text[start:end]
            if end > start and whole and not (pattern is _PRESENTED and alone and match.group().endswith("here")):
                yield Finding(turn, start, end, "person", 0.75, rule)
    for match in context.matches(turn, _BESIDE):
        said = [word.lower() for word in match.group(1).split()]
        with_people = (
            match.group()[:3].lower() in _WITH_PEOPLE or said[0] in given_latin() or said[-1] in family_latin()
        )
        if with_people and not any(word in COMMON or word in FUNCTION or word in ORGANISED for word in said):
            yield Finding(turn, match.start(1), match.end(1), "person", 0.75, "person.en_beside")
    for match in context.matches(turn, _NAMED_FIRST):
        first = match.group(1).lower()
        if first in given_latin() and first not in COMMON | GIVEN_WORDS and first not in ORGANISED:
            yield Finding(turn, match.start(1), match.end(1), "person", 0.7, "person.en_beside")
    if text.islower():
        yield from _given_first(turn, text, context)
        yield from _spoken_with(turn, text, context)
    yield from _on_line(turn, context)
    yield from _alone(turn, context)


def _spoken_with(turn: int, text: str, context: Context) -> Iterator[Finding]:
    """A given name of the table and what follows it, behind what is done with people, in lower case."""
    for match in context.matches(turn, _SPOKEN_WITH):
        if match.group(1) in given_latin() and match.group(1) not in _OTHERWISE:
            end = unlisted(text, match.start(1), most=3)
            if " " in text[match.start(1) : end]:
                yield Finding(turn, match.start(1), end, "person", 0.75, "person.en_beside")


def _given_first(turn: int, text: str, context: Context) -> Iterator[Finding]:
    for match in context.matches(turn, _GIVEN_FIRST):
        first, last = match.group(1), match.group(2)
        if (
            (first in given_latin() or last in family_latin())
            and not {first, last} & (COMMON | GIVEN_WORDS)
            and unlisted(text, match.start(2)) == match.end(2)
        ):
            yield Finding(turn, match.start(1), match.end(2), "person", 0.75, "person.en_presented")


def _alone(turn: int, context: Context) -> Iterator[Finding]:
    """A given name of the table in the middle of a sentence, who does or has something there: "Emma said so"."""
    for match in context.matches(turn, _ALONE):
        group = match.lastindex or 1
        said = [word.lower() for word in match.group(group).split()]
        if said[0] in given_latin() and not any(word in _OTHERWISE or word in ORGANISED for word in said):
            yield Finding(turn, match.start(group), match.end(group), "person", 0.7, "person.en_alone")


def _on_line(turn: int, context: Context) -> Iterator[Finding]:
    """A name of no table that opens a turn: "hello thandi speaking"."""
    for match in context.matches(turn, _ON_LINE):
        said = match.group(1).lower().split()
        if not any(word in COMMON or word in FUNCTION or _NOT_ON_LINE.search(word) for word in said):
            yield Finding(turn, match.start(1), match.end(1), "person", 0.75, "person.en_speaking")


PATTERNS = (_SPOKEN_WITH, _GIVEN_FIRST, _SAID, _PRESENTED, _BOOKED, _BESIDE, _NAMED_FIRST, _ON_LINE, _ALONE)
