"""Events in OCSF, held to the pinned classes of the published schema."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from hushkeep.audit.ocsf import OCSF_VERSION, ocsf
from hushkeep.audit.syslog import frame, message
from hushkeep.kernel import Action, ActorKind, Event, EventId, Outcome, TenantId

CLASSES = {
    pinned["class_uid"]: pinned
    for pinned in json.loads(
        (Path(__file__).parents[1] / "vectors" / "ledger" / "ocsf.json").read_text(encoding="utf-8")
    ).values()
}
ID = UUID("018f0000-0000-7000-8000-000000000001")
AT = datetime(2026, 3, 4, 8, 0, 0, 123456, tzinfo=UTC)


def event(**changes):
    values = {
        "id": EventId(ID),
        "tenant": TenantId(UUID(int=7)),
        "at": AT,
        "actor": UUID(int=8),
        "actor_kind": ActorKind.PERSON,
        "action": Action.CONVERSATION_REVEAL,
        "outcome": Outcome.ALLOWED,
        "reason": "ok",
    }
    return Event(**(values | changes))


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("bare", [True, False])
def test_every_action_makes_an_event_of_its_class(action, bare):
    more = {"actor": None} if bare else {"target": ID, "target_kind": "user", "session": ID, "device": ID, "count": 0}
    made = ocsf(event(action=action, **more), 5)
    pinned = CLASSES[made["class_uid"]]
    assert made["category_uid"] == pinned["category_uid"]
    assert set(pinned["required"]) <= set(made)
    assert str(made["activity_id"]) in pinned["activity_id"]
    assert made["type_uid"] == made["class_uid"] * 100 + made["activity_id"]
    assert str(made["status_id"]) in pinned["status_id"]
    assert set(made) <= {*pinned["attributes"], "unmapped", "activity_name", "metadata"}
    assert made["metadata"]["version"] == OCSF_VERSION
    assert {"product", "version"} <= set(made["metadata"])
    json.dumps(made)


def test_an_event_keeps_its_id_place_time_and_outcome():
    made = ocsf(event(outcome=Outcome.DENIED, reason="off_shift", count=0, purpose="complaint"), 41)
    assert (made["metadata"]["uid"], made["metadata"]["sequence"]) == (str(ID), 41)
    assert made["time"] == 1772611200123
    assert (made["status_id"], made["status_code"], made["status_detail"]) == (2, "denied", "off_shift")
    assert made["unmapped"] == {"actor": str(UUID(int=8)), "purpose": "complaint", "count": 0}


def test_a_message_is_framed_by_its_octets():
    made = message("守口", at=AT, host="h", message_id="event", warning=False)
    assert made == "<109>1 2026-03-04T08:00:00.123456Z h hushkeep - event - \ufeff守口".encode()
    assert frame(made) == f"{len(made)} ".encode() + made
    assert len(made) > len(made.decode())
