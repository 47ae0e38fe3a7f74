"""The console as people use it: signed in with two factors, page by page, under its strict policy."""

import json
import os
import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.server, pytest.mark.timeout(1200)]

REVEALED = "13900000000"


def open_conversation_with_findings(window):
    window.open("/conversations")
    window.page.locator(".table-row").filter(has=window.page.locator(".level-3, .level-4, .level-5")).first.click()
    window.page.locator(".thread mark").first.wait_for()
    window.settle()


@pytest.mark.parametrize(("language", "words"), [("en", "Sign in"), ("zh", "登录")])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_sign_in_speaks_both_languages_and_keeps_nobody_out(windows, language, words, theme):
    window = windows(language, theme)
    window.open("/")
    expect(window.page.locator("h1")).to_have_text(words)
    assert window.faults() == []
    window.page.locator(".gate-switches button").first.click()
    expect(window.page.locator("h1")).to_have_text({"Sign in": "登录", "登录": "Sign in"}[words])
    expect(window.page.locator("html")).to_have_attribute("lang", {"en": "zh-CN", "zh": "en"}[language])
    assert window.refused == []


def test_a_password_alone_opens_nothing_and_a_code_opens_once(windows, staff, site):
    account = staff["auditor"]
    window = windows()
    window.open("/")
    page = window.page
    page.locator("input[autocomplete=username]").fill(account.login)
    page.locator("input[type=password]").fill(account.password)
    page.keyboard.press("Enter")
    page.locator("input.code-input").wait_for()
    assert page.request.get(f"{site.address}/api/v1/me").status == 401
    code = window.show_code(account, page.locator(".shell"))
    again = windows()
    again.open("/")
    again.page.locator("input[autocomplete=username]").fill(account.login)
    again.page.locator("input[type=password]").fill(account.password)
    again.page.keyboard.press("Enter")
    again.page.locator("input.code-input").fill(code)
    again.page.keyboard.press("Enter")
    again.page.get_by_role("alert").wait_for()
    assert again.page.locator(".shell").count() == 0


def test_a_recovery_code_signs_in(windows, staff):
    account = staff["auditor"]
    window = windows()
    window.open("/")
    page = window.page
    page.locator("input[autocomplete=username]").fill(account.login)
    page.locator("input[type=password]").fill(account.password)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Use a recovery code").click()
    page.locator("input.code-input").fill(account.recovery_codes[0])
    page.keyboard.press("Enter")
    page.locator(".shell").wait_for()


def test_a_spent_enrolment_link_opens_nothing(windows, administrator, site):
    window = windows()
    window.page.goto(site.enrolment_link)
    window.page.get_by_role("alert").wait_for()
    assert window.page.locator("input").count() == 0
    assert "#" not in window.page.url


def test_a_reveal_asks_for_a_purpose_shows_the_original_and_leaves_its_trail(offices):
    window = offices("supervisor")
    open_conversation_with_findings(window)
    page = window.page
    masked = page.locator(".thread").inner_text()
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog")
    go = dialog.get_by_role("button", name="Record and reveal")
    assert go.is_disabled()
    dialog.get_by_text("Handling a complaint").click()
    go.click()
    page.locator(".reveal-bar").wait_for()
    page.locator(".bubble-clear").first.wait_for()
    clear = page.locator(".bubble-clear").all_inner_texts()
    assert any(text not in masked for text in clear)
    expect(page.locator(".reveal-bar strong")).not_to_be_empty()
    page.locator(".trail-reveal", has_text="Handling a complaint").first.wait_for()
    assert window.faults() == []
    page.get_by_role("button", name="Hide now").click()
    page.locator(".wiped").wait_for()
    expect(page.locator(".bubble-clear")).to_have_count(0)
    assert page.locator(".thread").inner_text() == masked
    assert window.refused == []


def revealed_by(route, seconds):
    """Answer a reveal as the server does, but with an end that a test can wait for."""
    turns = [{"n": n, "text": f"{REVEALED} {n}"} for n in range(3)]
    route.fulfill(json={"event": "0", "expires_in": seconds, "turns": turns})


def reveal(page):
    page.keyboard.press("r")
    page.get_by_role("dialog").get_by_text("Handling a complaint").click()
    page.get_by_role("dialog").get_by_role("button", name="Record and reveal").click()


# Whether the original ever stood on the page: on a busy machine its seconds may pass before anybody looks.
SEEN = f"""new MutationObserver(() => window.seenClear ||= document.body.innerText.includes("{REVEALED}"))
  .observe(document.body, {{childList: true, subtree: true, characterData: true}})"""


def test_the_original_leaves_the_page_when_its_time_is_over(offices):
    window = offices("supervisor")
    open_conversation_with_findings(window)
    page = window.page
    page.route(re.compile("/reveal$"), lambda route: revealed_by(route, 3))
    page.evaluate(SEEN)
    reveal(page)
    page.locator(".wiped").wait_for()
    assert page.evaluate("window.seenClear")
    page.unroute(re.compile("/reveal$"))
    assert REVEALED not in page.content()
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert REVEALED not in kept


def test_the_end_of_a_session_takes_customer_data_and_leaves_the_draft(windows, staff, site):
    window = windows(account=staff["administrator"])
    page = window.page
    window.open("/people")
    page.locator(".page-actions .ant-btn-primary").click()
    page.get_by_role("dialog").get_by_label("Name", exact=True).fill("Half written")
    page.get_by_role("dialog").get_by_label("User name").fill("half.written")
    page.context.clear_cookies(name=re.compile("session"))
    page.get_by_role("dialog").get_by_role("button", name="Make the link").click()
    page.get_by_text("Your session has ended").wait_for()
    expect(page.locator("table.plain")).to_have_count(0)
    assert window.faults() == []
    page.locator("input[autocomplete=current-password]").fill(staff["administrator"].password)
    page.keyboard.press("Enter")
    window.show_code(staff["administrator"], page.locator("table.plain"))
    expect(page.get_by_role("dialog").get_by_label("Name", exact=True)).to_have_value("Half written")
    expect(page.get_by_role("dialog").get_by_label("User name")).to_have_value("half.written")


# One after the other within the page: between two keys that travel to it, a busy machine may take longer than a hand.
G_THEN_C = """for (const key of ["g", "c"])
  document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}))"""


def test_the_keyboard_reaches_everything(offices):
    window = offices("supervisor")
    window.open("/")
    page = window.page
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    page.evaluate(G_THEN_C)
    page.locator(".table-row").first.wait_for()
    page.keyboard.press("/")
    window.until("document.activeElement.dataset.shortcut === '/'")
    page.locator(".table-row").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    window.until("document.activeElement.getAttribute('aria-rowindex') === '4'")
    page.keyboard.press("Enter")
    page.locator(".thread").wait_for()


def test_an_exact_search_leaves_its_value_out_of_every_address(offices, site):
    window = offices("supervisor")
    window.open("/conversations")
    page = window.page
    addresses = []
    page.on("request", lambda request: addresses.append(request.url))
    page.locator("input[data-shortcut]").fill(REVEALED)
    page.get_by_role("button", name="Find").click()
    page.get_by_text("No conversation holds this value").wait_for()
    assert any(address.endswith("/conversations/search?limit=200") for address in addresses)
    assert not any(REVEALED in address for address in [*addresses, page.url])


def many_rows(route):
    """Answer a listing with 20,000 rows a page, five pages long."""
    at = int((re.search(r"cursor=(\d+)", route.request.url) or [0, 0])[1])
    row = {"channel": "chat", "language": "en", "direction": None, "started_at": None, "ended_at": None, "level": 1}
    row |= {"turn_count": 2, "findings": {}, "secrets_cut": 0, "agent": None}
    items = [{**row, "id": str(n), "preview": f"row {n}"} for n in range(at, at + 20_000)]
    # As text: Playwright would go through every value of ``json`` to look for objects of its own.
    page = json.dumps({"items": items, "next": str(at + 20_000) if at < 80_000 else None})
    route.fulfill(content_type="application/json", body=page)


def test_of_100_000_rows_only_those_in_view_are_drawn(offices):
    window = offices("supervisor")
    page = window.page
    listing = re.compile(r"/api/v1/conversations\?")
    page.route(listing, many_rows)
    window.open("/conversations")
    page.locator(".table-row").first.focus()
    for rows in (20_000, 40_000, 60_000, 80_000, 100_000):
        window.until(f"document.querySelector('.table-body').offsetHeight === {rows * 52}")
        page.keyboard.press("End")
        window.until(f"document.activeElement.dataset.row === '{rows - 1}'")
    page.unroute(listing)
    expect(page.get_by_text("row 99999")).to_be_visible()
    assert page.locator(".table-row").count() < 60


def test_the_tab_key_leads_past_every_filter_to_the_rows(offices):
    window = offices("supervisor")
    window.open("/conversations")
    page = window.page
    page.get_by_role("combobox", name="Channel").focus()
    for _ in range(8):  # five fields of filters lie between
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.table-row')"):
            return
    pytest.fail(page.evaluate("document.activeElement.outerHTML"))


def test_what_is_not_there_says_so_and_leads_back(offices):
    window = offices("supervisor")
    window.open("/conversations/0198f3a2-1111-7abc-8def-000000000001")
    page = window.page
    page.get_by_text("This was not found").wait_for()
    assert page.get_by_role("button", name="Try again").count() == 0
    page.get_by_role("link", name="All conversations").click()
    page.locator(".table-row").first.wait_for()


def test_an_event_proves_its_place_in_the_log_to_the_browser(offices):
    window = offices("auditor")
    window.open("/events")
    page = window.page
    page.locator(".table-row", has=page.locator(".verified:not(.pending)")).first.click()
    page.locator(".proof-verdict.holds").wait_for()
    assert window.faults() == []
    assert window.refused == []


def test_a_proof_that_leads_elsewhere_is_called_out(offices):
    window = offices("auditor")
    page = window.page

    def forged(route):
        answer = route.fetch()
        proof = answer.json()
        route.fulfill(response=answer, json={**proof, "root": "00" * 32})

    page.route(re.compile("/proof$"), forged)
    window.open("/events")
    page.locator(".table-row", has=page.locator(".verified:not(.pending)")).nth(1).click()
    page.locator(".proof-verdict.fails").wait_for()
    page.unroute(re.compile("/proof$"))


def test_the_first_load_is_at_most_400_kb(windows, site):
    window = windows()
    finished = []
    window.page.on("requestfinished", lambda request: finished.append(request))  # noqa: PLW0108 - it takes no builtin
    window.open("/")
    sizes = []
    for request in finished:
        response = request.response()
        if response.ok and "/assets/" in response.url and not response.url.endswith(".woff2"):
            assert response.header_value("content-encoding") == "gzip"
            sizes.append(request.sizes()["responseBodySize"])
    assert 0 < sum(sizes) <= 400 * 1024


def test_an_auditors_mandate_is_given_listed_and_ended_in_both_languages(windows, staff):
    office = windows(account=staff["administrator"])
    office.take_rights()
    dialog = open_mandate(office, "Mandate")
    dialog.get_by_text("one of the house and reads every event").wait_for()
    dialog.get_by_role("button", name="Give mandate").click()
    dialog.get_by_text("Open", exact=True).wait_for()
    office.settle()
    assert office.faults() == []
    chinese = windows("zh", "dark", staff["administrator"])
    open_mandate(chinese, "审计授权").get_by_text("有效", exact=True).wait_for()
    assert chinese.faults() == []
    dialog.get_by_role("button", name="End now").click()
    office.page.locator(".ant-modal-confirm .ant-btn-dangerous").click()
    dialog.get_by_text("Over", exact=True).wait_for()
    office.page.locator(".ant-modal-confirm").wait_for(state="hidden")
    expect(dialog.get_by_role("button", name="End now")).to_have_count(0)
    for window in (office, chinese):
        if folder := os.environ.get("MANDATE_PICTURES"):
            window.page.screenshot(path=f"{folder}/{'zh' if window is chinese else 'en'}.png")
        assert window.refused == []
        assert window.errors == []


def open_mandate(window, action):
    window.open("/people")
    window.page.get_by_role("button", name=f"{action} · Jane Smith").click()
    dialog = window.page.get_by_role("dialog")
    dialog.locator("form").wait_for()
    window.settle()
    return dialog
