"""Four eyes as three people play them: request, review, execution, refusal, an emergency, a traced page."""

import json
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from hushkeep.access.screen_pattern import CELL_PIXELS, TILE

pytestmark = [pytest.mark.server, pytest.mark.timeout(1200)]

EXPORT = re.compile("Ask for an export")


@pytest.fixture(scope="module")
def three(windows, staff):
    """An agent, a supervisor and a security officer, each at a browser of their own."""
    opened = {role: windows(account=staff[role]) for role in ("agent", "supervisor", "security")}
    for role, window in opened.items():
        window.answer_step_ups(staff[role])
    return opened


def customer(site):
    for line in (site.folder / "sample" / "center.jsonl").read_text().splitlines():
        record = json.loads(line)
        if "customer" in record and "phone" in record["customer"]:
            return record["customer"]["phone"]
    raise AssertionError("the made-up center names nobody")


def ask_export(window):
    window.open("/approvals")
    page = window.page
    page.get_by_role("button", name=EXPORT).click()
    dialog = page.get_by_role("dialog")
    window.choose(dialog.get_by_label("Purpose", exact=True), "A legal duty")
    dialog.get_by_role("button", name="Ask", exact=True).click()
    expect(dialog).to_be_hidden()


def open_latest(window):
    window.open("/approvals")
    window.page.get_by_role("button", name=re.compile("^Look")).first.click()
    return window.page.get_by_role("dialog").first


def collected(window):
    """Collect the latest archive once the worker has made it; return the file's name."""
    page = window.page
    with page.expect_download(timeout=300_000) as download:
        for _ in range(40):
            with page.expect_response(re.compile("/approvals/[^/]+/export$")) as told:
                open_latest(window).get_by_role("button", name="Collect the archive").click()
            if told.value.ok:
                break
            page.wait_for_timeout(1500)
    return download.value.suggested_filename


def strength(grey, cells):
    """How many deviations the page's own cells stand out of its folded tile, at whatever place."""
    drawn = np.array([int(bit) for bit in f"{int(cells, 16):0256b}"]).reshape(16, 16)
    rows, columns = (size // TILE * TILE for size in grey.shape)
    flat = grey[:rows, :columns] - np.median(grey)
    flat[np.abs(flat) > 4] = 0
    tile = flat.reshape(-1, TILE, columns).mean(0).reshape(TILE, -1, TILE).mean(1)
    pattern = np.kron(0.5 - drawn, np.ones((CELL_PIXELS, CELL_PIXELS)))
    fits = np.fft.ifft2(np.fft.fft2(tile - tile.mean()) * np.conj(np.fft.fft2(pattern - pattern.mean()))).real
    return float((fits.max() - fits.mean()) / fits.std())


def test_an_export_is_asked_for_seen_approved_made_and_collected(three):
    boss, guard = three["supervisor"], three["security"]
    ask_export(boss)
    mine = open_latest(boss)
    mine.get_by_role("button", name="Close").last.wait_for()
    expect(mine.get_by_role("button", name="Approve")).to_have_count(0)  # who asks does not decide
    mine.get_by_role("button", name="Close").last.click()
    boss.until("document.activeElement.innerText === 'Look'")  # the keyboard goes on where it was
    dialog = open_latest(guard)
    assert dialog.get_by_role("button", name="Approve").is_disabled()  # nobody says yes unseen
    dialog.get_by_role("button", name="Show what leaves").click()
    dialog.locator("pre").wait_for()
    assert guard.faults() == []
    dialog.get_by_role("button", name="Approve").click()
    expect(dialog).to_be_hidden()
    made = open_latest(boss)
    made.get_by_role("button", name="Make the archive").click()
    expect(made.locator(".link-box")).to_be_visible()
    boss.open("/approvals")
    boss.page.get_by_text("Carried out").first.wait_for()
    expect(boss.page.locator("tbody tr").first).to_contain_text("Li Na")  # whose yes it was
    assert collected(boss).endswith(".hkex")


def test_a_clear_export_is_signed_for_by_two_peoples_devices_and_collected(three, windows, staff):
    keeper, guard, office = windows(account=staff["dpo"]), three["security"], windows(account=staff["administrator"])
    keeper.answer_step_ups(staff["dpo"])
    for window in (keeper, guard):
        window.open("/approvals")  # their browsers' keys are known from here on
    office.take_rights()
    office.open("/devices")
    for name in ("Li Na", "周岚"):
        office.page.get_by_role("button", name=f"Trust · {name}").first.click()  # the newest first: these very windows
        office.page.get_by_role("dialog").get_by_role("button", name="Trust", exact=True).click()
        office.page.get_by_role("dialog").wait_for(state="hidden")
    page = keeper.page
    page.get_by_role("button", name=EXPORT).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("switch").click()
    keeper.choose(dialog.get_by_label("Purpose", exact=True), "A legal duty")
    keeper.choose(dialog.get_by_label("Channel", exact=True), "E-mail")  # fewer than what asks for a third person
    assert keeper.faults() == []
    dialog.get_by_role("button", name="Ask", exact=True).click()
    expect(dialog).to_be_hidden()
    decided = open_latest(guard)
    decided.get_by_text("Run a clear export").first.wait_for()
    assert decided.get_by_role("button", name="Approve").is_disabled()
    decided.get_by_role("button", name="Show what leaves").click()
    decided.locator("pre").wait_for()
    decided.get_by_role("button", name="Approve").click()
    expect(decided).to_be_hidden()
    made = open_latest(keeper)
    made.get_by_role("button", name="Make the archive").click()
    expect(made.locator(".link-box")).to_be_visible()
    made.get_by_role("button", name="Close").last.click()
    assert collected(keeper).endswith(".hkex")
    assert (keeper.refused, keeper.errors, guard.errors) == ([], [], [])


def test_a_no_is_final(three):
    boss, guard = three["supervisor"], three["security"]
    ask_export(boss)
    dialog = open_latest(guard)
    dialog.get_by_role("button", name="Reject").click()
    expect(dialog).to_be_hidden()
    guard.page.get_by_text("Rejected").first.wait_for()
    refused = open_latest(boss)
    refused.get_by_role("button", name="Close").last.wait_for()
    expect(refused.get_by_role("button", name="Make the archive")).to_have_count(0)


def test_an_emergency_is_asked_for_let_in_seen_ended_and_judged(three, site):
    agent, boss, guard = three["agent"], three["supervisor"], three["security"]
    agent.open("/emergencies")
    page = agent.page
    page.get_by_role("button", name="Ask for emergency access").click()
    dialog = page.get_by_role("dialog").first
    dialog.get_by_role("textbox", name="Value").fill(customer(site))
    agent.choose(dialog.get_by_label("Reason", exact=True), "A life is at risk")
    dialog.get_by_label("Ticket").fill("INC-2041")
    assert agent.faults() == []
    dialog.get_by_role("button", name="Ask", exact=True).click()
    expect(dialog).to_be_hidden()
    boss.open("/emergencies")
    expect(boss.page.get_by_role("link", name="See the customer, masked").first).to_be_visible()
    boss.page.get_by_role("button", name="Let in").first.click()
    expect(boss.page.locator("tbody").get_by_text("Running").first).to_be_visible()
    agent.open("/emergencies")
    page.get_by_role("link", name="Open the customer").first.click()
    page.locator(".card-field").first.wait_for()
    assert customer(site) not in page.content()
    agent.settle()
    assert agent.faults() == []
    agent.open("/emergencies")
    page.get_by_role("button", name="End now").click()
    page.locator("tbody").get_by_text("Over").first.wait_for()
    guard.open("/emergencies")
    row = guard.page.locator("tbody tr").first
    expect(row).to_contain_text("陈静")  # who let them in
    expect(row.get_by_role("link")).to_have_count(0)  # who sees no customers sees no way to one
    guard.page.get_by_role("button", name="Review").first.click()
    judged = guard.page.get_by_role("dialog").first
    judged.locator(".trail-entry").first.wait_for()
    assert guard.faults() == []
    judged.get_by_role("button", name="Justified").click()
    expect(judged).to_be_hidden()
    guard.page.get_by_text("Reviewed").first.wait_for()


def test_a_screenshot_of_a_page_leads_back_to_its_viewer_and_record(three, tmp_path):
    boss, guard = three["supervisor"], three["security"]
    boss.open("/conversations")
    with boss.page.expect_response(re.compile("/screens/marks$")) as marked:
        boss.page.locator(".table-row").first.click()
    boss.page.locator(".thread").wait_for()
    boss.until("document.querySelector('.watermark-code')?.textContent.length === 9")
    code = boss.page.locator(".watermark-code").text_content()
    record = boss.page.url.rpartition("/")[2]
    picture = tmp_path / "page.png"
    boss.page.screenshot(path=picture)
    guard.open("/approvals")
    guard.page.get_by_role("button", name="Trace a picture").click()
    guard.page.get_by_role("dialog").get_by_label("Code").fill(code)
    with guard.page.expect_response(re.compile("/screens/trace$")) as answer:
        guard.page.get_by_role("dialog").get_by_role("button", name="Find").click()
    assert answer.value.json()["record"] == record
    guard.page.get_by_role("dialog").get_by_text("陈静").wait_for()
    with Image.open(picture) as image:
        grey = np.asarray(image.convert("L"), dtype=np.float32)
    assert strength(grey, marked.value.json()["cells"]) > 10
    assert boss.refused == []
