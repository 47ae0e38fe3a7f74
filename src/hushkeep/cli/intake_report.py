"""The report of an intake: in words for people, as JSON for programs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hushkeep import cli
from hushkeep.channels.folders import LeftOut
from hushkeep.channels.formats.shape import Note
from hushkeep.cli.intake_reasons import details, reason
from hushkeep.kernel import entities
from hushkeep.runtime.language import gettext as _
from hushkeep.runtime.language import ngettext

MAX_REJECTS = 10_000
"""So many rejects are listed one by one; all of them are counted."""
_SHOWN = 20
_PLACES = 5
"""So many places are listed below each reason."""


@dataclass(slots=True)
class Report:
    """What an intake brought, added up as it goes; ``page`` is where the console shows it.

    ``zone`` is that of times that name none, ``zone_before`` that of the last intake where it was another.
    """

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
    zone: str = ""
    zone_before: str = ""
    dry_run: bool = False
    stopped: bool = False
    broken_off: str = ""
    journal_kept: bool = True
    page: str = ""

    def partly(self) -> bool:
        """Whether a part of the folder was not taken, or is not there."""
        return bool(self.rejected or self.left_out or self.missing or self.broken_off)

    def note(self, file: str, note: Note) -> None:
        """Keep how a table was read; many files of one export are read alike and are told once."""
        alike = any(note.layout == seen.layout and note.zone == seen.zone for seen in self.guesses.values())
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
        classes[entities.klass(entity)] += count
        levels[str(entities.level(entity))] += count
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
                "headings": [column.heading for column in _columns(note)],
                "zone": note.zone,
            }
            for file, note in report.guesses.items()
        ],
        "missing": [{"what": what, "line": line, "name": name} for what, line, name in report.missing],
        "unlisted_recordings": report.unlisted,
        "sources_changed": report.sources_changed,
        "sources_removed": report.sources_removed,
        "zone": report.zone,
        "zone_before": report.zone_before,
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
    parts = _brought(report)
    parts += _found(report)
    parts += _guesses(report)
    parts += _troubles(report)
    parts += _missing(report)
    parts += ["", *_source(report)]
    return "\n".join(parts) + "\n"


def _brought(report: Report) -> list[str]:
    """Say what came in or, of a dry run, what would."""
    rate = report.messages / report.seconds if report.seconds else 0
    counts = {
        "conversations": _counted("{count:,} conversation", "{count:,} conversations", report.taken),
        "messages": _counted("{count:,} message", "{count:,} messages", report.messages),
        "secrets": _counted("{count:,} code or password", "{count:,} codes and passwords", report.secrets_cut),
        "known": _counted("{count:,} was there already", "{count:,} were there already", report.duplicates),
        "changed": _counted(
            "{count:,} had changed and was replaced", "{count:,} had changed and were replaced", report.changed
        ),
    }
    if report.dry_run:
        parts = [
            _("A dry run: nothing was sent, nothing is stored. What is there already is not known to it."),
            _("{conversations} would be taken in, {messages}; read in {seconds:.1f} s"),
            _("{secrets} would be removed for good"),
        ]
    else:
        parts = [
            _("{conversations} taken in, {messages}, {seconds:.1f} s ({rate:,.0f} a second)"),
            _("{known}, {changed}"),
            _("{secrets} removed for good"),
        ]
    parts = [words.format(**counts, seconds=report.seconds, rate=rate) for words in parts]
    if report.changed and report.zone_before:
        parts.append(_other_zone(report))
    if not (report.files or report.left_out):
        parts.append(_("There was no file to read: look whether this is the right folder."))
    if report.attachments:
        parts.append(_attachments(report.attachments, dry_run=report.dry_run))
    if report.recordings or report.recordings_known:
        parts += _recordings(report)
    return parts


def _other_zone(report: Report) -> str:
    """Say that other times were stored, and why: what was read in another zone is other content.

    Only where no file has changed is it known that the zone is all that differs.
    """
    zones = {"zone": report.zone, "before": report.zone_before}
    if report.sources_changed:
        words = _("Times that name no zone are read as of {zone} now, of {before} before: their conversations changed.")
        return words.format(**zones)
    words = ngettext(
        "{count:,} conversation replaced: other times, since the zone changed from {before} to {zone}.",
        "{count:,} conversations replaced: other times, since the zone changed from {before} to {zone}.",
        report.changed,
    )
    return words.format(count=report.changed, **zones)


def _counted(one: str, many: str, count: int) -> str:
    """Return ``count`` with its noun in the number that it asks for."""
    return ngettext(one, many, count).format(count=count)


def _recordings(report: Report) -> list[str]:
    size = _size(report.recording_bytes)
    recordings = _counted("{count:,} recording", "{count:,} recordings", report.recordings)
    if report.dry_run:
        return [_("{recordings} would be sealed ({size})").format(recordings=recordings, size=size)]
    known = _("{known:,} known already").format(known=report.recordings_known)
    return [
        _("{recordings} sealed ({size}), {known}").format(recordings=recordings, size=size, known=known),
        _("Each is searched now, and can be heard once what must not be heard in it is silent."),
    ]


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


def _attachments(states: Mapping[str, int], *, dry_run: bool) -> str:
    told = [_(words).format(count=states[state]) for state, words in _ATTACHMENTS.items() if states.get(state)]
    total = sum(states.values()) - states.get("withheld", 0)
    attachments = _counted("{count:,} attachment", "{count:,} attachments", total)
    words = _("{attachments} would be sealed: {told}") if dry_run else _("{attachments} sealed: {told}")
    return words.format(attachments=attachments, told=_(", ").join(told))


def _name(entity: str) -> str:
    row = entities.ENTITIES.get(entity)
    name = entity if row is None else row.zh if _("language") == "语言" else row.en
    klass, level = _word(_CLASSES, entities.klass(entity)), _word(_LEVELS, str(entities.level(entity)))
    return _("{name} ({klass}, {level})").format(name=name, klass=klass, level=level)


def _troubles(report: Report) -> list[str]:
    parts: list[str] = []
    if report.broken_off:
        parts += ["", _("Broken off, {reason}. What was answered is in.").format(reason=reason(report.broken_off))]
    if not report.journal_kept:
        parts += ["", _("No note could be kept of this intake: changed and removed files will not be noticed.")]
    if report.rejected:
        parts += ["", _("Not taken: {count:,}").format(count=report.rejected), *_refusals(report)]
    if report.left_out:
        parts += ["", _counted("{count:,} file was not read:", "{count:,} files were not read:", len(report.left_out))]
        parts += [f"  {item.name}  {reason(item.code)}" for item in report.left_out[:_SHOWN]]
        if len(report.left_out) > _SHOWN:
            parts.append(_("  … the rest stands in the report of --json"))
    return parts


def _refusals(report: Report) -> list[str]:
    """Say each reason once, and below it where: all of a folder's troubles are to be seen at a glance."""
    places: dict[str, list[str]] = {}
    for item in report.rejects:
        places.setdefault(item["code"], []).append(f"{item['file']}:{item['line']}{details(item['params'])}")
    parts: list[str] = []
    for code, count in report.reasons.most_common():
        named = places.get(code, [])[:_PLACES]
        parts += [f"  {count:>6,}  {reason(code)}", *(f"          {place}" for place in named)]
        if count > len(named):
            more = _counted(
                "… {count:,} more stands in the report of --json",
                "… {count:,} more stand in the report of --json",
                count - len(named),
            )
            parts.append(f"          {more}")
    return parts


def _guesses(report: Report) -> list[str]:
    """Say how tables were read: a guess that nobody sees is one that nobody corrects."""
    if not report.guesses:
        return []
    parts = ["", _("Tables were read by these columns (--columns says otherwise):")]
    for file, note in report.guesses.items():
        read = [f"{c.heading or '—'} → {c.field}" for c in _columns(note) if c.field]
        left = [c.heading or "—" for c in _columns(note) if not c.field]
        parts.append(f"  {file}")
        parts.append(f"    {_(', ').join(read)}")
        if left:
            parts.append("    " + _("left out: {columns}").format(columns=_(", ").join(left)))
    zones = _(", ").join(sorted({note.zone for note in report.guesses.values()}))
    return [*parts, _("  times without a zone are of {zone}").format(zone=zones)]


def _columns(note: Note) -> Sequence[Any]:
    """Return the table's columns as ``layouts.described`` does; detection is loaded for tables alone."""
    columns: Sequence[Any] = cli.loaded("hushkeep.channels.layouts:described")(note)
    return columns


def as_guessed(file: str, note: Note) -> list[str]:
    """Return in words how the table ``file`` is read: each column with its masked heading and our field for it."""
    told = [
        f"  {column.number:>3}  {column.heading or '—'} → {column.field or _('left out')}" for column in _columns(note)
    ]
    first = _("{file} is read by these columns (--columns says otherwise):").format(file=file)
    return [first, *told, _("  times without a zone are of {zone}").format(zone=note.zone)]


def _missing(report: Report) -> list[str]:
    parts: list[str] = []
    for what in ("recording", "conversation"):
        named = [(line, name) for kind, line, name in report.missing if kind == what]
        if named:
            parts += ["", _without(what, len(named)), *(f"  {line}  {name}" for line, name in named[:_SHOWN])]
    if report.unlisted:
        told = _counted(
            "{count:,} recording stands in no list of calls",
            "{count:,} recordings stand in no list of calls",
            len(report.unlisted),
        )
        parts += ["", told]
    if report.sources_changed:
        told = _counted(
            "{count:,} file has changed since the last intake:",
            "{count:,} files have changed since the last intake:",
            len(report.sources_changed),
        )
        parts += ["", told]
        parts += [f"  {name}" for name in report.sources_changed[:_SHOWN]]
    if report.sources_removed:
        told = _counted(
            "{count:,} file of the last intake is gone",
            "{count:,} files of the last intake are gone",
            report.sources_removed,
        )
        parts.append(told)
    return parts


def _without(what: str, count: int) -> str:
    if what == "recording":
        return _counted(
            "{count:,} call of the list has no recording:", "{count:,} calls of the list have no recording:", count
        )
    return _counted(
        "{count:,} ticket of the list has no conversation:",
        "{count:,} tickets of the list have no conversation:",
        count,
    )


def _source(report: Report) -> list[str]:
    """Say what is left to do: mend what was not taken, and destroy what lies in the clear."""
    still = _(
        "Still in your source folder, in the clear: {files}, {size}. Destroy what was taken in when you no "
        "longer need it; --shred-source does so, after asking."
    )
    files = _counted("{count:,} file", "{count:,} files", report.files)
    parts = [still.format(files=files, size=_size(report.bytes))] if report.files else []
    if report.partly() and not report.broken_off:
        parts.append(
            _(
                "A part was not taken in and lies in your source alone (exit code 3). Mend what is named and run the "
                "same command again: nothing comes in twice."
            )
        )
    if report.page:
        parts.append(_("As a page: {address}").format(address=report.page))
    return parts


def _size(count: int) -> str:
    """Return ``count`` bytes as people say it."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return _counted("{count:,} byte", "{count:,} bytes", count)
