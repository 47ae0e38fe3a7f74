"""Masks: what a reader sees in place of a finding, and the cut that removes secrets for good."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hushkeep.detect.finding import Finding, by_turn
from hushkeep.detect.gazetteer import compound_zh
from hushkeep.detect.masking_forms import address_kept, digits_masked, email_masked, letters_masked
from hushkeep.detect.numbers import runs
from hushkeep.detect.view import view_of
from hushkeep.kernel import InvalidInput, Turn
from hushkeep.kernel.entities import ENTITIES, SECRETS

CUT = "█"  # stands for each code point of a secret that was cut, so that the other findings keep their offsets
STYLES = frozenset({"partial", "tag", "pseudonym", "full"})
_HAN = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Policy:
    """How findings are shown, by role and channel.

    ``style`` is ``partial`` (138****5678), ``tag`` ([phone]), ``pseudonym`` ([phone:3f9a1c], stable under ``key``) or
    ``full`` (****); ``styles`` overrides it for single entities, ``keep`` the signs that stay at head and tail.
    Secrets are removed in every style. ``key`` has at least 16 bytes and belongs to one conversation.
    """

    style: str = "partial"
    styles: Mapping[str, str] = field(default_factory=dict)
    keep: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    key: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        asked = {self.style, *self.styles.values()}
        if asked - STYLES:
            raise InvalidInput(f"mask policy: styles are {', '.join(sorted(STYLES))}")
        if "pseudonym" in asked and len(self.key) < 16:
            raise InvalidInput("mask policy: pseudonyms need a key of 16 bytes or more")


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
    values = _whole_values(turns, findings) if policy.key else {}
    masked = list(turns)
    moved: list[Finding] = []
    for number, here in sorted(by_turn(findings).items()):
        text = turns[number].text
        parts: list[str] = []
        at = size = 0
        for f in sorted(here, key=lambda f: f.start):
            shown = _shown(text, f, policy, values)
            parts += [text[at : f.start], shown]
            size += f.start - at
            moved.append(replace(f, start=size, end=size + len(shown)))
            size += len(shown)
            at = f.end
        masked[number] = replace(turns[number], text="".join([*parts, text[at:]]))
    return tuple(masked), moved


def _shown(text: str, finding: Finding, policy: Policy, values: Mapping[Finding, str]) -> str:
    """What stands in place of ``finding``."""
    entity, value = finding.entity, text[finding.start : finding.end]
    style = policy.styles.get(entity, policy.style)
    if style == "tag":
        return f"[{entity}]"
    if entity in SECRETS or style == "full":
        return "****" if entity not in SECRETS else "[已移除]" if _HAN.search(text) else "[removed]"
    if style == "pseudonym":
        digest = hmac.new(policy.key, f"{entity}\0{values[finding]}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"[{entity}:{digest.hexdigest()[:10]}]"
    return _partial(value, finding, policy)


_DIGITS = frozenset({"phone", "id_card", "bank_card", "ssn", "qq", "dob", "card_expiry"})
_SAID = re.compile("[a-zA-Z零〇一二三四五六七八九十]")


def _partial(value: str, finding: Finding, policy: Policy) -> str:
    entity = finding.entity
    row = ENTITIES.get(entity)
    head, tail = policy.keep.get(entity, (row.keep_head, row.keep_tail) if row else (0, 0))
    if entity in {"email", "person", "address"}:
        return {"email": email_masked, "person": _name, "address": _address}[entity](value)
    if entity in {"dob", "card_expiry"} and _SAID.search(value):
        return "****"
    if entity == "phone":
        head = _phone_head(value, head)
    if entity in _DIGITS:
        return digits_masked(value, head, tail, finding.before, finding.whole)
    return letters_masked(value, head, tail)


def _address(value: str) -> str:
    return address_kept(value) + "****"


def _phone_head(value: str, head: int) -> int:
    """Signs kept at the head: the area code of a landline, the country code and area of an international number."""
    digits = [d for run in runs(value, view_of(value)) for g in run for d in g.digits]
    if digits[:1] == ["0"] and len(digits) >= 10:
        return 3 if digits[1:2] in (["1"], ["2"]) else 4
    return head + max(0, len(digits) - 11) if digits[:2] == ["8", "6"] else head


def _name(value: str) -> str:
    if _HAN.search(value):
        kept = 2 if value[:2] in compound_zh() and len(value) > 2 else 1
        return value[:kept] + "*" * max(1, len(value) - kept)
    return re.sub(r"\S+", lambda m: m.group()[0] + "*" * max(1, min(4, len(m.group()) - 1)), value)


def _whole_values(turns: Sequence[Turn], findings: Sequence[Finding]) -> dict[Finding, str]:
    """The normal form of each finding's value; the parts of one split number share that of the whole."""
    values: dict[Finding, str] = {}
    parts: dict[tuple[str, int], list[Finding]] = {}
    for f in findings:
        if f.whole and not f.rule.endswith(".echo"):
            held = parts.setdefault((f.entity, f.whole), [])
            if f.before == 0:
                held.clear()
            held.append(f)
            whole = "".join(_normal(turns[p.turn].text[p.start : p.end]) for p in held)
            values.update(dict.fromkeys(held, whole))
        else:
            values[f] = _normal(turns[f.turn].text[f.start : f.end])
    return values


def _normal(value: str) -> str:
    digits = "".join(g.digits for run in runs(value, view_of(value)) for g in run)
    return digits if len(digits) >= 2 else value.casefold()
