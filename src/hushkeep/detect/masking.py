"""Masks: what a reader sees in place of a finding, and the cut that removes secrets for good."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hushkeep.detect.entities import ENTITIES, SECRETS
from hushkeep.detect.finding import Finding
from hushkeep.detect.view import DIGIT_OF, view_of
from hushkeep.kernel import Turn

CUT = "█"  # stands for each code point of a secret that was cut, so that the other findings keep their offsets


@dataclass(frozen=True, slots=True)
class Policy:
    """How findings are shown: ``style`` is ``partial`` (138****5678) or ``tag`` ([phone])."""

    style: str = "partial"


DEFAULT = Policy()


def cut_secrets(turns: Sequence[Turn], findings: Sequence[Finding]) -> tuple[Turn, ...]:
    """``turns`` with every secret (code, PIN, password) overwritten; lengths and other offsets stay.

    PCI DSS v4.0.1, 3.3.1: sensitive authentication data is not kept, not even encrypted.
    """
    texts = [turn.text for turn in turns]
    for f in findings:
        if f.entity in SECRETS:
            text = texts[f.turn]
            texts[f.turn] = text[: f.start] + CUT * (f.end - f.start) + text[f.end :]
    return tuple(t if t.text == text else replace(t, text=text) for t, text in zip(turns, texts, strict=True))


def mask(turns: Sequence[Turn], findings: Sequence[Finding], policy: Policy = DEFAULT) -> tuple[Turn, ...]:
    """``turns`` with every finding masked."""
    return mask_and_locate(turns, findings, policy)[0]


def mask_and_locate(
    turns: Sequence[Turn], findings: Sequence[Finding], policy: Policy = DEFAULT
) -> tuple[tuple[Turn, ...], list[Finding]]:
    """The masked turns, and the findings with offsets in the masked texts."""
    per_turn: dict[int, list[Finding]] = {}
    for f in findings:
        per_turn.setdefault(f.turn, []).append(f)
    masked: list[Turn] = []
    moved: list[Finding] = []
    for number, turn in enumerate(turns):
        parts: list[str] = []
        at = size = 0
        for f in sorted(per_turn.get(number, ()), key=lambda f: f.start):
            shown = shown_as(turn.text[f.start : f.end], f, policy)
            parts += [turn.text[at : f.start], shown]
            size += f.start - at
            moved.append(replace(f, start=size, end=size + len(shown)))
            size += len(shown)
            at = f.end
        masked.append(replace(turn, text="".join([*parts, turn.text[at:]])) if parts else turn)
    return tuple(masked), moved


def shown_as(text: str, finding: Finding, policy: Policy) -> str:
    """What stands in place of ``text``."""
    if policy.style == "tag":
        return f"[{finding.entity}]"
    if finding.entity in SECRETS:
        return "[已移除]" if any("\u4e00" <= c <= "\u9fff" for c in text) else "[removed]"
    row = ENTITIES.get(finding.entity)
    if finding.entity == "email":
        head, at, tail = text.partition("@")
        return f"{head[:1]}***{at}{tail}" if at else "***"
    if finding.entity == "person":
        return text[:1] + "*" * max(1, len(text) - 1)
    if finding.entity in {"address", "dob", "card_expiry"} or row is None:
        return "****"
    return _digits_masked(text, row.keep_head, row.keep_tail)


def _digits_masked(text: str, head: int, tail: int) -> str:
    view = view_of(text)
    signs = [i for i, b in enumerate(view) if DIGIT_OF[b] <= 9 or (chr(b).isascii() and chr(b).isalpha())]
    if len(signs) <= head + tail:
        head, tail = 0, 0
    hidden = set(signs[head : len(signs) - tail])
    return "".join("*" if i in hidden else c for i, c in enumerate(text))
