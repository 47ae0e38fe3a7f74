"""Find personal data in conversations: the stages in order, for one conversation or a batch."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from hushkeep.detect.addresses_en import addresses_en
from hushkeep.detect.addresses_zh import addresses_zh
from hushkeep.detect.answers import answers
from hushkeep.detect.behind import behind_cards
from hushkeep.detect.classify import Row, Verdict, amount, by_cue, by_shape, hotline, proved, readings, said_birth_date
from hushkeep.detect.context import FEW, MOST_FEW, NONE, Context, Cue
from hushkeep.detect.cues import NEGATIVE, NUMBER
from hushkeep.detect.finding import Finding, Known
from hushkeep.detect.joiner import Joiner
from hushkeep.detect.known import Custom, custom_values, known_values
from hushkeep.detect.names_again import again
from hushkeep.detect.names_answered import english_names
from hushkeep.detect.names_beside import beside
from hushkeep.detect.names_model import names_by_model, wanted
from hushkeep.detect.names_spacy import names_by_spacy
from hushkeep.detect.names_zh import names_zh
from hushkeep.detect.numbering import may_be_foreign
from hushkeep.detect.numbers import Group
from hushkeep.detect.plan import Task, Work, plan
from hushkeep.detect.resolve import resolve
from hushkeep.detect.secrets import words
from hushkeep.detect.shapes import spoken_plates, written
from hushkeep.detect.spelled import spelled
from hushkeep.detect.view import view_of
from hushkeep.kernel import Turn

_EXACT = {"ssn": (9,), "phone": (10, 11), "card_expiry": (4,), "bank_card": (15, 16, 19)}
_EXTENSION = re.compile(r"\s?(?:转(?:分机)?|分机号?|,?\s?ext(?:ension)?\.?)\s?[0-9]{1,6}(?![0-9])")
_LEAST = 3  # digits of the shortest number
_LEAST_FIRM = 14  # digits of the shortest number whose check digits outweigh a longer one that only a cue speaks for
_FIRM = frozenset({"bank_card.luhn", "id_card.checksum"})
_COUNTRY_REACH = 2  # turns back in which a country may be named
_CODE = re.compile(r"(?:[a-z]{1,10}|[a-z]{2,10}-|#)$")
_GLUE = frozenset("abcdefghijklmnopqrstuvwxyz-#\n")  # what _CODE can end with; it looks over a last line break


def find(
    turns: Sequence[Turn], *, known: Sequence[Known] = (), custom: Sequence[Custom] = (), names: bool = True
) -> list[Finding]:
    """The personal data in ``turns``, ordered by turn and start; findings of one turn never overlap.

    ``known`` are values of this conversation's customer, ``custom`` the tenant's own kinds of value; ``names`` lets the
    name models run (slower).
    """
    return find_batch([turns], known=[known], custom=custom, names=names)[0]


def find_batch(
    conversations: Sequence[Sequence[Turn]],
    *,
    known: Sequence[Sequence[Known]] = (),
    custom: Sequence[Custom] = (),
    names: bool = True,
) -> list[list[Finding]]:
    """As ``find`` for each conversation; a batch of 256 or more is several times faster than one by one."""
    found: list[list[Finding]] = [[] for _ in conversations]
    if custom:
        for own, turns in zip(found, conversations, strict=True):
            own += [f for n, turn in enumerate(turns) for f in custom_values(n, turn.text, custom)]
    shown: list[tuple[int, int]] = []  # conversation and turn: what the name model is to see
    contexts: dict[int, Context] = {}
    for task in plan(conversations, known, names=names):
        context = Context(conversations[task.conversation], task.lower, task.seen)
        if known:
            contexts[task.conversation] = context
        rest, asking = _find(context, task, names=names)
        shown += [(task.conversation, turn) for turn in asking]
        found[task.conversation] += rest
    if known:
        for number, (turns, values) in enumerate(zip(conversations, known, strict=True)):
            if values:
                found[number].extend(known_values(contexts.get(number) or Context(turns), values))
    _names_last(conversations, found, shown, names=names)
    return [resolve(one) if one else one for one in found]


def _names_last(
    conversations: Sequence[Sequence[Turn]],
    found: Sequence[list[Finding]],
    shown: Sequence[tuple[int, int]],
    *,
    names: bool,
) -> None:
    """Add to ``found`` the names that the models see in the turns ``shown``, and those that are said again."""
    texts = [conversations[number][turn].text for number, turn in shown]
    for (number, turn), spans in zip(shown, names_by_model(texts), strict=True):
        found[number] += [Finding(turn, start, end, "person", 0.8, "person.zh_model") for start, end in spans]
    for own, turns in zip(found, conversations, strict=True):
        if not own:
            continue
        own += list(beside(turns, own))
        if len(turns) > 1:
            own += list(again(turns, own))
    if names:
        for number, finding in list(names_by_spacy(conversations, found)):
            found[number].append(finding)


def _find(context: Context, task: Task, *, names: bool) -> tuple[list[Finding], list[int]]:
    """The findings of one conversation, not yet resolved, and the turns that the name model is to see."""
    joiner = Joiner(context)
    shown: list[int] = []
    found: list[Finding] = []
    for number, todo in enumerate(task.work):
        if not todo and not joiner.waits:
            continue
        here = list(_in_turn(number, context, todo)) if todo & Work.RULES else []
        if todo & Work.DIGITS or joiner.open_digits(context.turns[number].speaker):
            here += _of_digits(number, task, context, joiner, here)
        if names and (todo & Work.MODEL or here) and wanted(number, context, here):
            shown.append(number)
        found += here
    found += joiner.close()
    if asking := [number for number, todo in enumerate(task.work) if todo & Work.ASKS]:
        found += answers(context, asking, found)
    return found, shown


def _of_digits(number: int, task: Task, context: Context, joiner: Joiner, here: Sequence[Finding]) -> list[Finding]:
    view = task.views[number]
    if view is None:
        view = view_of(context.turns[number].text)
    rows = context.rows(number, view)
    found = list(spoken_plates(number, view, context)) if task.work[number] & Work.PLATES else []
    found += _numbers(number, rows, context, [*here, *found])
    found += behind_cards(number, context, [*here, *found])
    if len(context.turns) > 1 or len(rows) > 1:
        found += joiner.feed(number, rows, [*here, *found])
    return found


def _in_turn(number: int, context: Context, todo: int) -> Iterator[Finding]:
    if todo & (Work.PLAIN | Work.SHAPED):
        yield from written(number, context, plain=bool(todo & Work.PLAIN), cued=bool(todo & Work.SHAPED))
    if todo & Work.SPELLED:
        yield from spelled(number, context)
    if todo & Work.WORDS:
        yield from words(number, context)
    if todo & Work.NAMES_ZH:
        yield from names_zh(number, context)
    if todo & Work.PLACE_ZH:
        yield from addresses_zh(number, context)
    if todo & Work.NAMES_EN:
        yield from english_names(number, context)
    if todo & Work.PLACE_EN:
        yield from addresses_en(number, context)


def _numbers(number: int, rows: Sequence[list[Group]], context: Context, taken: Sequence[Finding]) -> Iterator[Finding]:
    floor = 0
    spans = _joined((f.start, f.end) for f in taken if f.entity not in {"person", "address"}) if taken else []
    starts = [start for start, _ in spans]
    cues = context.own_cues(number)
    for whole in rows:
        run = _behind_cue(whole, cues)
        if sum([len(g.digits) for g in run]) < _LEAST:
            continue
        at = bisect_left(starts, run[-1].end) - 1
        if at < 0 or spans[at][1] <= run[0].start:
            free = [run]
        else:
            free = _free(run, spans[max(0, bisect_left(starts, run[0].start) - 1) : at + 1])
        for part in free:
            found = _alone(part, number, floor, context) if len(part) == 1 else _segments(part, number, floor, context)
            for row, verdict in found:
                yield _finding(number, row, verdict, context)
                floor = row.end
        floor = next((g.end for g in reversed(run) if len(g.digits) > 1), run[-1].end)


def _behind_cue(run: list[Group], cues: Sequence[tuple[int, int, str]]) -> list[Group]:
    """``run`` without a first word that belongs to a cue: "last four 4410"."""
    first = run[0]
    if len(run) > 1 and first.spoken and any(begin < first.start < first.end <= end for begin, end, _ in cues):
        return run[1:]
    return run


def _finding(number: int, row: Row, verdict: Verdict, context: Context) -> Finding:
    """The finding of ``row``, with the sign or bracket before a telephone number and the extension after it."""
    start, end = row.start - 1 if verdict.rule == "phone.e164" else row.start, row.end
    if verdict.entity == "phone":
        text = context.lower(number)
        if start > 0 and text[start - 1] in "(+（":
            start -= 1
        if extension := _EXTENSION.match(text, end):
            end = extension.end()
    return Finding(number, start, end, verdict.entity, verdict.score, verdict.rule)


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """``spans`` in order, those that overlap as one."""
    done: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if done and start < done[-1][1]:
            done[-1] = (done[-1][0], max(done[-1][1], end))
        else:
            done.append((start, end))
    return done


def _free(run: list[Group], spans: Sequence[tuple[int, int]]) -> list[list[Group]]:
    """The stretches of ``run`` that no finding has taken: "4111… 08/27 331" once the expiry is known."""
    parts: list[list[Group]] = [[]]
    for group in run:
        if any(start < group.end and group.start < end for start, end in spans):
            parts.append([])
        else:
            parts[-1].append(group)
    return [part for part in parts if part]


def _alone(run: list[Group], turn: int, floor: int, context: Context) -> list[tuple[Row, Verdict]]:
    """As ``_segments`` for a run of one group, as most numbers are."""
    row = Row(run)
    verdict = _verdict(row, turn, floor, context)
    return [(row, verdict)] if verdict else []


def _segments(run: list[Group], turn: int, floor: int, context: Context) -> list[tuple[Row, Verdict]]:
    """Cut a run into numbers: the longest stretch that proves itself first, what is left by its cue."""
    if sum([len(g.digits) for g in run]) < _LEAST:
        return []
    bounds, walls = _bounds(run)
    done: list[tuple[Row, Verdict]] = []
    at = 0
    while at < len(bounds) - 1:
        best: tuple[Row, Verdict, int] | None = None
        for stop in range(min(len(bounds) - 1, at + 12), at, -1):
            if any(bounds[at] < wall < bounds[stop] for wall in walls):
                continue
            row = Row(run[bounds[at] : bounds[stop]])
            if best and len(row.digits) < _LEAST_FIRM:
                break
            if verdict := _verdict(row, turn, floor, context):
                if best is None or verdict.rule in _FIRM:
                    best = (row, verdict, stop)
                if verdict.rule in _FIRM or len(row.digits) <= _LEAST_FIRM:
                    break
        if best is None:
            at += 1
            continue
        done.append(best[:2])
        floor, at = best[0].end, best[2]
    return done


def _bounds(run: list[Group]) -> tuple[list[int], set[int]]:
    """Indices at which a number may begin or end: loose gaps and the borders of long groups."""
    marks = {0, len(run)}
    walls: set[int] = set()  # two whole numbers in a list: never one
    for i, group in enumerate(run):
        if group.loose:
            marks.add(i)
            if i and len(group.digits) >= 7 and len(run[i - 1].digits) >= 7:
                walls.add(i)
        if i == 1 and run[0].spoken and not group.spoken and len(run[0].digits) == 1:
            marks.add(i)  # the last character of a name: 汤唯一 1598…
        if len(group.digits) >= 9:
            marks |= {i, i + 1}
    return sorted(marks), walls


def _verdict(row: Row, turn: int, floor: int, context: Context) -> Verdict | None:
    digits = row.digits
    if not _LEAST <= len(digits) <= 24 or amount(row, context.lower(turn)):
        return None
    if digits[0] == "1" and len(row.groups) > 2 and row.shape[:3] == (1, 3, 3) and hotline(digits):
        return None
    cues = [cue for cue in _cues(row, turn, floor, context) if cue.source != FEW or len(digits) <= MOST_FEW] or [NONE]
    verdict = proved(digits, cues[0].entity)
    if verdict or cues[0].entity == NEGATIVE or _glued(row, turn, context):
        return verdict
    said = (by_cue(digits, cue.entity, cue.source) for cue in cues)
    verdict = next(filter(None, said), None) or by_shape(row, context.turns[turn].text)
    if verdict is None and any(cue.entity == "dob" for cue in cues) and said_birth_date([g.digits for g in row.groups]):
        return Verdict("dob", 0.8, "dob.said")
    return verdict or _other_reading(row, cues) or _abroad(row, turn, cues, context)


def _abroad(row: Row, turn: int, cues: Sequence[Cue], context: Context) -> Verdict | None:
    """The verdict of another country's numbering plan, where nothing speaks of another number."""
    if cues[0].entity not in {"", "phone"} or hotline(row.digits) or "X" in row.digits:
        return None
    near = [context.lower(back) for back in range(turn, max(-1, turn - 1 - _COUNTRY_REACH), -1)]
    named = may_be_foreign(row.digits, row.shape, near)
    return Verdict("phone", 0.75, "phone.plan") if named else None


def _other_reading(row: Row, cues: Sequence[Cue]) -> Verdict | None:
    for digits in readings(row.groups):
        if verdict := proved(digits, cues[0].entity):
            return verdict
        for cue in cues:
            if cue.entity in _EXACT and len(digits) in _EXACT[cue.entity]:
                return by_cue(digits, cue.entity, cue.source)
    return None


def _cues(row: Row, turn: int, floor: int, context: Context) -> list[Cue]:
    """The cues that may speak of ``row``, nearest first: before it, else after it, else asked for."""
    before = context.before(turn, row.start, floor)
    if before is not NONE:
        return [before, Cue("phone", NUMBER)] if before.source == NUMBER else [before]
    after = context.after(turn, row.end)
    asked = context.asked_all(turn)
    return [after, *asked] if after is not NONE else asked or [NONE]


def _glued(row: Row, turn: int, context: Context) -> bool:
    """Whether the number hangs on letters or a # that are no cue: INC94543300, CS-179565 and #52639 are codes."""
    text = context.lower(turn)
    if row.start == 0 or text[row.start - 1] not in _GLUE or not _CODE.search(text, max(0, row.start - 12), row.start):
        return False
    if text[row.start - 1] == "#":
        near = context.before(turn, row.start, row.start - 16)
        if (near if near is not NONE else context.asked(turn)).entity == "secret":
            return False
    before = [cue for cue in context.own_cues(turn) if row.start - 1 <= cue[1] <= row.start]
    return all(entity == NEGATIVE for _, _, entity in before)
