# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""Levels of what a conversation holds, raised where values come together, with the guide that people read."""

from collections.abc import Iterable
from dataclasses import dataclass

from hushkeep.detect.finding import Finding
from hushkeep.kernel.entities import ENTITIES, klass, level


@dataclass(frozen=True, slots=True)
class Guide:
    """What a level means and what is done with it."""

    level: int
    zh: str
    en: str


GUIDE = tuple(
    Guide(number, zh, en)
    for number, (zh, en) in enumerate(
        (
            ("公开：泄露不造成影响。", "Public: disclosure does no harm."),
            ("内部：泄露影响轻微；仅限业务人员使用。", "Internal: slight harm; for staff at work only."),
            ("敏感：可识别或联系到个人；默认脱敏，查看须有理由并留痕。", "Sensitive: identifies or reaches a person; masked by default, read with a reason and on record."),
            ("重要：可用于冒名或盗用；加密单独存放，不出现在日常页面。", "Grave: allows impersonation or theft; sealed and kept apart, never on everyday pages."),
            ("最高：鉴别信息或多项重要信息汇集；鉴别信息立即删除，不得留存。", "Gravest: authentication data, or grave data brought together; authentication data is removed at once and not kept."),
        ),
        1,
    )
)  # fmt: skip


def raised(findings: Iterable[Finding]) -> int:
    """The level, 0 to 5, of all ``findings`` together: the highest single one, one more where they make a whole person.

    Aggregation after JR/T 0197-2020, 5.3: a name with a number that reaches or proves the person, or three classes.
    """
    entities = {f.entity for f in findings}
    if not entities:
        return 0
    top = max(level(entity) for entity in entities)
    classes = {klass(entity) for entity in entities}
    proving = entities & {"id_card", "passport", "ssn", "bank_card", "iban"}
    whole = ("person" in entities and bool(proving)) or len(classes & {"identity", "contact", "payment"}) == 3
    return min(5, top + 1) if whole and top >= 3 else top


def known_entities() -> tuple[str, ...]:
    """The names of all entities, in the order of the table."""
    return tuple(ENTITIES)
