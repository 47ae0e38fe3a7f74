"""A folder's files: each is read or named with its reason, and nothing outside is touched."""

import os

from hushkeep.channels.folders import Found, LeftOut, walk


def test_every_file_is_found_or_named(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two.NDJSON").write_text("{}")
    (tmp_path / "one.jsonl").write_text("{}\n")
    (tmp_path / "talk.doc").write_text("hi")
    (tmp_path / "call.wav").write_bytes(b"RIFF")
    (tmp_path / "evil\u202egpj.txt").write_text("hi")
    (tmp_path / ".hidden.jsonl").write_text("")
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    (tmp_path / "out.jsonl").symlink_to("/etc/hostname")
    (tmp_path / "outside").symlink_to("/etc")
    (tmp_path / "inside.jsonl").symlink_to(tmp_path / "one.jsonl")
    found = {item.name: item.code if isinstance(item, LeftOut) else item.size for item in walk(tmp_path)}
    assert found == {
        ".hidden.jsonl": 0,
        "b/two.NDJSON": 2,
        "gone.jsonl": "unreadable",
        "inside.jsonl": 3,
        "one.jsonl": 3,
        "out.jsonl": "leads_out_of_the_folder",
        "outside": "leads_out_of_the_folder",
        "pipe.jsonl": "not_a_file",
        "call.wav": 4,
        "evil\\u202egpj.txt": "unsafe_name",
        "talk.doc": "format_not_taken_yet",
    }


def test_one_file_alone_is_a_folder_of_one(tmp_path):
    path = tmp_path / "one.jsonl"
    path.write_text("{}")
    assert list(walk(path)) == [Found(path, "one.jsonl", 2)]
    assert list(walk(tmp_path)) == list(walk(tmp_path))
