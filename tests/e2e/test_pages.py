"""Every page of every role: its policy holds, nobody is kept out, and each is shown theirs alone."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.server, pytest.mark.timeout(1200)]

PAGES = {
    "administrator": [
        *("/", "/conversations", "/approvals", "/events", "/alarms", "/intake", "/people", "/sessions", "/devices"),
        *("/policy", "/status", "/settings"),
    ],
    "auditor": [
        *("/", "/approvals", "/reviews", "/events", "/alarms", "/intake", "/people", "/sessions", "/devices"),
        "/policy",
        *("/status", "/settings"),
    ],
    "supervisor": [
        *("/", "/desk", "/conversations", "/recordings", "/approvals", "/emergencies", "/intake", "/sessions"),
        *("/devices", "/settings"),
    ],
    "agent": ["/", "/desk", "/recordings", "/emergencies", "/sessions", "/devices", "/settings"],
}


@pytest.mark.parametrize(
    ("role", "language", "theme"),
    [
        ("administrator", "en", "light"),
        ("administrator", "zh", "dark"),
        ("supervisor", "zh", "light"),
        ("agent", "en", "dark"),
    ],
)
def test_no_page_breaks_its_policy_or_keeps_anyone_out(offices, role, language, theme):
    window = offices(role, language, theme)
    faults = {}
    for path in PAGES[role]:
        window.open(path)
        window.page.locator("h1").wait_for()
        assert window.page.locator(".state-icon-error").count() == 0, path
        if found := window.faults():
            faults[path] = found
    assert faults == {}
    assert window.refused == []
    assert window.errors == []


def test_everybody_is_shown_where_they_may_go_and_nothing_else(offices):
    for role, pages in PAGES.items():
        window = offices(role)
        window.open("/")
        links = window.page.locator(".side .menu a")
        expect(links).to_have_count(len(pages))
        assert links.evaluate_all("all => all.map((a) => a.getAttribute('href'))") == pages, role


def test_every_page_of_a_demo_says_so_and_pages_with_personal_data_name_who_looks(offices):
    window = offices("supervisor")
    for path in PAGES["supervisor"]:
        window.open(path)
        expect(window.page.locator(".demo-badge"), path).to_be_visible()
    window.open_first_conversation()
    expect(window.page.locator(".watermark")).to_contain_text("supervisor.one")
    window.page.evaluate("document.querySelector('.watermark').remove()")
    window.page.locator(".watermark").wait_for(state="attached")
    window.page.evaluate("document.querySelector('.watermark').style.display = 'none'")
    window.until("getComputedStyle(document.querySelector('.watermark')).display !== 'none'")
