"""Why something was not taken in, and what to do about it: the words of every code of an intake."""

from collections.abc import Mapping

from hushkeep.runtime.language import gettext as _

_MIB = 1024 * 1024

REASONS: Mapping[str, str] = {
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
    "part": "part {}, the rest was taken",
    "rule": "rule {}",
    "seconds": "{} seconds",
}
"""What the parameters of a reject say, in words; others are left to the report as JSON."""


def reason(code: str) -> str:
    """Return what ``code`` means and what to do about it; the code itself when it is new."""
    return _(REASONS[code]) if code in REASONS else code


def details(params: Mapping[str, str | int]) -> str:
    """Return in brackets what ``params`` say, "" where they say nothing that we have words for."""
    told = [_(words).format(_amount(params[name])) for name, words in _PARAMS.items() if name in params]
    return _(" ({details})").format(details=_(", ").join(told)) if told else ""


def _amount(value: str | int) -> str:
    """Return ``value`` as people write it; the limits that are whole MiB are sizes."""
    if not isinstance(value, int):
        return value
    return f"{value // _MIB:,} MiB" if value and value % _MIB == 0 else f"{value:,}"
