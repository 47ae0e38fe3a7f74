"""A whole site on ephemeral ports, people with roles, and Debian's Chromium."""

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

_ROOT = Path(__file__).parents[2]
_AXE = _ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
_CHROMIUM = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)
_STARTING_SECONDS = 300
_PATIENCE_SECONDS = 60  # nothing here is timed: two browsers on two busy cores stand still for seconds
_STREAMING = ("/desk", "/alarms", "/emergencies")
_STEP_SECONDS = 30  # RFC 6238
_TYPING_SECONDS = 5  # what a busy machine takes from a code's making to its check
_KEPT_CODES = 2  # recovery codes that are left to the tests of them
# Chromium heeds the last such list alone: these are left out by Playwright itself …
_LEFT_OUT = [
    *("AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync"),
    *("DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay"),
    *("MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch"),
    "ThirdPartyStoragePartitioning",
]
# … and these would keep a page of the browser's own beside each of ours, for an address bar that nobody sees.
_LEFT_OUT += ["WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "WebUIOmniboxPopup"]
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Nothing appears, goes or fades: between the steps of a motion its classes tell, while it runs the browser does.
_STILL = """![...document.querySelectorAll('[class*="-appear"], [class*="-enter"], [class*="-leave"]')].some((moving) =>
    /-(appear|enter|leave)(-(prepare|start|active|end))?( |$)/.test(moving.getAttribute("class"))) &&
  !document.getAnimations().some((a) => a.playState === "running" && a.effect.getComputedTiming().endTime < Infinity)"""
# The question for a code is gone, or says what was wrong with the answer.
_ANSWERED = """!document.querySelector(".ant-modal input.code-input") ||
  document.querySelector(".ant-modal .ant-alert-error") !== null"""
_WATCH = """document.addEventListener("securitypolicyviolation", (e) =>
  window.hushkeepViolation(`${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));"""
expect.set_options(timeout=_PATIENCE_SECONDS * 1000)


@pytest.fixture(scope="session", autouse=True)
def _built():
    """Skip without a Chromium or a built console; CI sets REQUIRE_BROWSER, and then their absence is a failure."""
    missing = [
        words
        for words, there in {
            "no Chromium: apt install chromium": _CHROMIUM is not None,
            "the console is not built: make console": (_ROOT / "src/hushkeep/console/static/index.html").exists(),
            "no axe-core: make console": _AXE.exists(),
        }.items()
        if not there
    ]
    if missing and os.environ.get("REQUIRE_BROWSER"):
        pytest.fail("; ".join(missing))
    if missing:
        pytest.skip("; ".join(missing))


def pytest_collection_modifyitems(items):
    """Let every test of this folder use sockets: the site's speech service answers from this process all the while."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.enable_socket)


@dataclass(frozen=True)
class Site:
    """A running site with the made-up center in it."""

    address: str
    enrolment_link: str
    folder: Path
    environment: dict[str, str]


# A speech service that hears no word: what nobody understood is hidden, as a site in strict mode does.
_SPEECH = """
import http.server, json
class Speech(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"language": "english", "words": [], "text": ""}).encode())
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Speech)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture(scope="session")
def speech():
    """Where the site's speech service listens."""
    with subprocess.Popen([sys.executable, "-c", _SPEECH], stdout=subprocess.PIPE, text=True) as service:
        yield f"127.0.0.1:{service.stdout.readline().strip()}"
        service.terminate()


@pytest.fixture(scope="session")
def site(_built, speech):
    # A short path, since Unix sockets stand under it; passable, since under root postgres runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="hushkeep-e2e-"))
    folder.chmod(0o711)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(_ROOT / "src"),
        "HUSHKEEP_DATA_DIR": str(folder / "site"),
        "HUSHKEEP_PORT": "0",
        "HUSHKEEP_RECOGNISER": "remote",
        "HUSHKEEP_RECOGNISER_URL": f"http://{speech}/v1",
        "HUSHKEEP_RECOGNISER_VENDOR": "test_speech",
        "HUSHKEEP_RECOGNISER_ALLOWED": json.dumps([speech]),
    }

    def hushkeep(*words):
        command = [sys.executable, "-m", "hushkeep", *words]
        done = subprocess.run(
            command, env=environment, check=False, capture_output=True, text=True, timeout=_STARTING_SECONDS
        )
        assert done.returncode == 0, done.stderr

    hushkeep("init")
    with (folder / "up.log").open("wb") as log:
        up = subprocess.Popen([sys.executable, "-m", "hushkeep", "up"], env=environment, stdout=log, stderr=log)
    try:
        mark, link = folder / "site/run/front.json", folder / "site/enrolment/demo.txt"
        deadline = time.monotonic() + _STARTING_SECONDS
        while not (mark.exists() and "localhost:0/" not in link.read_text()):
            assert up.poll() is None, (folder / "up.log").read_text()
            assert time.monotonic() < deadline, (folder / "up.log").read_text()
            time.sleep(0.1)
        (folder / "sample").mkdir()
        hushkeep("sample", "--conversations", "300", "--out", str(folder / "sample" / "center.jsonl"))
        hushkeep("protect", str(folder / "sample"))
        port = json.loads(mark.read_text())["port"]
        yield Site(f"https://localhost:{port}", link.read_text().strip(), folder, environment)
    finally:
        up.terminate()
        up.wait(timeout=_STARTING_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Account:
    """A person who can sign in."""

    login: str
    password: str
    secret: str
    recovery_codes: list[str]
    last_step: int = 0

    def other_code(self, *, wanted: bool = False) -> str | None:
        """Return a recovery code when it is ``wanted`` or this step's code is spent, and enough are left."""
        spent = int(time.time()) // _STEP_SECONDS <= self.last_step
        return self.recovery_codes.pop() if (wanted or spent) and len(self.recovery_codes) > _KEPT_CODES else None

    def code(self) -> str:
        """Return a code that was not used before and holds long enough to be typed in; waits for one if it must."""
        while True:
            step, seconds = divmod(time.time(), _STEP_SECONDS)
            if step > self.last_step and seconds < _STEP_SECONDS - _TYPING_SECONDS:
                self.last_step = int(step)
                return totp(self.secret, self.last_step)
            time.sleep(0.2)


def totp(secret: str, step: int) -> str:
    """Return the 6-digit code of RFC 6238 for a time step (SHA-1, 30 seconds)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", step), "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


@pytest.fixture(scope="session")
def browser(_built, site):
    # On a page whose certificate is bad there are no passkeys: the site's own key is named as a good one.
    leaf = x509.load_pem_x509_certificate((site.folder / "site" / "tls" / "leaf.pem").read_bytes())
    public = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pin = base64.b64encode(hashlib.sha256(public).digest()).decode()
    with sync_playwright() as playwright:
        # Containers have no user namespaces for the sandbox; nothing but our own site is opened.
        words = ["--no-sandbox", f"--ignore-certificate-errors-spki-list={pin}"]
        chromium = playwright.chromium.launch(
            executable_path=_CHROMIUM,
            args=[*words, f"--disable-features={','.join(_LEFT_OUT)}"],
            timeout=_STARTING_SECONDS * 1000,
        )
        yield chromium
        chromium.close()


@dataclass
class Window:
    """A page of a fresh browser, with what its policy refused and what its scripts stumbled over."""

    page: Page
    site: Site
    refused: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.site.address + path)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is loading any more; pages that hold a stream open are never idle."""
        if not self.page.url.endswith(_STREAMING):
            self.page.wait_for_load_state("networkidle")
        self.until("document.querySelector('#root > *') && !document.querySelector('.loading, .loading-page')")

    def still(self) -> None:
        """Wait until nothing on the page moves any more."""
        self.until(_STILL)

    def until(self, expression: str) -> None:
        """Wait until ``expression`` holds on the page; the page's own polling would need the eval that it forbids."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self.page.evaluate(expression):
            assert time.monotonic() < deadline, expression
            self.page.wait_for_timeout(50)

    def choose(self, select: Locator, option: str) -> None:
        """Choose ``option`` of ``select``.

        A list that is still unfolding takes the click and stays open; nobody's hand is that fast.
        """
        unfolded = self.page.locator(".ant-select-dropdown:not(.ant-select-dropdown-hidden)")
        select.click()
        unfolded.wait_for()
        self.still()
        unfolded.get_by_title(option, exact=True).click()
        unfolded.wait_for(state="hidden")

    def sign_in(self, account: Account, *, by_recovery_code: bool = False) -> None:
        self.open("/")
        page = self.page
        page.locator("input[autocomplete=username]").fill(account.login)
        page.locator("input[type=password]").fill(account.password)
        page.keyboard.press("Enter")
        # Whoever has a passkey is asked for that first.
        code = page.locator("input.code-input")
        instead = page.get_by_role("button", name=re.compile("Use a code instead|改用验证码"))
        code.or_(instead).first.wait_for()
        if instead.count():
            instead.click()
        shell = page.locator(".shell")
        if other := account.other_code(wanted=by_recovery_code):
            page.get_by_role("button", name=re.compile("Use a recovery code|改用恢复码")).click()
            code.fill(other)
            page.keyboard.press("Enter")
            shell.wait_for()
        else:
            self.show_code(account, shell)
        self.settle()

    def show_code(self, account: Account, shown: Locator) -> str:
        """Type a code of ``account`` where one is asked for, until ``shown`` is there; return the code.

        Where the half minute of a code ended on its way, the next one is typed, as people do.
        """
        field = self.page.locator("input.code-input")
        forms = self.page.locator(".sign-in-form, .enrol-card, .ant-modal").filter(has=field)
        refused = forms.locator(".ant-alert-error")
        for _ in range(2):
            code = account.code()
            field.fill(code)
            self.page.keyboard.press("Enter")
            shown.or_(refused).first.wait_for()
            if shown.is_visible() or int(time.time()) // _STEP_SECONDS == account.last_step:
                break
        shown.wait_for()
        return code

    def answer_step_ups(self, account: Account) -> None:
        """Show the second factor from now on wherever it is asked for: the minutes that it holds may pass on the way.

        Playwright looks for the question before each act and each ``expect``, not in ``wait_for``.
        """
        field = self.page.locator(".ant-modal input.code-input")

        def answer() -> None:
            for _ in range(2):
                field.fill(account.code())
                self.page.keyboard.press("Enter")
                self.until(_ANSWERED)
                if not field.count():
                    return

        self.page.add_locator_handler(field, answer)

    def open_first_conversation(self) -> None:
        self.open("/conversations")
        self.page.locator(".table-row").first.click()
        self.page.locator(".thread").wait_for()
        self.settle()

    def take_rights(self) -> None:
        """Take administrator's rights, as an administrator does before they change anything."""
        page = self.page
        page.locator("button.account").click()
        page.get_by_role("menuitem", name="Take administrator’s rights").click()
        dialog = page.get_by_role("dialog", name="Take administrator’s rights")
        dialog.get_by_text("Somebody joins").click()
        dialog.get_by_role("button", name="Take them").click()
        page.locator(".elevated").wait_for()

    def faults(self) -> list[str]:
        """Return what axe finds wrong on the page as it stands."""
        session = self.page.context.new_cdp_session(self.page)
        # By the debugger, since the page's policy allows no foreign script.
        session.send("Runtime.evaluate", {"expression": _AXE.read_text()})
        self.still()  # a drawer that still fades in is paler than it will stand
        axe = f"axe.run(document, {{runOnly: {json.dumps(_RULES)}}}).then((r) => JSON.stringify(r.violations))"
        answer = session.send("Runtime.evaluate", {"expression": axe, "awaitPromise": True, "returnByValue": True})
        session.detach()
        found = json.loads(answer["result"]["value"])
        return [f"{v['id']}: {node['html'][:160]}" for v in found for node in v["nodes"]]


class Windows:
    """Opens fresh browsers: ``(language, theme, signed_in_as)``."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser, self.site = browser, site
        self.contexts: list[BrowserContext] = []

    def __call__(
        self,
        language: str = "en",
        theme: str = "light",
        account: Account | None = None,
        size: tuple[int, int] = (1440, 900),
        *,
        by_recovery_code: bool = False,
    ) -> Window:
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            locale={"en": "en-GB", "zh": "zh-CN"}[language],
            timezone_id="Asia/Shanghai",
            ignore_https_errors=True,  # TLS has its own tests; the local authority is not in Chromium's store
        )
        self.contexts.append(context)
        context.set_default_timeout(_PATIENCE_SECONDS * 1000)
        made = Window(context.new_page(), self.site)
        context.expose_function("hushkeepViolation", lambda words: made.refused.append(words))  # noqa: PLW0108 - it takes no builtin
        context.add_init_script(_WATCH)
        made.page.on("pageerror", lambda error: made.errors.append(str(error)))
        if account is not None:
            made.sign_in(account, by_recovery_code=by_recovery_code)
        return made

    def close(self) -> None:
        """Close them all: pages that nobody looks at any more still hold streams and ask for news."""
        for context in self.contexts:
            context.close()


@contextmanager
def _opening(browser, site):
    opening = Windows(browser, site)
    yield opening
    opening.close()


@pytest.fixture(scope="module")
def windows(browser: Browser, site: Site):
    """Return a function that opens a fresh browser: ``(language, theme, signed_in_as)``; all close with the module."""
    with _opening(browser, site) as opening:
        yield opening


def _enrol(window, link, login):
    """Walk through enrolment in the browser, as a person does; return who can sign in from then on."""
    page = window.page
    page.goto(link)
    password = "violet harbour quilt 27"
    page.locator("input[autocomplete=new-password]").first.fill(password)
    page.locator("input[autocomplete=new-password]").nth(1).fill(password)
    page.locator("button[type=submit]").click()
    account = Account(login, password, re.sub(r"\s", "", page.locator("code.secret").inner_text()), [])
    window.show_code(account, page.locator(".codes li").first)
    account.recovery_codes = page.locator(".codes li").all_inner_texts()
    return account


@pytest.fixture(scope="session")
def administrator(browser, site):
    with _opening(browser, site) as windows:
        return _enrol(windows(), site.enrolment_link, "administrator")


@pytest.fixture(scope="session")
def staff(browser, site, administrator):
    """People by role, each invited by the administrator and enrolled by themselves."""
    with _opening(browser, site) as windows:
        office = windows(account=administrator)
        office.take_rights()
        return {"administrator": administrator, **_invited(windows, office)}


def _invited(windows, office):
    names = {"supervisor": "陈静", "auditor": "Jane Smith", "agent": "王敏", "security": "Li Na", "dpo": "周岚"}
    people = {}
    for role, name in names.items():
        office.open("/people")
        office.page.locator(".page-actions .ant-btn-primary").click()
        dialog = office.page.get_by_role("dialog")
        dialog.get_by_label("Name", exact=True).fill(name)
        dialog.get_by_label("User name").fill(f"{role}.one")
        option = {
            "supervisor": "Supervisor",
            "auditor": "Auditor",
            "agent": "Agent",
            "security": "Security officer",
            "dpo": "Data-protection officer",
        }[role]
        office.choose(dialog.get_by_label("Role"), option)
        dialog.get_by_role("button", name="Make the link").click()
        link = dialog.locator(".link-box").inner_text().strip()
        people[role] = _enrol(windows(), link, f"{role}.one")
    return people


@pytest.fixture(scope="module")
def offices(windows, staff):
    """A signed-in window for each role, opened once."""
    opened = {}

    def office(role, language="en", theme="light"):
        key = (role, language, theme)
        if key not in opened:
            opened[key] = windows(language, theme, staff[role])
        return opened[key]

    return office
