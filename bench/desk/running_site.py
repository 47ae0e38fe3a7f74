"""A whole site in a folder of its own for a bench: made, started, filled with the made-up center, gone at the end.

The folder stands in the environment, so this is made before anything of hushkeep reads its settings.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).parents[2]
_NOBODY = 65534


class Site:
    """A running ``hushkeep up``; level ``demo`` runs as whoever starts the bench, ``separated`` needs root."""

    def __init__(self, level):
        self.level, self.center = level, "demo" if level == "demo" else "own"
        self.folder = Path(tempfile.mkdtemp(prefix="hushkeep-bench-"))
        self.folder.chmod(0o711)
        self.data_dir = self.folder / "site"
        self.process = None
        os.environ["HUSHKEEP_DATA_DIR"] = str(self.data_dir)
        os.environ["HUSHKEEP_PORT"] = "0"
        packages = f"{ROOT / 'src'}:{sysconfig.get_paths()['purelib']}"
        self.environment = os.environ | {"PYTHONPATH": packages}
        self.python = sys.executable if level == "demo" else _for_everybody(packages)

    def hushkeep(self, *words):
        """Run a command on this site; return its stdout."""
        command = [self.python, "-m", "hushkeep", *words]
        done = subprocess.run(command, env=self.environment, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def make(self):
        """Make the site; level ``separated`` gets one center of its own."""
        self.hushkeep("init", *(() if self.level == "demo" else ("--level", self.level, "--center", self.center)))

    def start(self):
        """Start everything, and wait until it answers."""
        log = (self.folder / "up.log").open("wb")
        command = [self.python, "-m", "hushkeep", "up"]
        self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        while "Console: " not in (self.folder / "up.log").read_text():
            assert self.process.poll() is None, (self.folder / "up.log").read_text()
            time.sleep(0.2)

    def fill(self, conversations):
        """Take the made-up center in; return its records."""
        (self.folder / "in").mkdir()
        lines = self.folder / "in" / "center.jsonl"
        self.hushkeep("sample", "--conversations", str(conversations), "--out", str(lines))
        self.hushkeep("protect", str(self.folder / "in"), "--center", self.center)
        return [json.loads(line) for line in lines.read_text().splitlines()]

    def take_in(self, records):
        """Take these records in."""
        (self.folder / "in").mkdir()
        lines = "\n".join(json.dumps(record) for record in records)
        (self.folder / "in" / "center.jsonl").write_text(lines, "utf-8")
        self.hushkeep("protect", str(self.folder / "in"), "--center", self.center)

    def connector(self):
        """Return (tenant, id, secret) of a telephone system that is made here."""
        self.hushkeep("connector", "add", "pbx", "--center", self.center, "--out", str(self.folder / "pbx.json"))
        made = json.loads((self.folder / "pbx.json").read_text())
        return UUID(made["tenant"]), made["connector"], bytes.fromhex(made["secret"])

    @property
    def port(self):
        """Where the front listens."""
        return json.loads((self.data_dir / "run" / "front.json").read_text())["port"]

    @property
    def authority(self):
        """The file of the certificates' authority."""
        return str(self.data_dir / "tls" / "ca.pem")

    def stop(self):
        """End what was started, and remove the folder."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def running(level="demo"):
    """Yield a site that is made and started; it is gone afterwards."""
    site = Site(level)
    try:
        site.make()
        site.start()
        yield site
    finally:
        site.stop()


def _for_everybody(packages):
    """An interpreter that every user can run: a root's own often lies where only root can pass."""
    for python in (sys.executable, "/usr/bin/python3"):
        asked = [python, "-c", "import django, granian"]
        environment = {"PYTHONPATH": packages, "PATH": "/usr/bin:/bin"}
        rights = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
        try:
            if subprocess.run(asked, check=False, env=environment, cwd="/", **rights).returncode == 0:
                return python
        except PermissionError:
            continue
    raise SystemExit("no interpreter that other users can run and that has what we need")
