"""Every kind of file, good and bad, through a confined parser: each outcome as listed, none lost."""

import hashlib
import io
import json

import pytest

from hushkeep.channels import frames, intake
from hushkeep.channels.folders import RECORDS, Found, walk
from hushkeep.channels.formats.shape import MAX_FILE_BYTES, MAX_PARTS, Draft, Within, piece
from hushkeep.channels.lines import Line, Reject, read
from hushkeep.channels.reading import ConfinedReader


@pytest.fixture(scope="module")
def reader():
    with ConfinedReader({"zone": "Asia/Shanghai"}) as one:
        yield one


def outcome(reader, file):
    """The texts of all turns (a mail's head apart), the rejects as (place, code), the attachments as (state, bytes)."""
    if file.kind == RECORDS:
        with file.path.open("rb") as stream:
            items = [Draft(i.number, i.text.encode()) if isinstance(i, Line) else i for i in read(stream)]
    else:
        items = list(reader.read(file, file.kind))
    plain = []
    for item in items:
        while isinstance(item, Within):
            item = item.item  # noqa: PLW2901
        plain.append(item)
    attached = []
    texts, rejects = [], [(item.line, item.code) for item in plain if isinstance(item, Reject)]
    for item in plain:
        if isinstance(item, Draft):
            try:
                said = json.loads(item.text)
            except ValueError:
                rejects.append((item.place, "not_json"))
                continue
            assert said["id"]
            attached += [
                (one["state"], data) for one, data in zip(said.get("attachments", []), item.attached, strict=True)
            ]
            texts += [turn["text"] for turn in said["turns"] if not turn["text"].startswith("From: ")]
    return texts, rejects, attached


def _unnamed(texts):
    """Without the line that names an attachment."""
    return [text.partition("]\n")[2] if text.startswith("[") else text for text in texts]


def test_every_good_file_gives_its_conversations_and_every_bad_one_its_reasons(reader, tmp_path, made_files):
    good_files, bad_files = made_files.good(), made_files.bad()
    files = {**good_files, **bad_files}
    assert len(good_files) >= 20
    assert len(bad_files) >= 25
    for name, made in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made.data)
    found = {item.name: item for item in walk(tmp_path)}
    assert found.keys() == files.keys()
    assert all(isinstance(item, Found) for item in found.values())
    got = {name: outcome(reader, found[name]) for name in files}
    got = {name: (_unnamed(texts), *rest) for name, (texts, *rest) in got.items()}
    assert got == {name: (made.texts, made.rejects, made.attached) for name, made in files.items()}


def test_an_attachment_says_what_it_is_where_its_text_stands_and_why_it_was_not_read(reader, tmp_path, made_files):
    big = bytes(9 * 1024 * 1024)
    (tmp_path / "a.eml").write_bytes(
        made_files.attached(
            (b"text/csv", b"c.csv", b"one,two"),
            (b"application/x-13812345678", b"b.bin", big),
            (b"application/pdf", b"scan.pdf", made_files.pdf("")),
            (b"image/png", b"none.png", b""),
        )
    )
    [file] = walk(tmp_path)
    [drafted] = reader.read(file, "mail")
    talk = intake.receive(Line(1, drafted.text.decode()))
    assert [(one.name, one.media_type, one.size, one.state.value, one.reason) for one in talk.attachments] == [
        ("c.csv", "text/csv", 7, "read", None),
        ("b.bin", "application/octet-stream", len(big), "unread", "attachment_not_read"),
        ("scan.pdf", "application/pdf", len(made_files.pdf("")), "unread", "no_text"),
        ("none.png", "image/png", 0, "unread", "attachment_not_read"),
    ]
    assert talk.turns[talk.attachments[0].turn].text == "[c.csv]\none,two"
    assert [len(one.parts) for one in talk.attachments] == [1, 2, 1, 0]
    assert talk.attachments[1].parts[1] == hashlib.sha256(big[8 * 1024 * 1024 :]).hexdigest()
    assert [piece(drafted.attached, 1, part) for part in range(2)] == [big[: 8 * 1024 * 1024], big[8 * 1024 * 1024 :]]
    assert {one.scan for one in talk.attachments} == {"rules"}


def test_a_parser_that_hands_on_more_than_a_file_may_hold_is_not_believed():
    out = io.BytesIO()
    for _ in range(MAX_PARTS + 1):
        frames.put(out, frames.ATTACHED, b"x")
    frames.put(out, frames.DONE, b"")
    for data in (out.getvalue(), b"A" + (MAX_FILE_BYTES + 1).to_bytes(4, "big")):
        with pytest.raises(frames.BadFrame):
            list(frames.items(io.BytesIO(data).read))


def test_what_hangs_on_nothing_is_not_believed():
    out = io.BytesIO()
    frames.put(out, frames.ATTACHED, b"x")
    frames.put_item(out, Reject(1, "malware"))
    with pytest.raises(frames.BadFrame):
        list(frames.items(io.BytesIO(out.getvalue()).read))


def ids(reader, path):
    found = [item for item in walk(path) if isinstance(item, Found)]
    items = [item for file in found for item in reader.read(file, file.kind)]
    plain = [item.item if isinstance(item, Within) else item for item in items]
    return sorted(json.loads(item.text)["id"] for item in plain if isinstance(item, Draft))


def test_a_file_is_the_same_conversation_by_whatever_root_and_out_of_an_archive(reader, tmp_path, made_files):
    talk, rows = "客户：在吗\n".encode(), b"message\nfirst\nsecond\n"
    for folder in ("center/2026/a", "elsewhere"):
        path = tmp_path / folder
        path.mkdir(parents=True)
        (path / "talk.txt").write_bytes(talk)
        (path / "rows.csv").write_bytes(rows)
    packed = tmp_path / "packed"
    packed.mkdir()
    (packed / "all.zip").write_bytes(made_files.zipped({"deep/talk.txt": talk, "rows.csv": rows}))
    roots = ["center", "center/2026", "center/2026/a", "elsewhere", "packed"]
    named = [ids(reader, tmp_path / root) for root in roots]
    assert len(set(named[0])) == 3
    assert named == [named[0]] * len(roots)


@pytest.mark.parametrize("name", ["talk.txt", "rows.csv"])
def test_other_content_and_another_name_are_another_conversation(reader, tmp_path, name):
    for folder, file, data in (
        ("a", name, b"message\none\n"),
        ("b", name, b"message\ntwo\n"),
        ("c", f"x{name}", b"message\none\n"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / file).write_bytes(data)
    assert len(set(ids(reader, tmp_path))) == 3
