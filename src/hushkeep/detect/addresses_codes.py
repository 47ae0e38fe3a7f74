# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""Addresses around a code that nothing else has: British and Canadian postcodes, Singapore's and Hong Kong's floors."""

import re
from collections.abc import Iterator

from hushkeep.detect.finding import Finding
from hushkeep.detect.gazetteer import words

UK = r"[a-z]{1,2}[0-9][a-z0-9]? ?[0-9][a-z]{2}"
CANADA = r"[a-ceghj-np-tvxy][0-9][a-z] ?[0-9][a-z][0-9]"
COUNTRY = "hong kong|kowloon|singapore|london|dublin|ireland|england|scotland|wales|united kingdom|uk|usa|united states|canada|australia|new zealand|india|philippines|malaysia|toronto|sydney|melbourne"
_CODE = re.compile(  # what only an address has: a postcode of letters and digits, #08-1123, 15/F, Singapore 560412
    rf"(?<![a-z0-9])(?:{UK}|{CANADA}|#[0-9]{{1,2}}-[0-9]{{2,4}}|[0-9]{{1,2}}/f|singapore,? [0-9]{{6}})(?![a-z0-9])"
)
_BIT = r"[a-zà-ÿ0-9'’./#\-]{1,20}"
_BEFORE_CODE = re.compile(rf"(?:{_BIT}(?: {_BIT}){{0,5}}(?:, ?|\n)){{1,5}}(?:{_BIT} ){{0,4}}$|(?:{_BIT} ){{2,7}}$")
_BEHIND_CODE = re.compile(
    rf"(?:,? (?:{COUNTRY})(?![a-z])(?: [0-9]{{6}})?)?(?:,\s?(?!(?:tel|phone|and|please|contact|my|attn)){_BIT}(?: {_BIT}){{0,4}}){{0,5}}"
)
_CODE_REACH = 90  # code points before the code
_LEAST_BLANKS = 3


def around_codes(turn: int, text: str) -> Iterator[Finding]:
    """The pieces between commas around a code that only addresses have, back to the last word of a sentence."""
    done = 0
    for code in _CODE.finditer(text):
        if code.start() < done:
            continue
        low = max(done, code.start() - _CODE_REACH)
        before = text[low : code.start()]
        start = code.start()
        if pieces := _BEFORE_CODE.search(before):
            start = low + pieces.start()
            for word in re.finditer(r"[a-z'’]{1,20}", pieces.group()):
                if word.group() in _NO_PLACE:
                    start = low + pieces.start() + word.end()
        behind = _BEHIND_CODE.match(text, code.end())
        end = behind.end() if behind and (code.group().endswith("/f") or code.group()[0] == "#") else code.end()
        start += len(text[start:end]) - len(text[start:end].lstrip(" ,.\n"))
        done = end
        value = text[start:end]
        if value.count(" ") >= _LEAST_BLANKS and ("," in value or "\n" in value or "/f" in value or "#" in value):
            yield Finding(turn, start, end, "address", 0.8, "address.en_code")


_NO_PLACE = words("words_en.txt", "no_place")
