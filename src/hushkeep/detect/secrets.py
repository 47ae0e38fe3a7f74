# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""Passwords and codes that are words rather than rows of digits: by their cue or as the answer to a question."""

import re
from collections.abc import Iterator

from hushkeep.detect.context import NONE, Context
from hushkeep.detect.finding import Finding
from hushkeep.detect.gazetteer import words as words_of
from hushkeep.detect.numbers import WORD as NUMBER_WORD

_WORD = r"[\x21-\x7e]{4,40}"
_SAID = re.compile(
    r"(?:password|passwd|pwd|pw|pass ?word|passcode|passphrase|secret word|登[录陆]密码|支付密码|查询密码|密码|口令)(?:[ ](?:you|i|we|that|for|my|the|set|gave|have|use|used|account|wifi|currently|online|is it)){0,5}"
    r"(?:\s?(?:is|was|['’]s|to|are|as|it's|set to|like|changed|应该是|设成了?|设为|改成了?|改为|设置成了?|设的是?|设置的是?|用的是?|填的是?|输的是?|改的是?|就是|是|为|:|=|-|,|\s))+\s*(?:still |now |currently )?"
    rf"[\"'「“]?({_WORD})"
)
_GLUED = re.compile(
    r"(?:密码|口令)[^a-z0-9\n。.!?]{0,14}((?=[\x21-\x7e]{0,39}[0-9])(?=[\x21-\x7e]{0,39}[a-z])[\x21-\x7e]{5,40})"
)
_CODE = re.compile(
    r"(?:验证码|校验码|动态码|动态口令|激活码|授权码|otp|(?:verification|one[ -]time|security|login|access|auth(?:entication|orization)?|confirmation|reset|activation) (?:code|passcode|pin)|passcode)"
    r"(?:\s?(?:is|was|应该是|就是|是|为|:|=))+\s*[\"'「“]?([a-z0-9][a-z0-9\-]{3,9})(?![a-z0-9])"
)
_ANSWER = re.compile(r"(?:^|[\s:,，是])([\x21-\x7e]{6,40})[.。!]?\s*$")
_STOP = re.compile(
    r"(?:not|wrong|incorrect|invalid|expired|reset|the|my|your|same|correct|locked|working|required|shown|displayed|given|needed|stored|asked|changed|being|what|"
    r"case|saved|too|never|secure|weak|strong|protected|sent|here|this|that|it|on|in|for|so|no|yes|please|something|"
    r"http|https|www)(?![a-z0-9])|\[|https?:"
)
_NATO = "alpha|alfa|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliett?|kilo|lima|mike|november|oscar|papa|quebec|romeo|sierra|tango|uniform|victor|whiskey|x[ -]?ray|yankee|zulu"
_LETTER = rf"(?:{_NATO}|[a-z] (?:as in|for|like) [a-z]{{2,12}}|(?:(?:capital|uppercase|upper case|lowercase|lower case|big|small|大写|小写)(?:的)?\s?)?(?:[a-z0-9]|zero|oh|one|two|three|four|five|six|seven|eight|nine|underscore|dash|hyphen|dot|hash|pound sign|dollar sign|at sign|exclamation(?: mark| point)?|star|asterisk|下划线|横杠|点|星号|井号|(?:double|triple) (?:[a-z0-9]|zero|oh|one|two|three|four|five|six|seven|eight|nine)|[0-9]{{2,4}}|[零一二三四五六七八九幺]{{1,12}}))"
_SPELLED = re.compile(rf"(?<![a-z0-9@.]){_LETTER}(?:[ ,.\-，、]{{1,2}}{_LETTER}){{1,40}}(?![a-z0-9@])")
_ZH_CODE = re.compile(r"(?<![a-z])[a-z]{1,2} ?[零一二三四五六七八九幺]{6,9}")
_SINGLE = re.compile(rf"(?<![a-z0-9])(?:[b-hj-z]|{_NATO})(?![a-z0-9'’])")
SPELLABLE = frozenset({"secret", "wechat", "plate", "passport", "iban"})
_LONGEST_WORD = 32  # code points of a turn that is one word
_NUMBER_SAID = re.compile(NUMBER_WORD)
_LEAST_STRONG = 6
_PASSWORD = re.compile("pass ?word|passwd|pwd|(?<![a-z])pw(?![a-z])|passphrase|密码|口令")
_NUMBERED = frozenset({"passport", "plate", "iban"})  # never of letters alone
_ANY_DIGIT = re.compile(
    r"[0-9零一二三四五六七八九幺]|zero|(?<![a-z])oh(?![a-z])|one|two|three|four|five|six|seven|eight|nine|ten|teen|twent|thirt|fort|fift|sixt|sevent|eight|ninet|double|triple"
)
_LEAST_SPELLED = 7  # code points: four letters with the blanks between them
_REACH = 30  # code points between the cue and what is spelled
_SHOWN = re.compile(r"\[[a-z_]{2,40}[:\]]|\*\*")  # what a mask left
_IS = re.compile("(?:is|was|are|[:=]|'s|’s|to|as|like|是|为|成|叫|了)[\\s\"'「“]{0,3}$")
_LIKE = re.compile(r"(?=.*[0-9])(?=.*[a-z])|(?=.*[!@#$%^&*_+=?])(?=.*[a-z0-9])|^[0-9]{4,12}$")
_ONE_WORD = re.compile(
    r"^(?:(?:yes|yeah|yep|sure|ok|okay|um+|uh+|i think|i believe|should be|that's|that would be|it's|its|it is),? ){0,3}([a-z]{5,20})[.!]?$"
)
_STRONG = re.compile(  # a token that nobody types by chance: letters with digits, or with signs
    r"(?<![a-z0-9@#$%^&*_+=])(?=[^\s,;]{0,39}[a-z])(?=[^\s,;]{0,39}[0-9])[a-z0-9!@#$%^&*_+=?.\-]{6,40}(?![a-z0-9@#$%^&*_+=])"
)
_AS_MY = re.compile(r"\s(?:as|is|was|for)\s")  # "i typed X as my password"
_STRONG_REACH = 40  # code points between the word for a password and such a token
ASKS_WORD = re.compile(
    r"(?:security|secret|safe|memorable|verification|account|pass|key|challenge) (?:word|answer|phrase|question)|pass ?word|passphrase|maiden name|first pet|passcode"
)
_NO_WORD = (
    words_of("words_en.txt", "common")
    | words_of("words_en.txt", "function")
    | {
        "forgot",
        "nothing",
        "hello",
        "never",
        "again",
        "thankyou",
        "correct",
        "exactly",
        "maybe",
        "seriously",
        "anything",
        "cannot",
        "cancel",
        "agent",
        "resets",
    }
)


def words(turn: int, context: Context) -> Iterator[Finding]:
    """The passwords and mixed codes of ``turn``."""
    text = context.lower(turn)
    yield from _spelled(turn, text, context)
    if "secret" not in context.cues(turn):
        return
    for pattern, rule in ((_SAID, "secret.said"), (_GLUED, "secret.said"), (_CODE, "secret.code")):
        for match in pattern.finditer(text):
            value = match.group(1).rstrip(".,;!?\"'")
            if _NUMBER_SAID.fullmatch(value):
                continue  # "my pin is eight two …" is a row of digits
            if value.isalpha() and rule == "secret.said" and not _IS.search(text[: match.start(1)][-16:]):
                continue  # "the passcode for voice access"
            if (
                len(value) < 4
                or _SHOWN.search(value)
                or _STOP.match(value)
                or (rule == "secret.code" and not any(c.isdigit() for c in value))
            ):
                continue
            yield Finding(turn, match.start(1), match.start(1) + len(value), "secret", 0.9, rule)
    yield from _one_word(turn, text, context)
    yield from _strong(turn, text, context)
    if context.asked(turn).entity == "secret" and len(text) <= 60 and (answer := _ANSWER.search(text)):
        value = answer.group(1).rstrip(".,;!?\"'")
        if (
            len(value) >= 4
            and _LIKE.search(value)
            and "@" not in value[1:-1]
            and not _STOP.match(value)
            and not _SHOWN.search(value)
            and (value.isdigit() or "confirmation" not in context.lower(turn - 1))
        ):
            yield Finding(turn, answer.start(1), answer.start(1) + len(value), "secret", 0.8, "secret.answer")


_OF_A_BOOKING = re.compile(r"confirmation (?:code|number)|booking|reservation|record locator|flight|order")


def _strong(turn: int, text: str, context: Context) -> Iterator[Finding]:
    """Tokens of letters, digits and signs while a password is spoken of: "im typing tr0ub4dor&3"."""
    asked = context.asked(turn).entity == "secret" and not (turn and _OF_A_BOOKING.search(context.lower(turn - 1)))
    for match in _STRONG.finditer(text) if asked or _PASSWORD.search(text) else ():
        value = match.group().rstrip(".?!-")
        if "@" in value[1:-1] and "." in value.rpartition("@")[2]:
            continue
        if _STOP.match(value) or len(value) < _LEAST_STRONG:
            continue
        near = context.before(turn, match.start(), max(0, match.start() - _STRONG_REACH))
        end = match.start() + len(value)
        behind = near is NONE and _AS_MY.match(text, end) and context.after(turn, end).entity == "secret"
        if near.entity == "secret" or (near is NONE and asked) or behind:
            yield Finding(turn, match.start(), match.start() + len(value), "secret", 0.75, "secret.strong")


def _spelled(turn: int, text: str, context: Context) -> Iterator[Finding]:
    """A password, WeChat name, plate or passport read letter by letter: "capital b r o w n seven seven"."""
    cues = context.cues(turn) & SPELLABLE
    for match in _SPELLED.finditer(text) if cues else ():
        if not _SINGLE.search(match.group()) or len(match.group()) < _LEAST_SPELLED:
            continue
        for entity in cues:
            if entity in _NUMBERED and not _ANY_DIGIT.search(match.group()):
                continue
            if context.speaks_of(entity, turn, match.start(), match.end(), _REACH):
                yield Finding(turn, match.start(), match.end(), entity, 0.8, f"{entity}.spelled")
    for match in _ZH_CODE.finditer(text) if "passport" in cues else ():
        yield Finding(turn, match.start(), match.end(), "passport", 0.8, "passport.spelled")


def _one_word(turn: int, text: str, context: Context) -> Iterator[Finding]:
    """A turn of one uncommon word that answers a question for a password or a security word."""
    answer = _ONE_WORD.match(text) if turn and len(text) <= _LONGEST_WORD else None
    if answer is None or answer.group(1) in _NO_WORD or _STOP.match(answer.group(1)):
        return
    asked = context.lower(turn - 1)
    other = context.turns[turn - 1].speaker != context.turns[turn].speaker
    if other and (asked.rstrip().endswith("?") or "what" in asked) and ASKS_WORD.search(asked):
        yield Finding(turn, answer.start(1), answer.end(1), "secret", 0.75, "secret.answer")
