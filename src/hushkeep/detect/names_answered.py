# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""English names that answer a question, and the door to all English names."""

import re
from collections.abc import Iterator
from itertools import chain

from hushkeep.detect.context import Context
from hushkeep.detect.finding import Finding
from hushkeep.detect.gazetteer import words
from hushkeep.detect.names_en import LISTED_ON, PATTERNS, TOKEN, at, names_en, said_letters
from hushkeep.detect.names_unlisted import CAPITAL, COMMON, FUNCTION, LETTERS, unlisted

_WHO = r"who should i|who shall i|who can i|who do i|who will|who is (?:picking|collecting|travell?ing|staying|coming|driving|calling)|who's (?:picking|collecting|travell?ing|staying|coming|driving)|who was|who are|whose|which (?:student|patient|guest|child|passenger|customer|member|driver|employee)|under wh(?:at|ich)|and yours?\?|anybody else|anyone else|who else|[a-z]{2,15} wh(?:at|o)\W*$"
ASKS = re.compile(
    r"name(?! ?:)|who am i speaking|whom am i|who do i have|who's this|who is on|and you are|who is speaking|who's calling|who is this|who am i talking|call you|speaking with"
    rf"|(?:account|policy|card|ticket|pass) ?holder|(?:passenger|guest|recipient|beneficiary|emergency contact|next of kin|caller|nominee|(?:pick ?up|collecting) person|contact person|address you|addressee|{_WHO})",
    re.IGNORECASE,
)
_ASKS_OWN = re.compile(  # a question for a person's name and nothing else
    r"(?:your|full|first|last|maiden|account ?holder'?s?|card ?holder'?s?|caller'?s?|his|her) (?:[a-z]{2,8} (?:and )?){0,3}name|name (?:please|on (?:the|your) (?:account|card|booking|policy|reservation|order)|of the (?:account|card|policy) ?holder)|who am i|whom am i|who do i have|who is this|who's this|who's calling|who is calling|speaking with|speaking to|(?:account|policy|card) ?holder\W*$|[a-z]{2,15} wh(?:at|o)\W*$|^(?:and )?(?:the )?(?:name|first name|last name|surname|full name|passenger|guest|recipient|beneficiary)\W*$",
    re.IGNORECASE,
)
_WEAKLY = re.compile(rf"(?:{_WHO})", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:yes|yeah|yep|sure|ok|okay|um+|uh+|er+|hi|hello|it's|it is|its|this is|i'm|i am|that's|that would be|of course|certainly|so|well|the name is|name is|my name is|my name's|under)[,.\s]+",
    re.IGNORECASE,
)
_LOOKED_FOR = frozenset(PATTERNS)
_QUESTION = 120  # code points at the end of a turn that may ask
_LONGEST_ANSWER, _SHORT_ANSWER, _SHORT_TAIL = 200, 70, 40  # code points
_NO_ANSWER = words("words_en.txt", "no_answer")
_NOBODY = words("words_en.txt", "nobody")
_OF_A_THING = re.compile(r"(?:user|product|file|street|company|pet|brand|item)[ -]?name", re.IGNORECASE)


_RELATED_TO = re.compile(
    r"(?:(?:my|his|her|our|the) )?(?:husband|wife|son|daughter|mother|mom|mum|father|dad|brother|sister|partner|friend|colleague|roommate|fianc[eé]e?|uncle|aunt|cousin|niece|nephew|boyfriend|girlfriend|neighbou?r|assistant|spouse)(?: is|:|,)\s",
    re.IGNORECASE,
)
_AND = re.compile(rf"(?:,? and|,? &) ({CAPITAL}(?: {CAPITAL}){{1,2}})(?![{LETTERS}@&])")


def english_names(turn: int, context: Context) -> Iterator[Finding]:
    """The English names of ``turn``: announced, asked for, and joined to these by an "and"."""
    text = context.turns[turn].text
    announced = names_en(turn, context) if context.may_match_any(turn, _LOOKED_FOR) else ()
    for finding in chain(announced, said_letters(text, turn, context), _answers(text, turn, context)):
        yield finding
        if (other := _AND.match(text, finding.end)) and not any(
            word in COMMON or word in FUNCTION for word in other.group(1).lower().split()
        ):
            yield Finding(turn, other.start(1), other.end(1), "person", 0.75, "person.en_and")


def _answers(text: str, turn: int, context: Context) -> Iterator[Finding]:
    if not text or len(text) > _LONGEST_ANSWER or turn == 0:
        return
    asked = _asked(turn, context)
    if not (ask := ASKS.search(asked)) or _OF_A_THING.search(asked):
        return
    start = 0
    while lead := _LEAD.match(text[start:]):
        start += lead.end()
    if related := _RELATED_TO.match(text, start):  # "Husband: Desmond Achebe"
        start = related.end()
    if _stands_there(text[start:], len(text), weakly=_WEAKLY.match(ask.group()) is not None):
        yield from at(text, start, turn, "person.en_answer", strict=False)
    if text.islower() and _ASKS_OWN.search(asked):
        end = unlisted(text, start)
        if end > start and not text[end:].strip(" .,!"):
            yield Finding(turn, start, end, "person", 0.75, "person.en_answer")


def _asked(turn: int, context: Context) -> str:
    """The last words of the other side's turn just before ``turn``, or ''."""
    for back in range(turn - 1, max(-1, turn - 3), -1):
        if context.turns[back].speaker != context.turns[turn].speaker:
            return context.turns[back].text[-_QUESTION:]
    return ""


def _stands_there(rest: str, size: int, *, weakly: bool) -> bool:
    """Whether the answer ``rest``, of a turn of ``size`` code points, begins with what may be a name."""
    match = TOKEN.match(rest)
    if match is None or match.group().split()[0].lower() in _NO_ANSWER:
        return False
    tail = rest[match.end() :]
    short = size <= _SHORT_ANSWER and len(tail) < _SHORT_TAIL
    if weakly:  # "who should I ask for": a name and nothing else
        short = match.group()[0].isupper() and not tail.strip(" .,!") and match.group().lower() not in _NOBODY
    return short or (len(match.group().split()) > 1 and LISTED_ON.match(tail) is not None)
