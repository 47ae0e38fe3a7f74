# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""English names: by what announces them and by the gazetteer."""

import re
from collections.abc import Iterator

from hushkeep.detect.context import Context
from hushkeep.detect.finding import Finding
from hushkeep.detect.gazetteer import family_latin, given_latin, words
from hushkeep.detect.names_unlisted import (
    CAPITAL,
    COMMON,
    FUNCTION,
    LETTERS,
    PARTICLE,
    PARTICLES,
    SHORTENED,
    WORD,
    unlisted_names,
)
from hushkeep.detect.names_unlisted import PATTERNS as UNLISTED
from hushkeep.detect.watched import Watched

_TITLE = r"(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|madam|doctor|mister|missus)"
_INITIAL = r"(?:(?:[B-HJ-Z]\.?|[AI]\.)[ \t]?)"
_NAME = (
    rf"{_INITIAL}{{0,3}}{WORD}(?![0-9])(?:[ \t](?:[A-Za-z]\.?[ \t])?(?:{PARTICLE}[ \t]){{0,2}}{WORD}(?![0-9])){{0,3}}"
)
_CUE = Watched.of(
    r"(?<![A-Za-z])(?:(?:(?:first|last|middle|given|family)[ -]?name|surname)(?: is|'s|’s| was)?|(?:guest|passenger|full |their |our )?names(?: are|:)?|my (?:full |first |last |maiden |legal )?name(?: is|'s|’s)|(?<![a-z])name(?:'s|’s| is| was| reads| will be| should be|(?: exactly| spelled| just| listed| appears| shown)? as(?: it appears)?|:| -|,)"
    r"|this is|(?:speaking|talking|spoke|talked|chatting) (?:with|to)|(?:(?:card|policy|account|card ?|policy |account )holder|insured|subscriber|tenant|resident|driver|owner|student|member|next of kin|emergency contact|landlord|attorney|spouse|applicant|nominee|passenger|recipient|patient|victim|claimant|guest|customer|contact|caller|beneficiary|attn|attention|billed to|ship to|deliver to|payee|from|to|cc)(?: name)?(?: is|:)"
    r"|name (?:on|of) (?:the|my|your|his|her) (?:card|account|booking|order|reservation|policy|file)(?: is|:|,| was)?|i am|i'm|i’m|its|name|(?:my|his|her|our|the|your) (?:husband|wife|son|daughter|mother|mom|mum|father|dad|brother|sister|partner|boss|friend|colleague|roommate|flatmate|fianc[eé]e?|uncle|aunt|cousin|niece|nephew|boyfriend|girlfriend|grand(?:mother|father|son|daughter|ma|pa)|landlord|assistant|secretary|lawyer|neighbou?r)(?:'s name|’s name)?(?: is| was|,)?|attention|holder|follow up with|signed|sincerely|under(?: the name(?: of)?)?|goes by|call me|called|it's|it is|belongs to|on behalf of|registered to|in the name of"
    rf"|(?<![a-z]){_TITLE}\.?)[\s\"“]{{1,2}}",
    re.IGNORECASE,
)
_LOOSE = re.compile(  # cues after which other things stand too: a capital or the gazetteer must agree
    r"i am|i'm|i’m|this is|it's|it is|its|called|under|from:?|to:?|name|attention|holder|signed|call me|sincerely|follow up with|(?:my|his|her|our|the|your) [^ ]+,?",
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
_FLIGHT = re.compile(r"[A-Z]{2,5}[ \-]?[0-9]")  # UA 2219, SHA-256
_CLOSES = re.compile(
    r"[.,;!?\n]|$| (?:ok|okay|thanks|thank you|please|yes|yeah|yep|speaking|here|calling)(?![a-z])", re.IGNORECASE
)
TOKEN = re.compile(rf"{_NAME}")
_WORDS = re.compile(rf"{WORD}|[A-Za-z]\.?(?=\s)|[A-Z]\.")
_TITLED = re.compile(rf"{_TITLE}\.?[ \t]", re.IGNORECASE)
_PAIR = Watched.of(
    rf"(?<![{LETTERS}@./\-])([A-ZÀ-ÖØ-ÞĀ-Ž][{LETTERS}'’\-]{{1,20}})[ \t](?:[A-Z]\.?[ \t])?((?:(?:van|von|de|del|la|le|da|bin|al|el|der|den|di)[ \t]){{0,2}}[A-ZÀ-ÖØ-ÞĀ-Ž][{LETTERS}'’\-]{{1,20}})(?:-[{LETTERS}]{{2,20}})?(?![{LETTERS}@])",
    sign=rf"[A-ZÀ-ÖØ-ÞĀ-Ž][{LETTERS}'’\-]{{1,20}}[ \t](?:[A-Z]\.?[ \t])?(?:(?:van|von|de|del|la|le|da|bin|al|el|der|den|di)[ \t]){{0,2}}[A-ZÀ-ÖØ-ÞĀ-Ž]",
)
_GIVEN_WORDS = words("words_en.txt", "given")
_DATES = words("words_en.txt", "date")  # Nov 3, Sat
_BRANDS = frozenset(brand.replace("_", " ") for brand in words("words_en.txt", "brand"))


_REVERSED = Watched.of(  # as lists have it: the family name first
    rf"(?:[Cc]ustomer|[Cc]aller|[Cc]lient|[Pp]atient|[Pp]assenger|[Ii]nsured|[Mm]ember|[Gg]uest|[Nn]ame|CUSTOMER|CALLER|CLIENT|PATIENT|PASSENGER|NAME)(?::| is)?\s({CAPITAL}, {CAPITAL}(?: [A-Z]\.?(?![{LETTERS}]))?)(?![{LETTERS}@&])"
)


def names_en(turn: int, context: Context) -> Iterator[Finding]:
    """The English names of ``turn``."""
    text = context.turns[turn].text
    for match in context.matches(turn, _REVERSED):
        if not any(word in COMMON or word in FUNCTION for word in match.group(1).lower().replace(",", "").split()):
            yield Finding(turn, match.start(1), match.end(1), "person", 0.85, "person.en_cue")
    for match in context.matches(turn, _CUE):
        loose = _LOOSE.fullmatch(match.group().strip()) is not None
        yield from at(text, match.end(), turn, "person.en_cue", strict=loose)
    for pattern in (_OPENING, _CLOSING, _THANKS):
        for match in context.matches(turn, pattern):
            yield from at(text, match.end(), turn, "person.en_greeting", strict=pattern is not _CLOSING, gazetteer=True)
    yield from _pairs(turn, context)
    yield from _initialled(turn, context)
    yield from _signed(turn, context)
    yield from unlisted_names(turn, context)
    yield from _spelled(turn, context)
    for match in context.matches(turn, _AFTER):
        if found := _JUST_BEFORE.search(text[max(0, match.start() - 44) : match.start()]):
            start = max(0, match.start() - 44) + found.start(1)
            yield from at(text, start, turn, "person.en_speaking", strict=True, gazetteer=True)


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


def _spelled(turn: int, context: Context) -> Iterator[Finding]:
    """A name that is said to be spelled letter by letter."""
    for own in context.matches(turn, _SPELLED_OWN):
        yield Finding(turn, own.start(1), own.end(1), "person", 0.8, "person.en_spelled")


def said_letters(text: str, turn: int, context: Context) -> Iterator[Finding]:
    """A name spelled letter by letter after being asked to."""
    if turn and 5 <= len(text) <= 80 and (match := _SPELLED.match(text)):
        for back in range(turn - 1, max(-1, turn - 3), -1):
            if context.turns[back].speaker != context.turns[turn].speaker and "spell" in context.lower(back):
                yield Finding(turn, match.start(1), match.end(1), "person", 0.8, "person.en_spelled")
                return


def at(  # noqa: PLR0913
    text: str, start: int, turn: int, rule: str, *, strict: bool, gazetteer: bool = False
) -> Iterator[Finding]:
    """The name at ``start``, if one stands there; ``strict`` asks for a capital or the gazetteer, or both."""
    if title := _TITLED.match(text, start):
        start = title.end()
    match = TOKEN.match(text, start)
    if match is None:
        return
    end = start
    words = 0
    for word in _WORDS.finditer(match.group()):
        low = word.group().lower().replace("’", "'").removesuffix("'s")
        known = low in given_latin() or low in family_latin()
        upper = word.group()[0].isupper()
        common = low in COMMON or low in _DATES or (low in _GIVEN_WORDS and not upper)
        if words and text[start].isupper() and not upper and low not in PARTICLES:
            break
        follows = (
            words > 0
            and (low in family_latin() or _CLOSES.match(text, start + word.end()) is not None)
            and low not in FUNCTION
        )
        follows = follows or _family_said(low, words, text[start:end], text[start + word.end() :])
        if follows and (upper or known or rule in {"person.en_cue", "person.en_answer"}):
            end = start + word.end()
            words += 1
            continue
        if (
            SHORTENED.search(low)
            or _FLIGHT.match(text, start + word.start())
            or (strict and _shouted(word.group(), text))
        ):
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


def _shouted(word: str, text: str) -> bool:
    """Whether ``word`` alone is in capitals: "its SHA-256", "under HPKE"."""
    return word.isupper() and len(word) > _SHORT_WORD and not text.isupper() and word.lower() not in given_latin()


_SHORT_WORD = 2


def _family_said(word: str, count: int, before: str, behind: str) -> bool:
    """Whether ``word``, in lower case behind a given name of the table, ends a name: a sentence goes on behind it."""
    follows = re.match(r"[ ,.]*([a-z']+)", behind)
    return (
        count == 1
        and before.islower()
        and before in given_latin()
        and word not in COMMON
        and word not in FUNCTION
        and not word.endswith(("ing", "ly", "ed"))
        and follows is not None
        and follows.group(1) in FUNCTION
    )


_LEAST_FAMILY = 6  # code points of a family name that speaks for a given name of no table


_ORGANISATION = re.compile(  # behind a pair of capitals: what bears a person's name and is none
    r"(?:['’]s)? (?:(?:Inc|LLC|Ltd|PLC|GmbH|Cafe|Café|Coffee|Bank|Hotel|Hotels|Inn|Hospital|Clinic|School|University|College|Academy|Institute|Street|St|Road|Avenue|Drive|Store|Stores|Shop|Group|Center|Centre|Park|Airport|Insurance|Airlines|Foundation|Museum|Library|Bridge|Memorial|Stadium|Arena|Mall|Pharmacy|Restaurant|Bakery|Pizza|Salon|Garage|Motors|Media|Music|Records|Partners|Associates|Capital|Holdings|Collection|Edition|Hall|House|Theatre|Theater|Award|Prize)(?![A-Za-z])"
    r"|(?:store|shop|cafe|hotel|jacket|coat|shirt|t-shirt|tee|jeans|dress|skirt|sweater|hoodie|shoes|sneakers|boots|sandals|bag|handbag|purse|wallet|belt|watch|perfume|cologne|fragrance|sunglasses|glasses|bracelet|necklace|earrings|ring|lipstick|makeup|box set|series|movie|film|book|novel|album|poster|whisk(?:e)?y|wine|beer|tea|sauce|collection|edition|bundle|voucher|gift card|figure|lego|costume|game|theme|mattress|sofa|lamp)(?![a-z]))"
)


def _pairs(turn: int, context: Context) -> Iterator[Finding]:
    text = context.turns[turn].text
    for match in context.matches(turn, _PAIR):
        first, last = match.group(1).lower(), match.group(2).lower().split()[-1]
        brand = first + " " + last.removesuffix("'s")
        if first in COMMON or last in COMMON or brand in _BRANDS:
            continue
        if _ORGANISATION.match(text, match.end()):
            continue
        family = last in family_latin() and last not in _GIVEN_WORDS and len(last) >= _LEAST_FAMILY
        if (
            first in given_latin() or family
        ) and first not in _GIVEN_WORDS:  # "Earl Grey", "Grace Period": only after a cue
            yield Finding(turn, match.start(), match.end(), "person", 0.75, "person.en_pair")


_INITIALS = Watched.of(
    rf"(?<![{LETTERS}.])(?:[A-Z]\.\s?){{1,3}}([A-ZÀ-ÖØ-ÞĀ-Ž][{LETTERS}'’\-]{{2,20}})(?![{LETTERS}@])"
)


LISTED_ON = re.compile(r"(?:\s*[,;:|(]|\s*\n)\s*(?=.{0,40}[0-9@])")


def _initialled(turn: int, context: Context) -> Iterator[Finding]:
    """A family name behind initials: of the table ("S. K. Patel"), else where more of the person follows."""
    text = context.turns[turn].text
    for match in context.matches(turn, _INITIALS):
        last = match.group(1).lower()
        listed = last in family_latin() or (len(last) >= _LEAST_FAMILY and LISTED_ON.match(text, match.end()))
        if listed and last not in COMMON:
            yield Finding(turn, match.start(), match.end(), "person", 0.75, "person.en_initials")


# Without one of these only an answer to a question (names_answered) can be a name: whatever is looked for here.
PATTERNS = (*UNLISTED, _REVERSED, _CUE, _OPENING, _CLOSING, _THANKS, _PAIR, _AFTER, _INITIALS, _SPELLED_OWN, _SIGNATURE)
