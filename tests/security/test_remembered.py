"""What is remembered of a session is dropped by whatever could change it: at once here, by notice elsewhere."""

import asyncio
import queue
import threading
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from django.conf import settings as django_settings

from hushkeep.identity import people, remembered, sessions, sign_in, tenants
from hushkeep.identity.cookies import SESSION_KEY, SessionStore
from hushkeep.identity.models import Session
from hushkeep.identity.remembered import REMEMBERED, Remembered
from hushkeep.identity.roles import Role
from hushkeep.kernel import PLATFORM_TENANT, new_id
from hushkeep.runtime import clock
from hushkeep.runtime.database import conninfo
from hushkeep.runtime.outbox import announce, listen, overhear
from hushkeep.runtime.roles import APP
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server

LIST = "/conversations"
LASTS_SECONDS = remembered.LASTS_SECONDS  # as the product has it
_PATIENCE_SECONDS = 60


@pytest.fixture
def remembering():
    """This process hears notices, as a front does, and so remembers."""
    overhear(REMEMBERED.hear)
    REMEMBERED.hearing(now=True)
    yield REMEMBERED
    REMEMBERED.hearing(now=False)


@pytest.fixture(autouse=True)
def lasting(monkeypatch):
    """What is remembered does not grow old here: where it is forgotten, a cause has done it."""
    monkeypatch.setattr(remembered, "LASTS_SECONDS", 3600.0)


@pytest.fixture
def elsewhere(database):
    """What another front process remembers: it hears of changes over its own LISTEN connection alone."""
    there, hears, lost, heard = Remembered(), threading.Event(), threading.Event(), queue.Queue()

    def hearing(now):
        there.hearing(now=now)
        (hears if now else lost).set()

    async def receive(notice):
        there.hear(notice)
        heard.put(notice.id)

    def caught_up():
        """Wait until everything is heard that was committed before: notices come in the order of their commits."""
        last = new_id()
        with tenant_transaction(PLATFORM_TENANT):
            announce(PLATFORM_TENANT, "test_last", last)
        while heard.get(timeout=_PATIENCE_SECONDS) != last:
            pass

    there.caught_up, there.lost = caught_up, lost

    loop = asyncio.new_event_loop()
    listening = loop.create_task(listen(conninfo(APP), receive, hearing))
    thread = threading.Thread(target=loop.run_until_complete, args=(asyncio.wait([listening]),))
    thread.start()
    assert hears.wait(_PATIENCE_SECONDS)
    yield there
    loop.call_soon_threadsafe(listening.cancel)
    thread.join(_PATIENCE_SECONDS)
    loop.close()


def cookie(who):
    return who.browser.client.cookies[django_settings.SESSION_COOKIE_NAME].value


def known(who, memory=REMEMBERED):
    return memory.get(cookie(who))


def session_of(who):
    return UUID(SessionStore(cookie(who))[SESSION_KEY])


def _revoked(who, admin):
    assert admin.browser.send("DELETE", f"/sessions/{session_of(who)}").status_code in {200, 204}


def _left(who, admin):
    assert admin.browser.post(f"/people/{who.id}/deactivate").status_code == 200


def _moved(who, admin):
    assert admin.browser.post(f"/people/{who.id}/role", {"role": "agent"}).status_code == 200


def _signed_out(who, admin):
    assert who.browser.auth("/auth/session", method="DELETE").status_code == 401


def _password_changed(who, admin):
    body = {"current_password": "quartz otter violin 88", "new_password": f"walnut heron cello {new_id().hex[:6]}"}
    who.forget_used_codes()
    answer = who.browser.auth("/account/password/change", body)
    assert answer.status_code == 200, answer.content


def _device_bound(who, admin):
    session = session_of(who)
    with sessions.tenant_transaction(who.tenant):
        Session.objects.filter(id=session).update(device=None)
        sessions.bind_device(who.tenant, session, new_id())


def _stepped_up(who, admin):
    sessions.stepped_up(who.tenant, session_of(who), now=clock.now())


def _center_changed(who, admin):
    tenants.demand_devices(who.tenant, required=True)


def _language_changed(who, admin):
    people.change_language(who.tenant, who.id, "zh-hans")


CAUSES = [
    _revoked, _left, _moved, _signed_out, _password_changed, _device_bound, _stepped_up, _center_changed,
    _language_changed,
]  # fmt: skip


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_has_it_forgotten_before_the_next_request_and_in_other_processes(
    person, tenant, remembering, elsewhere, cause
):
    admin, who = person(tenant), person(tenant, Role.QA)
    assert who.browser.get("/me").status_code == 200
    found = known(who)
    assert found is not None
    before = cookie(who)
    elsewhere.caught_up()
    elsewhere.keep(before, found, elsewhere.turn())
    assert elsewhere.get(before) is not None
    cause(who, admin)
    assert remembering.get(before) is None
    elsewhere.caught_up()
    assert elsewhere.get(before) is None


@pytest.mark.parametrize("cause", [_revoked, _left])
def test_who_is_out_is_out_at_the_very_next_request_although_remembered(person, tenant, remembering, cause):
    admin, who = person(tenant), person(tenant, Role.QA)
    assert who.browser.get(LIST).status_code == 200
    assert known(who) is not None
    cause(who, admin)
    assert who.browser.get(LIST).status_code == 401


def test_a_mover_has_the_new_role_at_the_very_next_request_although_remembered(person, tenant, remembering):
    admin, who = person(tenant), person(tenant, Role.QA)
    assert who.browser.get(LIST).status_code == 200
    _moved(who, admin)
    assert who.browser.get(LIST).status_code == 403


def test_what_was_remembered_of_the_rest_of_the_center_stays(person, tenant, remembering):
    admin, who, other = person(tenant), person(tenant, Role.QA), person(tenant, Role.QA)
    assert (who.browser.get("/me").status_code, other.browser.get("/me").status_code) == (200, 200)
    _revoked(who, admin)
    assert known(who) is None
    assert known(other) is not None


def _ended_unheard(who):
    """End the session as another process would whose notice has not come yet."""
    with sessions.tenant_transaction(who.tenant):
        Session.objects.filter(id=session_of(who)).update(ended_at=clock.now())


def test_what_changes_something_or_shows_clear_values_is_never_answered_from_memory(person, tenant, remembering):
    who = person(tenant, Role.QA)
    assert who.browser.get("/me").status_code == 200
    _ended_unheard(who)
    assert who.browser.get("/me").status_code == 200  # the seconds between a commit and its notice
    reveal = f"/conversations/{new_id()}/reveal"
    assert who.browser.post(reveal, {"purpose": "quality_review"}).status_code == 401


def test_a_process_that_does_not_hear_remembers_nothing(person, tenant):
    assert person(tenant, Role.QA).browser.get("/me").status_code == 200
    assert REMEMBERED._entries == {}


def test_losing_the_connection_forgets_everything(person, tenant, remembering, elsewhere):
    who = person(tenant, Role.QA)
    assert who.browser.get("/me").status_code == 200
    elsewhere.caught_up()
    elsewhere.keep(cookie(who), known(who), elsewhere.turn())
    assert elsewhere.get(cookie(who)) is not None
    with psycopg.connect(conninfo(APP), autocommit=True) as killing:
        killing.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = current_user AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
        )
    assert elsewhere.lost.wait(_PATIENCE_SECONDS)
    assert elsewhere.get(cookie(who)) is None


def test_what_was_read_before_a_notice_is_not_kept_after_it(person, tenant, remembering):
    who = person(tenant, Role.QA)
    assert who.browser.get("/me").status_code == 200
    found, turn = known(who), REMEMBERED.turn()
    REMEMBERED.forget_cookie("somebody else's")
    REMEMBERED.forget_cookie(cookie(who))
    REMEMBERED.keep(cookie(who), found, turn)
    assert known(who) is None


def test_silence_and_age_count_while_remembered(person, tenant, remembering, monkeypatch):
    who = person(tenant, Role.QA)
    assert who.browser.get("/me").status_code == 200
    assert known(who) is not None
    later = clock.now() + sessions.idle_limit() + timedelta(seconds=1)
    monkeypatch.setattr(sign_in.clock, "now", lambda: later)
    assert who.browser.get("/me").status_code == 401


def test_it_lasts_for_seconds(monkeypatch):
    monkeypatch.setattr(remembered, "LASTS_SECONDS", LASTS_SECONDS)
    now = [0.0]
    memory = Remembered(lambda: now[0])
    memory.hearing(now=True)
    memory.keep("c", "found", memory.turn())
    now[0] = LASTS_SECONDS - 0.01
    assert memory.get("c") == "found"
    now[0] = LASTS_SECONDS
    assert memory.get("c") is None
