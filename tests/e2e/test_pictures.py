"""The pictures of the README, taken from the running product: `PICTURES=docs/pictures pytest tests/e2e`."""

import os
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.server,
    pytest.mark.timeout(1200),
    pytest.mark.skipif("PICTURES" not in os.environ, reason="PICTURES names no folder"),
]


@pytest.fixture(scope="module")
def folder():
    made = Path(os.environ["PICTURES"])
    made.mkdir(parents=True, exist_ok=True)
    return made


def best_conversation(window, language):
    """Open the conversation, of those in view in this language, in which most kinds of data were found."""
    rows = window.page.locator(f".table-row:has([lang^={language}])")
    counts = [
        rows.nth(n).locator(".found-mark").count() + rows.nth(n).locator(".found-rest").count()
        for n in range(rows.count())
    ]
    rows.nth(counts.index(max(counts))).click()
    window.page.locator(".thread mark").first.wait_for()
    window.page.locator(".thread mark").first.evaluate("mark => mark.scrollIntoView({ block: 'center' })")
    window.settle()


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh", "light"), ("zh", "dark")])
def test_pictures(windows, staff, folder, language, theme):
    name = f"{language}{'-dark' if theme == 'dark' else ''}"

    def picture(window, page_name):
        window.settle()
        window.page.wait_for_timeout(600)  # the chart draws itself in
        window.page.mouse.move(0, 0)
        window.page.screenshot(path=folder / f"{page_name}-{name}.png")

    door = windows(language, theme)
    door.open("/")
    picture(door, "sign-in")
    window = windows(language, theme, staff["supervisor"], size=(1440, 900))
    picture(window, "overview")
    window.open("/conversations")
    picture(window, "conversations")
    best_conversation(window, language)
    picture(window, "conversation")
    window.page.keyboard.press("r")
    window.page.locator(".choices input").nth(1).click()
    picture(window, "reveal")
    office = windows(language, theme, staff["auditor"])
    office.open("/events")
    picture(office, "events")
    office.page.locator(".table-row", has=office.page.locator(".verified:not(.pending)")).first.click()
    office.page.locator(".proof-verdict.holds").wait_for()
    picture(office, "proof")
