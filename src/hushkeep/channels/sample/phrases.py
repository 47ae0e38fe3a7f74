"""What people say, as data: one ``Problem`` a row, one ``Manner`` a language. Slots stand in braces.

Slots: ``name surname agent order amount product date ticket phone card4 address email code value``.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Why somebody calls or writes.

    ``asks`` names what the agent must ask before helping, in order: phone, id_card, bank_card, code, address,
    email, name, order.
    """

    trade: str
    opening: tuple[str, ...]
    probe: tuple[tuple[str, tuple[str, ...]], ...]
    remedy: tuple[str, ...]
    asks: tuple[str, ...]
    products: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class Ask:
    """One question for an identifier: how agents ask, how people answer, how it is confirmed."""

    question: tuple[str, ...]
    answer: tuple[str, ...]
    echo: tuple[str, ...]
    split: tuple[str, ...] = ()  # what the other side says between the parts


@dataclass(frozen=True, slots=True)
class Manner:
    """How a language's conversations run, beside the problem itself."""

    problems: tuple[Problem, ...]
    asks: dict[str, Ask]
    greet_chat: tuple[str, ...]
    greet_call: tuple[str, ...]
    hello: tuple[str, ...]
    sorry: tuple[str, ...]
    why_verify: tuple[str, ...]
    reluctant: tuple[tuple[str, str], ...]
    wait: tuple[str, ...]
    waited: tuple[str, ...]
    interrupt: tuple[tuple[str, ...], ...]
    more: tuple[tuple[str, str], ...]
    thanks: tuple[str, ...]
    bye: tuple[str, ...]
    late: tuple[str, ...]
    survey: tuple[str, ...]
    mail_open: tuple[str, ...]
    mail_close: tuple[str, ...]
    mail_reply: tuple[str, ...]
    contact_line: tuple[str, ...]
