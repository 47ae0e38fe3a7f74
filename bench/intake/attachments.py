"""Mails with and without what hangs on them, in turns: what sealing it costs, and that nothing is done twice.

    python bench/intake/attachments.py [--mails 500] [--kilobytes 100] [--rounds 3]

Makes a site of its own in a temporary folder, starts it, and removes it. Each round takes in as many mails without an
attachment, as many of which every fifth bears a picture of so many kilobytes, as many that all do, and the last again.
Memory is the highest of each process's own. Ratios count.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
from base64 import encodebytes
from pathlib import Path

from long import Watch
from measure import HUSHKEEP, hushkeep, processor_seconds, running

EVERY = {"without": 0, "every fifth with one": 5, "each with one": 1}
"""What is measured -> every how many-th mail bears an attachment."""


def mailbox(path, number, mails, every, kilobytes):
    """Write ``mails`` mails, every ``every``-th with a picture of its own of ``kilobytes``."""
    with path.open("wb") as box:
        for one in range(mails):
            box.write(
                b"From x Wed Mar  4 08:00:00 2026\r\nFrom: Ann <ann@example.org>\r\nTo: help@center.example\r\n"
                b"Subject: Order\r\nMessage-ID: <%d.%d.%d@x>\r\n"
                % (number, every, one)
                + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\n'
                b"Content-Type: text/plain; charset=utf-8\r\n\r\nMy number is 13812345678, see there.\r\n"
            )
            if every and one % every == 0:
                picture = encodebytes(b"\x89PNG" + os.urandom(kilobytes * 1000 - 4))
                box.write(b"--B\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n")
                box.write(b'Content-Disposition: attachment; filename="a.png"\r\n\r\n' + picture)
            box.write(b"--B--\r\n\r\n")


def taken(folder, watch):
    """Return (mails a second, attachments sealed) of an intake of ``folder``."""
    words = [*HUSHKEEP, "protect", str(folder), "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
        watch.program = program.pid
        said = program.stdout.read()
    assert program.returncode == 0
    report = json.loads(said)
    return (report["taken"] + report["duplicates"]) / report["seconds"], sum(report["attachments"].values())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=500)
    parser.add_argument("--kilobytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hk-"))
    folder.chmod(0o711)
    os.environ |= {"HUSHKEEP_DATA_DIR": str(folder / "site"), "HUSHKEEP_PORT": "0", "LC_ALL": "C"}
    hushkeep("init")
    rates = {name: [] for name in (*EVERY, "the last again")}
    try:
        with running(2) as site:
            watch = Watch(site, 0)
            try:
                rounds(folder, wanted, rates, watch, site)
            finally:
                watch.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    middle = {name: statistics.median(some) for name, some in rates.items()}
    print("| mails | mails/s, median | beside those without | MB sealed a second |\n|---|---|---|---|")
    for name, rate in middle.items():
        every = EVERY.get(name, 0)
        sealed = f"{rate / every * wanted.kilobytes / 1000:.1f}" if every else ""
        print(f"| {name} | {rate:,.0f} | {rate / middle['without']:.2f} | {sealed} |")
    print("highest own memory, MiB:", {name: round(peak) for name, peak in sorted(watch.peaks.items())})


def rounds(folder, wanted, rates, watch, site):
    """Take in each kind by turns; the first round only warms the site."""
    for number in range(wanted.rounds + 1):
        for name, every in EVERY.items():
            place = folder / f"{every}-{number}"
            place.mkdir()
            mailbox(place / "box.mbox", number, wanted.mails, every, wanted.kilobytes)
            before = processor_seconds(site)
            rate, sealed = taken(place, watch)
            after = processor_seconds(site)
            spent = {kind: f"{(after[kind] - before[kind]) / wanted.mails * 1e3:.1f}" for kind in after}
            print(name, spent, "ms of processor a mail")
            assert sealed == (-(-wanted.mails // every) if every else 0), (name, sealed)
            rates[name].append(rate)
        rate, sealed = taken(place, watch)
        assert sealed == 0
        rates["the last again"].append(rate)
        if number == 0:
            for some in rates.values():
                some.clear()
        else:
            print({name: round(some[-1]) for name, some in rates.items()}, f"load {os.getloadavg()[0]:.1f}", flush=True)


if __name__ == "__main__":
    main()
