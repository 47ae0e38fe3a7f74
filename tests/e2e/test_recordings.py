"""Recordings the whole way in a browser: dropped, searched, heard without what must not be, refused, written down."""

import base64
import io
import re
import time

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

pytestmark = [pytest.mark.server, pytest.mark.timeout(1200)]

RATE = 8000
TONES = {"4": (770, 1209), "9": (852, 1477), "1": (697, 1209), "7": (852, 1209)}
DROP = """(files) => {
    const file = ({ name, data }) => ({ isFile: true, isDirectory: false, name, file: (yes) =>
        yes(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name)) });
    const folder = { isFile: false, isDirectory: true, name: "calls", createReader: () => {
        let told = false;
        return { readEntries: (yes) => { yes(told ? [] : files.map(file)); told = true; } };
    } };
    const event = new Event("drop", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "dataTransfer", { value: { items: [{ webkitGetAsEntry: () => folder }] } });
    document.querySelector(".drop").dispatchEvent(event);
}"""


def _call(seconds=12.0):
    """A stereo call, faint noise on both lines, 4917 typed on the first at second 4."""
    sound = np.random.default_rng(3).normal(0, 1e-4, (int(seconds * RATE), 2)).astype("float32")
    for i, key in enumerate("4917"):
        t, start = np.arange(800) / RATE, int((4 + 0.25 * i) * RATE)
        sound[start : start + 800, 0] += (0.2 * sum(np.sin(2 * np.pi * f * t) for f in TONES[key])).astype("float32")
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


def _seconds(page, selector):
    """Each [data-first, data-end) of what is shown, as single seconds, sorted."""
    pairs = page.evaluate(
        f"[...document.querySelectorAll('{selector}')].map((n) => [+n.dataset.first, +n.dataset.end])"
    )
    return sorted({second for first, end in pairs for second in range(first, end)})


def _agreed(page, answers, patience=60):
    """(seconds heard, seconds logged, status of each answer) once there are as many of each.

    A second that was on its way when the player paused is answered and logged after that.
    """
    until = time.monotonic() + patience
    while True:
        found = _seconds(page, ".waveform-heard"), _seconds(page, ".trail-scrolled li"), [a.status for a in answers]
        rows = page.locator(".trail-scrolled li").count()
        if {len(part) for part in found} == {rows} or time.monotonic() > until:
            return found
        page.wait_for_timeout(100)


def test_a_folder_of_recordings_from_the_drop_to_the_listening_log(windows, administrator, staff):
    office = windows("en", "light", administrator)
    office.open("/intake")
    files = {"one.wav": _call(), "one.wav.json": b'{"pauses": [[9, 10]]}', "bad.wav": b""}
    office.page.evaluate(DROP, [{"name": n, "data": base64.b64encode(d).decode()} for n, d in files.items()])
    report = office.page.locator(".drop-report")
    report.get_by_text("1 recording sealed.").wait_for()
    report.get_by_text("The file is empty").wait_for()

    window = windows("en", "light", staff["supervisor"])
    answers = []
    window.page.on("response", lambda answer: "/audio?" in answer.url and answers.append(answer))
    window.open("/recordings")
    page = window.page
    row = page.locator(".table-row").first
    row.get_by_text("Redacted").wait_for(timeout=90_000)
    row.click()
    page.locator(".waveform").wait_for()
    expect(page.locator(".waveform-hidden title")).to_have_count(3)  # the keys, and the pause on both lines
    page.get_by_text("Nobody has listened yet.").wait_for()
    assert _seconds(page, ".trail-scrolled li") == []
    window.choose(page.get_by_label("Purpose", exact=False), "Handling a complaint")
    page.get_by_role("button", name="Play").click()
    window.until("+document.querySelector('[role=timer]').textContent.split('/')[0].split(':').pop() >= 4")
    page.get_by_role("button", name="Pause").click()
    heard, logged, told = _agreed(page, answers)
    assert heard[:4] == [0, 1, 2, 3]
    assert logged == heard
    assert told == [206] * len(heard)
    assert window.refused == []
    assert window.errors == []
    assert window.faults() == []

    stranger = windows("en", "light", staff["agent"])
    with stranger.page.expect_response(re.compile("/api/v1/recordings/")) as refused:
        stranger.open(page.url.removeprefix(window.site.address))
    assert refused.value.status == 403
    assert stranger.page.locator(".waveform").count() == 0
