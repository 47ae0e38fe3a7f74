"""Numbers split over turns: a speaker's open fragments, joined when they prove themselves or a question closes them."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hushkeep.detect.checks import bank_card, us_phone
from hushkeep.detect.classify import Row, Verdict, amount, by_cue, hotline, proved, readings
from hushkeep.detect.context import FEW, NONE, Context, Cue
from hushkeep.detect.cues import NEGATIVE, NUMBER
from hushkeep.detect.finding import Finding
from hushkeep.detect.numbers import Group

_GAP_TURNS = 6  # turns between two parts of one number
_TALK = {True: 36, False: 14}  # code points beside the digits that a part's turn may hold: Latin, Chinese
_NANP = (3, 3, 4)  # area code, exchange, line: said in three turns of nothing else, it is a number to call
_WHOLE = frozenset({11, 15, 16, 18, 19})  # lengths at which another reading of tens may end a number by its proof
_SPLITS = 2  # pairs of tens and units that such a reading may take apart: with more, chance finds a Luhn
_PARTS = 20
_LONGEST_CARD = 19  # digits (ISO/IEC 7812-1)
_LONGER = 4  # digits by which a part can make a finished card longer
_YEAR = 4
_OF_ITS_OWN = 7  # digits of a number that is more than a part
_ONE_DIGIT = re.compile(
    r"\W*(?:(?:and|then|a|an|the|last one|last|is|it's|um+|uh+"
    r"|最后|一位|还有|是|一个|然后|嗯|呃|就是|再|后面|末位)\W*){0,4}"
    r"(?:[0-9零〇一二三四五六七八九幺两洞]|zero|oh|one|two|three|four|five|six|seven|eight|nine)\W*(?:吧|啊|了|呢)?\W*"
)
_REGION, _BIRTH = 6, 8  # digits of an identity number before and in its birth date (GB 11643-1999)
_SEEN = 40  # turns back in which an echo is looked for
_JOINABLE = {
    "phone": (10, 13),
    "bank_card": (13, 19),
    "id_card": (15, 18),
    "ssn": (9, 9),
    "secret": (4, 8),
    "qq": (5, 11),
}
_CLOCK = re.compile(r"[0-9](?::|：|点)[0-9]|[0-9]\.[0-9](?![0-9])")
_LAST_X = re.compile(
    r"^[\W]*(?:最后|末位|尾巴|还有|and|an|一位|一个|是|字母|大写|the letter|letter|then|capital"
    r"|last one is|it's|,|\s){0,6}"
    r"[x叉][\W]*(?:ray)?[\W]*$"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A run of digits in ``turn`` that no rule has explained yet."""

    turn: int
    row: Row


def parts_of(
    turn: int, runs: Sequence[list[Group]], taken: Sequence[Finding], context: Context, *, open_digits: int
) -> list[Part]:
    """The unexplained runs of a short turn, as parts of a number."""
    text = context.lower(turn)
    digits = sum(run[-1].end - run[0].start for run in runs)
    if len(runs) > _PARTS:
        return []
    cued = any(entity in _JOINABLE or entity == NUMBER for _, _, entity in context.own_cues(turn))
    if len(text) - digits > _TALK[text.isascii()] * (2 if cued else 1):
        return []
    parts = []
    for run in runs:
        row = Row(run)
        size = len(row.digits)
        service = hotline(row.digits) and (size >= 10 or not open_digits)
        if (
            size > 17
            or service
            or any(f.start < row.end and row.start < f.end and _explains(f, size, open_digits) for f in taken)
        ):
            continue
        year = size == _YEAR and open_digits == _REGION and text[row.end : row.end + 1] == "年"
        if (amount(row, text) and not year) or _CLOCK.search(text, max(0, row.start - 2), row.end + 2):
            continue
        if size >= _OF_ITS_OWN and _of_something_else(turn, row, context, open_digits=open_digits):
            continue
        if size < 2 and not (open_digits and len(text) <= 8 and _ONE_DIGIT.fullmatch(text)):
            continue
        parts.append(Part(turn, row))
    if not parts and open_digits == 17 and _LAST_X.match(text):
        at = max(text.rfind("x"), text.rfind("叉"))
        parts.append(Part(turn, Row((Group("X", at, at + 1, apart=True, spoken=False, loose=False),))))
    return parts


def _of_something_else(turn: int, row: Row, context: Context, *, open_digits: int) -> bool:
    """Whether a number that may stand alone is said, or was asked, to be an order's, a route's, a case's."""
    near = context.before(turn, row.start)
    cue = near if near is not NONE else context.asked(turn) if open_digits else NONE
    return cue.entity == NEGATIVE and cue.source != FEW


def _explains(finding: Finding, size: int, open_digits: int) -> bool:
    if finding.entity == "dob":  # the birth date within an identity number, asked for by itself
        return not (size == _BIRTH and open_digits == _REGION)
    return finding.entity not in _JOINABLE or finding.rule.endswith(_PROOFS)


_PROOFS = ("checksum", "luhn", "cn_mobile", "cn_mobile_prefixed", "known", "e164", "nanp", "cn_landline", "shape")


def _first_proved(plain: str, parts: Sequence[Part], cue: Cue) -> tuple[str, Verdict | None]:
    """The first reading of ``parts`` that proves itself, with its verdict."""
    if verdict := proved(plain, cue.entity):
        return plain, verdict
    if cue.entity in _JOINABLE:  # without a cue two readings would double the chance of a false Luhn
        for digits in readings([g for p in parts for g in p.row.groups]):
            if (
                len(digits) in _WHOLE
                and len(digits) - len(plain) <= _SPLITS
                and (verdict := proved(digits, cue.entity))
            ):
                return digits, verdict
    return plain, None


class Joiner:
    """The open fragments of each speaker of one conversation."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._open: dict[str, list[Part]] = {}
        self._floor: dict[str, int] = {}
        self._card: dict[str, list[Part]] = {}  # the parts of the last card, which may go on (16 digits of 19)
        self._seen: deque[tuple[int, str, Row]] = deque()  # every short run, for echoes

    @property
    def waits(self) -> bool:
        """Whether a number of anyone is unfinished."""
        return any(self._open.values())

    def open_digits(self, speaker: str) -> int:
        """How many digits of an unfinished number ``speaker`` has said."""
        return sum(len(p.row.digits) for p in self._open.get(speaker, ()))

    def feed(self, turn: int, runs: Sequence[list[Group]], taken: Sequence[Finding]) -> Iterator[Finding]:
        """Take the runs of ``turn``; yield the findings of numbers that are complete now."""
        speaker = self._context.turns[turn].speaker
        if any(f.entity in _JOINABLE and f.rule.endswith(_PROOFS) for f in taken):  # the question is answered
            yield from self._close(speaker)
            self._floor[speaker] = turn
        while self._seen and turn - self._seen[0][0] > _SEEN:
            self._seen.popleft()
        if len(runs) <= _PARTS:
            self._seen += [(turn, speaker, Row(run)) for run in runs if sum(len(g.digits) for g in run) >= 2]
        parts = parts_of(turn, runs, taken, self._context, open_digits=self.open_digits(speaker))
        for part in parts:
            if (longer := self._longer_card(speaker, part)) is not None:
                yield from longer
                continue
            held = self._open.setdefault(speaker, [])
            if held and (turn - held[-1].turn > _GAP_TURNS or len(held) >= _PARTS):
                yield from self._close(speaker)
                held = self._open.setdefault(speaker, [])
            held.append(part)
            yield from self._try(speaker, held)

    def close(self) -> Iterator[Finding]:
        """The findings of numbers that a question makes likely though nothing proves them."""
        for speaker in list(self._open):
            yield from self._close(speaker)

    def _try(self, speaker: str, held: list[Part]) -> Iterator[Finding]:
        for first in range(len(held) - 1):
            parts = held[first:]
            plain = "".join(p.row.digits for p in parts)
            if len(plain) < 8 or len(plain) > 19:
                continue
            cue = self._cue(parts)
            digits, verdict = _first_proved(plain, parts, cue)
            if verdict is None and cue is NONE and tuple(len(p.row.digits) for p in parts) == _NANP and us_phone(plain):
                verdict = Verdict("phone", 0.75, "phone.nanp")
            if verdict and self._believable(verdict, cue, parts):
                self._open[speaker] = []
                if verdict.entity == "bank_card":
                    self._card[speaker] = list(parts)
                yield from self._emit(
                    parts, digits, Verdict(verdict.entity, verdict.score - 0.05, verdict.rule + ".joined")
                )
                return

    def _longer_card(self, speaker: str, part: Part) -> list[Finding] | None:
        """The findings of a card that ``part`` makes longer: its first 16 digits passed Luhn by chance."""
        parts = self._card.pop(speaker, [])
        if not parts or part.turn - parts[-1].turn > _GAP_TURNS or len(part.row.digits) > _LONGER:
            return None
        parts = [*parts, part]
        digits = "".join(p.row.digits for p in parts)
        if len(digits) < _LONGEST_CARD - 2 or not bank_card(digits):
            return None
        return list(self._emit(parts, digits, Verdict("bank_card", 0.9, "bank_card.luhn.joined")))

    def _believable(self, verdict: Verdict, cue: Cue, parts: Sequence[Part]) -> bool:
        """Without a cue only turns of nothing but digits make a number; a cue for another kind forbids it."""
        if cue.entity:
            return cue.entity == verdict.entity or cue.entity not in _JOINABLE
        talk = max(len(self._context.turns[p.turn].text) - (p.row.end - p.row.start) for p in parts)
        return talk <= 8

    def _close(self, speaker: str) -> Iterator[Finding]:
        parts = self._open.pop(speaker, [])
        if len(parts) < 2:
            return
        cue = self._cue(parts)
        if parts[0].turn == parts[-1].turn and self._cue(parts[:1]) is NONE:
            return  # "Plot 14, Sector 21, 110075, phone …": what comes behind speaks of something else
        low, high = _JOINABLE.get(cue.entity, (1, 0))
        for first in range(len(parts) - 1):
            for last in range(len(parts), first + 1, -1):
                digits = "".join(p.row.digits for p in parts[first:last])
                if len(digits) == low - 1:  # one short: a pair of tens and units that was meant apart
                    digits = next(readings([g for p in parts[first:last] for g in p.row.groups]), digits)
                if low <= len(digits) <= high and (verdict := by_cue(digits, cue.entity, "joined")):
                    yield from self._emit(parts[first:last], digits, verdict)
                    return

    def _cue(self, parts: Sequence[Part]) -> Cue:
        for part in parts:
            speaker = self._context.turns[part.turn].speaker
            asked = self._context.asked(part.turn, after=self._floor.get(speaker, -1))
            for cue in (self._context.before(part.turn, part.row.start), asked):
                if cue is not NONE and cue.source != FEW and (cue.entity != NEGATIVE or part is parts[0]):
                    return cue
        return NONE

    def _emit(self, parts: Sequence[Part], digits: str, verdict: Verdict) -> Iterator[Finding]:
        before = 0
        for part in parts:
            row = part.row
            yield Finding(
                part.turn,
                row.start,
                row.end,
                verdict.entity,
                verdict.score,
                verdict.rule,
                ("joined",),
                before,
                len(digits),
            )
            before += len(row.digits)
        speaker = self._context.turns[parts[0].turn].speaker
        for turn, other, row in self._seen:
            if other != speaker and parts[0].turn < turn <= parts[-1].turn + 2 and row.digits in digits:
                at = digits.index(row.digits)
                yield Finding(
                    turn,
                    row.start,
                    row.end,
                    verdict.entity,
                    verdict.score - 0.1,
                    verdict.rule + ".echo",
                    ("echo",),
                    at,
                    len(digits),
                )
