"""Which parser takes a file: by its ending, and in a Maildir by its place."""

from pathlib import PurePosixPath

NOT_YET = "format_not_taken_yet"
RECORDING = "recording"
"""The kind of files that land as recordings: sealed as they are, and not parsed here."""
BY_ITSELF = "recording_by_itself"

_KINDS = {
    ".jsonl": "records",
    ".ndjson": "records",
    ".csv": "table",
    ".tsv": "table",
    ".xlsx": "workbook",
    ".txt": "transcript",
    ".vtt": "transcript",
    ".srt": "transcript",
    ".eml": "mail",
    ".mbox": "mailbox",
    ".msg": "outlook",
    ".zip": "archive",
    ".tar": "archive",
    ".tgz": "archive",
    ".gz": "archive",
    ".bz2": "archive",
    ".xz": "archive",
}
RECORDINGS = frozenset(
    {".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".gsm", ".ulaw", ".alaw", ".g722", ".sln", ".sln16"}
)


def kind_of(name: str) -> str | None:
    """Return the kind of the file ``name`` (its place in the folder, with ``/``); None when we take no such file."""
    path = PurePosixPath(name)
    suffix = path.suffix.lower()
    if suffix in (".gz", ".bz2", ".xz") and not path.stem.lower().endswith(".tar"):
        return None
    # A Maildir's messages lie in cur and new and have no endings of their own.
    if path.parent.name in ("cur", "new") and suffix not in _KINDS and not path.name.startswith("."):
        return "mail"
    if path.name.lower() == "mbox":
        return "mailbox"
    return _KINDS.get(suffix)


def is_recording(name: str) -> bool:
    """Whether the file ``name`` is a recording by its ending."""
    return PurePosixPath(name).suffix.lower() in RECORDINGS


def why_not(name: str) -> str:
    """Return the code for a member of an archive or mail, of no kind that is read there."""
    return BY_ITSELF if is_recording(name) else NOT_YET
