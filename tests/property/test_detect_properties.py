"""Detection on any text whatever: offsets hold, nothing overlaps, masks hold, both scans agree."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hushkeep import detect
from hushkeep.detect import scan
from hushkeep.detect.cues import cues_in, table
from hushkeep.detect.folding import folded, folded_all
from hushkeep.detect.gate import flag_of, flags_of
from hushkeep.detect.hints import FOLDED, RAW, hints_of
from hushkeep.detect.names_model import may_hold_name
from hushkeep.detect.names_zh import is_name
from hushkeep.detect.resolve import resolve
from hushkeep.detect.scan import has_vectorscan
from hushkeep.detect.view import view_of
from hushkeep.kernel import Turn

PIECES = st.sampled_from(
    [
        "138",
        "0013",
        "8000",
        "13800138000",
        "4111 1111 1111 1111",
        "110101199003074610",
        "幺三八",
        "三个八",
        "零零",
        "oh",
        "double five",
        "我叫",
        "王伟",
        "电话",
        "验证码",
        "密码是",
        "Abc12345",
        "the code is",
        "card number",
        "my name is",
        "John Smith",
        "@",
        "a.b@c.com",
        "上海市浦东新区",
        "世纪大道",
        "100号",
        "12 Oak Street",
        ", ",
        "，",
        "。",
        "?",
        " ",
        "\n",
        "-",
        "*",
        "at",
        "dot",
        "com",
        "点",
        "x",
        "X",
        "叉",
        "京A",
        "12345",
        "E12345678",
        "\x00",
        "\u200b",
        "\u202e",
        "é",
        "👩\u200d👩\u200d👧",
        "�",
        "１３８",
        "٣٤٥",
        "İ",
        "Σ",
        "Ａ",
        "ſ",
        "\x1c",
        "\u3000",
        "王伟先生",
        "密码",
        "ß",
        "\x1e",
        "元",
        "$",
        "1,299.00",
        "10:30",
    ]
)
CUES = st.one_of(
    PIECES,
    st.sampled_from(sorted({p for words in table().values() for row in words.values() for p in row if p.isalnum()})),
)
TEXTS = st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=60))
TURNS = st.lists(st.builds(Turn, st.sampled_from(["customer", "agent", "", "系统"]), TEXTS), max_size=8)


@settings(max_examples=150, deadline=None)
@given(TURNS)
def test_findings_lie_in_their_turn_in_order_and_never_overlap(turns):
    last = (-1, 0)
    for f in detect.find(turns, names=False):
        assert 0 <= f.start < f.end <= len(turns[f.turn].text)
        assert (f.turn, f.start) >= last
        last = (f.turn, f.end)
        assert f.entity in detect.ENTITIES
        assert 0 < f.score <= 1


@settings(max_examples=150, deadline=None)
@given(TURNS)
def test_masked_turns_show_no_digit_row_that_was_found(turns):
    findings = detect.find(turns, names=False)
    cut = detect.cut_secrets(turns, findings)
    masked, moved = detect.mask_and_locate(cut, findings)
    assert len(moved) == len(findings)
    changed = []
    for before, after in zip(findings, moved, strict=True):
        shown = masked[after.turn].text[after.start : after.end]
        changed.append(shown != turns[before.turn].text[before.start : before.end])
        # A number in parts keeps its head and tail as a whole does: a short part, or its echo, may be all head.
        assert changed[-1] or before.whole
    assert any(changed) or not changed
    assert all(len(a.text) == len(b.text) for a, b in zip(turns, cut, strict=True))


@settings(max_examples=150, deadline=None)
@given(TURNS)
@example([Turn("customer", "12 Oak Street"), Turn("agent", "4111 1111 1111 1111a.b@c.com")])  # [address] asks for none
def test_tagged_turns_hold_nothing_more_to_find(turns):
    policy = detect.Policy(style="tag")
    masked = detect.mask(turns, detect.find(turns, names=False), policy)
    again = [f for f in detect.find(masked, names=False) if "[" in masked[f.turn].text[f.start : f.end]]
    assert again == []


@pytest.mark.skipif(not has_vectorscan(), reason="the hyperscan wheel is not installed")
@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, max_size=12))
def test_both_scans_open_the_same_gates(texts):
    assert flags_of(texts, fast=True).tolist() == flags_of(texts, fast=False).tolist()


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_a_single_text_opens_the_gates_that_it_opens_in_a_batch(text):
    for names in (True, False):
        assert flag_of(text, names=names) == flags_of([text], names=names).tolist()[0]
    assert flag_of(text, fast=False) == flags_of([text], fast=False).tolist()[0]


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, min_size=20, max_size=24))
def test_a_message_alone_says_what_it_says_in_a_batch(texts):
    talks = [[Turn("customer", text)] for text in texts]
    assert detect.find_batch(talks, names=False) == [detect.find(talk, names=False) for talk in talks]


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_the_view_has_one_byte_for_each_code_point(text):
    assert len(view_of(text)) == len(text)


@settings(max_examples=100, deadline=None)
@given(TURNS)
def test_a_batch_finds_what_single_conversations_do(turns):
    halves = [turns[: len(turns) // 2], turns[len(turns) // 2 :]]
    assert detect.find_batch(halves, names=False) == [detect.find(half, names=False) for half in halves]


@settings(max_examples=100, deadline=None)
@given(TURNS)
def test_resolving_twice_changes_nothing(turns):
    once = detect.find(turns, names=False)
    assert resolve(once) == once


@settings(max_examples=60, deadline=None)
@given(TURNS)
def test_a_stream_ends_with_what_it_has_not_retracted(turns):
    stream = detect.Stream()
    held = set()
    for turn in turns:
        change = stream.feed(turn)
        assert set(change.retracted) <= held
        held = (held - set(change.retracted)) | set(change.found)
    sure = {f for f in held if f.rule != "provisional"}
    assert sure == set(detect.find(turns, names=False))


def _both(talks, names):
    quick = detect.find_batch(talks, names=names)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "has_vectorscan", lambda: False)
        return quick, detect.find_batch(talks, names=names)


@pytest.mark.skipif(not has_vectorscan(), reason="the hyperscan wheel is not installed")
@settings(max_examples=20, deadline=None)
@given(st.lists(TURNS, min_size=20, max_size=40))
def test_both_engines_find_the_same_in_a_batch_and_so_does_each_conversation_alone(talks):
    quick, plain = _both(talks, names=False)
    assert quick == plain
    assert quick == [detect.find(talk, names=False) for talk in talks]


@pytest.mark.skipif(not has_vectorscan(), reason="the hyperscan wheel is not installed")
@settings(max_examples=25, deadline=None)
@given(st.lists(TEXTS, min_size=64, max_size=80))
def test_a_hint_is_set_wherever_its_rule_matches(texts):
    lower = folded_all(texts)
    hints = hints_of(texts, lower, fast=True)
    for rows, forms in ((RAW, texts), (FOLDED, lower)):
        for row in rows:
            pattern = row.watched.pattern if row.watched else re.compile(row.pattern, row.flags)
            for at in [at for at, text in enumerate(forms) if pattern.search(text)]:
                assert hints.bits[at] & row.bits == row.bits
                seen = hints.seen[at]
                assert seen is None or row.watched is None or row.watched in seen.watched


@pytest.mark.skipif(not has_vectorscan(), reason="the hyperscan wheel is not installed")
@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(CUES, max_size=6).map("".join), min_size=64, max_size=80))
def test_cues_are_the_same_where_the_scan_saw_them_and_anywhere(texts):
    lower = folded_all(texts)
    for text, seen in zip(lower, hints_of(texts, lower, fast=True).seen, strict=True):
        assert seen is None or cues_in(text, seen.cues) == cues_in(text)


@settings(max_examples=25, deadline=None)
@given(st.lists(TEXTS, min_size=64, max_size=80))
def test_a_batch_is_folded_as_each_text_is(texts):
    assert folded_all(texts) == [folded(text) for text in texts]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="欧阳王高谢的在一宝·a，x", max_size=8))
def test_a_text_that_may_hold_no_name_has_no_stretch_that_passes_as_one(text):
    stretches = [text[a:b] for a in range(len(text)) for b in range(a + 1, len(text) + 1)]
    assert may_hold_name(text) or not any(is_name(s) or ("·" in s and len(s) >= 4) for s in stretches)
