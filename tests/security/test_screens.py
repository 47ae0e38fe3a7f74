"""Pages with personal data bear who looks; what is tried on them is told, and a picture leads back to its view."""

import pytest

from hushkeep.access.models import Alarm, ScreenMark
from hushkeep.access.screen_pattern import cells_of, number_of
from hushkeep.identity.roles import Role
from hushkeep.kernel import new_id

pytestmark = pytest.mark.server


def done(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


def test_a_view_is_marked_and_traced_by_its_code_and_its_pattern(tenant, key_process, person, inside, two_tenants):
    key_process.create_tenant(tenant)
    boss, guard = person(tenant, Role.SUPERVISOR), person(tenant, Role.SECURITY)
    record = str(new_id())
    made = done(boss.browser.post("/screens/marks", {"kind": "conversation", "record": record}), 201)
    assert done(boss.browser.post("/screens/marks", {"kind": "list"}), 201)["code"] != made["code"]
    view = done(guard.browser.post("/screens/trace", {"code": made["code"].lower()}))
    assert (view["person"], view["record"], view["kind"]) == (str(boss.id), record, "conversation")
    register = done(guard.browser.get("/screens/register"))
    assert [item["code"] for item in register["items"]][1] == made["code"]
    cells = cells_of(bytes.fromhex(register["key"]), number_of(made["code"]))
    assert "".join(map(str, cells.ravel().astype(int))) == f"{int(made['cells'], 16):0256b}"
    assert boss.browser.post("/screens/trace", {"code": made["code"]}).status_code == 403
    assert guard.browser.post("/screens/trace", {"code": "1234-5678"}).status_code == 422
    stranger = person(two_tenants[0], Role.SECURITY)
    assert stranger.browser.post("/screens/trace", {"code": made["code"]}).status_code == 404
    assert boss.browser.post("/screens/marks", {"kind": "weather"}).status_code == 422
    with inside(tenant):
        assert ScreenMark.objects.count() == 2


def test_what_is_tried_on_a_page_is_an_event_and_a_yellow_alarm(tenant, person, inside, events):
    agent = person(tenant, Role.AGENT)
    for _ in range(2):
        assert agent.browser.post("/screens/reports", {"kind": "copy_blocked"}).status_code == 204
    assert agent.browser.post("/screens/reports", {"kind": "weather"}).status_code == 422
    assert [e["target_kind"] for e in events(tenant, action="screen:report")] == ["copy_blocked"] * 2
    with inside(tenant):
        [alarm] = Alarm.objects.all()
    assert (alarm.code, alarm.severity, alarm.person, alarm.count) == ("copy_blocked", "yellow", agent.id, 2)


def test_a_center_chooses_what_its_pages_blur_with_rights_taken_and_less_is_told(
    tenant, key_process, person, inside, events
):
    key_process.create_tenant(tenant)
    admin, boss = person(tenant), person(tenant, Role.SUPERVISOR)
    assert done(admin.browser.get("/screens/rule")) == {"blurs": "clear"}
    assert boss.browser.post("/screens/rule", {"blurs": "personal"}).status_code == 403
    assert person(tenant, elevated=False).browser.post("/screens/rule", {"blurs": "personal"}).status_code == 403
    assert admin.browser.post("/screens/rule", {"blurs": "nothing"}).status_code == 422
    assert done(boss.browser.post("/screens/marks", {"kind": "list"}), 201)["blurs"] == "clear"
    assert done(admin.browser.post("/screens/rule", {"blurs": "personal"})) == {"blurs": "personal"}
    assert done(boss.browser.post("/screens/marks", {"kind": "list"}), 201)["blurs"] == "personal"
    assert done(admin.browser.post("/screens/rule", {"blurs": "clear"})) == {"blurs": "clear"}
    assert [e["outcome"] for e in events(tenant, action="screen:rule")] == ["denied", "step_up", "allowed", "allowed"]
    with inside(tenant):
        assert [a.severity for a in Alarm.objects.filter(code="screens_less_hidden")] == ["blue"]
