"""Transcripts: WebVTT, SubRip and plain text, one conversation a file."""

import re
from collections.abc import Iterator

from hushkeep.channels import encodings
from hushkeep.channels.formats.markup import text_of_html
from hushkeep.channels.formats.shape import Item, Reading, Source, draft, id_of, too_large, whole
from hushkeep.channels.formats.times import time_of
from hushkeep.channels.lines import Reject

_CUE = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s+-->\s+(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}.*")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+(?P<who>[^>]{1,200})>(?P<text>.*)")
_STAMP = (
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[T\s]+\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,6})?(?:\s?(?:Z|[+-]\d{2}:?\d{2}))?"
)
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
_WHO = r"(?P<who>[^\s:：\[\]()（）][^:：\[\]()（）\n]{0,39}?)"
_SAID = re.compile(
    rf"\s*[\[(（]?(?P<at>{_STAMP}|{_CLOCK})?[\])）]?\s*{_WHO}\s*(?:[\[(（](?P<at2>{_STAMP}|{_CLOCK})[\])）])?\s*[:：]\s*(?P<text>.*)"
)


def parse(source: Source, reading: Reading) -> Iterator[Item]:
    """Yield the one conversation of a transcript. Codes: empty_file, file_too_large, mixed_encodings, bad_encoding."""
    data = whole(source)
    if data is None:
        yield too_large()
        return
    text = encodings.text_of(data)
    if text is None:
        yield Reject(1, encodings.why_not(data))
        return
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if any(_CUE.fullmatch(line) for line in lines[:200]):
        channel, turns = "call", _cued(lines, reading)
    else:
        channel, turns = "chat", _plain(lines, reading)
    if not turns:
        yield Reject(1, "empty_file")
        return
    record: dict[str, object] = {"id": id_of(source, data), "channel": reading.channel or channel, "turns": turns}
    if turns[0].get("at"):
        record["started_at"] = turns[0]["at"]
    yield draft(1, record)


def _cued(lines: list[str], reading: Reading) -> list[dict[str, str]]:
    """Return a turn a cue; what stands outside of cues (notes, styles, numbers) too, if it is words."""
    turns: list[dict[str, str]] = []
    inside = False
    for line in lines:
        if _CUE.fullmatch(line):
            inside = True
        elif not line.strip():
            inside = False
        elif inside:
            turns += _spoken(line, reading)
        elif not line.strip().isdigit() and not line.startswith(("WEBVTT", "\ufeffWEBVTT")):
            turns.append({"speaker": "system", "text": line.strip()})
    return turns


def _spoken(line: str, reading: Reading) -> list[dict[str, str]]:
    voiced = _VOICE.match(line)
    if voiced:
        return [{"speaker": reading.speaker(voiced["who"]), "text": text_of_html(voiced["text"])}]
    said = _SAID.fullmatch(text_of_html(line) if "<" in line else line)
    if said and said["who"].strip().lower() in reading.speakers:
        return [{"speaker": reading.speaker(said["who"]), "text": said["text"]}]
    return [{"speaker": "other", "text": text_of_html(line) if "<" in line else line.strip()}]


def _plain(lines: list[str], reading: Reading) -> list[dict[str, str]]:
    """Return a turn each time a speaker is named; lines without one go on with the turn before."""
    turns: list[dict[str, str]] = []
    for line in lines:
        said = _SAID.fullmatch(line)
        if said and (said["at"] or said["at2"] or said["who"].strip().lower() in reading.speakers):
            turn = {"speaker": reading.speaker(said["who"]), "text": said["text"].strip()}
            at = time_of(said["at"] or said["at2"] or "", reading.zone)
            turns.append(turn | {"at": at} if at else turn)
        elif line.strip():
            if turns:
                turns[-1]["text"] += ("\n" if turns[-1]["text"] else "") + line.strip()
            else:
                turns.append({"speaker": "other", "text": line.strip()})
    return turns
