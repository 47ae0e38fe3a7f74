"""The table of parsers by kind."""

from collections.abc import Mapping

from hushkeep.channels.formats import (
    archives,
    lists,
    mailboxes,
    mails,
    outlook,
    records,
    separated,
    transcripts,
    workbooks,
)
from hushkeep.channels.formats.shape import Parser

PARSERS: Mapping[str, Parser] = {
    "records": records.parse,
    "table": separated.parse,
    "workbook": workbooks.parse,
    "transcript": transcripts.parse,
    "mail": mails.parse,
    "mailbox": mailboxes.parse,
    "outlook": outlook.parse,
    "archive": archives.parse,
    "list": lists.parse,
}
"""Kind (``kinds.kind_of``) -> parser."""
