"""Signing in: two factors or nothing; ten tries; each of them an event."""

from datetime import timedelta

import pytest
from django.db import connection

from hushkeep.identity.cookies import SessionStore
from hushkeep.identity.models import Cookie as CookieRecord
from hushkeep.identity.models import Session
from hushkeep.identity.roles import Role

pytestmark = pytest.mark.server

PASSWORD = "quartz otter violin 88"
WRONG = "quartz otter violin 89"


def test_a_person_with_both_factors_is_in_and_learns_who_they_are(person, tenant):
    me = person(tenant).browser.get("/me")
    assert me.status_code == 200
    assert me.json()["person"]["role"] == "administrator"
    assert "user:invite" in me.json()["permissions"]
    assert "conversation:reveal" not in me.json()["permissions"]
    assert me.json()["level"] == "demo"


def test_the_password_alone_opens_nothing(person, tenant):
    who = person(tenant, signed_in=False)
    first = who.browser.auth("/auth/login", {"username": who.login, "password": PASSWORD})
    assert first.status_code == 401
    assert [f["id"] for f in first.json()["data"]["flows"] if f.get("is_pending")] == ["mfa_authenticate"]
    assert who.browser.get("/me").status_code == 401
    assert who.browser.get("/people").status_code == 401


def test_a_session_that_lost_its_second_factor_is_nobody(person, tenant):
    who = person(tenant)
    cookie = who.browser.client.cookies["__Host-session"].value
    record = CookieRecord.objects.get(session_key=cookie)
    store = SessionStore(cookie)
    store["account_authentication_methods"] = [
        r for r in store["account_authentication_methods"] if r["method"] != "mfa"
    ]
    store.save()
    assert record.session_key == cookie
    assert who.browser.get("/me").status_code == 401


def test_a_person_who_never_enrolled_cannot_sign_in(invite, browser, tenant):
    login = invite(tenant).person.login
    for password in ("", PASSWORD):
        assert browser.auth("/auth/login", {"username": login, "password": password}).status_code == 400


def test_a_code_works_once(person, tenant, new_browser):
    who = person(tenant, signed_in=False)
    who.sign_in()
    again = new_browser()
    again.auth("/auth/login", {"username": who.login, "password": PASSWORD})
    assert again.auth("/auth/2fa/authenticate", {"code": who.code()}).status_code == 400
    assert again.get("/me").status_code == 401


def test_a_recovery_code_works_once(person, tenant, new_browser):
    who = person(tenant, signed_in=False)
    code = who.recovery_codes[3]
    for status in (200, 400):
        fresh = new_browser()
        assert fresh.auth("/auth/login", {"username": who.login, "password": PASSWORD}).status_code == 401
        assert fresh.auth("/auth/2fa/authenticate", {"code": code}).status_code == status


def test_an_older_and_a_coming_code_are_refused(person, tenant, half_minute):
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value  # noqa: PLC0415 - models are ready only now

    who = person(tenant, signed_in=False)
    who.browser.auth("/auth/login", {"username": who.login, "password": PASSWORD})
    for other in (half_minute - 1, half_minute + 1):
        code = format_hotp_value(hotp_value(who.secret, other))
        assert who.browser.auth("/auth/2fa/authenticate", {"code": code}).status_code == 400


def test_the_eleventh_password_is_refused_although_it_is_right(person, tenant, new_browser):
    who = person(tenant, signed_in=False)
    statuses = [
        new_browser().auth("/auth/login", {"username": who.login, "password": WRONG}).status_code for _ in range(10)
    ]
    assert set(statuses[:9]) == {400}
    assert new_browser().auth("/auth/login", {"username": who.login, "password": PASSWORD}).status_code != 401


def test_the_eleventh_code_is_refused_although_it_is_right(person, tenant):
    who = person(tenant, signed_in=False)
    who.browser.auth("/auth/login", {"username": who.login, "password": PASSWORD})
    wrong = f"{(int(who.code()) + 1) % 1_000_000:06}"
    for _ in range(10):
        assert who.browser.auth("/auth/2fa/authenticate", {"code": wrong}).status_code in {400, 429}
    who.forget_used_codes()
    assert who.browser.auth("/auth/2fa/authenticate", {"code": who.code()}).status_code in {400, 429}
    assert who.browser.get("/me").status_code == 401


def test_the_cookie_before_sign_in_is_not_the_cookie_after_it(person, tenant):
    who = person(tenant, signed_in=False)
    who.browser.auth("/auth/login", {"username": who.login, "password": PASSWORD})
    before = who.browser.client.cookies["__Host-session"].value
    who.browser.auth("/auth/2fa/authenticate", {"code": who.code()})
    after = who.browser.client.cookies["__Host-session"].value
    assert before != after
    assert not CookieRecord.objects.filter(session_key=before).exists()


def test_the_session_cookie_is_closed_to_scripts_other_sites_and_plain_http(person, tenant):
    cookie = person(tenant).browser.client.cookies["__Host-session"]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/"
    assert not cookie["domain"]


def test_signing_out_ends_the_session_for_a_copy_of_the_cookie_too(person, tenant, new_browser):
    who = person(tenant)
    thief = new_browser()
    thief.client.cookies["__Host-session"] = who.browser.client.cookies["__Host-session"].value
    assert thief.get("/me").status_code == 200
    who.browser.auth("/auth/session", method="DELETE")
    assert thief.get("/me").status_code == 401


@pytest.mark.parametrize(("column", "back"), [("seen_at", timedelta(minutes=15)), ("expires_at", timedelta(hours=11))])
def test_a_session_ends_by_silence_and_by_age(person, tenant, inside, events, column, back):
    who = person(tenant)
    with inside(tenant):
        row = Session.objects.get(person=who.id)
        setattr(row, column, getattr(row, column) - back)
        row.save()
    assert who.browser.get("/me").status_code == 401
    with inside(tenant):
        assert Session.objects.get(person=who.id).end_reason in {"idle", "absolute"}
    assert events(tenant, action="session:sign_out", actor=who.id)
    assert who.sign_in().get("/me").status_code == 200


def test_a_page_that_only_polls_does_not_keep_its_session_awake(person, tenant, inside):
    who = person(tenant, Role.SECURITY)
    with inside(tenant):
        row = Session.objects.get(person=who.id)
        row.seen_at -= timedelta(minutes=10)
        row.save()
    who.browser.get("/me")
    with inside(tenant):
        assert Session.objects.get(person=who.id).seen_at == row.seen_at
    who.browser.get("/people")
    with inside(tenant):
        assert Session.objects.get(person=who.id).seen_at > row.seen_at


def test_each_step_of_signing_in_and_out_leaves_its_event(person, tenant, events, new_browser):
    who = person(tenant, signed_in=False)
    new_browser().auth("/auth/login", {"username": who.login, "password": WRONG})
    who.browser.auth("/auth/login", {"username": who.login, "password": PASSWORD})
    who.browser.auth("/auth/2fa/authenticate", {"code": "000000"})
    who.sign_in(new_browser()).auth("/auth/session", method="DELETE")
    told = [(e["action"], e["outcome"], e["reason"]) for e in events(tenant, actor=who.id)]
    assert told == [
        ("user:enrol", "allowed", "enrolled"),
        ("session:sign_in", "denied", "password_refused"),
        ("session:sign_in", "denied", "second_factor_refused"),
        ("session:sign_in", "allowed", "signed_in"),
        ("session:sign_out", "allowed", "signed_out"),
    ]


def test_an_unknown_login_is_recorded_on_the_platform_without_the_login(browser, events, database):
    from hushkeep.kernel import PLATFORM_TENANT  # noqa: PLC0415

    before = len(events(PLATFORM_TENANT))
    browser.auth("/auth/login", {"username": "mallory.the.stranger", "password": WRONG})
    after = events(PLATFORM_TENANT)
    assert len(after) == before + 1
    assert "mallory" not in repr(after[-1])


def test_a_new_password_must_pass_the_policy_and_not_be_an_old_one(person, tenant):
    who = person(tenant)

    def change(old, new):
        return who.browser.auth("/account/password/change", {"current_password": old, "new_password": new})

    assert change(PASSWORD, "short1").status_code == 400
    assert change(PASSWORD, PASSWORD).status_code == 400
    assert change(PASSWORD, f"{who.login} walks far away").status_code == 400
    assert change(PASSWORD, "seven maples under frost 3").status_code == 200


def test_the_second_factor_cannot_be_dropped_nor_anybody_sign_up(person, tenant):
    who = person(tenant)
    for method, path in (
        ("DELETE", "/account/authenticators/totp"),
        ("GET", "/account/authenticators/totp"),
        ("POST", "/auth/signup"),
        ("POST", "/auth/password/request"),
        ("POST", "/auth/code/request"),
        ("GET", "/account/email"),
    ):
        answer = who.browser.auth(path, {} if method == "POST" else None, method=method)
        assert answer.status_code == 404, path


def test_the_second_factors_secret_does_not_lie_open_in_the_database(person, tenant):
    who = person(tenant)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator WHERE user_id = %s", [who.id])
        stored = " ".join(row[0] for row in cursor.fetchall())
    assert stored
    assert who.secret not in stored
    assert all(code not in stored for code in who.recovery_codes)


def test_a_password_is_kept_as_argon2id_of_no_less_than_is_recommended(person, tenant, full_password_cost):
    who = person(tenant)
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM identity_user WHERE id = %s", [who.id])
        [stored] = cursor.fetchone()
    kind, version, costs, *_ = stored.removeprefix("argon2$").split("$")
    cost = dict(pair.split("=") for pair in costs.split(","))
    assert (kind, version) == ("argon2id", "v=19")
    # OWASP's Password Storage Cheat Sheet: at least 19 MiB, two passes, one lane.
    assert (int(cost["m"]) >= 19 * 1024, int(cost["t"]) >= 2, int(cost["p"]) >= 1) == (True, True, True)
