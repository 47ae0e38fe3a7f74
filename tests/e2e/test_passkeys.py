"""Passkeys by clicking: an agent, a supervisor and a security officer add one, sign in and step up with it."""

from itertools import count

import pytest

pytestmark = [pytest.mark.server, pytest.mark.timeout(1200)]

NUMBERS = count(1)


def with_finger(page, credentials=()):
    """Give the page as it stands a built-in authenticator, and in it what another page's held; return both its names.

    The browser forgets it when the page is left, unlike a real one.
    """
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    able = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    looked = {"isUserVerified": True, "automaticPresenceSimulation": True}
    key = session.send("WebAuthn.addVirtualAuthenticator", {"options": able | looked})["authenticatorId"]
    for credential in credentials:
        session.send("WebAuthn.addCredential", {"authenticatorId": key, "credential": credential})
    return session, key


def signed_in(windows, account):
    """(window, account): by a recovery code, since the code of this half minute is asked for a moment later."""
    return windows(account=account, by_recovery_code=True), account


def add_passkey(window, account):
    """Add a passkey in the settings; return what the authenticator then holds."""
    page = window.page
    window.open("/settings")
    session, key = with_finger(page)
    name = f"Work laptop {next(NUMBERS)}"  # another than those that were added before
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Add a passkey").click()
    # A second factor is asked for, even right after signing in.
    window.show_code(account, page.get_by_role("list", name="Passkeys").get_by_text(name, exact=True))
    page.get_by_role("dialog").wait_for(state="hidden")  # what is judged below stands behind it while it goes
    held = session.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]
    assert window.faults() == []
    return held


def to_second_step(window, account):
    page = window.page
    window.open("/")
    page.locator("input[autocomplete=username]").fill(account.login)
    page.locator("input[type=password]").fill(account.password)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Use a passkey").wait_for()


@pytest.mark.parametrize("role", ["agent", "supervisor", "security"])
def test_a_passkey_is_added_and_signs_its_owner_in(windows, staff, role):
    window, account = signed_in(windows, staff[role])
    page = window.page
    held = add_passkey(window, account)
    assert [credential["rpId"] for credential in held] == ["localhost"]
    page.context.clear_cookies()
    to_second_step(window, account)
    assert window.faults() == []
    with_finger(page, held)
    page.get_by_role("button", name="Use a passkey").click()
    page.locator(".shell").wait_for()
    assert window.refused == []
    assert window.errors == []


def test_when_nobody_confirms_nothing_opens_and_the_code_still_does(windows, staff):
    window, account = signed_in(windows, staff["security"])
    page = window.page
    add_passkey(window, account)
    page.context.clear_cookies()
    to_second_step(window, account)
    # What a browser answers when its own dialogue is put away; that nobody was looked at, the server tests refuse.
    page.evaluate("void (navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError')))")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("alert").get_by_text("Nothing was confirmed").wait_for()
    page.get_by_role("button", name="Use a code instead").click()
    window.show_code(account, page.locator(".shell"))


def test_a_passkey_answers_when_a_fresh_second_factor_is_asked_for(windows, staff):
    window, account = signed_in(windows, staff["supervisor"])
    page = window.page
    held = add_passkey(window, account)
    asked = []

    def stale_once(route):
        """Answer the first reveal as the server does a quarter of an hour after the last second factor."""
        asked.append(route)
        stale = {"status": 403, "json": {"code": "step_up_required", "params": {"reason": "second_factor_stale"}}}
        route.fulfill(**stale) if len(asked) == 1 else route.continue_()

    page.route("**/reveal", stale_once)
    window.open("/conversations")
    page.locator(".table-row").first.click()
    page.locator(".thread").wait_for()
    page.keyboard.press("r")
    page.get_by_role("dialog").get_by_text("Handling a complaint").click()
    page.get_by_role("dialog").get_by_role("button", name="Record and reveal").click()
    with_finger(page, held)

    def asked_again(answer):
        return len(asked) == 2 and answer.url.endswith("/reveal")

    with page.expect_response("**/auth/webauthn/reauthenticate") as shown, page.expect_response(asked_again) as again:
        page.get_by_role("button", name="Use a passkey").click()
    assert shown.value.ok
    # The reveal is asked for once more; that nobody has trusted this browser yet is another matter.
    assert "step_up_required" not in again.value.text()
    assert len(asked) == 2
