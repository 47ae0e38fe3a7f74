"""The forms of partial masks: digits in kind, letters and digits, mail addresses, addresses."""

import re

from hushkeep.detect.addresses_zh import division_length
from hushkeep.detect.numbers import runs
from hushkeep.detect.view import view_of

_SPELLED_AT = re.compile(r"\s?(?:(?<![a-zA-Z])at(?: sign)?(?![a-zA-Z])|艾特|爱特|圈[aA]|小老鼠|[@＠])", re.IGNORECASE)


def digits_masked(value: str, head: int, tail: int, before: int = 0, whole: int = 0) -> str:
    """``value`` with its digits hidden but ``head`` and ``tail`` of them, in kind: separators and fillers stay.

    ``before`` digits of the ``whole`` number stand in earlier parts. A word that says several digits hides as a whole.
    """
    groups = [group for run in runs(value, view_of(value)) for group in run]
    total = whole or before + sum(len(g.digits) for g in groups)
    if total < head + tail + 2:  # too short to show anything
        head = tail = 0
    out: list[str] = []
    at, index = 0, before
    for group in groups:
        kept = [i < head or i >= total - tail for i in range(index, index + len(group.digits))]
        out.append(value[at : group.start])
        if len(group.digits) > 1 and group.starts[0] == group.starts[-1]:
            out.append(value[group.start : group.end] if all(kept) else "*" * len(kept))
        else:
            out += [value[s:e] if keep else "*" for s, e, keep in zip(group.starts, group.ends, kept, strict=True)]
        at, index = group.end, index + len(group.digits)
    rest = value[at:]
    return "".join([*out, rest]) if groups else "****"


def letters_masked(value: str, head: int, tail: int) -> str:
    """``value`` with its letters and digits hidden but ``head`` and ``tail`` of them; separators stay."""
    signs = [i for i, c in enumerate(value) if c.isalnum()]
    if len(signs) < head + tail + 2:
        head = tail = 0
    hidden = set(signs[head : len(signs) - tail])
    return "".join("*" if i in hidden else c for i, c in enumerate(value))


def email_masked(value: str) -> str:
    """First sign and host: ``z***@qq.com``, ``z*** at qq dot com``."""
    sign = None
    for match in _SPELLED_AT.finditer(value):
        sign = match
    if sign is None or sign.start() == 0:
        return "****"
    return value[0] + "***" + value[sign.start() :]


def address_kept(value: str) -> str:
    """The divisions that an address begins with, down to the district; '' where the table knows none."""
    return value[: division_length(value)]
