"""A site of the tests of ``hushkeep protect``, and its command line."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from hushkeep import vault
from hushkeep.runtime.key_client import KeyClient

_ROOT = Path(__file__).parents[1]


class RunningSite:
    """A site of its own, as good as made anew, and its command line."""

    def __init__(self, folder, made_site):
        subprocess.run(["cp", "-a", f"{made_site}/.", str(folder)], check=True)
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": os.environ.get("HOME", "/root"),
            "PYTHONPATH": str(_ROOT / "src"),
            "HUSHKEEP_DATA_DIR": str(folder / "site"),
            "HUSHKEEP_PORT": "0",
        }

    def popen(self, *words, **how):
        return subprocess.Popen([sys.executable, "-m", "hushkeep", *map(str, words)], env=self.environment, **how)

    def run(self, *words, **environment):
        command = [sys.executable, "-m", "hushkeep", *map(str, words)]
        return subprocess.run(
            command, env=self.environment | environment, capture_output=True, text=True, check=False, timeout=240
        )

    def protect(self, path, *words):
        """Return (exit code, report)."""
        done = self.run("protect", path, "--json", *words)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)


def write(path, records, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding=encoding)


def children(pid):
    """The processes that ``pid`` has started and that run; none of one that has ended meanwhile."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def command(pid):
    """How ``pid`` was started; nothing of one that has ended meanwhile."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


PIECES = (
    "SELECT p.id, p.size, p.wrapped, c.subject FROM records_attachment a"
    " JOIN records_conversation c ON c.id = a.conversation"
    " JOIN records_attachmentpart p ON p.conversation = a.conversation AND p.content = a.content"
)
"""What ``opened_pieces`` needs of every attachment."""


def opened_pieces(data_dir, tenant, rows):
    """The bytes of each of ``rows`` of PIECES, by the key service of the site at ``data_dir``."""
    event, opened = uuid4(), []
    with KeyClient(data_dir / "run" / "keys" / "keys.sock") as client:
        ticket = client.ticket_job(tenant, uuid4(), list({row[3] for row in rows}), ["text"], event)
        for part, size, wrapped, _subject in rows:
            stored = next((data_dir / "objects").rglob(str(part))).read_bytes()
            cut = vault.segments_between(len(stored), 0, size)
            pieces = [(one.number, one.last, stored[one.start : one.stop]) for one in cut]
            head = stored[: vault.FILE_HEADER_BYTES]
            wraps = [bytes(wrapped)]
            opened.append(
                b"".join(client.open_segments(ticket, event, wraps, part, head, [piece])[0] for piece in pieces)
            )
    return opened
