"""Joiners, movers, leavers; and that nobody reaches over the wall of their own center."""

from uuid import uuid4

import pytest

from hushkeep.identity.models import Enrolment, Session, User
from hushkeep.identity.roles import Role

pytestmark = pytest.mark.server

JOINER = {"login": "wei.zhang.7", "name": "张伟", "role": "agent", "language": "zh"}


def joiner(**changes):
    return JOINER | {"login": f"joiner.{uuid4().hex[:12]}"} | changes


def test_an_invited_person_enrols_by_the_link_and_is_in(person, tenant, new_browser):
    admin = person(tenant)
    made = admin.browser.post("/people", joiner())
    assert made.status_code == 201, made.content
    token = made.json()["enrolment_link"].partition("#")[2]
    begun = new_browser().post("/enrolment/begin", {"token": token})
    assert begun.json()["name"] == "张伟"
    listed = {p["id"]: p for p in admin.browser.get("/people").json()["items"]}
    assert listed[made.json()["id"]]["active"] is False


def test_the_link_dies_when_used_when_renewed_and_after_a_day(person, invite, tenant, inside, new_browser):
    admin = person(tenant)
    invitation = invite(tenant, Role.QA)
    older = invitation.token
    newer = admin.browser.post(f"/people/{invitation.person.id}/invite").json()["enrolment_link"].partition("#")[2]
    assert new_browser().post("/enrolment/begin", {"token": older}).status_code == 404
    assert new_browser().post("/enrolment/begin", {"token": newer}).status_code == 200
    with inside(tenant):
        row = Enrolment.objects.get(person=invitation.person.id, totp__gt="")
        row.expires_at = row.created_at
        row.save()
    assert new_browser().post("/enrolment/begin", {"token": newer}).status_code == 404


def test_a_used_link_is_dead(invite, tenant, new_browser, person):
    who = person(tenant, signed_in=False)
    with_link = invite(tenant)
    browser = new_browser()
    secret = browser.post("/enrolment/begin", {"token": with_link.token}).json()["totp"]["secret"]
    who.secret = secret
    body = {"token": with_link.token, "password": "quartz otter violin 88", "code": who.code()}
    assert browser.post("/enrolment/finish", body).status_code == 200
    assert browser.post("/enrolment/finish", body).status_code == 404
    assert browser.post("/enrolment/begin", {"token": with_link.token}).status_code == 404


def test_the_links_secret_is_not_in_the_database(invite, tenant, inside):
    invitation = invite(tenant)
    with inside(tenant):
        row = Enrolment.objects.get(person=invitation.person.id)
    assert len(bytes(row.digest)) == 32
    assert invitation.token not in repr(vars(row))


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("k7#Vq9!zR", "password_too_short"),
        ("password1234", "password_guessable"),
        ("somebody 7 kites up", "password_holds_name"),
    ],
)
def test_a_weak_password_is_refused_at_enrolment_with_its_reason(invite, tenant, new_browser, person, password, why):
    helper = person(tenant, signed_in=False)
    token, browser = invite(tenant).token, new_browser()
    helper.secret = browser.post("/enrolment/begin", {"token": token}).json()["totp"]["secret"]
    answer = browser.post("/enrolment/finish", {"token": token, "password": password, "code": helper.code()})
    assert answer.status_code == 422
    assert why in answer.json()["params"]["weaknesses"]
    assert password not in answer.content.decode()


def test_a_wrong_code_does_not_enrol(invite, tenant, new_browser, person):
    helper = person(tenant, signed_in=False)
    token, browser = invite(tenant).token, new_browser()
    helper.secret = browser.post("/enrolment/begin", {"token": token}).json()["totp"]["secret"]
    wrong = f"{(int(helper.code()) + 1) % 1_000_000:06}"
    answer = browser.post("/enrolment/finish", {"token": token, "password": "quartz otter violin 88", "code": wrong})
    assert (answer.status_code, answer.json()["params"]) == (422, {"reason": "code_wrong"})


def test_a_leaver_is_out_at_the_very_next_request(person, tenant, events):
    admin, leaver = person(tenant), person(tenant, Role.QA)
    assert leaver.browser.get("/me").status_code == 200
    assert admin.browser.post(f"/people/{leaver.id}/deactivate").json()["left"] is True
    assert leaver.browser.get("/me").status_code == 401
    again = leaver.browser.auth("/auth/login", {"username": leaver.login, "password": "quartz otter violin 88"})
    assert again.status_code == 400
    assert [e["outcome"] for e in events(tenant, action="user:remove")] == ["allowed"]


def test_a_role_changed_in_mid_session_holds_from_the_next_request(person, tenant):
    admin, mover = person(tenant), person(tenant, Role.SECURITY)
    assert mover.browser.get("/people").status_code == 200
    assert admin.browser.post(f"/people/{mover.id}/role", {"role": "agent"}).status_code == 200
    assert mover.browser.get("/people").status_code == 403


def test_nobody_changes_removes_or_reenrols_themself(person, tenant):
    admin = person(tenant)
    for path, body in (("role", {"role": "dpo"}), ("deactivate", None), ("invite", None)):
        answer = admin.browser.post(f"/people/{admin.id}/{path}", body)
        assert (answer.status_code, answer.json()["params"]) == (403, {"reason": "own_rights"}), path


def test_a_stale_etag_is_a_conflict(person, tenant):
    admin, mover = person(tenant), person(tenant, Role.QA)
    first = admin.browser.post(f"/people/{mover.id}/role", {"role": "agent"})
    tag = first["ETag"]
    assert admin.browser.post(f"/people/{mover.id}/role", {"role": "qa"}, **{"If-Match": tag}).status_code == 200
    assert admin.browser.post(f"/people/{mover.id}/role", {"role": "agent"}, **{"If-Match": tag}).status_code == 409
    assert User.objects.get(id=mover.id).role == "qa"


def test_fields_that_are_not_asked_for_are_refused(person, tenant):
    admin = person(tenant)
    for extra in ({"is_active": True}, {"tenant": str(uuid4())}, {"id": str(uuid4())}, {"version": 7}):
        answer = admin.browser.post("/people", joiner(**extra))
        assert answer.status_code == 422
        assert answer.json()["params"]["faults"][0]["kind"] == "extra_forbidden"


def test_what_was_sent_does_not_come_back_in_the_problem(person, tenant):
    answer = person(tenant).browser.post("/people", joiner(role="13812345678"))
    assert answer.status_code == 422
    assert "13812345678" not in answer.content.decode()


def test_a_login_is_taken_once(person, tenant):
    admin, one = person(tenant), joiner()
    assert admin.browser.post("/people", one).status_code == 201
    again = admin.browser.post("/people", one)
    assert (again.status_code, again.json()["params"]) == (409, {"reason": "login_taken"})


def test_people_are_paged_without_gap_or_repeat(person, invite, tenant):
    admin = person(tenant)
    made = {str(invite(tenant, Role.QA).person.id) for _ in range(5)} | {str(admin.id)}
    seen, cursor = [], ""
    while cursor is not None:
        page = admin.browser.get(f"/people?limit=2{f'&cursor={cursor}' if cursor else ''}").json()
        seen += [p["id"] for p in page["items"]]
        cursor = page["next"]
    assert sorted(seen) == sorted(made)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=!", "cursor=AAAA"])
def test_a_page_out_of_bounds_is_refused(person, tenant, query):
    assert person(tenant).browser.get(f"/people?{query}").status_code == 422


class TestTheWall:
    """Somebody of one center, at the people and sessions of another."""

    @pytest.mark.parametrize("path", ["deactivate", "invite", "role"])
    def test_another_centers_person_is_not_there(self, person, two_tenants, path):
        here, there = two_tenants
        admin, other = person(here), person(there, Role.QA)
        body = {"role": "administrator"} if path == "role" else None
        assert admin.browser.post(f"/people/{other.id}/{path}", body).status_code == 404
        row = User.objects.get(id=other.id)
        assert (row.role, row.is_active) == ("qa", True)
        assert other.browser.get("/me").status_code == 200

    def test_another_centers_people_and_sessions_are_not_listed(self, person, two_tenants):
        here, there = two_tenants
        admin, other = person(here), person(there, Role.QA)
        for path in ("/people?limit=200", "/sessions?limit=200"):
            assert str(other.id) not in admin.browser.get(path).content.decode()

    def test_another_centers_session_cannot_be_ended(self, person, two_tenants, inside):
        here, there = two_tenants
        admin, other = person(here), person(there)
        with inside(there):
            theirs = Session.objects.get(person=other.id).id
        assert admin.browser.send("DELETE", f"/sessions/{theirs}").status_code == 404
        assert other.browser.get("/me").status_code == 200

    def test_the_database_itself_shows_nothing_of_another_center(self, person, two_tenants, inside):
        here, there = two_tenants
        other = person(there)
        with inside(there):
            assert Session.objects.filter(person=other.id).exists()
        with inside(here):
            assert not Session.objects.filter(person=other.id).exists()
            assert not Session.unscoped.filter(person=other.id).exists()


class TestSessions:
    """Seen and ended."""

    def test_one_sees_and_ends_ones_own_in_any_role(self, person, tenant, new_browser):
        agent = person(tenant, Role.AGENT)
        agent.sign_in(new_browser())
        items = agent.browser.get("/sessions?mine=true").json()["items"]
        assert len(items) == 2
        other = next(s for s in items if not s["here"])
        assert agent.browser.send("DELETE", f"/sessions/{other['id']}").status_code == 204
        assert len(agent.browser.get("/sessions?mine=true").json()["items"]) == 1

    def test_an_agent_may_not_end_anothers_nor_learn_whether_it_is_there(self, person, tenant, inside):
        agent, other = person(tenant, Role.AGENT), person(tenant, Role.QA)
        with inside(tenant):
            theirs = Session.objects.get(person=other.id).id
        known = agent.browser.send("DELETE", f"/sessions/{theirs}")
        unknown = agent.browser.send("DELETE", f"/sessions/{uuid4()}")
        assert known.status_code == unknown.status_code == 403
        assert known.json()["params"] == unknown.json()["params"]

    def test_a_security_officer_ends_anybodys_at_once(self, person, tenant, inside):
        officer, other = person(tenant, Role.SECURITY), person(tenant, Role.QA)
        with inside(tenant):
            theirs = Session.objects.get(person=other.id).id
        assert officer.browser.send("DELETE", f"/sessions/{theirs}").status_code == 204
        assert other.browser.get("/me").status_code == 401

    def test_a_session_that_ends_is_announced_so_that_its_streams_close(self, person, tenant, inside, notices):
        officer, other = person(tenant, Role.SECURITY), person(tenant, Role.QA)
        with inside(tenant):
            theirs = Session.objects.get(person=other.id).id
        with notices() as heard:
            officer.browser.send("DELETE", f"/sessions/{theirs}")
        assert ("session_ended", str(theirs)) in heard


def test_a_list_joins_moves_and_lets_go_each_with_its_event(person, tenant, events):
    admin, mover, leaver = person(tenant), person(tenant, Role.AGENT), person(tenant, Role.AGENT)
    rows = f"login,name,role,state\njoiner.1,Jo,agent,\n{mover.login},M,qa,\n{leaver.login},L,agent,left\n"
    rows += f"{admin.login},Me,agent,\n"

    def send(who, query):
        client = who.browser.client
        headers = {"X-CSRFToken": who.browser.csrf(), "Origin": "https://localhost"}
        path = f"/api/v1/people/list{query}"
        return client.post(path, rows.encode(), content_type="text/csv", secure=True, headers=headers)

    tried = send(admin, "").json()["items"]
    assert [row["what"] for row in tried] == ["joins", "moves", "leaves", "moves"]
    assert leaver.browser.get("/me").status_code == 200
    done = send(admin, "?dry_run=false").json()["items"]
    assert [(row["what"], row["reason"]) for row in done][:3] == [("joins", ""), ("moves", ""), ("leaves", "")]
    assert (done[3]["what"], done[3]["reason"]) == ("refused", "own_rights")
    assert "/enrol#" in done[0]["enrolment_link"]
    assert leaver.browser.get("/me").status_code == 401
    assert mover.browser.get("/me").json()["person"]["role"] == "qa"
    told = [(e["action"], e["outcome"]) for e in events(tenant, actor=admin.id)][-4:]
    assert told == [
        ("user:invite", "allowed"),
        ("user:change", "allowed"),
        ("user:remove", "allowed"),
        ("user:change", "denied"),
    ]
    watcher = person(tenant, Role.AUDITOR)
    assert {row["what"] for row in send(watcher, "?dry_run=false").json()["items"]} <= {"refused", "stays"}
