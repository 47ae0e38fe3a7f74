"""What parsers under fuzzing gave, judged as their reader and the intake judge it."""

import io
from collections import Counter
from dataclasses import replace
from hashlib import sha256

from hushkeep.channels import frames, intake
from hushkeep.channels.formats.shape import Draft, Within, piece
from hushkeep.channels.lines import Line, Reject
from hushkeep.kernel import Channel, Conversation, Turn
from hushkeep.records._examine import NAME_LENGTH, examine

_OWN_RECORDS = ("records", "archive", "list")
"""Kinds whose records may be the source's own, not of the parser's making."""
_NOT_OURS = {"not_json", "not_an_object", "wrong_type", "missing", "unknown_field", "unknown_state", "duplicate_key"}
"""Codes by which the intake refuses a record that none of our parsers may make."""


class Judge:
    """Raises AssertionError for what a parser of ``kind`` may not give; ``states`` counts attachments by state."""

    def __init__(self, kind):
        self._strict = kind not in _OWN_RECORDS
        self._records = kind != "list"
        self.states = Counter()
        # Loads the models: no part of a try.
        examine([Conversation("warm", Channel.CHAT, (Turn("agent", "my name is Ann Smith, 我是王小明 13812345678"),))])

    def look(self, items):
        out = io.BytesIO()
        for item in items:
            frames.put_item(out, item)
        frames.put(out, frames.DONE, b"")
        out.seek(0)
        came = list(frames.items(out.read))
        assert came == items, "another thing came than was sent"
        for item in came if self._records else ():
            while isinstance(item, Within):
                item = item.item  # noqa: PLW2901 - unwrapped
            if isinstance(item, Draft):
                self._draft(item)

    def _draft(self, draft):
        seen = intake.receive(Line(draft.place, draft.text.decode("utf-8", "replace")))
        if isinstance(seen, Reject):
            assert not (self._strict and seen.code in _NOT_OURS), f"no such record may be: {seen.code} {seen.params}"
            return
        if self._strict:
            assert len(seen.attachments) == len(draft.attached), "attachments and their bytes"
        for number, (one, data) in enumerate(zip(seen.attachments, draft.attached, strict=False)):
            parts = [piece(draft.attached, number, part) for part in range(len(one.parts))]
            assert (one.size, b"".join(parts)) == (len(data), data), "the pieces are not the file"
            assert [sha256(part).hexdigest() for part in parts] == list(one.parts), "the digests are not the pieces'"
            if one.turn is not None:
                assert seen.turns[one.turn].text.strip(), "read, and no text"
            assert (one.state.value == "quarantined") == (one.reason == "malware"), "state and reason"
            self.states[one.state.value] += 1
        if any(one.name for one in seen.attachments):
            [looked] = examine([replace(seen, turns=())])  # the turns' own masking is fuzzed with detection
            for one in looked.attachments:
                assert len(one.name) <= NAME_LENGTH, "a long name"
                assert "\0" not in one.name, "NUL in a name"
