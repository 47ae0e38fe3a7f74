"""What stands behind a card number with no word about it: its expiry, and the code behind that."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from hushkeep.detect.context import Context
from hushkeep.detect.finding import Finding

_NEAR_CARD = 24  # code points between a card number and its expiry
_EXPIRY = re.compile(
    r"[\s,;/|]{1,3}((?:0?[1-9](?=[/\-])|0[1-9]|1[0-2])\s?[/\-]?\s?(?:20)?[2-4][0-9])"
    r"(?:[\s,;/|]{1,3}([0-9]{3,4}))?(?![0-9/\-])"
)
_CODE = re.compile(r"(?:[\s,;/|:]|code|sec(?:urity)?|码){1,6}([0-9]{3,4})(?![0-9/\-:.,]?[0-9a-z])")


def behind_cards(turn: int, context: Context, found: Sequence[Finding]) -> Iterator[Finding]:
    """Expiry and code behind the card numbers among ``found``: 4111 … 1111 12/27 119."""
    text = context.lower(turn)
    cards = [f for f in found if f.entity == "bank_card"]
    for card in cards:
        if match := _EXPIRY.match(text, card.end):
            yield Finding(turn, match.start(1), match.end(1), "card_expiry", 0.85, "card_expiry.behind_card")
            if match.group(2):
                yield Finding(turn, match.start(2), match.end(2), "cvv", 0.8, "cvv.behind_card")
    ends = sorted(card.end for card in cards)
    for expiry in found if cards else ():
        before = bisect_right(ends, expiry.start) - 1
        near = before >= 0 and expiry.start - ends[before] <= _NEAR_CARD
        if expiry.entity == "card_expiry" and near and (match := _CODE.match(text, expiry.end)):
            yield Finding(turn, match.start(1), match.end(1), "cvv", 0.8, "cvv.behind_card")
