"""Rows of a clear export: each original opened by the key service under the ticket that people signed for.

Card numbers stay masked in the clear too (PCI DSS 4.0.1, 3.4.1), and secrets were never kept.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from uuid import UUID

from django.db.models import QuerySet

from hushkeep import detect
from hushkeep.kernel import IntegrityError, SubjectId, Turn
from hushkeep.records._export_lines import FIELDS, Row
from hushkeep.records.models import Conversation, Wrap
from hushkeep.records.outgoing import check_named
from hushkeep.records.protect import TABLE, original_turns
from hushkeep.runtime.key_client import KeyClient, Ticket
from hushkeep.runtime.tenancy import current_tenant

_AT_ONCE = 50
_MASKED_STILL = frozenset({"bank_card"})


def cleared(
    rows: "QuerySet[Conversation]", ticket: Ticket, event: UUID, client: KeyClient, *, customer: SubjectId | None
) -> Iterator[Row]:
    """Yield the rows of an export with their turns in the clear; every opening is logged under ``event``.

    Raises Denied by the key service, IntegrityError where an original has no key, Astray where what was said names
    another customer than the one for whom it leaves.
    """
    wanted = rows.order_by("id").values_list(*FIELDS, "subject", "version", "sealed")
    passing = iter(wanted.iterator(_AT_ONCE))
    while some := list(islice(passing, _AT_ONCE)):
        opened = [original_turns(content) for content in client.open_originals(ticket, event, _sealed(some))]
        if customer is not None:
            check_named(current_tenant(), customer, (text for texts in opened for text in texts), client)
        for row, texts in zip(some, opened, strict=True):
            *shown, turns = row[: len(FIELDS)]
            yield (*shown, _clear(turns, texts))


def _sealed(rows: Sequence[Row]) -> list[tuple[bytes, str, int, bytes]]:
    known = Wrap.objects.filter(conversation__in=[row[0] for row in rows])
    found = known.values_list("conversation", "subject", "wrapped")
    wraps = {(conversation, subject): bytes(wrapped) for conversation, subject, wrapped in found}
    items = []
    for row in rows:
        subject, version, sealed = row[len(FIELDS) :]
        if (row[0], subject) not in wraps:
            raise IntegrityError(f"conversation {row[0]} has no wrapped key")
        items.append((wraps[row[0], subject], TABLE, version, bytes(sealed)))
    return items


def _clear(masked: Sequence[Sequence[str]], texts: Sequence[str]) -> list[list[str]]:
    turns = [Turn(said[0], text) for said, text in zip(masked, texts, strict=True)]
    cards = [found for found in detect.find(turns, names=False) if found.entity in _MASKED_STILL]
    shown = detect.mask(turns, cards)
    return [[said[0], turn.text, said[2]] for said, turn in zip(masked, shown, strict=True)]
