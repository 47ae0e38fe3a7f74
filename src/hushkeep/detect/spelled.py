"""E-mail addresses as people say them: "john dot smith at gmail dot com", "z h a n g 艾特 幺六三 点 com"."""

import re
from collections.abc import Iterator

from hushkeep.detect.context import Context
from hushkeep.detect.finding import Finding

_TLD = r"(?:com|c o m|net|n e t|org|edu|gov|io|cn|c n|co|uk|me|info|biz|us|ca|de|fr|au|in|hk)"
_ZH = "零〇一二三四五六七八九幺两"
_PIECE = rf"(?:(?!at\b)[a-z0-9\-]{{1,24}}|[{_ZH}]{{1,8}})"
_DOT = r"(?:\s*(?:\bdot\b|\bpoint\b|点儿?|\.)\s*)"
_AT = r"(?:\s*(?:\bat\b|艾特|爱特|圈a|小老鼠|@)\s*)"
_DOMAIN = re.compile(rf"({_AT}(?:sign\s+)?)((?:{_PIECE}\s*){{1,8}}?(?:{_DOT}(?:{_PIECE}\s?)+?)?{_DOT}{_TLD}(?:{_DOT}(?:cn|uk|au|hk|com|in))?)(?![a-z0-9])")
_SIGN = r"(?:dot|point|underscore|dash|hyphen|period|plus|minus|点儿?|下划线|横杠|杠|减号|[._\-+])"
_NUMBER = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|double|triple)"
_LAST = re.compile(rf"(?:{_SIGN}|{_NUMBER}|[a-z0-9]+|[{_ZH}]+)$")
_STOP = frozenset(
    "is it it's its my email e-mail mail address the to at be that's so um uh and or use me on yes sure reach okay ok for send this under us as".split()  # noqa: SIM905
)
_GATE = re.compile(rf"(?:dot|point|点儿?|\.)\s*{_TLD}(?![a-z0-9])")


def spelled(turn: int, context: Context) -> Iterator[Finding]:
    """The spelled e-mail addresses of ``turn``."""
    text = context.lower(turn)
    if not _GATE.search(text):
        return
    for match in _DOMAIN.finditer(text):
        if "@" in match.group(1) and "." in match.group(2) and " " not in match.group():
            continue  # a written address: shapes.json
        start = _local_start(text, match.start(1))
        if start < match.start(1):
            yield Finding(turn, start, match.end(2), "email", 0.9, "email.spelled")


def _local_start(text: str, end: int) -> int:
    """Where the local part that ends at ``end`` begins: walk back over pieces, signs, letters and number words."""
    start = at = len(text[:end].rstrip())
    digits = True  # only digits and number words so far in this piece: one word may stand before them
    free = True  # a piece may stand here: the first one, or one before a sign, or among single letters and digits
    while match := _LAST.search(text, max(0, at - 24), at):
        word = match.group()
        sign = re.fullmatch(_SIGN, word) is not None
        short = len(word) <= 2 or word.isdigit() or re.fullmatch(_NUMBER, word) is not None or not word.isascii()
        number = word.isdigit() or re.fullmatch(_NUMBER, word) is not None or not word.isascii()
        if word in _STOP or not (free or sign or short or digits):
            break
        digits = sign or (digits and number)
        if sign and start == len(text[:end].rstrip()):
            break
        joined = match.start() > 0 and not text[match.start() - 1].isspace()
        if not sign:
            start = match.start()
        free = sign
        at = len(text[: match.start()].rstrip())
        if end - at > 80:
            break
    return start
