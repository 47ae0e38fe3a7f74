"""Insiders who work together: slices, pairs, days and broken glass, over the whole API, each with its ceiling."""

import importlib.util
import io
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db.models import F

from browser_key import BrowserKey
from hushkeep import vault
from hushkeep.access import four_eyes
from hushkeep.access.jobs import tell_device
from hushkeep.access.models import Alarm, Approval, Emergency, Reveal
from hushkeep.api import limits
from hushkeep.identity.roles import Role
from hushkeep.records.models import Conversation
from hushkeep.runtime import jobs

pytestmark = pytest.mark.server

_ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location("insider_rings", _ROOT / "bench" / "insider" / "rings.py")
rings = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(rings)

CUSTOMERS = int(os.environ.get("INSIDER_CUSTOMERS", "8"))
DAYS = int(os.environ.get("INSIDER_DAYS", "2"))
FIGURES = os.environ.get("INSIDER_FIGURES")
SMALL = not FIGURES  # the suite plays a smaller house by smaller limits; the bench plays the house's own
BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
PRIVATE = X25519PrivateKey.generate()
RECIPIENT = PRIVATE.public_key().public_bytes_raw().hex()
MASKED = {"format": "jsonl", "purpose": "legal_duty", "recipient": RECIPIENT, "minutes": 60}
CLEAR = MASKED | {"clear": True}
MOVED = {
    Approval: ("requested_at", "decided_at", "executed_at", "expires_at"),
    Emergency: ("requested_at", "opened_at", "ends_at", "closed_at"),
    Reveal: ("at",),
}


def moment(n):
    return (BEGIN + timedelta(minutes=n)).isoformat()


@pytest.fixture
def world(program, run, monkeypatch):
    """A customer a minute, each with a number that the counter knows; nothing slows a thief down."""
    monkeypatch.setattr(limits, "PERSON", limits.Limit(burst=100_000, per_second=100_000))
    if SMALL:
        monkeypatch.setattr(four_eyes, "LARGE", {False: 4, True: 3})
        monkeypatch.setattr(four_eyes, "CEILING", {False: 7, True: 5})
    talks, values = [], {}
    for n in range(CUSTOMERS):
        phone = f"1349{n:07d}"
        values[f"C-{n}"] = [phone]
        talk = {"id": f"talk-{n}", "channel": "chat", "language": "en", "started_at": moment(n)}
        talk["turns"] = [{"speaker": "customer", "text": f"my number is {phone}"}]
        talks.append(talk | {"customer": {"id": f"C-{n}", "phone": phone}})
    for start in range(0, len(talks), 200):
        assert program.batch(run, *talks[start : start + 200]).json()["taken"] > 0
    return rings.Takings(values)


@pytest.fixture
def hand(world, program, person):
    """A function that returns the trusted browser of a new person in a role."""
    tenant = program.key.tenant
    admin = person(tenant)

    def make(role):
        made = BrowserKey(person(tenant, role))
        made.id = made.who.browser.post("/devices", {"public_key_jwk": made.jwk, "label": "Desk"}).json()["id"]
        assert admin.browser.post(f"/devices/{made.id}/trust").status_code == 200
        tell_device.work(tenant, device=UUID(made.id))
        make.hands.append(made)
        return made

    make.hands = []
    return make


@pytest.fixture
def day_passes(program, hand, inside):
    """A function after which everything that four eyes count lies a day further back, and whoever plays is back."""

    def shift():
        with inside(program.key.tenant):
            for model, names in MOVED.items():
                model.objects.update(**{name: F(name) - timedelta(days=1) for name in names})
        for each in [] if SMALL else hand.hands:
            each.step_up()  # second factors grow old while a long bench plays

    return shift


def taker(tenant, hand):
    """What lets the worker write an export, and opens what ``hand`` collects of it."""

    def open_(export):
        jobs.run("records.export", str(tenant), {"export": UUID(export).urn})
        taken = hand.post(f"/exports/{export}/take")
        if taken.status_code != 200:
            raise RuntimeError(taken.content)
        pieces = [hand.get(f"/exports/{export}/parts/{n}").content for n in range(taken.json()["parts"])]
        out = io.BytesIO()
        vault.open_archive(io.BytesIO(b"".join(pieces)), out, PRIVATE.private_bytes_raw())
        return out.getvalue()

    return open_


def slices(size):
    return [(moment(n), moment(n + size)) for n in range(0, CUSTOMERS, size)]


@pytest.fixture
def told(program, inside):
    """A function that returns how often each alarm went off."""

    def read():
        with inside(program.key.tenant):
            return dict(Alarm.objects.values_list("code", "count"))

    return read


def report(name, takings, alarms):
    """Note the figures down where the bench asks for them; nothing personal is among them."""
    if FIGURES:
        figures = {"thief": name, "days": DAYS, "rows": takings.rows, "clear": len(takings.clear)}
        figures |= {"refused": takings.refused, "reasons": sorted(takings.reasons), "alarms": alarms}
        with Path(FIGURES).open("a", encoding="utf-8") as out:
            out.write(json.dumps(figures) + "\n")


def weeks():
    return -(-DAYS // 7)


@pytest.mark.parametrize("what", ["masked", "clear"])
def test_alone_and_as_ones_own_approver_nothing_leaves(world, hand, program, day_passes, told, what):
    thief = hand(Role.DPO)
    wanted = CLEAR if what == "clear" else MASKED
    open_ = taker(program.key.tenant, thief)
    rings.exports(rings.Ring(thief, thief, thief), slices(1), DAYS, wanted, open_, world, day_passes, tries=3)
    assert (world.rows, world.clear) == (0, set())
    assert "own_rights" in world.reasons
    report(f"{what} exports, alone, as one's own approver", world, told())


@pytest.mark.parametrize("size", [1, 3])
def test_a_pair_takes_clear_slices_as_far_as_five_requests_and_the_rows_of_a_week_go(
    world, hand, program, day_passes, told, size
):
    thief, accomplice = hand(Role.DPO), hand(Role.SECURITY)
    open_ = taker(program.key.tenant, thief)
    ring = rings.Ring(thief, accomplice, thief)
    rings.exports(ring, slices(size), DAYS, CLEAR, open_, world, day_passes, tries=7)
    assert 0 < world.rows <= weeks() * min(four_eyes.LARGE[True], size * four_eyes.PAIR_LIMIT)
    assert len(world.clear) <= world.rows
    assert told()["approval_sample"] > 0  # the officers hear of every clear one
    report(f"clear exports in slices of {size}, with one approver", world, told())


def test_a_pair_takes_masked_slices_and_nothing_clear(world, hand, program, day_passes, told):
    thief, accomplice = hand(Role.DPO), hand(Role.SUPERVISOR)
    open_ = taker(program.key.tenant, thief)
    ring = rings.Ring(thief, accomplice, thief)
    rings.exports(ring, slices(2), DAYS, MASKED, open_, world, day_passes, tries=7)
    assert 0 < world.rows <= weeks() * min(four_eyes.LARGE[False], 2 * four_eyes.PAIR_LIMIT)
    assert world.clear == set()
    report("masked exports in slices of 2, with a supervisor", world, told())


def test_three_take_clear_values_up_to_the_ceiling_of_a_week_and_the_officers_hear_of_each(
    world, hand, program, day_passes, told
):
    thief, accomplice, third = hand(Role.DPO), hand(Role.SECURITY), hand(Role.DPO)
    open_ = taker(program.key.tenant, third)
    ring = rings.Ring(thief, accomplice, third)
    size = 2 if SMALL else 100
    rings.exports(ring, slices(size), DAYS, CLEAR, open_, world, day_passes, tries=7)
    assert 0 < world.rows <= weeks() * four_eyes.CEILING[True]
    assert told()["approval_sample"] >= world.rows // size
    report(f"clear exports in slices of {size}, with an approver and a third", world, told())


def test_broken_glass_lets_a_pair_in_to_two_customers_a_week(world, hand, program, day_passes, told, inside):
    agent, supervisor = hand(Role.AGENT), hand(Role.SUPERVISOR)
    with inside(program.key.tenant):
        rows = Conversation.objects.order_by("at").values_list("subject", "id")
        customers = [(str(subject), str(talk)) for subject, talk in rows]
    rings.emergencies(agent, [supervisor], customers, DAYS, world, day_passes, tries=4)
    assert 0 < len(world.clear) <= 2 * weeks()
    assert told()["emergency_opened"] == len(world.clear)
    report("emergencies, with one who lets in", world, told())
