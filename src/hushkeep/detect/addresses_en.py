# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""English addresses: house number, street with its class word, unit, town, state and postal code."""

import re
from collections.abc import Iterator

from hushkeep.detect.context import Context
from hushkeep.detect.finding import Finding

_STREET = (
    "(?:street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|square|sq|terrace|ter|parkway|pkwy|"
    "circle|cir|highway|hwy|way|trail|trl|close|crescent|cres|gardens|grove|mews|row|walk|alley|plaza|loop|turnpike|park|green|hill|rise|view|quay|wharf)"
)
_NUMBER_WORD = (
    "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|double|triple)"
)
_HOUSE = rf"(?:(?<![0-9a-z.\-/$€£])[0-9]{{1,6}}[a-d]?(?:-[0-9]{{1,4}})?|(?<![a-z])(?:{_NUMBER_WORD}[ \-]){{0,6}}{_NUMBER_WORD})"
_WORD = r"(?!(?:the|of|in|is|and|or|for|a|an|to|at|on|days?|minutes?|hours?|times?|people|items?|orders?|more|please|my|your|it|was|were|that|this|no|than|i|you|we|with|by|per|if|but|later|left|pm|am|out|off|way|down|up)\b)[a-zà-ÿ0-9'.\-]{1,18}"
_UNIT = r"(?:apartment|apt|suite|ste|unit|flat|floor|fl|room|rm|building|bldg|lot|#)"
_UNIT_TAIL = rf"(?:,?\s{{1,6}}(?:{_UNIT}\.?\s?#?\s?(?:[0-9]{{1,5}}[a-z]?|[a-z][0-9]{{0,4}}|{_NUMBER_WORD}(?:[ \-]{_NUMBER_WORD}){{0,3}})(?![a-z0-9])|#\s?[0-9a-z]{{1,5}}))"
_STATES = (
    "alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|washington|west virginia|wisconsin|wyoming|"
    "al|ak|az|ar|ca|co|ct|de|fl|ga|hi|id|il|in|ia|ks|ky|la|me|md|ma|mi|mn|ms|mo|mt|ne|nv|nh|nj|nm|ny|nc|nd|oh|ok|or|pa|ri|sc|sd|tn|tx|ut|vt|va|wa|wv|wi|wy|dc"
)
_UK = r"[a-z]{1,2}[0-9][a-z0-9]? ?[0-9][a-z]{2}"
_ZIP = rf"(?:[0-9]{{5}}(?:-[0-9]{{4}})?|{_UK}|(?:{_NUMBER_WORD}[ \-]){{2,5}}{_NUMBER_WORD})"
_TOWN = r"[a-zà-ÿ.'\-]{2,20}(?: [a-zà-ÿ.'\-]{2,20}){0,2}"
_LINES = r"(?:(?:,\s?|\s{0,4}\n\s{0,6},?\s?)[^\n,0-9]{2,30}){1,4}\s[0-9]{4,6}(?![0-9])"
_TAIL = (
    rf"(?:{_LINES}|"
    rf"(?:(?:,\s?|\s|\s?\n|,?\s(?:in|and) ){_TOWN}?,?\s(?:{_STATES})(?![a-z])\.?(?:,?\s{_ZIP}(?![0-9a-z]))?"
    rf"|,?\s?(?:{_TOWN},? )?{_ZIP}(?![0-9a-z])|,\s{_TOWN}(?:,\s{_UK})?(?=[.;!?\n]|$|,? (?:and|please|thanks|is|my|that))))"
)
_ADDRESS = re.compile(
    rf"(?:{_UNIT}\.?\s[0-9]{{1,4}}[a-z]?,\s)?(?:(?<![0-9a-z.\-/$€£])[0-9]{{2,5}}\s(?=[0-9]))?{_HOUSE}\s(?:[nsew]\.?\s|north\s|south\s|east\s|west\s)?(?:{_WORD}\s){{0,3}}?{_WORD}\s{_STREET}(?![a-z])\.?(?:\s(?:north|south|east|west|[nsew][ew]?)(?![a-z]))?"
    rf"{_UNIT_TAIL}{{0,2}}{_TAIL}?"
)
_BOX = re.compile(rf"p\.? ?o\.? box [0-9]{{1,6}}{_TAIL}?")
_FOREIGN = re.compile(  # number after the street: 28245 Puruntie 82 Apt. 595
    rf"(?:(?<![0-9a-z.\-/$€£])[0-9]{{2,5}}\s)?(?:[^\W\d_][^\W_'.\-]{{1,20}}\.?\s){{1,4}}[0-9]{{1,4}}(?:{_UNIT_TAIL}{{1,2}})(?:{_TAIL})?"
)
_ORDINAL = re.compile(
    rf"(?<![0-9a-z.\-/$€£])[0-9]{{1,5}}\s(?:[nsew]\.?\s|north\s|south\s|east\s|west\s)?[0-9]{{1,3}}(?:st|nd|rd|th)\s{_STREET}(?![a-z])\.?{_UNIT_TAIL}{{0,2}}{_TAIL}?"
)
_GATE = re.compile(rf"(?<![a-z]){_STREET}(?![a-z])|box [0-9]")
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
    if not _GATE.search(text):
        return
    for pattern in (_ADDRESS, _ORDINAL, _BOX, _FOREIGN):
        for match in pattern.finditer(text):
            value = match.group().rstrip(" ,.")
            if pattern is not _ADDRESS or _plausible(value, match, text, context, turn):
                yield Finding(turn, match.start(), match.start() + len(value), "address", 0.88, "address.en_street")


def _plausible(value: str, match: "re.Match[str]", text: str, context: Context, turn: int) -> bool:
    """Whether a street with an everyday class word ("two of my way") is meant as one."""
    head = re.match(rf"[^,]*?{_STREET}(?![a-z])", value)
    last = head.group().split()[-1] if head else ""
    if last not in _WEAK:
        return True
    original = context.turns[turn].text[match.start() : match.end()]
    named = sum(1 for word in original.split()[1:] if word[:1].isupper()) >= 2
    return named or any(cue in text[max(0, match.start() - 40) : match.start()] for cue in _CUES)
