"""What a person sees of a table before it is taken: its headings masked, and no cell."""

import io

import pytest

from hushkeep.channels import frames
from hushkeep.channels.formats import separated, workbooks
from hushkeep.channels.formats.shape import (
    HEADING_LENGTH,
    MAX_HEADINGS,
    SAMPLE_LENGTH,
    SAMPLE_ROWS,
    Note,
    Reading,
    Source,
)
from hushkeep.channels.layouts import Cells, described

PHONE, CARD = "13812345678", "4111 1111 1111 1111"
TABLE = (
    f"会话ID,角色,消息内容,时间,手机号,店铺 {PHONE},备注\n"
    f"web-1,客户,您好,2026-03-04 08:00:00,{PHONE},1,\n"
    f"web-2,客服,我的卡号是 {CARD},2026-03-04 08:00:01,{PHONE},2,\n"
)


def _note(text, parse=separated.parse):
    data = text if isinstance(text, bytes) else text.encode()
    return next(parse(Source(io.BytesIO(data), "chat.csv", len(data)), Reading()))


def test_columns_are_shown_by_their_headings_what_they_are_read_as_and_the_look_of_their_cells():
    columns = described(_note(TABLE))
    assert [(c.number, c.field, c.cells) for c in columns] == [
        (1, "conversation", Cells.CODE),
        (2, "speaker", Cells.TEXT),
        (3, "text", Cells.TEXT),
        (4, "at", Cells.TIME),
        (5, "customer.phone", Cells.NUMBER),
        (6, None, Cells.NUMBER),
        (7, None, Cells.EMPTY),
    ]
    assert [c.heading for c in columns[:5]] == ["会话ID", "角色", "消息内容", "时间", "手机号"]
    assert (columns[2].entities, columns[4].entities) == (("bank_card",), ("phone",))


def test_neither_a_number_in_a_heading_nor_any_cell_is_shown():
    columns = described(_note(TABLE))
    assert columns[5].heading == "店铺 138****5678"
    assert all(value not in repr(columns) for value in (PHONE, CARD, "1111", "您好", "web-1"))
    assert all(value not in repr(_note(TABLE)) for value in (PHONE, CARD, "会话ID"))


def test_a_code_in_a_heading_is_cut_and_signs_that_move_text_are_written_out():
    [_, heading, _] = (c.heading for c in described(_note("text,验证码是 839201,a\u202eb\nx,1,2\n")))
    assert "839201" not in heading
    assert described(_note("text,a\u202e\x1bb\nx,1\n"))[1].heading == "a\\u202e\\u001bb"


def test_a_workbook_is_shown_alike(made_files):
    data = made_files.workbook([["session id", "message", "phone"], ["x1", "hey", float(PHONE)]])
    columns = described(_note(data, workbooks.parse))
    assert [(c.heading, c.field, c.entities) for c in columns] == [
        ("session id", "conversation", ()),
        ("message", "text", ()),
        ("phone", "customer.phone", ("phone",)),
    ]


def test_as_much_is_handed_over_as_is_needed_and_no_more():
    wide = ",".join(["text", *(f"{n}{'x' * 300}" for n in range(300))])
    row = ",".join("y" * 300 for _ in range(301))
    note = _note(f"{wide}\n" + f"{row}\n" * 50)
    assert (len(note.headings), max(map(len, note.headings))) == (MAX_HEADINGS, HEADING_LENGTH)
    assert (len(note.rows), {len(r) for r in note.rows}) == (SAMPLE_ROWS, {MAX_HEADINGS})
    assert {len(cell) for r in note.rows for cell in r} == {SAMPLE_LENGTH}
    out = io.BytesIO()
    frames.put_item(out, note)
    assert len(out.getvalue()) < frames.MAX_FRAME
    assert frames.item_of(frames.NOTE, out.getvalue()[5:]) == note


@pytest.mark.parametrize(
    "told",
    [
        Note({"text": 1}, "UTC", ("x" * (HEADING_LENGTH + 1),)),
        Note({"text": 1}, "UTC", ("x",) * (MAX_HEADINGS + 1)),
        Note({"text": 1}, "UTC", ("x",), (("y" * (SAMPLE_LENGTH + 1),),)),
        Note({"text": 1}, "UTC", (1,)),
    ],
)
def test_a_parser_that_hands_over_more_is_not_believed(told):
    out = io.BytesIO()
    frames.put_item(out, told)
    with pytest.raises(frames.BadFrame):
        frames.item_of(frames.NOTE, out.getvalue()[5:])


def test_what_stands_around_a_line_that_is_too_long_is_taken_all_the_same():
    text = "text,phone\nhello,1\nyes," + "x" * 5_000_000 + "\nno,2\n"
    data = text.encode()
    items = list(separated.parse(Source(io.BytesIO(data), "chat.csv", len(data)), Reading()))
    assert items[0].rows == (("hello", "1"), ("no", "2"))
    assert [getattr(item, "code", "draft") for item in items[1:]] == ["draft", "line_too_long", "draft"]
