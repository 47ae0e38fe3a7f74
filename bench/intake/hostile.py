"""Files too large for the tests: a line of 200 MB in each format, and bombs that unpack to 10 GB.

    python bench/intake/hostile.py

Each is looked through by ``hushkeep protect --dry-run`` beside a good file. Every one must be named, the good one be
found, exit 3, and no process grow beyond 400 MiB.
"""

import base64
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

LINE, UNPACKED, CHUNK = 200_000_000, 10_000_000_000, 10_000_000
WANTED = {
    "line.jsonl": "line_too_long",
    "line.csv": "line_too_long",
    "line.txt": "file_too_large",
    "line.eml": "file_too_large",
    "line.mbox": "file_too_large",
    "bomb.zip": "file_too_large",
    "many.zip": "unpacks_too_large",
    "bomb.eml": "unpacks_too_large",
    "bomb.xlsx": "unpacks_too_large",
}


def line(path, head=b"", tail=b""):
    with path.open("wb") as stream:
        stream.write(head)
        for _each in range(LINE // CHUNK):
            stream.write(b"x" * CHUNK)
        stream.write(tail)


def bomb(path, members, kind=".txt"):
    """Write a zip of ``members`` that unpack to 10 GB together: one block of zeros, packed once, again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(CHUNK)) + packer.flush(zlib.Z_FULL_FLUSH)
    times, crc = UNPACKED // members // CHUNK, 0
    for _each in range(times):
        crc = zlib.crc32(bytes(CHUNK), crc)
    data = block * times + packer.flush(zlib.Z_FINISH)
    listed = []
    with path.open("wb") as stream:
        for number in range(members):
            name = f"word/{number}{kind}".encode()
            fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x21, crc, len(data), times * CHUNK, len(name), 0)
            listed.append(b"PK\1\2\x14\0" + fields + struct.pack("<HHHII", 0, 0, 0, 0, stream.tell()) + name)
            stream.write(b"PK\3\4" + fields + name + data)
        at, directory = stream.tell(), b"".join(listed)
        stream.write(directory)
        stream.write(b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, members, members, len(directory), at, 0))


def made(folder):
    line(folder / "line.jsonl")
    line(folder / "line.csv", b"session id,message\n1,", b"\n2,hello\n")
    line(folder / "line.txt")
    line(folder / "line.eml", b"From: a@b.example\n\n")
    line(folder / "line.mbox", b"From x Wed Mar  4 08:00:00 2026\n")
    bomb(folder / "bomb.zip", 4)
    bomb(folder / "many.zip", 200, ".jsonl")
    bomb(folder / "bomb.xlsx", 4, ".xml")
    head = (
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: application/octet-stream\n"
    )
    head += b'Content-Disposition: attachment; filename="b.docx"\nContent-Transfer-Encoding: base64\n\n'
    (folder / "bomb.eml").write_bytes(head + base64.encodebytes((folder / "bomb.xlsx").read_bytes()) + b"\n--B--\n")
    (folder / "good.txt").write_text("customer: hello, my phone is 13812345678\n")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made(folder)
        began = time.monotonic()
        words = [sys.executable, "-m", "hushkeep", "protect", str(folder), "--dry-run", "--json"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
            peaks = {}
            while run.poll() is None:
                for pid in [run.pid, *_children(run.pid)]:
                    peaks[pid == run.pid] = max(peaks.get(pid == run.pid, 0), _memory(pid))
                time.sleep(0.05)
            report = json.loads(run.stdout.read())
        got = {item["file"].split("/")[0]: item["code"] for item in report["rejects"]}
        for file, code in WANTED.items():
            size = (folder / file).stat().st_size
            judged = "as wanted" if got.get(file) == code else f"WANTED {code}"
            print(f"| {file} | {size:,} | {got.get(file)} | {judged} |")
        print(
            f"exit {run.returncode}, {report['taken']} taken, {time.monotonic() - began:.0f} s, highest memory: "
            f"the program {peaks[True]} MiB, its parser {peaks.get(False, 0)} MiB"
        )
        return 0 if (got, run.returncode, report["taken"]) == (WANTED, 3, 3) else 1


def _children(pid):
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _memory(pid):
    try:
        rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(row.split()[1]) // 1024 for row in rows if row.startswith("VmRSS")), 0)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C"
    sys.exit(main())
