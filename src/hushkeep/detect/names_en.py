# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""English names: by what announces them, by the question they answer, and by the gazetteer."""

import re
from collections.abc import Iterator

from hushkeep.detect.context import Context
from hushkeep.detect.finding import Finding
from hushkeep.detect.gazetteer import family_latin, given_latin, words
from hushkeep.detect.names_unlisted import (
    COMMON,
    FUNCTION,
    LETTERS,
    PARTICLE,
    PARTICLES,
    SHORTENED,
    WORD,
    unlisted,
    unlisted_names,
)
from hushkeep.detect.names_unlisted import PATTERNS as UNLISTED
from hushkeep.detect.watched import Watched

_TITLE = r"(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|madam|doctor|mister|missus)"
_NAME = rf"{WORD}(?:[ \t](?:[A-Za-z]\.?[ \t])?(?:{PARTICLE}[ \t]){{0,2}}{WORD}){{0,3}}"
_CUE = Watched.of(
    r"(?<![A-Za-z])(?:(?:first|last|middle|given|family)[ -]?name|surname|my (?:full |first |last |maiden |legal )?name(?: is|'s|’s)|(?<![a-z])name(?:'s|’s| is| was| reads| will be| should be|(?: exactly| spelled| just| listed| appears| shown)? as(?: it appears)?|:| -|,)"
    r"|this is|(?:speaking|talking|spoke|talked|chatting) (?:with|to)|(?:(?:card|policy|account|card ?|policy |account )holder|insured|subscriber|tenant|resident|driver|owner|student|member|next of kin|emergency contact|landlord|attorney|spouse|applicant|nominee|passenger|recipient|patient|victim|claimant|guest|customer|contact|caller|beneficiary|attn|attention|billed to|ship to|deliver to|payee|from|to|cc)(?: name)?(?: is|:)"
    r"|name (?:on|of) (?:the|my|your|his|her) (?:card|account|booking|order|reservation|policy|file)(?: is|:|,| was)?|i am|i'm|i’m|its|name|(?:my|his|her|our|the|your) (?:husband|wife|son|daughter|mother|mom|mum|father|dad|brother|sister|partner|boss|friend|colleague|roommate|flatmate|fianc[eé]e?|uncle|aunt|cousin|niece|nephew|boyfriend|girlfriend|grand(?:mother|father|son|daughter|ma|pa)|landlord|assistant|secretary|lawyer|neighbou?r)(?:'s name|’s name)?(?: is| was|,)?|attention|holder|follow up with|signed|sincerely|under(?: the name(?: of)?)?|goes by|called|it's|it is|belongs to|on behalf of|registered to|in the name of"
    rf"|(?<![a-z]){_TITLE}\.?)[\s\"“]{{1,2}}",
    re.IGNORECASE,
)
_LOOSE = re.compile(  # cues after which other things stand too: a capital or the gazetteer must agree
    r"i am|i'm|i’m|this is|it's|it is|its|called|under|from:?|to:?|name|attention|holder|signed|sincerely|follow up with|(?:my|his|her|our|the|your) [^ ]+,?",
    re.IGNORECASE,
)
_OPENING = Watched.of(r"(?:^|\n)\s*(?:dear|hi|hello|hey|good (?:morning|afternoon|evening))[,]?\s+", re.IGNORECASE)
_CLOSING = Watched.of(
    r"(?<![A-Za-z])(?:regards|sincerely|thanks|thank you|cheers|best|yours(?: truly| sincerely)?|thx)[,!.]?\s*\n+\s*",
    re.IGNORECASE,
)
_THANKS = Watched.of(
    r"(?<![A-Za-z])(?:thank you|thanks|perfect|great|okay|ok|alright|hi|hello|sure|sorry|welcome)(?: so much| very much| back)?,?\s+",
    re.IGNORECASE,
)
_AFTER = Watched.of(r"(?<= )(?:speaking|here|calling|on the line)(?![a-z])", re.IGNORECASE)
_JUST_BEFORE = re.compile(rf"({WORD}(?:\s{WORD})?)\s$")
_TOKEN = re.compile(rf"{_NAME}")
_WORDS = re.compile(rf"{WORD}|[A-Za-z]\.?(?=\s)")
_PAIR = Watched.of(
    rf"(?<![{LETTERS}@./\-])([A-ZÀ-ÖØ-ÞĀ-Ž][{LETTERS}'’\-]{{1,20}})[ \t](?:[A-Z]\.?[ \t])?((?:(?:van|von|de|del|la|le|da|bin|al|el|der|den|di)[ \t]){{0,2}}[A-ZÀ-ÖØ-ÞĀ-Ž][{LETTERS}'’\-]{{1,20}})(?:-[{LETTERS}]{{2,20}})?(?![{LETTERS}@])",
    sign=rf"[A-ZÀ-ÖØ-ÞĀ-Ž][{LETTERS}'’\-]{{1,20}}[ \t](?:[A-Z]\.?[ \t])?(?:(?:van|von|de|del|la|le|da|bin|al|el|der|den|di)[ \t]){{0,2}}[A-ZÀ-ÖØ-ÞĀ-Ž]",
)
ASKS = re.compile(
    r"name(?! ?:)|who am i speaking|whom am i|who do i have|who's this|who is on|and you are|who is speaking|who's calling|who is this|who am i talking|call you|speaking with",
    re.IGNORECASE,
)
_ASKS_OWN = re.compile(  # a question for a person's name and nothing else
    r"(?:your|full|first|last|maiden|account ?holder'?s?|card ?holder'?s?|caller'?s?|his|her) (?:[a-z]{2,8} (?:and )?){0,3}name|name (?:please|on (?:the|your) (?:account|card|booking|policy|reservation|order)|of the (?:account|card|policy) ?holder)|who am i|whom am i|who do i have|who is this|who's this|who's calling|who is calling|speaking with|speaking to|^(?:and )?(?:the )?(?:name|first name|last name|surname)\W*$",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:yes|yeah|yep|sure|ok|okay|um+|uh+|er+|hi|hello|it's|it is|its|this is|i'm|i am|that's|that would be|of course|certainly|so|well|the name is|name is|my name is|my name's|under)[,.\s]+",
    re.IGNORECASE,
)
_GIVEN_WORDS = words("words_en.txt", "given")


def names_en(turn: int, context: Context) -> Iterator[Finding]:
    """The English names of ``turn``."""
    text = context.turns[turn].text
    for match in context.matches(turn, _CUE):
        loose = _LOOSE.fullmatch(match.group().strip()) is not None
        yield from _at(text, match.end(), turn, "person.en_cue", strict=loose)
    for pattern in (_OPENING, _CLOSING, _THANKS):
        for match in context.matches(turn, pattern):
            yield from _at(
                text, match.end(), turn, "person.en_greeting", strict=pattern is not _CLOSING, gazetteer=True
            )
    yield from _pairs(turn, context)
    yield from _initialled(turn, context)
    yield from _signed(turn, context)
    yield from unlisted_names(turn, context)
    yield from _answers(text, turn, context)
    yield from _spelled(text, turn, context)
    for match in context.matches(turn, _AFTER):
        if found := _JUST_BEFORE.search(text[max(0, match.start() - 44) : match.start()]):
            start = max(0, match.start() - 44) + found.start(1)
            yield from _at(text, start, turn, "person.en_speaking", strict=True, gazetteer=True)


_LETTER_SAID = r"(?:[A-Za-z](?:,? (?:as in|for|like) [A-Za-z]{2,12})?|(?:double|triple) [A-Za-z])"
_SPELLED = re.compile(
    rf"^\W*(?:(?:yes|sure|it's|that's|ok|okay|so|um|uh)\W+){{0,2}}((?:{_LETTER_SAID}[ ,.\-]{{1,3}}){{2,20}}{_LETTER_SAID})\W*$",
    re.IGNORECASE,
)


_SPELLED_OWN = Watched.of(
    rf"(?<![A-Za-z])(?:spell(?:ed|ing|t)?|last name|surname|first name)(?: it| that| as| is|:|,| it's| that's){{0,2}}\s((?:{_LETTER_SAID}[ ,.\-]{{1,2}}){{2,20}}{_LETTER_SAID})(?![A-Za-z])",
    re.IGNORECASE,
)


_UNDERSIGNED = r"(?:^|\n)\s*(?:(?:kind |best |warm |many )?(?:regards|wishes|thanks)|best|sincerely|yours(?: truly| sincerely| faithfully)?|cheers|thank you|respectfully)[,!.]?\s*\n"
_SIGNATURE = Watched.of(
    rf"{_UNDERSIGNED}+\s*({WORD}(?:[ \t](?:[A-ZÀ-Þ]\.?[ \t])?{WORD}){{1,2}})[ \t]*(?:\n|$)",
    re.IGNORECASE,
    sign=_UNDERSIGNED,
)


def _signed(turn: int, context: Context) -> Iterator[Finding]:
    """Two or three capitals under a closing; a name of no table that a turn without capitals announces."""
    for match in context.matches(turn, _SIGNATURE):
        words = match.group(1).split()
        if all(word[0].isupper() for word in words) and not any(word.lower() in COMMON for word in words):
            yield Finding(turn, match.start(1), match.end(1), "person", 0.8, "person.en_signature")


def _spelled(text: str, turn: int, context: Context) -> Iterator[Finding]:
    """A name spelled letter by letter after being asked to, or said to be spelled."""
    for own in context.matches(turn, _SPELLED_OWN):
        yield Finding(turn, own.start(1), own.end(1), "person", 0.8, "person.en_spelled")
    if turn and 5 <= len(text) <= 80 and (match := _SPELLED.match(text)):
        for back in range(turn - 1, max(-1, turn - 3), -1):
            if context.turns[back].speaker != context.turns[turn].speaker and "spell" in context.lower(back):
                yield Finding(turn, match.start(1), match.end(1), "person", 0.8, "person.en_spelled")
                return


def _at(  # noqa: PLR0913
    text: str, start: int, turn: int, rule: str, *, strict: bool, gazetteer: bool = False
) -> Iterator[Finding]:
    """The name at ``start``, if one stands there; ``strict`` asks for a capital or the gazetteer, or both."""
    match = _TOKEN.match(text, start)
    if match is None:
        return
    end = start
    words = 0
    for word in _WORDS.finditer(match.group()):
        low = word.group().lower().replace("’", "'").removesuffix("'s")
        known = low in given_latin() or low in family_latin()
        upper = word.group()[0].isupper()
        common = low in COMMON or (low in _GIVEN_WORDS and not upper)
        if words and text[start].isupper() and not upper and low not in PARTICLES:
            break
        follows = (
            words > 0
            and (low in family_latin() or not text[start + word.end() :][:1].strip(".,;!?\n"))
            and low not in FUNCTION
        )
        if follows and (upper or known or rule in {"person.en_cue", "person.en_answer"}):
            end = start + word.end()
            words += 1
            continue
        if SHORTENED.search(low):
            break
        if len(word.group().rstrip(".")) > 1 and (
            common
            or (not upper and not known)
            or (not words and (gazetteer or (strict and not upper)) and low not in given_latin())
        ):
            break
        if text[start + word.end() - 2 : start + word.end()] in {"'s", "’s"}:
            end = start + word.end() - 2
            words += 1
            break
        end = start + word.end()
        words += 1
    if words and (words > 1 or not strict or text[start].isupper() or text[start:end].lower() not in _GIVEN_WORDS):
        yield Finding(turn, start, end, "person", 0.85, rule)


_LEAST_FAMILY = 6  # code points of a family name that speaks for a given name of no table


def _pairs(turn: int, context: Context) -> Iterator[Finding]:
    for match in context.matches(turn, _PAIR):
        first, last = match.group(1).lower(), match.group(2).lower().split()[-1]
        if first in COMMON or last in COMMON:
            continue
        family = last in family_latin() and last not in _GIVEN_WORDS and len(last) >= _LEAST_FAMILY
        if (
            first in given_latin() or family
        ) and first not in _GIVEN_WORDS:  # "Earl Grey", "Grace Period": only after a cue
            yield Finding(turn, match.start(), match.end(), "person", 0.75, "person.en_pair")


_INITIALS = Watched.of(
    rf"(?<![{LETTERS}.])(?:[A-Z]\.\s?){{1,3}}([A-ZÀ-ÖØ-ÞĀ-Ž][{LETTERS}'’\-]{{2,20}})(?![{LETTERS}@])"
)


def _initialled(turn: int, context: Context) -> Iterator[Finding]:
    """A family name of the table behind initials: "S. K. Patel"."""
    for match in context.matches(turn, _INITIALS):
        if match.group(1).lower() in family_latin() and match.group(1).lower() not in COMMON:
            yield Finding(turn, match.start(), match.end(), "person", 0.75, "person.en_initials")


_OF_A_THING = re.compile(r"(?:user|product|file|street|company|pet|brand|item)[ -]?name", re.IGNORECASE)


def _answers(text: str, turn: int, context: Context) -> Iterator[Finding]:
    if not text or len(text) > 70 or turn == 0:
        return
    for back in range(turn - 1, max(-1, turn - 3), -1):
        if context.turns[back].speaker != context.turns[turn].speaker:
            asked = context.turns[back].text
            break
    else:
        return
    if not ASKS.search(asked[-120:]) or _OF_A_THING.search(asked):
        return
    start = 0
    while lead := _LEAD.match(text[start:]):
        start += lead.end()
    rest = text[start:]
    if match := _TOKEN.match(rest):
        tail = rest[match.end() :]
        if len(tail) < 40:
            yield from _at(text, start, turn, "person.en_answer", strict=False)
    if text.islower() and _ASKS_OWN.search(asked[-120:]):
        end = unlisted(text, start)
        if end > start and not text[end:].strip(" .,!"):
            yield Finding(turn, start, end, "person", 0.75, "person.en_answer")


# Without one of these only an answer to a question can be a name: whatever names_en looks for stands here.
PATTERNS = (*UNLISTED, _CUE, _OPENING, _CLOSING, _THANKS, _PAIR, _AFTER, _INITIALS, _SPELLED_OWN, _SIGNATURE)
