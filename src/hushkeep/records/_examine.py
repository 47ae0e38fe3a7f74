"""What is personal in a conversation: found, its secrets cut, the rest masked. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from hushkeep import detect
from hushkeep.kernel import Attachment, Conversation, Turn, withheld
from hushkeep.records._normal import INDEXED, digits, normal
from hushkeep.records.values import Mark

SPEAKERS = frozenset({"customer", "agent", "bot", "system"})
"""Words for speakers that are shown; a source's own word may be a name and is sealed with the original."""

OTHER_SPEAKER = "other"
NAME_LENGTH = 200
"""Characters of an agent's sign that are kept; a mask may be longer than what it hides."""

_FIELD_ENTITY = {"name": "person", "mobile": "phone", "tel": "phone", "mail": "email", "card": "bank_card"}
SECRET_FIELDS = frozenset(
    {"password", "passcode", "pin", "otp", "code", "secret", "cvv", "cvc", "cvv2", "cvc2", "track"}
)
"""Fields of a customer that are never kept, not even sealed (PCI DSS v4.0.1, 3.3.1)."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A conversation, looked through: ``kept`` has its secrets cut, ``header`` neither turns nor customer.

    ``entities`` counts findings (a number split over turns once); ``level`` is that of all findings together, raised
    where they make a whole person (JR/T 0197-2020, 5.3), 1 for none;
    ``identifiers`` are the (index, normal value) pairs of the text; ``customer`` the fields that may be kept;
    ``attachments`` their names masked, those withheld in whose text there was a secret.
    """

    kept: Conversation
    header: Conversation
    masked: tuple[Turn, ...] = field(repr=False)
    marks: tuple[Mark, ...]
    entities: Mapping[str, int]
    level: int
    secrets_cut: int
    identifiers: tuple[tuple[str, str], ...] = field(repr=False)
    customer: Mapping[str, str] = field(repr=False)
    customer_source_id: str | None = field(repr=False)
    attachments: tuple[Attachment, ...] = ()


def is_secret(field_name: str) -> bool:
    """Whether a customer's field of this name is never kept, however the source spells it."""
    return field_name.strip().casefold() in SECRET_FIELDS


def entity_of(field_name: str) -> str:
    """Return the entity that a customer's field holds; its own name when we know no better."""
    return _FIELD_ENTITY.get(field_name, field_name)


def examine(conversations: Sequence[Conversation], *, health: bool = False) -> list[Examined]:
    """Return each conversation looked through, in order; one pass of detection over the whole batch.

    With ``health`` the words of illnesses, treatments and medicines are masked as well.
    """
    customers = [_customer(conversation) for conversation in conversations]
    known = [[detect.Known(entity_of(name), value) for name, value in fields.items()] for fields, _ in customers]
    custom = (detect.health(),) if health else ()
    found = detect.find_batch([conversation.turns for conversation in conversations], known=known, custom=custom)
    return [
        _examined(conversation, findings, fields, cut, values)
        for conversation, findings, (fields, cut), values in zip(conversations, found, customers, known, strict=True)
    ]


def _examined(
    conversation: Conversation,
    findings: Sequence[detect.Finding],
    fields: Mapping[str, str],
    fields_cut: int,
    known: Sequence[detect.Known],
) -> Examined:
    kept = detect.cut_secrets(conversation.turns, findings)
    masked, located = detect.mask_and_locate(kept, findings)
    marks = tuple(Mark(f.turn, f.start, f.end, f.entity, detect.level(f.entity)) for f in located)
    names, shown_names = _names(conversation.attachments, known)
    secret = {finding.turn for finding in findings if finding.entity in detect.SECRETS}
    held = withheld(conversation.attachments, secret)
    attachments = [replace(one, name=name) for one, name in zip(held, shown_names, strict=True)]
    named = tuple(replace(one, name=name) for one, name in zip(conversation.attachments, names, strict=True))
    return Examined(
        kept=replace(conversation, turns=kept, customer=None, attachments=named),
        header=replace(conversation, turns=(), customer=None, attachments=()),
        masked=tuple(map(_shown, masked)),
        marks=marks,
        entities=dict(detect.counted(findings)),
        level=max(1, detect.raised(findings)),
        secrets_cut=fields_cut + sum(finding.entity in detect.SECRETS for finding in findings),
        identifiers=_identifiers(kept, findings),
        customer=fields,
        customer_source_id=conversation.customer.source_id if conversation.customer else None,
        attachments=tuple(attachments),
    )


def _names(attachments: Sequence[Attachment], known: Sequence[detect.Known]) -> tuple[list[str], list[str]]:
    """Return the attachments' names with secrets cut, and as they may be shown."""
    if not attachments:
        return [], []
    turns = [Turn("system", one.name) for one in attachments]
    [findings] = detect.find_batch([turns], known=[known])
    kept = detect.cut_secrets(turns, findings)
    shown = detect.mask(kept, findings)
    return [turn.text for turn in kept], [turn.text.replace("\x00", "\ufffd")[:NAME_LENGTH] for turn in shown]


def _shown(turn: Turn) -> Turn:
    """Return ``turn`` fit to be kept and shown: no NUL (PostgreSQL has no place for it), no unknown speaker."""
    speaker = turn.speaker if turn.speaker in SPEAKERS else OTHER_SPEAKER
    return Turn(speaker, turn.text.replace("\x00", "\ufffd"), turn.at)


def _customer(conversation: Conversation) -> tuple[dict[str, str], int]:
    """Return the customer's fields with secrets dropped and cut, and how many there were."""
    if conversation.customer is None:
        return {}, 0
    kept = {name: value for name, value in conversation.customer.values if not is_secret(name)}
    turns = [
        Turn("customer", f"{name}: {value}") for name, value in kept.items() if entity_of(name) not in detect.ENTITIES
    ]
    findings = detect.find(turns) if turns else []
    clean = detect.cut_secrets(turns, findings)
    kept |= dict(turn.text.split(": ", 1) for turn in clean)
    cut = sum(finding.entity in detect.SECRETS for finding in findings)
    return kept, cut + len(conversation.customer.values) - len(kept)


def _identifiers(turns: Sequence[Turn], findings: Sequence[detect.Finding]) -> tuple[tuple[str, str], ...]:
    """Return the (index, normal value) pairs of the text; parts of a split number are joined first."""
    values: set[tuple[str, str]] = set()
    texts: dict[str, str] = {}
    for finding in findings:
        if finding.entity not in INDEXED:
            continue
        text = turns[finding.turn].text[finding.start : finding.end]
        if finding.whole:
            text = texts[finding.entity] = (texts.get(finding.entity, "") if finding.before else "") + f" {text}"
            if len(digits(text)) < finding.whole:
                continue  # a part alone would be indexed as a shorter number
        if value := normal(finding.entity, text):
            values.add((finding.entity, value))
    return tuple(sorted(values))


@lru_cache(maxsize=4096)
def shown_name(name: str) -> str:
    """Return an agent's sign as it may be shown: whatever looks personal in it is masked."""
    turn = Turn("system", name)
    return detect.mask([turn], detect.find([turn]))[0].text.replace("\x00", "\ufffd")[:NAME_LENGTH]
