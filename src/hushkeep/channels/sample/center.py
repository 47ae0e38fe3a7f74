"""The center's conversations as intake records (DESIGN 7), one after the other, in the order of time."""

from collections.abc import Iterator
from random import Random
from typing import TypedDict

from hushkeep.channels.sample import dialogue, people, rhythm
from hushkeep.channels.sample.people import Person

CHANNELS = ("chat", "call", "email")
SHARES = (0.5, 0.38, 0.12)
KNOWN_CUSTOMER = 0.85
"""The share of conversations whose customer the source names."""


class Record(TypedDict, total=False):
    """One intake record, ready for ``json.dumps``."""

    id: str
    channel: str
    language: str
    direction: str
    agent: str
    customer: dict[str, str]
    started_at: str
    ended_at: str
    turns: list[dict[str, str]]


def _customer(rng: Random, person: Person) -> dict[str, str]:
    known = {"id": person.source_id, "name": person.name, "phone": person.phone}
    if rng.random() < 0.6:
        known["email"] = person.email
    if person.id_card and rng.random() < 0.3:
        known["id_card"] = person.id_card
    return known


def records(*, seed: int, conversations: int) -> Iterator[Record]:
    """Yield ``conversations`` records of the center ``seed`` in rising order of time.

    The same seed and count give the same records; memory does not grow with the count.
    Raises ValueError for a negative count.
    """
    if conversations < 0:
        raise ValueError("the number of conversations is not negative")
    customers, agents = people.customers(seed), people.agents()
    rng = Random(f"hushkeep center {seed}")
    for number, start in enumerate(rhythm.starts(Random(f"hushkeep rhythm {seed}"), conversations)):
        person = customers[min(int(rng.expovariate(3.0) * len(customers)), len(customers) - 1)]
        channel = rng.choices(CHANNELS, SHARES)[0]
        agent = agents[rng.randrange(0, len(agents), 2) + (person.language == "en")]
        scene = dialogue.new_scene(rng, person, agent, channel, start)
        (dialogue.letters if channel == "email" else dialogue.spoken_or_typed)(scene)
        record: Record = {
            "id": f"made-up-{seed}-{number:07d}",
            "channel": channel,
            "language": person.language,
            "direction": "inbound",
            "agent": agent,
            "started_at": dialogue.stamp(start),
            "ended_at": dialogue.stamp(scene.now),
            "turns": scene.turns,
        }
        if rng.random() < KNOWN_CUSTOMER:
            record["customer"] = _customer(rng, person)
        yield record
