"""E-mail addresses as people say them: "john dot smith at gmail dot com", "z h a n g 艾特 幺六三 点 com"."""

import re
from collections.abc import Iterator

from hushkeep.detect.context import Context
from hushkeep.detect.finding import Finding

_ZH = "零〇一二三四五六七八九幺两"
_TOP = "com|c o m|net|n e t|org|edu|gov|io|cn|c n|co|uk|me|info|biz|us|ca|de|fr|au|in|hk"
_DOT = r"\s?(?:[(\[]\s?dot\s?[)\]]|(?<![a-z])dot(?![a-z])|(?<![a-z])point(?![a-z])|点儿?|\.)\s?"
END = re.compile(rf"{_DOT}(?:{_TOP})(?:{_DOT}(?:cn|uk|au|hk|com|in))?(?![a-z0-9])")
_AT = re.compile(
    r"(?:(?<![a-z0-9])at(?: sign| symbol)?(?![a-z0-9])"
    r"|艾特|爱特|a特|at符号|圈圈? ?a|花a|小老鼠|[(\[]\s?at\s?[)\]]|@)\s{0,2}"
)
_HOSTS_ZH = "新浪|网易|腾讯|谷歌|搜狐|阿里云|雅虎|企业邮箱"
_HOST = re.compile(
    rf"(?:[a-z0-9{_ZH} \-]|{_HOSTS_ZH}){{1,40}}(?:(?:[(\[]dot[)\]]|dot|point|点儿?|\.)[a-z0-9{_ZH} \-]{{1,24}}){{0,2}}"
)
_SIGN = re.compile(
    r"dot|point|underscore|dash|hyphen|period|plus|minus|点儿?|下划线|横杠|横线|中划线|杠|减号|加号?|[._\-+]"
)
_NUMBER = re.compile(
    "zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    f"eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|double|triple|[{_ZH}0-9]+"
)
_LAST = re.compile(
    rf"(?:dot|point|underscore|dash|hyphen|period|plus|minus|点儿?|下划线|横杠|横线|中划线|杠|减号|加号?|[._\-+]|[a-z0-9]+|[{_ZH}]+)$"
)
_STOP = frozenset(
    {
        "is",
        "it",
        "it's",
        "its",
        "my",
        "email",
        "e-mail",
        "mail",
        "address",
        "the",
        "to",
        "at",
        "be",
        "that's",
        "so",
        "um",
    }
    | {"uh", "and", "or", "use", "me", "on", "yes", "sure", "reach", "okay", "ok", "for", "send", "this", "under", "us"}
    | {"as", "s", "then"}
)
_APART = str.maketrans("艾点[(", "    ")  # what stands where a blank does
_REACH = 80  # code points that host and local part may take


def spelled(turn: int, context: Context) -> Iterator[Finding]:
    """The spelled e-mail addresses of ``turn``."""
    text = context.lower(turn)
    for end in END.finditer(text):
        sign = _sign_before(text, end.start())
        written = end.group().startswith(".") and sign is not None and "@" in sign.group()
        if sign is None or (written and " " not in text[sign.start() - 1 : end.end()]):
            continue  # with a plain @ and no blank it is a written address
        at = len(text[max(0, sign.start() - _REACH) : sign.start()].rstrip()) + max(0, sign.start() - _REACH)
        start = _local_start(text, at)
        if start < at and " " in text[start : end.end()].translate(_APART):
            yield Finding(turn, start, end.end(), "email", 0.9, "email.spelled")


def _sign_before(text: str, end: int) -> "re.Match[str] | None":
    """The last "at" before ``end`` with nothing but a host between."""
    last = None
    for match in _AT.finditer(text, max(0, end - _REACH), end):
        last = match
    return last if last and _HOST.fullmatch(text, last.end(), end) else None


def _local_start(text: str, end: int) -> int:
    """Where the local part that ends at ``end`` begins: back over pieces, signs, single letters and number words."""
    start = at = end
    word_may_stand = True  # the piece next to the sign, one before a spelled sign, or one before its digits
    while end - at < _REACH and (match := _LAST.search(text, max(0, at - 24), at)):
        word = match.group()
        sign = _SIGN.fullmatch(word) is not None
        number = _NUMBER.fullmatch(word) is not None
        if word in _STOP or not (sign or number or word_may_stand or len(word) <= 2):
            break
        word_may_stand = sign or (word_may_stand and number)
        if not sign:
            start = match.start()
        at = match.start()
        while at > 0 and (text[at - 1] == " " or _between_letters(text, at - 1)):
            at -= 1
    return start


def _between_letters(text: str, at: int) -> bool:
    """Whether a comma parts single letters, as in "j, s, m"."""
    return text[at] == "," and at > 0 and text[at - 1].isalnum() and (at < 2 or not text[at - 2].isalnum())
