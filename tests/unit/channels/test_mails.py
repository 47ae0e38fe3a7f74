"""Mails whose headings are odd: nobody's words are lost for them."""

import io
import json

import pytest

from hushkeep.channels import frames
from hushkeep.channels.formats import mails
from hushkeep.channels.formats.shape import MAX_PARTS, Reading, Source

_HEAD = b"From: ann@example.org\nContent-Type: multipart/mixed; boundary=B\n\n"


def _read(data):
    """What a mail gives, once it has passed between the parser and its reader."""
    out = io.BytesIO()
    for item in mails.parse(Source(io.BytesIO(data), "a.eml", len(data)), Reading()):
        frames.put_item(out, item)
    frames.put(out, frames.DONE, b"")
    out.seek(0)
    return list(frames.items(out.read))


@pytest.mark.parametrize("charset", ["a\0b", "idna", "undefined", "punycode", "hex", "utf-7", "", "nothing-known"])
def test_a_charset_that_is_none_costs_neither_the_text_nor_the_name_of_a_file(charset):
    said = charset.encode()
    [draft] = _read(
        _HEAD
        + b"--B\nContent-Type: text/plain; charset*=%s''x%%ff\n\n%s\n" % (said, "您好".encode())
        + b"--B\nContent-Disposition: attachment; filename*=%s''%%e6%%88%%91.png\nContent-Type: image/png\n\nx\n--B--\n"
        % said
    )
    record = json.loads(draft.text)
    assert [turn["text"] for turn in record["turns"][1:]] == ["您好"]
    name = record["attachments"][0]["name"]
    assert name.endswith(".png")
    if charset != "utf-7":  # as seven bits these bytes are no text
        assert name == "我.png"


@pytest.mark.parametrize("heading", [b"", b"Content-Disposition: attachment; filename=a.png\n"])
def test_parts_that_do_not_say_what_they_are_are_counted_like_any_others(heading):
    parts = [b"--B\n" + heading + b"\nx\n" for _ in range(MAX_PARTS)]
    [refused] = _read(_HEAD + b"".join(parts) + b"--B--\n")
    assert (refused.code, refused.params) == ("too_many_parts", {"limit": MAX_PARTS})
    [*taken] = _read(_HEAD + b"".join(parts[1:]) + b"--B--\n")
    assert len(json.loads(taken[0].text)["turns"] if not heading else taken[0].attached) >= MAX_PARTS - 1
