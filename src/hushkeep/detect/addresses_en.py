# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""English addresses: house number, street with its class word, unit, town, state and postal code."""

import re
from collections.abc import Iterator
from dataclasses import replace

from hushkeep.detect.addresses_codes import CANADA, COUNTRY, UK, around_codes
from hushkeep.detect.context import Context
from hushkeep.detect.cues import NEGATIVE
from hushkeep.detect.finding import Finding
from hushkeep.detect.gazetteer import family_latin, given_latin, words
from hushkeep.detect.patterns import Pattern

_STREET = (
    "(?:street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|square|sq|terrace|ter|parkway|pkwy|"
    "circle|cir|highway|hwy|way|trail|trl|close|crescent|cres|gardens|grove|mews|row|walk|alley|plaza|loop|turnpike|park|green|hill|rise|view|quay|wharf)"
)
_NUMBER_WORD = (
    "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|double|triple)"
)
_HOUSE = rf"(?:(?<![0-9a-z.\-/$€£])(?:[0-9]{{1,4}}[a-d]?/)?[0-9]{{1,6}}[a-d]?(?:-[0-9]{{1,4}})?|(?<![a-z])(?:{_NUMBER_WORD}[ \-]){{0,6}}{_NUMBER_WORD})"
_WORD = r"(?!(?:the|of|in|is|and|or|for|a|an|to|at|on|days?|minutes?|hours?|times?|people|items?|orders?|more|please|my|your|it|was|were|that|this|no|than|i|you|we|with|by|per|if|but|later|left|pm|am|out|off|way|down|up)\b)[a-zà-ÿā-žẁ-ỹ0-9'.\-]{1,18}"
_UNIT = r"(?:apartment|apt|suite|ste|unit|flat|floor|fl|room|rm|building|bldg|lot|#)"
_UNIT_TAIL = rf"(?:,?\s{{1,6}}(?:{_UNIT}\.?\s?#?\s?(?:[0-9]{{1,5}}[a-z]?|[a-z][0-9]{{0,4}}|{_NUMBER_WORD}(?:[ \-]{_NUMBER_WORD}){{0,3}})(?![a-z0-9])|#\s?[0-9a-z]{{1,5}}))"
_STATES = (
    "alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|washington|west virginia|wisconsin|wyoming|ontario|quebec|british columbia|alberta|manitoba|saskatchewan|nova scotia|new brunswick|qc|bc|ab|"
    "al|ak|az|ar|ca|co|ct|de|fl|ga|hi|id|il|in|ia|ks|ky|la|me|md|ma|mi|mn|ms|mo|mt|ne|nv|nh|nj|nm|ny|nc|nd|oh|ok|or|pa|ri|sc|sd|tn|tx|ut|vt|va|wa|wv|wi|wy|dc"
)
_ZIP = rf"(?:[0-9]{{5}}(?:-[0-9]{{4}})?|{UK}|{CANADA}|(?:{_NUMBER_WORD}[ \-]){{2,5}}{_NUMBER_WORD})"
_TOWN = r"(?!(?:name|attention|attn|phone|please|call|my|i|and|it|its|the|is|but|for|to|thanks|thank|can|email|mobile|cell|number|under|no|not|ok|okay|yes)\b)[a-zà-ÿā-žẁ-ỹ.'\-]{2,20}(?: [a-zà-ÿā-žẁ-ỹ.'\-]{2,20}){0,2}"
_LINES = r"(?:(?:,\s?|\s{0,4}\n\s{0,6},?\s?)[^\n,0-9]{2,30}){1,4}\s[0-9]{4,6}(?![0-9])"
_TAIL = (
    rf"(?:{_LINES}|(?:,?\s{_TOWN})?,?\s(?:nsw|vic|qld|tas|act|nt|sa|wa),?\s[0-9]{{4}}(?![0-9])|(?:,\s{_TOWN})?,\s(?:{COUNTRY})(?![a-z])(?:,?\s{_ZIP}(?![0-9a-z]))?|"
    rf"(?:(?:,\s?|\s|\s?\n|,?\s(?:in|and) ){_TOWN}?,?\s(?:{_STATES})(?![a-z])\.?(?:,?\s{_ZIP}(?![0-9a-z]))?"
    rf"|,?\s?(?:{_TOWN},? )?{_ZIP}(?![0-9a-z])|,\s{_TOWN}(?:,\s{UK})?(?=[.;!?\n]|$|,? (?:and|please|thanks|is|my|that))))"
)
_ADDRESS = Pattern(
    rf"(?:{_UNIT}\.?\s[0-9]{{1,4}}[a-z]?,\s)?(?:(?<![0-9a-z.\-/$€£])[0-9]{{2,5}} (?=[0-9]))?{_HOUSE}\s(?:[nsew]\.?\s|north\s|south\s|east\s|west\s)?(?:{_WORD}\s){{0,3}}?{_WORD}\s{_STREET}(?![a-z])\.?(?:\s{_STREET}(?![a-z]))?(?:\s(?:north|south|east|west|[nsew][ew]?)(?![a-z]))?"
    rf"{_UNIT_TAIL}{{0,2}}{_TAIL}?"
)
_BOX = Pattern(
    rf"(?<![a-z])p\.? ?o\.? box (?:[0-9]{{1,6}}|(?:{_NUMBER_WORD}[ \-]){{0,5}}{_NUMBER_WORD}(?![a-z])){_TAIL}?"
)
_FOREIGN = Pattern(  # number after the street: 28245 Puruntie 82 Apt. 595
    rf"(?:(?<![0-9a-z.\-/$€£])[0-9]{{2,5}}\s)?(?:[^\W\d_][^\W_'.\-]{{1,20}}\.?\s){{1,4}}[0-9]{{1,4}}(?:{_UNIT_TAIL}{{1,2}})(?:{_TAIL})?"
)
_ORDINAL = Pattern(
    rf"(?<![0-9a-z.\-/$€£])[0-9]{{1,5}}\s(?:[nsew]\.?\s|north\s|south\s|east\s|west\s)?[0-9]{{1,3}}(?:st|nd|rd|th)\s{_STREET}(?![a-z])\.?{_UNIT_TAIL}{{0,2}}{_TAIL}?"
)
_PIECE = r"[a-zà-ÿā-žẁ-ỹ0-9'’.\-]{1,20}"
_CLASS = "rue|quai|avenue|boulevard|allée|chemin|impasse|cours|calle|avenida|av\\.|paseo|plaza|carrera|via|viale|piazza|corso|rua|travessa|largo|praça|carrer|ulica|ul\\.|jalan|jl\\.?|strada"
_GERMANIC = "straße|strasse|str\\.|weg|platz|allee|gasse|damm|ufer|laan|straat|plein|gracht|gatan|gata|gaten|vegen|vägen|vej|gade|veien|katu|tie|tänav|utca"
_CITY = rf"(?:,?\s(?:[0-9]{{1,2}}\.?º\s?[a-z]?|apto?\.?\s[0-9a-z]{{1,4}}|[0-9]{{1,3}}[a-z]))?(?:,\s|\s?\n\s{{0,4}}|\s)(?:[a-z]{{1,2}}-)?(?:[0-9]{{2}}-[0-9]{{3}}|[0-9]{{4}}-[0-9]{{3}}|[0-9]{{3}}\s[0-9]{{2}}|[0-9]{{4,6}})(?:\s[a-z]{{2}})?(?:\s{_PIECE}){{1,3}}?(?=[,.;!?\n]|$)|,\s{_PIECE}(?:\s{_PIECE}){{0,2}}(?=[.;!?\n]|$)"
_EUROPE = (  # 12 Quai de la Rapée, Paris; Calle de Alcalá 142, 28009 Madrid; Hauptstraße 48, 10827 Berlin
    Pattern(
        rf"(?<![0-9a-z.\-/$€£])[0-9]{{1,4}}(?:\s?(?:bis|ter))?,?\s(?:rue|quai|avenue|boulevard|allée|chemin|impasse|cours|place)\s(?:{_PIECE}\s){{0,4}}?{_PIECE}(?:{_CITY})"
    ),
    Pattern(
        rf"(?<![a-z])(?:{_CLASS})\s(?:{_PIECE}\s){{1,4}}?(?:n[.º°]?\s?)?[0-9]{{1,4}}[a-z]?(?:/[0-9]{{1,4}}[a-z]?)?(?![0-9])(?:{_CITY})?"
    ),
    Pattern(
        rf"(?<![a-zà-ÿā-žẁ-ỹ])[a-zà-ÿā-žẁ-ỹ\-]{{2,24}}(?:{_GERMANIC})\s[0-9]{{1,4}}\s?[a-z]?(?![0-9a-z])(?:{_CITY})?"
    ),
)
_WORDS = rf"{_WORD}(?:[, ]{{1,2}}{_WORD}){{0,5}}"
_CODES = rf"(?:{_ZIP}|[0-9]{{4,6}}|{UK[:-1].replace('?[0-9]', '? ?[0-9]')})"
PIECE = Pattern(  # a turn that says nothing but a piece of an address
    rf"(?P<firm>(?:{_UNIT}|block|blk|level|p\.? ?o\.? box)\.?,?\s?(?:number )?#?(?:[0-9]{{1,5}}[a-z]?|[a-z][0-9]{{0,4}}|{_NUMBER_WORD}(?:[ \-]{_NUMBER_WORD}){{0,3}})(?:[ ,]{{1,2}}[a-z](?![a-z]))?(?:[, ]{{1,2}}{_WORDS})?(?:[, ]{{1,2}}{_ZIP})?"
    rf"|#[0-9]{{1,3}}-?[0-9]{{0,5}}|{_HOUSE},?\s{_WORDS}(?:[, ]{{0,2}}{_ZIP})?|(?:{_TOWN}[, ]{{1,2}})?(?:{_STATES})(?:[, ]{{1,2}}{_CODES})?|(?:{_TOWN}[, ]{{1,2}})?(?:(?:zip|post ?code|postal code)(?: is)? )?{_CODES}"
    rf"|(?:{_TOWN}[, ]{{1,2}})?(?:{COUNTRY})(?:[, ]{{1,2}}{_CODES})?)|(?P<soft>{_TOWN})"
)
_POSTCODE = re.compile(rf"(?<![a-z0-9])(?:{UK}|{CANADA})(?![a-z0-9])")
_GATE = re.compile(rf"(?<![a-z]){_STREET}(?![a-z])|box [0-9]|(?<![a-z])(?:{_CLASS})\s|(?:{_GERMANIC})\s[0-9]")
_WEAK = frozenset(
    [
        "way",
        "place",
        "close",
        "park",
        "green",
        "hill",
        "view",
        "walk",
        "row",
        "court",
        "drive",
        "square",
        "rise",
        "circle",
        "loop",
        "st",
        "dr",
        "pl",
        "ct",
        "trail",
    ]
)
_CUES = (
    "address",
    "live at",
    "living at",
    "lives at",
    "ship",
    "deliver",
    "send it",
    "mail it",
    "moved to",
    "located",
    "reside",
    "home is",
    "street",
    "house",
)


def addresses_en(turn: int, context: Context) -> Iterator[Finding]:
    """The English addresses of ``turn``."""
    text = context.lower(turn)
    if _ASKS_CODE.search(_asked(turn, context)) and (code := _POSTCODE.search(text) or _CODE_SAID.search(text)):
        yield Finding(turn, code.start(), code.end(), "address", 0.8, "address.en_postcode")
    yield from _announced(turn, text, context)
    for found in around_codes(turn, text):
        start = _own_start(turn, found.start, context)
        yield replace(found, start=start) if start < found.end else found
    if not _GATE.search(text):
        return
    for pattern in (_ADDRESS, _ORDINAL, _BOX, _FOREIGN, *_EUROPE):
        for match in pattern.compiled.finditer(text):
            start = _own_start(turn, match.start(), context)
            value = text[start : match.end()].rstrip(" ,.")
            if pattern in _EUROPE:
                value = text[start : _farther(turn, start + len(value), context)]
            if pattern is not _ADDRESS or _plausible(value, match, text, context, turn):
                yield Finding(turn, start, start + len(value), "address", 0.88, "address.en_street")


_SEGMENT = re.compile(  # what is named between the street and the town's code
    r"[,]\s((?:[A-ZÀ-ÖØ-ÞĀ-Ž0-9][\w.'’\-]{0,20})(?:\s(?:de|la|las|los|del|da|do|dos|di|of|[A-ZÀ-ÖØ-ÞĀ-Ž0-9][\w.'’\-]{0,20})){0,4})(?=[,.;\n]|$)"
)
_SEGMENTS = 4
_LONG_NUMBER = re.compile(r"[0-9](?:[ \-]?[0-9]){6}")


def _farther(turn: int, end: int, context: Context) -> int:
    """Where the address that ends at ``end`` does so with the segments up to its postal code."""
    text, at, last = context.turns[turn].text, end, end
    if text[at - 4 : at].endswith((" Col", " Urb", " Edif")) or text[at : at + 1] == ".":
        at = text.rfind(",", 0, at)
    for _ in range(_SEGMENTS):
        segment = _SEGMENT.match(text, at)
        if segment is None or _LONG_NUMBER.search(segment.group(1)):
            break
        at = segment.end()
        if any(char.isdigit() for char in segment.group(1)):
            last = at
    return max(end, last)


_ANNOUNCES = re.compile(
    r"(?<![a-z\-])(?:(?<!e-mail )(?<!email )(?<!ip )(?<!mac )(?<!web )address(?:es)?(?: is| was| will be| should be| to|'s|:| -)+|(?:billing|shipping|mailing|delivery|home|service|postal|new|old|current) address(?: is| was| should be| will be|:)?|(?:new |my |our )(?:place|house|flat|apartment) is(?: at| on)?|(?:moved|moving|relocated) (?:in)?to|(?:deliver|delivered|ship|shipped|send|sent|mail|mailed|forward|post)(?: it| them| that| this| everything)? to|"
    r"(?:live|living|lives|reside|resides|staying|located|based|parked) (?:at|on))\s+"
)
_END_OF = re.compile(
    r"\n|[;!?[]|(?<!no)(?<!apt)(?<!blk)(?<!ste)\.(?=\s|$)|,? ?(?<![a-z])(?:phone|tel|attn|attention|and|please|thanks|thank|my|mobile|email|cell|contact|name|instead|not|but|because|since|so|it's|its|i|is|that|by|before|on|for|from|with|the one|right)(?![a-z])"
)
_PIECES = re.compile(r"[a-zà-ÿā-žẁ-ỹ0-9'’.\-/#ß]{1,24}")
_LEADS = re.compile(
    r"(?:(?:[0-9]{1,4}[/.\-][0-9]{1,2}[/.\-][0-9]{2,4}|yes|yeah|sure|ok|okay|um+|uh+|so|well|hi|it's|its|it is|that's|that is|it would be|i'm at|we're at|at|in|the address is|my address is|address is)[,.]?\s+){1,4}"
)
_LEAST_WORDS, _MOST_WORDS = 3, 16


def _announced(turn: int, text: str, context: Context) -> Iterator[Finding]:
    """What is announced as an address, or answers the question for one: pieces with a number, to the end of the clause."""
    for cue in _ANNOUNCES.finditer(text):
        yield from _clause(turn, text, cue.end(), context)
    if turn and len(text) <= _LONGEST_ANSWER and _ASKS_ADDRESS.search(_asked(turn, context)):
        lead = _LEADS.match(text)
        yield from _clause(turn, text, lead.end() if lead else 0, context)


_LONGEST_ANSWER = 140  # code points of a turn that is nothing but an address
_ASKS_ADDRESS = re.compile(
    r"(?<!\[)(?<!e-mail )(?<!email )(?<!ip )address|where (?:are you|do you live|should we (?:send|ship|deliver)|is it located|would you like it)"
)


_FRONT = re.compile(  # a number to call or a name, given before the address
    r"(?:(?P<number>\+?[0-9(][0-9 ().\-]{7,17}[0-9])|(?P<name>[A-ZÀ-ÖØ-ÞĀ-Ž][^\W\d_]{1,20}(?:[ '’\-][A-ZÀ-ÖØ-ÞĀ-Ž][^\W\d_]{0,20}){1,3}))\s?[,;|\n]\s*"
)
_LEAST_NUMBER = 9  # digits
_ASKS_NAME = re.compile("name|who|recipient|guest|passenger|person")


def _own_start(turn: int, start: int, context: Context) -> int:
    """Where the address begins behind the name and the number that were given with it."""
    text = context.turns[turn].text
    while front := _FRONT.match(text, start):
        number = front["number"]
        if (
            sum(char.isdigit() for char in number) < _LEAST_NUMBER
            if number
            else not _named(front["name"], turn, context)
        ):
            break
        start = front.end()
    return start


def _named(words: str, turn: int, context: Context) -> bool:
    if _GATE.search(words.lower()):
        return False
    said = words.lower().split()
    listed = said[0] in given_latin() or said[-1].rpartition("-")[2] in family_latin()
    return listed or _ASKS_NAME.search(_asked(turn, context)) is not None


def _clause(turn: int, text: str, start: int, context: Context) -> Iterator[Finding]:
    start = _own_start(turn, start, context)
    stop = _END_OF.search(text, start)
    value = text[start : stop.start() if stop else len(text)][:120].rstrip(" ,.")
    words = _PIECES.findall(value)
    numbered = any(c.isdigit() for c in value) or _spoken_number(words) or _POSTCODE.search(value) is not None
    if not _LEAST_WORDS <= len(words) <= _MOST_WORDS or not numbered or "@" in value or "dot com" in value:
        return
    if any(entity == NEGATIVE and start <= at < start + len(value) for at, _, entity in context.own_cues(turn)):
        return  # "done, reference UPD-2231984"
    if sum(word in _SENTENCE for word in words) > 1:
        return  # "we have received your request": a sentence
    if value.replace(" ", "").replace("-", "").isdigit() or not _STARTS.match(value):
        return
    yield Finding(turn, start, start + len(value), "address", 0.78, "address.en_announced")


_STARTS = re.compile(
    rf"(?:the )?(?:no\.? ?[0-9]|[0-9]{{1,6}}[a-z]?(?:[,\s/\-]|$)|#?[0-9]|{_UNIT[3:-1]}|plot|block|p\.? ?o|{_NUMBER_WORD}(?![a-z])|[a-zà-ÿā-žẁ-ỹ'’.\-]{{2,24}})"
)
_SENTENCE = words("words_en.txt", "function") | {
    "we",
    "have",
    "has",
    "received",
    "request",
    "order",
    "will",
    "would",
    "there",
    "give",
    "get",
    "need",
    "want",
    "charge",
    "account",
    "bill",
    "pay",
    "don't",
    "didn't",
}
_NUMBER_SAID = re.compile(_NUMBER_WORD)
_LEAST_SPOKEN = 2


def _spoken_number(words: list[str]) -> bool:
    """Whether an address may be said in words: two or more of them are numbers."""
    return sum(_NUMBER_SAID.fullmatch(word) is not None for word in words) >= _LEAST_SPOKEN


_CODE_SAID = re.compile(  # a British postcode letter by letter: "n w three five r t"
    rf"(?<![a-z0-9'])[a-z](?: [a-z])?(?: (?:{_NUMBER_WORD}|[0-9])){{2,3}} [a-z] [a-z](?![a-z0-9'])"
)
_ASKS_CODE = re.compile("post ?code|postal|zip")
_ASKS = re.compile("address|where (?:do|are|should|is|can)|deliver|ship|live|street")


def _asked(turn: int, context: Context) -> str:
    """The last words of the other side's turn just before ``turn``, or ''."""
    for back in range(turn - 1, max(-1, turn - 3), -1):
        if context.turns[back].speaker != context.turns[turn].speaker:
            return context.lower(back)[-160:]
    return ""


_TO_STREET = re.compile(rf"[^,]*?{_STREET}(?![a-z])")
_PLACED = re.compile(rf"[0-9]|\s(?:{_STATES})$")
_WITH_UNIT = re.compile(
    rf"\s(?:apartment|apt|suite|unit|flat|#)\.?\s?(?:[0-9]|{_NUMBER_WORD})|^(?:{_NUMBER_WORD}[ \-]){{2,6}}"
)


def _plausible(value: str, match: "re.Match[str]", text: str, context: Context, turn: int) -> bool:
    """Whether a street with an everyday class word ("two of my way") is meant as one."""
    head = _TO_STREET.match(value)
    last = head.group().split()[-1] if head else ""
    if last not in _WEAK or _WITH_UNIT.search(value) or (head and _PLACED.search(value[head.end() :])):
        return True
    if value[0].isdigit() and _ASKS.search(_asked(turn, context)):
        return True
    original = context.turns[turn].text[match.start() : match.end()]
    named = sum(1 for word in original.split()[1:] if word[:1].isupper()) >= 2
    return named or any(cue in text[max(0, match.start() - 40) : match.start()] for cue in _CUES)
