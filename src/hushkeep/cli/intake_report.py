"""The report of an intake: in words for people, as JSON for programs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hushkeep import detect
from hushkeep.channels.folders import LeftOut
from hushkeep.runtime.language import gettext as _

MAX_REJECTS = 10_000
"""So many rejects are listed one by one; all of them are counted."""
_SHOWN = 20

_REASONS: Mapping[str, str] = {
    "bad_encoding": "the line is not in the file's encoding: save the file as UTF-8",
    "bad_field_name": "a field of the customer has no name of ours: a-z, digits and _",
    "bad_time": "a time cannot be read: write 2026-03-04T08:00:00Z",
    "duplicate_key": "a field stands there twice: keep one",
    "ends_before_it_starts": "ended_at lies before started_at",
    "format_not_taken_yet": "files of this kind are not taken yet",
    "leads_out_of_the_folder": "the link leads out of the folder: copy the file in",
    "line_too_long": "the line is too long: split the conversation",
    "lone_surrogate": "the text holds half a character",
    "missing": "a field is missing",
    "no_turns": "the conversation has no turns",
    "not_a_file": "this is not a file",
    "not_an_object": "the line is no JSON object",
    "not_json": "the line is no JSON",
    "same_id_other_content": "this id stood before with other content: give each conversation its own id",
    "time_without_zone": "a time has no time zone: add Z or +08:00",
    "too_deep": "the JSON is nested too deeply",
    "too_long": "a field is too long",
    "too_many": "there are too many of them",
    "unknown_channel": "the channel is none of chat, email, call, ticket, form, app, social",
    "unknown_direction": "the direction is neither inbound nor outbound",
    "unknown_field": "a field has no place here: remove it, or it would be lost",
    "unknown_language": "the language is no code such as zh or en",
    "unreadable": "the file cannot be read",
    "wrong_type": "a field is of the wrong type",
}


@dataclass(slots=True)
class Report:
    """What an intake brought, added up as it goes."""

    center: str
    run: str = ""
    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
    taken: int = 0
    duplicates: int = 0
    changed: int = 0
    messages: int = 0
    secrets_cut: int = 0
    entities: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def reject(self, file: str, line: int, code: str, params: Mapping[str, str | int]) -> None:
        """Count a line that was not taken."""
        self.rejected += 1
        self.reasons[code] += 1
        if len(self.rejects) < MAX_REJECTS:
            self.rejects.append({"file": file, "line": line, "code": code, "params": dict(params)})

    def add(self, answer: Mapping[str, Any], places: Sequence[tuple[str, int]]) -> None:
        """Add the answer to a batch whose lines stood at ``places`` (file, line)."""
        self.taken += answer["taken"]
        self.duplicates += answer["duplicates"]
        self.changed += answer["changed"]
        self.messages += answer["messages"]
        self.secrets_cut += answer["secrets_cut"]
        self.entities.update(answer["entities"])
        self.channels.update(answer["channels"])
        for refused in answer["rejected"]:
            file, line = places[refused["line"] - 1]
            self.reject(file, line, refused["code"], refused["params"])


def as_json(report: Report) -> dict[str, Any]:
    """Return the report as plain values; its keys are a stable contract."""
    classes: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    for entity, count in report.entities.items():
        classes[detect.klass(entity)] += count
        levels[str(detect.level(entity))] += count
    return {
        "run": report.run,
        "center": report.center,
        "files": report.files,
        "bytes": report.bytes,
        "taken": report.taken,
        "duplicates": report.duplicates,
        "changed": report.changed,
        "messages": report.messages,
        "entities": dict(sorted(report.entities.items())),
        "classes": dict(sorted(classes.items())),
        "levels": dict(sorted(levels.items())),
        "channels": dict(sorted(report.channels.items())),
        "secrets_cut": report.secrets_cut,
        "rejected": report.rejected,
        "reasons": dict(sorted(report.reasons.items())),
        "rejects": report.rejects,
        "left_out": [{"file": item.name, "code": item.code} for item in report.left_out],
        "still_in_source": {"files": report.files, "bytes": report.bytes},
        "seconds": round(report.seconds, 3),
        "messages_per_second": round(report.messages / report.seconds) if report.seconds else 0,
    }


def as_words(report: Report) -> str:
    """Return the report for a person, in the terminal's language."""
    lines = [
        _("{taken:,} conversations taken in, {messages:,} messages, {seconds:.1f} s ({rate:,.0f} messages a second)"),
        _("{duplicates:,} were there already, {changed:,} had changed and were replaced"),
        _("{secrets_cut:,} codes and passwords removed for good"),
    ]
    values = {name: getattr(report, name) for name in ("taken", "messages", "duplicates", "changed", "secrets_cut")}
    rate = report.messages / report.seconds if report.seconds else 0
    parts = [line.format(**values, seconds=report.seconds, rate=rate) for line in lines]
    if report.entities:
        parts += ["", _("Personal data found:")]
        parts += [f"  {count:>10,}  {_name(entity)}" for entity, count in report.entities.most_common()]
    if report.channels:
        parts += ["", _("Conversations by channel:")]
        parts += [f"  {count:>10,}  {channel}" for channel, count in report.channels.most_common()]
    parts += _troubles(report)
    parts += ["", _source(report)]
    return "\n".join(parts) + "\n"


def _name(entity: str) -> str:
    row = detect.ENTITIES.get(entity)
    if row is None:
        return entity
    return row.zh if _("language") == "语言" else row.en


def _troubles(report: Report) -> list[str]:
    parts: list[str] = []
    if report.rejected:
        parts += ["", _("{count:,} lines were not taken:").format(count=report.rejected)]
        parts += [f"  {count:>10,}  {reason(code)}" for code, count in report.reasons.most_common()]
        parts += [f"  {item['file']}:{item['line']}  {item['code']}" for item in report.rejects[:_SHOWN]]
        if report.rejected > _SHOWN:
            parts.append(_("  … the rest stands in the report of --json"))
    if report.left_out:
        parts += ["", _("{count:,} files were not read:").format(count=len(report.left_out))]
        parts += [f"  {item.name}  {reason(item.code)}" for item in report.left_out[:_SHOWN]]
    return parts


def reason(code: str) -> str:
    """Return what ``code`` means and what to do about it; the code itself when it is new."""
    return _(_REASONS[code]) if code in _REASONS else code


def _source(report: Report) -> str:
    return _(
        "Still in your source folder, in the clear: {files:,} files, {size:,} bytes. "
        "Destroy them when you no longer need them."
    ).format(files=report.files, size=report.bytes)
