"""Whatever people write, examination holds: nothing breaks, offsets fit the masked text, the original survives."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hushkeep.kernel import Channel, Conversation, Customer, Turn
from hushkeep.records._examine import examine, shown_name
from hushkeep.records.protect import original_bytes, original_turns

_NUMBERS = ("13491234567", "幺三八", "三个八", "double two", "oh", "４", "a@b.com")
_WORDS = ("@", "验证码", "密码是", "\x00", "\u202e", " ", "。", "王芳")
_BITS = st.sampled_from(_NUMBERS + _WORDS)
_TEXT = st.lists(_BITS | st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=8).map("".join)
_TURN = st.builds(Turn, st.sampled_from(["customer", "agent", "王芳"]), _TEXT)
_FIELDS = st.dictionaries(st.sampled_from(["name", "phone", "email", "pin", "note"]), _TEXT.filter(bool), max_size=4)


@given(st.lists(_TURN, min_size=1, max_size=6), _FIELDS)
@settings(max_examples=150, deadline=None)
def test_any_conversation_is_examined_whole(turns, fields):
    customer = Customer(values=tuple(fields.items()))
    [item] = examine([Conversation("s", Channel.CHAT, tuple(turns), customer=customer)])
    assert len(item.masked) == len(turns)
    assert original_turns(original_bytes(item)) == [turn.text for turn in item.kept.turns]
    assert [len(turn.text) for turn in item.kept.turns] == [len(turn.text) for turn in turns]
    assert "\x00" not in "".join(turn.text for turn in item.masked)
    for mark in item.marks:
        assert 0 <= mark.start < mark.end <= len(item.masked[mark.turn].text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_agents_sign_fits_its_column(name):
    assert len(shown_name(name)) <= 200
