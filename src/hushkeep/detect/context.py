"""What surrounds a number: cues in its own turn, an own announcement before, the other side's last question."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from hushkeep.detect.cues import NEGATIVE, NUMBER, SAYS, cues_in
from hushkeep.detect.folding import folded
from hushkeep.detect.numbers import Group, runs
from hushkeep.detect.view import view_of
from hushkeep.detect.watched import Seen, Watched
from hushkeep.kernel import Turn

BEFORE = 40  # code points of context before a candidate
AFTER = 15
NEGATED = 18  # a word for something else counts only this near
REACH = 5  # turns back in which a question stays open
LONGEST = 1_000_000  # code points of a turn in which cues are looked for
SPOKEN_OF = 4  # turns back in which "the number" finds what it is of
QUESTION = 160  # code points at the end of the other side's turn that may ask


class Cue(NamedTuple):
    """The entity that the context speaks of and where it says so: ``cue`` (own turn), ``announced``, ``question``.

    ``number`` is a cue of the own turn that does not say a number of what, read with what was spoken of before.
    """

    entity: str
    source: str


NONE = Cue("", "")
_LISTED = frozenset({"card_expiry", "dob", "passport", "iban", "uscc"})  # shapes that no other word is mistaken for
_PAPERS = frozenset({"id_card", "passport"})  # a birth date stands in them: "on my passport it is 17 January 1959"
_SHORT = frozenset({"secret", "cvv"})  # too short to be spoken of from afar
_LINK = re.compile(
    r"[ ,]{0,2}(?:is|was|as|that's|这个?|就|是|就是|为|,| ){0,3} ?(?:the|my|your|a|我|您|你|他|她)?的? ?"
)
_DATES = frozenset({"dob", "card_expiry", NEGATIVE})  # what a date may be of
_MEANT = frozenset({"passport", "plate", "bank_card", "ssn", "id_card", "qq", "wechat", "uscc", "iban"})
_CARDS = frozenset({"bank_card", "cvv"})
_LAPSES = re.compile(
    "coupon|voucher|promo|gift|policy|contract|membership|subscription|warranty|licen|batch|lot|product|item|券|保单|合同|会员|保修|批|货号|药|保质|商品|条码"
)
_CODE = re.compile(r"(?:[ :#.\-]|is|was|it's){0,6}(?:[a-z0-9]{1,6}[ \-./]){1,8}")  # the parts of one code: 1Z 879 E4W
_FIELD = re.compile("[0-9]{4}")
_OF_OTHERS = frozenset({"passport", "id_card", "plate"})  # they expire too
_FIRM = re.compile(r"number|id|no\.|#|code|last|four|imei|serial|ticket|tracking|reference|[号码单位]")
_OF_FEW = re.compile(  # words for a sum or for the last digits: they say nothing of a long number
    r"尾号|[后末]四位|最后四位|尾数|末尾|押金|金额|余额|价格|总价|合计|费用|元|块钱|总共|一共|消费|到账|收费|[扣收花付]了|价钱|租金|退款|价值|人民币|积分|报价"
    r"|ending|last (?:four|4)|amount|total|balance|price|usd|eur|gbp|dollar|discount|points|quantity|qty"
)
FEW = "few"  # the source of a cue that speaks of a short number alone
MOST_FEW = 8  # digits of the longest number that such a cue speaks of
_GIVEN = re.compile(r"[^\n]{0,12}?[0-9](?:[ \-]?[0-9a-z]){3}")
_ANEW = re.compile(  # asks for a thing, whatever it is
    r"(?<![a-z])(?:what|which|how (?:much|many|old|long|far)|when|where|who)(?:'s|'re)? [a-z]"
    r"|多少|什么|哪[一天个间趟家里位年]|几[点件号天晚口]|(?<!后)(?<!再)(?<!第)几位"
)
_ON = re.compile(  # asks on for what was asked before
    r"(?<![a-z])(?:again|repeat|pardon|rest|next|left|else|else's|last|come again|catch that|was that|say|said"
    r"|then|so far|continue|missing|after)(?![a-z])|后面|接着|继续|剩|再|还有|然后|下面|刚才|没听|重复|最后|呢$"
)


def _anew(lower: str) -> bool:
    """Whether a short turn asks for another thing than the one before, in words that no cue knows."""
    return _ANEW.search(lower) is not None and _ON.search(lower) is None


_ENDS, _ENDS_ZH = 12, 2  # code points behind a cue that the other side's turn ends with: "the mileage, please?"
_BREAK = re.compile(r"[,;!?\n。！？]|[0-9]{3}")
_MORE = re.compile(r"[号码是为:# is]{0,6}[0-9]")


class Context:
    """The turns of one conversation with what has been said before each of them."""

    def __init__(
        self, turns: Sequence[Turn], lower: Sequence[str] | None = None, seen: Sequence[Seen | None] | None = None
    ) -> None:
        """``lower`` are the folded texts; ``seen`` what a scan saw in each, as far as there was one."""
        self.turns = turns
        self._lower = [folded(turn.text) for turn in turns] if lower is None else lower
        self._seen = [None] * len(turns) if seen is None else seen
        self._raw: dict[int, list[tuple[int, int, str]]] = {}
        self._cues: dict[int, list[tuple[int, int, str]]] = {}
        self._asked: dict[int, Cue] = {}
        self._rows: dict[int, list[list[Group]]] = {}

    def lower(self, turn: int) -> str:
        """The folded text: full-width as ASCII, lower case, the same length."""
        return self._lower[turn]

    def rows(self, turn: int, view: bytes | None = None) -> list[list[Group]]:
        """The rows of digits in the turn, read once; from its ``view`` where that is there already."""
        if (known := self._rows.get(turn)) is None:
            text = self.turns[turn].text
            known = self._rows[turn] = runs(text, view_of(text) if view is None else view)
        return known

    def own_cues(self, turn: int) -> list[tuple[int, int, str]]:
        """The cues in the turn: start, end, entity, in order."""
        if (known := self._cues.get(turn)) is None:
            known = self._read_cues(turn)
            if any(entity == SAYS for _, _, entity in known):
                known = self._said(turn, known)
            self._cues[turn] = known
        return known

    def _read_cues(self, turn: int) -> list[tuple[int, int, str]]:
        """The cues in the turn as they stand."""
        if (known := self._raw.get(turn)) is None:
            seen = self._seen[turn]
            within = None if seen is None else seen.cues
            known = self._raw[turn] = [] if within == [] else cues_in(self.lower(turn)[:LONGEST], within)
        return known

    def _said(self, turn: int, cues: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
        """``cues`` with "it says" as a word for a secret where one was spoken of last, else without it."""
        found: list[tuple[int, int, str]] = []
        for start, end, entity in cues:
            if entity != SAYS:
                found.append((start, end, entity))
            elif self._last_spoken_of(turn, start) == "secret":
                found.append((start, end, "secret"))
        return found

    def _last_spoken_of(self, turn: int, begin: int) -> str:
        for back in range(turn, max(-1, turn - 1 - SPOKEN_OF), -1):
            for _, end, entity in reversed(self._read_cues(back)):
                if entity not in {SAYS, NUMBER} and (back < turn or end <= begin):
                    return entity
        return ""

    def may_match(self, turn: int, watched: Watched) -> bool:
        """Whether ``watched`` can match in the turn, as far as is known."""
        seen = self._seen[turn]
        return seen is None or watched in seen.watched

    def may_match_any(self, turn: int, watched: frozenset[Watched]) -> bool:
        """Whether any of ``watched`` can match in the turn, as far as is known."""
        seen = self._seen[turn]
        return seen is None or not watched.isdisjoint(seen.watched)

    def matches(self, turn: int, watched: Watched) -> "Iterable[re.Match[str]]":
        """The matches of ``watched`` in the turn as it was written."""
        return watched.pattern.finditer(self.turns[turn].text) if self.may_match(turn, watched) else ()

    def cues(self, turn: int) -> set[str]:
        """Every entity that a cue in the turn, or what it answers, speaks of."""
        own = self.own_cues(turn)
        meant = {self._meant(turn, start) for start, _, entity in own if entity == NUMBER}
        return {entity for _, _, entity in own} | meant | {cue.entity for cue in self.asked_all(turn)}

    def before(self, turn: int, start: int, floor: int = 0) -> Cue:
        """The cue nearest before ``start`` in the same turn, within BEFORE and not before ``floor``."""
        low = max(floor, start - BEFORE)
        cues = self.own_cues(turn)
        for at in range(bisect_right(cues, (start,)) - 1, -1, -1):
            begin, end, entity = cues[at]
            if begin < low:
                code = entity == NEGATIVE and start - end <= BEFORE and _CODE.fullmatch(self.lower(turn), end, start)
                return Cue(NEGATIVE, "cue") if code else NONE
            if end <= start and not (entity == NEGATIVE and start - end > NEGATED):
                return self._read(turn, begin, entity)
        return NONE

    def _read(self, turn: int, begin: int, entity: str) -> Cue:
        """What a cue says, where its word alone does not: "the number", "it expires"."""
        if entity == NUMBER:
            return Cue(self._meant(turn, begin), NUMBER)
        if entity == "card_expiry" and self._of_another(turn, begin):
            return Cue(NEGATIVE, "cue")
        if entity == NEGATIVE and _OF_FEW.match(self.lower(turn), begin):
            return Cue(NEGATIVE, FEW)
        return Cue(entity, "cue")

    def _said_before(self, turn: int, begin: int) -> Iterator[tuple[int, str, str]]:
        """The cues before ``begin``, nearest first: how many turns back, the entity, the word itself."""
        for back in range(turn, max(-1, turn - 1 - SPOKEN_OF), -1):
            for start, end, entity in reversed(self.own_cues(back)):
                if back < turn or end <= begin:
                    yield turn - back, entity, self.lower(back)[start:end]

    def _meant(self, turn: int, begin: int) -> str:
        """What "the number" is of: the last thing with a number that was spoken of, else a telephone."""
        near = [cue for cue in self.own_cues(turn) if cue[1] <= begin and cue[1] >= begin - BEFORE]
        if near and near[-1][2] == NEGATIVE and _FIELD.search(self.lower(turn), near[-1][1], begin):
            return NEGATIVE  # fields of one paper: 发票代码 044002100111 号码 38291746
        for _, entity, _ in self._said_before(turn, begin):
            if entity == "phone":
                break
            if entity in _MEANT:
                return entity
        return "phone"

    def _of_another(self, turn: int, begin: int) -> bool:
        """Whether what expires is a passport or a coupon, and no card."""
        said = list(self._said_before(turn, begin))
        if any(entity in _CARDS for back, entity, _ in said if not back):
            return False
        for _, entity, word in said:
            if entity in _CARDS:
                return False
            if entity in _OF_OTHERS or (entity == NEGATIVE and _LAPSES.search(word)):
                return True
        return False

    def after(self, turn: int, end: int) -> Cue:
        """The cue just after ``end`` that speaks of what went before it ("… is my number", "……是我的手机号")."""
        lower = self.lower(turn)
        cues = self.own_cues(turn)
        for at in range(bisect_left(cues, (end,)), len(cues)):
            begin, stop, entity = cues[at]
            if begin >= end:
                if begin > end + AFTER or _BREAK.search(lower, end, begin) or _MORE.match(lower, stop):
                    return NONE
                if entity in _SHORT and not _LINK.fullmatch(lower, end, begin):
                    return NONE
                return Cue("phone" if entity == NUMBER else entity, "cue")
        return NONE

    def speaks_of(self, entity: str, turn: int, start: int, end: int, reach: int) -> bool:
        """Whether the nearest cue before within ``reach``, the one just after, or the question is ``entity``."""
        if entity in _DATES and self._dated(entity, turn, start, reach):
            return True
        near = self.before(turn, start, max(0, start - reach))
        if near is not NONE and not (entity == "dob" and near.entity in _PAPERS and self._asks(entity, turn)):
            return near.entity == entity
        asked = self.asked_all(turn) if entity in _LISTED else [self.asked(turn)]
        return self.after(turn, end).entity == entity or any(cue.entity == entity for cue in asked)

    def _asks(self, entity: str, turn: int) -> bool:
        return any(cue.entity == entity for cue in self.asked_all(turn))

    def _dated(self, entity: str, turn: int, start: int, reach: int) -> bool:
        """Whether the nearest cue before that may speak of a date is ``entity``."""
        for begin, end, other in reversed(self.own_cues(turn)):
            if end <= start and other in _DATES:
                return end >= start - reach and self._read(turn, begin, other).entity == entity
        return False

    def asked(self, turn: int, after: int = -1) -> Cue:
        """What the turn answers: an own announcement or the other side's last question, past turn ``after``."""
        if after >= 0:
            return self._open_question(turn, after)
        if (known := self._asked.get(turn)) is None:
            known = self._asked[turn] = self._open_question(turn)
        return known

    def asked_all(self, turn: int) -> list[Cue]:
        """Everything that the last question spoke of, what it ended with first."""
        first = self.asked(turn)
        if first.source != "question":
            return [first] if first is not NONE else []
        speaker = self.turns[turn].speaker
        for back in range(turn - 1, max(turn - 1 - REACH, -1), -1):
            cues = self.own_cues(back) if self.turns[back].speaker != speaker else []
            if any(first.entity == ("phone" if entity == NUMBER else entity) for _, _, entity in cues):
                named = ("phone" if entity == NUMBER else entity for _, _, entity in reversed(cues))
                others = dict.fromkeys(entity for entity in named if entity not in {first.entity, NEGATIVE})
                return [first, *(Cue(entity, "question") for entity in others)]
        return [first]

    def _open_question(self, turn: int, after: int = -1) -> Cue:
        speaker = self.turns[turn].speaker
        for back in range(turn - 1, max(after, turn - 1 - REACH, -1), -1):
            size = len(self.turns[back].text)
            own = self.turns[back].speaker == speaker
            cues = self.own_cues(back) if size <= 2000 else []
            lower = self.lower(back)
            if not own and not cues and size <= QUESTION and _anew(lower):
                return NONE
            if not cues:
                continue
            firm = (cue for cue in reversed(cues) if cue[2] != NEGATIVE or self._asks_other(back, cue, lower, turn))
            if (last := next(firm, None)) is None:
                continue
            begin, stop, entity = last
            read = self._read(back, begin, entity)
            entity = read.entity
            if not own and stop >= size - QUESTION:
                return read if read.source == FEW else Cue(entity, "question")
            if own and size - stop <= 8:
                return Cue(entity, "announced")
        return NONE

    def _asks_other(self, back: int, cue: tuple[int, int, str], lower: str, turn: int) -> bool:
        """Whether a word for something else is asked for in turn ``back``, and not given there with its number."""
        begin, end, _ = cue
        if _GIVEN.match(lower, end):
            return False
        alone = all(entity == NEGATIVE for _, _, entity in self.own_cues(back))
        other = self.turns[back].speaker != self.turns[turn].speaker
        ends = len(lower) - end <= (_ENDS if lower.isascii() else _ENDS_ZH)
        if alone and other and ((ends and back == turn - 1) or _anew(lower)):
            return True
        return _FIRM.search(lower, begin, end + 1) is not None
