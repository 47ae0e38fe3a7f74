"""The report of an intake: in words for people, as JSON for programs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hushkeep import detect
from hushkeep.channels.folders import LeftOut
from hushkeep.channels.formats.shape import Note
from hushkeep.channels.layouts import described, layout_of
from hushkeep.runtime.language import gettext as _

MAX_REJECTS = 10_000
"""So many rejects are listed one by one; all of them are counted."""
_SHOWN = 20
_MIB = 1024 * 1024

_REASONS: Mapping[str, str] = {
    "attachment_other_content": "an attachment came with other bytes than were announced: run this again",
    "attachment_without_bytes": "a record names an attachment whose bytes are not there: send them, or leave it out",
    "bad_encoding": "the line is not in the file's encoding: save the file as UTF-8",
    "bad_field_name": "a field of the customer has no name of ours: a-z, digits and _",
    "bad_time": "a time cannot be read: write 2026-03-04T08:00:00Z",
    "broken_archive": "the archive is damaged: pack it anew",
    "broken_document": "the document is damaged or of another kind than its name says: open it and save it anew",
    "changed_while_read": "the file changed while it was read: run this again when it is at rest",
    "columns_not_confirmed": "its columns were not confirmed: say what they hold in the file of --columns",
    "columns_not_taken": "columns that we cannot place: name them in the file of --columns, or under its ignore",
    "disk_full": "the site's disk is full: make room and run this again",
    "duplicate_key": "a field stands there twice: keep one",
    "empty_file": "the file is empty: leave it out, or export it again",
    "empty_table": "the table is empty: leave it out, or export it again",
    "encrypted": "it is encrypted, or of an old office format: decrypt it, or save it anew",
    "ends_before_it_starts": "ended_at lies before started_at: correct one of them",
    "file_too_large": "the file is too large for its kind: split it",
    "format_not_taken_yet": "files of this kind are not taken yet: export it as CSV, text or mail",
    "gone": "the file was gone before it was read: put it back and run this again",
    "leads_out_of_the_folder": "the link leads out of the folder: copy the file in",
    "line_too_long": "the line is too long: split the conversation",
    "lone_surrogate": "the text holds half a character: export it again as UTF-8",
    "malware": "a scanner calls this dangerous, and it was not opened: have your security officer look at it",
    "missing": "a field is missing: add it",
    "mixed_encodings": "the file mixes encodings: save all of it as UTF-8",
    "needs_too_much_memory": "reading it needs too much memory: split it",
    "no_such_column": "a column of the file of --columns is not there: compare it with the headings",
    "no_text_column": "no column holds the text: name it in the file of --columns",
    "no_turns": "the conversation has no turns: leave it out, or export its text as well",
    "metadata_contradicts": "sidecar and list of calls contradict each other: mend one; the call landed without",
    "more_than_announced": "the file grew while it was sent: send it again when it is at rest",
    "not_a_file": "this is not a file: copy what it stands for into the folder",
    "not_a_mail": "this is no e-mail: export it again, or give it the ending of what it is",
    "not_a_table": "this is no table: check its quotes, or export it again",
    "not_audio": "this is no sound in the format of its ending: check what the telephone system writes",
    "not_an_object": "the line is no JSON object: write one conversation a line, as docs/intake.md shows",
    "not_found": "its conversation was replaced or removed meanwhile: run this again",
    "not_json": "the line is no JSON: mend it, one conversation a line",
    "not_scanned": "the virus scanner gave no answer, so it was not opened: see to the scanner and run this again",
    "parser_died": "reading it went wrong: tell us about it",
    "parser_failed": "reading it went wrong: tell us about it",
    "quote_not_closed": "a quote is opened and not closed: close it, or remove it",
    "recording_by_itself": "a recording inside another file is not taken: unpack it",
    "rows_too_far_apart": "rows of one conversation stand too far apart: sort the table by conversation",
    "recording_too_large": "the recording is larger than the site takes: see recording_bytes in its settings",
    "run_cancelled": "since it was cancelled on the console; run this again for the rest",
    "same_id_other_content": "this id stood before with other content: give each conversation its own id",
    "sidecar_not_json": "the sidecar is no JSON object: mend it; the call landed without",
    "sidecar_too_large": "the sidecar is too large: shorten it; the call landed without",
    "sidecar_unknown_fields": "the sidecar has fields without a place here: remove them; the call landed without",
    "sidecar_wrong_type": "a field of the sidecar is of the wrong type: correct it; the call landed without",
    "time_without_zone": "a time has no time zone: add Z or +08:00",
    "too_deep": "it is nested too deeply: unpack it, or send what is inside by itself",
    "too_long": "a field is too long: shorten it",
    "site_away": "the site went away in the middle: hushkeep doctor says why; run this again",
    "stored_with_other_content": "it is stored with other content: only the intake program may replace it",
    "took_too_long": "reading it took too long: split it, or save it anew",
    "too_many": "there are too many of them: split the conversation",
    "too_many_members": "the archive holds too many files: split it",
    "too_many_parts": "the message has too many parts: save what hangs on it by itself",
    "unknown_channel": "the channel is unknown: write chat, email, call, ticket, form, app or social",
    "unknown_direction": "the direction is neither inbound nor outbound: write one of them",
    "unknown_field": "a field has no place here: remove it, or it would be lost",
    "unknown_language": "the language is no code: write one such as zh or en",
    "unpacks_too_large": "it unpacks to far more than it is: unpack it yourself if you trust it",
    "unsafe_name": "the name leads elsewhere or hides characters: rename the file",
    "unreadable": "the file cannot be read: look at its permissions",
    "wrong_columns": "the row has another number of columns than the headings: mend the row, or its quotes",
    "wrong_type": "a field is of the wrong type: see docs/intake.md for its form",
}

_PARAMS: Mapping[str, str] = {
    "column": "column {}",
    "columns": "columns {}",
    "expected": "{} expected",
    "fault": "fault {}",
    "field": "field {}",
    "found": "{} found",
    "limit": "at most {}",
    "lines": "lines left out: {}",
    "part": "part {}",
    "rule": "rule {}",
    "seconds": "{} seconds",
}
"""What the parameters of a reject say, in words; others are left to the report as JSON."""


@dataclass(slots=True)
class Report:
    """What an intake brought, added up as it goes."""

    center: str
    run: str = ""
    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
    rested_seconds: float = 0.0
    taken: int = 0
    duplicates: int = 0
    changed: int = 0
    messages: int = 0
    secrets_cut: int = 0
    entities: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    refused_files: set[str] = field(default_factory=set)
    guesses: dict[str, Note] = field(default_factory=dict)
    missing: list[tuple[str, int, str]] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    attachments: Counter[str] = field(default_factory=Counter)
    recordings: int = 0
    recordings_known: int = 0
    recording_bytes: int = 0
    sources_changed: list[str] = field(default_factory=list)
    sources_removed: int = 0
    dry_run: bool = False
    stopped: bool = False
    broken_off: str = ""
    journal_kept: bool = True

    def partly(self) -> bool:
        """Whether a part of the folder was not taken, or is not there."""
        return bool(self.rejected or self.left_out or self.missing or self.broken_off)

    def note(self, file: str, note: Note) -> None:
        """Keep how a table was read; many files of one export are read alike and are told once."""
        alike = any(layout_of(note) == layout_of(seen) and note.zone == seen.zone for seen in self.guesses.values())
        if not alike and len(self.guesses) < _SHOWN:
            self.guesses[file] = note

    def reject(self, file: str, line: int, code: str, params: Mapping[str, str | int]) -> None:
        """Count a line that was not taken; a member's file is ``archive/member``."""
        self.refused_files.add(file)
        self.refused_files.update(file[:at] for at, letter in enumerate(file) if letter == "/")
        self.rejected += 1
        self.reasons[code] += 1
        if len(self.rejects) < MAX_REJECTS:
            self.rejects.append({"file": file, "line": line, "code": code, "params": dict(params)})

    def took_recording(self, size: int, *, known: bool) -> None:
        """Count a recording of ``size`` bytes that landed; ``known`` when the site had it already."""
        self.recordings += not known
        self.recordings_known += known
        self.recording_bytes += 0 if known else size

    def seen(self) -> dict[str, Any]:
        """Return what the site cannot know: the source, what of it never was sent, what is missing. No names."""
        reasons = self.reasons - self.answered + Counter(item.code for item in self.left_out)
        return {"files": self.files, "bytes": self.bytes, "missing": len(self.missing), "reasons": dict(reasons)}

    def add(self, answer: Mapping[str, Any], places: Sequence[tuple[str, int]]) -> None:
        """Add the answer to a batch whose lines stood at ``places`` (file, line)."""
        self.taken += answer["taken"]
        self.duplicates += answer["duplicates"]
        self.changed += answer["changed"]
        self.messages += answer["messages"]
        self.secrets_cut += answer["secrets_cut"]
        self.entities.update(answer["entities"])
        self.channels.update(answer["channels"])
        self.days.update(answer.get("days", {}))
        self.attachments.update(answer["attachments"])
        for refused in answer["rejected"]:
            file, line = places[refused["line"] - 1]
            self.answered[refused["code"]] += 1
            self.reject(file, line, refused["code"], refused["params"])
        for number, code in answer["not_landed"]:
            file, line = places[number - 1]
            self.reject(file, line, code, {})


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
        "days": dict(sorted(report.days.items())),
        "secrets_cut": report.secrets_cut,
        "attachments": dict(sorted(report.attachments.items())),
        "recordings": report.recordings,
        "recordings_known": report.recordings_known,
        "recording_bytes": report.recording_bytes,
        "rejected": report.rejected,
        "reasons": dict(sorted(report.reasons.items())),
        "rejects": report.rejects,
        "left_out": [{"file": item.name, "code": item.code} for item in report.left_out],
        "columns": [
            {
                "file": file,
                "columns": dict(note.columns),
                "headings": [column.heading for column in described(note)],
                "zone": note.zone,
            }
            for file, note in report.guesses.items()
        ],
        "missing": [{"what": what, "line": line, "name": name} for what, line, name in report.missing],
        "unlisted_recordings": report.unlisted,
        "sources_changed": report.sources_changed,
        "sources_removed": report.sources_removed,
        "dry_run": report.dry_run,
        "stopped": report.stopped,
        "broken_off": report.broken_off,
        "journal_kept": report.journal_kept,
        "still_in_source": {"files": report.files, "bytes": report.bytes},
        "seconds": round(report.seconds, 3),
        "messages_per_second": round(report.messages / report.seconds) if report.seconds else 0,
    }


def as_words(report: Report) -> str:
    """Return the report for a person, in the terminal's language."""
    lines = [
        *([_("A dry run: nothing was sent, nothing is stored.")] if report.dry_run else []),
        _("{taken:,} conversations taken in, {messages:,} messages, {seconds:.1f} s ({rate:,.0f} messages a second)"),
        _("{duplicates:,} were there already, {changed:,} had changed and were replaced"),
        _("{secrets_cut:,} codes and passwords removed for good"),
    ]
    values = {name: getattr(report, name) for name in ("taken", "messages", "duplicates", "changed", "secrets_cut")}
    rate = report.messages / report.seconds if report.seconds else 0
    parts = [line.format(**values, seconds=report.seconds, rate=rate) for line in lines]
    if report.attachments:
        parts.append(_attachments(report.attachments))
    if report.recordings or report.recordings_known:
        told = _("{recordings:,} recordings sealed ({size:,} bytes), {known:,} were there already")
        parts.append(
            told.format(recordings=report.recordings, size=report.recording_bytes, known=report.recordings_known)
        )
        parts.append(_("Each is searched now, and can be heard once what must not be heard in it is silent."))
    parts += _found(report)
    parts += _guesses(report)
    parts += _troubles(report)
    parts += _missing(report)
    parts += ["", _source(report)]
    if report.partly() and not report.broken_off:
        parts.append(
            _(
                "A part was not taken in (exit code 3). Mend what is named and run the same command again: "
                "nothing comes in twice."
            )
        )
    return "\n".join(parts) + "\n"


def _found(report: Report) -> list[str]:
    """Say what was found, and in which conversations, by kind, channel and day."""
    parts: list[str] = []
    if report.entities:
        parts += ["", _("Personal data found:")]
        parts += [f"  {count:>10,}  {_name(entity)}" for entity, count in report.entities.most_common()]
    if report.channels:
        parts += ["", _("Conversations by channel:")]
        parts += [f"  {count:>10,}  {_word(_CHANNELS, channel)}" for channel, count in report.channels.most_common()]
    if report.days:
        parts += ["", _("Conversations by day:")]
        if len(report.days) > _SHOWN:
            parts.append(_("  … earlier days stand in the report of --json"))
        parts += [
            f"  {count:>10,}  {day or _('without a day')}" for day, count in sorted(report.days.items())[-_SHOWN:]
        ]
    return parts


_CHANNELS: Mapping[str, str] = {
    "chat": "Chat",
    "email": "E-mail",
    "call": "Call",
    "ticket": "Ticket",
    "form": "Form",
    "app": "App",
    "social": "Social",
}
_CLASSES: Mapping[str, str] = {
    "contact": "Contact",
    "identity": "Identity",
    "payment": "Payment",
    "authentication": "Authentication",
    "health": "Health",
    "custom": "Of your own",
}
_LEVELS: Mapping[str, str] = {
    "1": "Public",
    "2": "Internal",
    "3": "Personal",
    "4": "Sensitive",
    "5": "Most sensitive",
}
"""The words of the console for the same."""


def _word(words: Mapping[str, str], name: str) -> str:
    return _(words[name]) if name in words else name


_ATTACHMENTS: Mapping[str, str] = {
    "read": "{count:,} read",
    "unread": "{count:,} not read",
    "quarantined": "{count:,} in quarantine",
    "withheld": "{count:,} not kept, since a code stands in their text",
}


def _attachments(states: Mapping[str, int]) -> str:
    told = [_(words).format(count=states[state]) for state, words in _ATTACHMENTS.items() if states.get(state)]
    total = sum(states.values()) - states.get("withheld", 0)
    return _("{count:,} attachments sealed: {told}").format(count=total, told=", ".join(told))


def _name(entity: str) -> str:
    row = detect.ENTITIES.get(entity)
    name = entity if row is None else row.zh if _("language") == "语言" else row.en
    klass, level = _word(_CLASSES, detect.klass(entity)), _word(_LEVELS, str(detect.level(entity)))
    return _("{name} ({klass}, {level})").format(name=name, klass=klass, level=level)


def _troubles(report: Report) -> list[str]:
    parts: list[str] = []
    if report.broken_off:
        parts += ["", _("Broken off, {reason}. What was answered is in.").format(reason=reason(report.broken_off))]
    if not report.journal_kept:
        parts += ["", _("No note could be kept of this intake: changed and removed files will not be noticed.")]
    if report.rejected:
        parts += ["", _("Not taken: {count:,}").format(count=report.rejected)]
        parts += [f"  {count:>10,}  {reason(code)}" for code, count in report.reasons.most_common()]
        parts += [
            f"  {item['file']}:{item['line']}  {reason(item['code'])}{_details(item['params'])}"
            for item in report.rejects[:_SHOWN]
        ]
        if report.rejected > _SHOWN:
            parts.append(_("  … the rest stands in the report of --json"))
    if report.left_out:
        parts += ["", _("{count:,} files were not read:").format(count=len(report.left_out))]
        parts += [f"  {item.name}  {reason(item.code)}" for item in report.left_out[:_SHOWN]]
        if len(report.left_out) > _SHOWN:
            parts.append(_("  … the rest stands in the report of --json"))
    return parts


def _details(params: Mapping[str, str | int]) -> str:
    """Return in brackets what ``params`` say, "" where they say nothing that we have words for."""
    told = [_(words).format(_amount(params[name])) for name, words in _PARAMS.items() if name in params]
    return f" ({', '.join(told)})" if told else ""


def _amount(value: str | int) -> str:
    """Return ``value`` as people write it; the limits that are whole MiB are sizes."""
    if not isinstance(value, int):
        return value
    return f"{value // _MIB:,} MiB" if value and value % _MIB == 0 else f"{value:,}"


def _guesses(report: Report) -> list[str]:
    """Say how tables were read: a guess that nobody sees is one that nobody corrects."""
    parts: list[str] = []
    for file, note in report.guesses.items():
        parts += ["", *as_guessed(file, note)]
    return parts


def as_guessed(file: str, note: Note) -> list[str]:
    """Return in words how the table ``file`` is read: each column with its masked heading and our field for it."""
    told = [
        f"  {column.number:>3}  {column.heading or '—'} → {column.field or _('left out')}" for column in described(note)
    ]
    first = _("{file} is read by these columns (--columns says otherwise):").format(file=file)
    return [first, *told, _("  times without a zone are of {zone}").format(zone=note.zone)]


def _missing(report: Report) -> list[str]:
    parts: list[str] = []
    for what, words in (
        ("recording", _("{count:,} calls of the list have no recording:")),
        ("conversation", _("{count:,} tickets of the list have no conversation:")),
    ):
        named = [(line, name) for kind, line, name in report.missing if kind == what]
        if named:
            parts += ["", words.format(count=len(named)), *(f"  {line}  {name}" for line, name in named[:_SHOWN])]
    if report.unlisted:
        parts += ["", _("{count:,} recordings stand in no list of calls").format(count=len(report.unlisted))]
    if report.sources_changed:
        parts += [
            "",
            _("{count:,} files have changed since the last intake:").format(count=len(report.sources_changed)),
        ]
        parts += [f"  {name}" for name in report.sources_changed[:_SHOWN]]
    if report.sources_removed:
        parts.append(_("{count:,} files of the last intake are gone").format(count=report.sources_removed))
    return parts


def reason(code: str) -> str:
    """Return what ``code`` means and what to do about it; the code itself when it is new."""
    return _(_REASONS[code]) if code in _REASONS else code


def _source(report: Report) -> str:
    return _(
        "Still in your source folder, in the clear: {files:,} files, {size:,} bytes. "
        "Destroy them when you no longer need them."
    ).format(files=report.files, size=report.bytes)
