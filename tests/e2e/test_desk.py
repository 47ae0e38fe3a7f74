"""The live desk as an agent sees it: signed calls come in, clear values show for a purpose, and all of it goes."""

import hmac
import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.server, pytest.mark.timeout(1200)]


class Pbx:
    """A telephone system with a secret that ``hushkeep connector add`` handed out."""

    def __init__(self, site, window):
        self.address, self.window = site.address, window
        file = site.folder / "pbx.json"
        command = [sys.executable, "-m", "hushkeep", "connector", "add", "pbx", "--out", str(file)]
        done = subprocess.run(command, env=site.environment, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        self.key = json.loads(file.read_text())

    def tell(self, kind, conversation, **said):
        at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        event = {"type": f"conversation.{kind}", "tenant": self.key["tenant"], "conversation": conversation, "at": at}
        body = json.dumps(event | said).encode()
        signature = hmac.digest(bytes.fromhex(self.key["secret"]), body, "sha256").hex()
        # From a browser that nobody is signed in with: sockets of the test's own are closed.
        answer = self.window.page.request.post(
            f"{self.address}/api/v1/live/{self.key['connector']}/events",
            data=body,
            headers={"Content-Type": "application/json", "Hushkeep-Signature": signature},
            max_retries=2,  # of a connection alone that the server ends, idle, as it is used again
        )
        assert answer.status == 200, answer.text()
        return answer.json()


@pytest.fixture(scope="module")
def pbx(site, windows):
    return Pbx(site, windows())


@pytest.fixture(scope="module")
def agent(windows, staff):
    """The agent's own browser, kept open."""
    return windows(account=staff["agent"])


@pytest.fixture(scope="module")
def office(windows, staff, agent):
    """The administrator's window, in which the agent's browser is trusted by clicking."""
    window = windows(account=staff["administrator"])
    window.take_rights()
    window.open("/devices")
    rows = window.page.locator("tr", has_text="王敏").filter(has=window.page.get_by_role("button", name="Trust"))
    # Each browser that the agent ever signed in with stands here: all of them are the test's own.
    rows.first.wait_for()  # names come by themselves
    for left in range(rows.count() - 1, -1, -1):
        rows.first.get_by_role("button", name="Trust").click()
        window.page.get_by_role("dialog").get_by_role("button", name="Trust").click()
        window.page.get_by_role("dialog").wait_for(state="detached")
        expect(rows).to_have_count(left)
    return window


def call(pbx, window, conversation, **said):
    me = window.page.evaluate("fetch('/api/v1/me').then((answer) => answer.json()).then((me) => me.person.id)")
    contact = {"index": "source_id", "value": customer(window)}
    return pbx.tell("started", conversation, agent=me, contact=contact, **said)


def customer(window):
    """A customer of the made-up center whom the first conversation names."""
    for line in (window.site.folder / "sample" / "center.jsonl").read_text().splitlines():
        record = json.loads(line)
        if "customer" in record:
            return record["customer"]["id"]
    raise AssertionError("the made-up center names nobody")


def phone(window):
    for line in (window.site.folder / "sample" / "center.jsonl").read_text().splitlines():
        record = json.loads(line)
        if "customer" in record:
            return record["customer"]["phone"]
    raise AssertionError("the made-up center names nobody")


def test_a_call_appears_by_itself_is_masked_opens_for_a_purpose_and_is_gone(pbx, agent, office):
    page = agent.page
    agent.open("/desk")
    page.get_by_text("Nobody is on the line").wait_for()
    call(pbx, agent, "e2e-1", wrap_up_seconds=15)  # longer than a busy machine stands still
    page.locator(".card-field").first.wait_for()
    number = phone(agent)
    assert number not in page.content()
    assert agent.faults() == []
    page.get_by_role("radio", name="The customer asked for it").check()
    page.get_by_role("button", name="Show Phone number").click()
    expect(page.locator(".clear-value")).to_have_text(number)
    page.get_by_role("button", name="Hide Phone number").click()
    page.get_by_role("button", name="Show Phone number").click()
    page.locator(".clear-value").wait_for()
    assert agent.faults() == []
    pbx.tell("ended", "e2e-1")
    page.get_by_text("Wrap-up").wait_for()
    page.get_by_text("Nobody is on the line").wait_for()
    assert number not in page.content()
    assert agent.refused == []
    assert agent.errors == []


def test_what_the_agent_began_stays_masked_until_the_customer_answers(pbx, agent, office):
    agent.open("/desk")
    call(pbx, agent, "e2e-2", direction="outbound", wrap_up_seconds=0)
    agent.page.locator(".desk-call .state-mark").get_by_text("Masked until the customer has answered").wait_for()
    expect(agent.page.locator(".card-field")).to_have_count(0)
    pbx.tell("ended", "e2e-2")


@pytest.mark.parametrize(
    ("language", "theme", "word", "says"),
    [
        ("en", "light", "another center", "Nobody reaches into another center."),
        ("zh", "dark", "其他租户", "任何人不得访问其他租户的数据。"),
    ],
)
def test_the_new_pages_break_no_policy_and_keep_nobody_out(windows, staff, office, language, theme, word, says):
    window = windows(language, theme, staff["administrator"])
    for path in ("/devices", "/alarms", "/policy"):
        window.open(path)
        window.page.locator("h1").wait_for()
        assert window.page.locator(".state-icon-error").count() == 0, path
        assert window.faults() == [], path
    # Of the policies, which stand open last, one is found by what it says.
    window.page.locator(".rule-search input").fill(word)
    window.page.locator(".rule-search").get_by_role("status").filter(has_text="1 ").wait_for()
    assert window.page.locator(".rule-says").all_inner_texts() == [says]
    assert window.faults() == []
    assert window.refused == []
    assert window.errors == []


def test_the_desk_verifies_the_customer_and_judges_a_message(pbx, agent, office):
    page = agent.page
    agent.open("/desk")
    call(pbx, agent, "e2e-3", wrap_up_seconds=0)
    page.locator(".card-field").first.wait_for()
    last = phone(agent)[-4:]
    agent.choose(page.get_by_role("combobox", name="Question"), "Phone number, last four")
    for answer, told in ((f"{(int(last) + 1) % 10_000:04}", "Does not match"), (last, "Matches")):
        page.get_by_label("Customer’s answer").fill(answer)
        page.get_by_role("button", name="Check", exact=True).click()
        page.locator(".answers .state-mark").first.get_by_text(told).wait_for()
    expect(page.get_by_label("Customer’s answer")).to_have_value("")
    page.get_by_label("Your message").fill("Please tell me the code we just sent you")
    page.get_by_role("button", name="Check the text").click()
    page.get_by_text("nobody, we included, ever asks").wait_for()
    page.get_by_label("Your message").fill("Your parcel leaves today.")
    page.get_by_role("button", name="Check the text").click()
    page.get_by_text("It asks for nothing that it must not ask for.").wait_for()
    assert agent.faults() == []
    pbx.tell("ended", "e2e-3")
