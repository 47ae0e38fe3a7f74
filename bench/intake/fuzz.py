"""Break files of every kind, guided by what the parsers' code does with them: no hang, no crash, no growth.

    pip install atheris
    python bench/intake/fuzz.py [--seconds 600] [--parser mail] [--parser table] …

Each parser is fuzzed in a process of its own by atheris (libFuzzer), begun with the files that the tests make. Two more
get at what hangs on mails, which is in base64 there: ``attached`` makes a mail of broken names and files of every kind,
``pdf`` breaks PDFs alone.

A parser's answer to a broken file is a reject: whatever it raises is printed once, with the input that brings it back
in hexadecimal. What it gives is judged as its reader and the intake judge it: it passes between the two processes, and
an attachment is the bytes that its record announces, in a state that may be, under a name that can be masked. A try of
more than 60 s, or more than 1 GiB of memory, ends the run of that parser and fails it; its input is printed too (zlib,
then base64).
"""

import argparse
import base64
import io
import re
import subprocess
import sys
import tempfile
import traceback
import zlib
from pathlib import Path

import fuzz_inputs

_HANG_SECONDS, _MEMORY_MB = 60, 1024  # as long as a parser may be silent
_ATTACHED, _PDF = "attached", "pdf"
_STAT = re.compile(r"stat::(\w+):\s+(\d+)")
_PULSE = re.compile(r"^#(\d+)\s.* rss: (\d+)Mb", re.MULTILINE)


def corpus_of(kind):
    """The inputs to begin with."""
    from hushkeep.channels.formats import kinds  # noqa: PLC0415

    if kind == _ATTACHED:
        return fuzz_inputs.attached()
    if kind == _PDF:
        return fuzz_inputs.pdfs()
    return [data for name, data in fuzz_inputs.made_files().items() if kind in ("list", kinds.kind_of(name))]


def fuzz(kind, folder, seconds):
    """Fuzz the parser ``kind`` from the files in ``folder``; does not return."""
    import atheris  # noqa: PLC0415 - not one of our requirements: this bench alone uses it

    with atheris.instrument_imports(
        include=["hushkeep.channels", "email", "zipfile", "tarfile", "pypdf", "openpyxl", "olefile", "striprtf"]
    ):
        from hushkeep.channels.formats import documents  # noqa: PLC0415
        from hushkeep.channels.formats.parsers import PARSERS  # noqa: PLC0415
        from hushkeep.channels.formats.rules import scanner  # noqa: PLC0415
        from hushkeep.channels.formats.shape import Reading, Source  # noqa: PLC0415
    from fuzz_judge import Judge  # noqa: PLC0415 - it imports what had to be instrumented

    reading = Reading(parsers=PARSERS, dangerous=scanner())
    name = {"transcript": "a.txt", "archive": "a.zip", "outlook": "a.msg"}.get(kind, "a.eml")
    empty_workbook = fuzz_inputs.workbook()
    judge = Judge(kind)
    seen = set()
    tried = 0

    def look(data):
        if kind == _PDF:
            try:
                documents.text_of(data, ".pdf")
            except documents.Unreadable:
                return
        else:
            made = fuzz_inputs.mail_of(data, empty_workbook) if kind == _ATTACHED else data
            parse = PARSERS["mail" if kind == _ATTACHED else kind]
            judge.look(list(parse(Source(io.BytesIO(made), name, len(made)), reading)))

    def one(data):
        nonlocal tried
        tried += 1
        try:
            look(data)
        except Exception as fault:  # noqa: BLE001 - what the run looks for
            last = traceback.extract_tb(fault.__traceback__)[-1]
            where = (type(fault).__name__, last.filename, last.lineno)
            if where not in seen:
                seen.add(where)
                print(f"RAISED {kind} {where} {fault} {data[:2000].hex()}", file=sys.stderr, flush=True)
        if tried % 1000 == 0 and judge.states:
            print(f"STATES {dict(judge.states)}", file=sys.stderr, flush=True)

    words = Path(folder).with_name("words")
    words.write_text("".join(f'"{word}"\n' for word in fuzz_inputs.WORDS), encoding="ascii")
    limits = [f"-max_total_time={seconds}", f"-timeout={_HANG_SECONDS}", f"-rss_limit_mb={_MEMORY_MB}"]
    limits += [f"-max_len={fuzz_inputs.LARGEST}", f"-dict={words}", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={folder}-", folder], one)
    atheris.Fuzz()


def run(kind, seconds):
    """Fuzz one parser in a process of its own; return whether it held."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for number, data in enumerate(corpus_of(kind)):
            (corpus / str(number)).write_bytes(data)
        words = [sys.executable, __file__, "--one", kind, "--corpus", str(corpus), "--seconds", str(seconds)]
        done = subprocess.run(words, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        ended_it = [(path.name, path.read_bytes()) for path in Path(folder).glob("corpus-*")]
    said = done.stderr.decode(errors="replace")
    raised = [line for line in said.splitlines() if line.startswith("RAISED")]
    states = [line.removeprefix("STATES ") for line in said.splitlines() if line.startswith("STATES")]
    stats = {name: int(value) for name, value in _STAT.findall(said)}
    pulses = [int(rss) for _, rss in _PULSE.findall(said)]
    half = pulses[len(pulses) // 2] if pulses else 0
    print(
        f"| {kind} | {stats.get('number_of_executed_units', 0):,} | {len(raised)} | "
        f"{stats.get('slowest_unit_time_sec', -1)} s | {pulses[0] if pulses else 0} / {half} / "
        f"{stats.get('peak_rss_mb', -1)} MiB | {states[-1] if states else ''} | "
        f"{'held' if done.returncode == 0 and not raised else 'BROKE'} |",
        flush=True,
    )
    for line in raised:
        print(line, flush=True)
    if done.returncode != 0:
        print(said[-3000:], flush=True)
    for name, data in ended_it:
        print(f"ENDED BY {name} {base64.b64encode(zlib.compress(data)).decode()}", flush=True)
    return done.returncode == 0 and not raised


def main():
    from hushkeep.channels.formats.parsers import PARSERS  # noqa: PLC0415

    every = [*sorted(PARSERS), _ATTACHED, _PDF]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--parser", action="append", choices=every)
    wanted = parser.parse_args()
    print("| parser | tries | raised | slowest | memory at first / half way / highest | attachments judged | |")
    print("|---|---|---|---|---|---|---|", flush=True)
    held = [run(kind, wanted.seconds) for kind in wanted.parser or every]
    return 0 if all(held) else 1


if __name__ == "__main__":
    if "--one" in sys.argv:  # before anything of ours is imported: atheris instruments what comes later
        words = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
        fuzz(words["--one"], words["--corpus"], int(words["--seconds"]))
    sys.exit(main())
