"""Fingerprints of conversations: what is handed to the key service to be turned into keyed digests. Pure.

A digest without a key would let anybody who holds the database test guesses of what was said; so only the key
service's index of these fingerprints is stored.
"""

import hashlib
from collections.abc import Mapping, Sequence

import cbor2

from hushkeep.kernel import Attachment, Conversation, Customer, timestamp


def source_of(conversation: Conversation) -> str:
    """Return 64 hex digits that name the conversation at its source: (source, source id)."""
    return reference_of(conversation.source_id, source=conversation.source)


def reference_of(source_id: str, *, source: str = "batch") -> str:
    """Return what ``source_of`` returns for the conversation ``source_id`` of ``source``."""
    return _hex("source", [source, source_id.strip()])


def content_of(conversation: Conversation) -> str:
    """Return 64 hex digits of everything the source says in and about the conversation."""
    return _hex("content", plain(conversation))


def attachment_of(parts: Sequence[str]) -> str:
    """Return 64 hex digits that name an attachment's content, or one piece of it, by the digests of its pieces."""
    return _hex("attachment", list(parts))


def fields_of(fields: Mapping[str, str]) -> str:
    """Return 64 hex digits of a customer's fields."""
    return _hex("fields", sorted(fields.items()))


def plain(conversation: Conversation) -> list[object]:
    """Return the conversation as plain values, in a fixed order."""
    customer = conversation.customer
    times = (conversation.started_at, conversation.ended_at)
    return [
        conversation.source_id,
        conversation.thread,
        conversation.channel.value,
        conversation.language,
        conversation.direction.value if conversation.direction else None,
        conversation.agent,
        [timestamp(at) if at else None for at in times],
        _plain_customer(customer) if customer else None,
        [[turn.speaker, turn.text, timestamp(turn.at) if turn.at else None] for turn in conversation.turns],
        # Where there is none nothing stands: digests of conversations without attachments are as they ever were.
        *([[_plain_attachment(one) for one in conversation.attachments]] if conversation.attachments else []),
    ]


TURNS = 8
"""Where the turns stand in ``plain``."""


def _plain_attachment(attachment: Attachment) -> list[object]:
    return [attachment.name, attachment.media_type, attachment.size, list(attachment.parts), attachment.turn]


def _plain_customer(customer: Customer) -> list[object]:
    return [customer.source_id, [list(pair) for pair in customer.values]]


def _hex(purpose: str, value: object) -> str:
    return hashlib.sha256(cbor2.dumps([purpose, value])).hexdigest()
