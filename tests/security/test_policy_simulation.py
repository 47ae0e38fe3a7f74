"""The log of a center as a simulation reads it: who asked for what, by kind, and the reading is an event."""

from datetime import timedelta

import pytest

from hushkeep.access.administration.simulation import asked_since
from hushkeep.access.policy_set import load, shipped, shipped_text
from hushkeep.access.policy_simulation import Then, simulate
from hushkeep.identity.roles import Role
from hushkeep.runtime import clock

pytestmark = pytest.mark.server

OVERLAY = (
    '@id("x.no_browsing") @reason("new_rule") forbid (principal in Role::"supervisor", '
    'action == Action::"conversation:list", resource) when { true };'
)


def test_what_would_change_is_told_with_how_often_it_came(person, tenant, events):
    supervisor, agent = person(tenant, Role.SUPERVISOR), person(tenant, Role.AGENT)
    for _ in range(3):
        assert supervisor.browser.get("/conversations").status_code == 200
    assert agent.browser.get("/conversations").status_code == 403
    asked = asked_since(tenant, clock.now() - timedelta(days=7))
    text, schema = shipped_text()
    told = {
        (v.asked.role, v.asked.action.value): (v.then, v.asked.count)
        for v in simulate(asked, shipped(), load(text, schema, overlay=OVERLAY))
    }
    assert told[Role.SUPERVISOR, "conversation:list"] == (Then.CHANGES, 3)
    assert told[Role.AGENT, "conversation:list"] == (Then.SAME, 1)
    assert events(tenant, action="audit:read", target_kind="policy")[-1]["reason"] == "system"
    assert asked_since(tenant, clock.now() + timedelta(minutes=1)) == ()
