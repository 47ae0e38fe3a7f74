"""Thieves from within, scripted: each has what its name says and tries everything that the API offers.

A thief is handed more than life would give: every id of every customer and conversation of the center. ``World`` is
what it moves in (tests/security/test_insiders.py builds one); ``Loot`` counts what its answers carried.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

PURPOSES = ("customer_request", "complaint", "quality_review", "fraud_check", "legal_duty", "data_subject_request")
LISTS = ("/conversations?limit=200", "/events?limit=200", "/overview", "/people", "/sessions", "/devices", "/live")
LISTS = (*LISTS, "/alarms", "/policy", "/intake/runs", "/approvals", "/me", "/status", "/conversations?entity=phone")


class Answer(Protocol):
    """What came back."""

    status_code: int
    content: bytes

    def json(self) -> Any:
        """Return the body as JSON."""


@dataclass
class Loot:
    """What a thief's answers carried: customers whose known values were among it, bytes of these values, tries."""

    values: Mapping[str, Sequence[str]]
    live: set[str] = field(default_factory=set)
    inside: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    bytes_inside: int = 0
    bytes_outside: int = 0
    tries: int = 0
    refused: int = 0
    carriers: list[str] = field(default_factory=list)
    """The request ids of the answers that carried anything."""

    def take(self, answer: Answer, request_id: str | None = None) -> Answer:
        """Count what ``answer`` carries, and return it."""
        self.tries += 1
        self.refused += answer.status_code in {401, 403, 404, 422, 429}
        text = answer.content.decode("utf-8", "replace")
        for customer, values in self.values.items():
            size = sum(text.count(value) * len(value.encode()) for value in values)
            if size and customer in self.live:
                self.inside.add(customer)
                self.bytes_inside += size
            elif size:
                self.outside.add(customer)
                self.bytes_outside += size
            if size and request_id:
                self.carriers.append(request_id)
        return answer


@dataclass
class World:
    """What a thief knows: every customer's id, every conversation's id, and everybody's known values."""

    customers: Sequence[str]
    conversations: Sequence[str]
    values: Mapping[str, Sequence[str]]
    elsewhere: Sequence[str]
    """Ids of another center's conversations."""


Get = Callable[[str], Answer]
Post = Callable[[str, Mapping[str, Any] | None], Answer]


def everything(world: World, get: Get, post: Post) -> None:
    """Lists, exact searches for values that the thief half knows, every id, every reveal under every purpose."""
    for path in LISTS:
        get(path)
    for values in world.values.values():
        for index, value in zip(("phone", "email", "bank_card"), values, strict=False):
            post("/conversations/search", {"index": index, "value": value})
    for customer in world.customers:
        get(f"/customers/{customer}")
        post(f"/customers/{customer}/reveal", {"purpose": "customer_request", "fields": ["phone", "email"]})
    for number, conversation in enumerate([*world.conversations, *world.elsewhere]):
        get(f"/conversations/{conversation}")
        get(f"/conversations/{conversation}/trail")
        post(f"/conversations/{conversation}/reveal", {"purpose": PURPOSES[number % len(PURPOSES)]})
    for purpose in PURPOSES:
        for conversation in world.conversations:
            post(f"/conversations/{conversation}/reveal", {"purpose": purpose})


def forged_calls(world: World, raw: Callable[[bytes, str], Answer], tenant: str, agent: str, connector: str) -> None:
    """Live events without the connector's secret: unsigned, signed with a guess, for every customer."""
    for values in world.values.values():
        event = {"type": "conversation.started", "tenant": tenant, "conversation": "mine", "agent": agent}
        event |= {"contact": {"index": "phone", "value": "+86" + values[0]}, "at": "2026-03-04T08:00:00Z"}
        for signature in ("00" * 32, "", connector.replace("-", "")):
            raw(json.dumps(event).encode(), signature)
