"""Fixtures of the tests with servers."""

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

import protecting


@pytest.fixture(scope="module")
def running(made_site):
    """A running site; stopped in good order at the end."""
    # Under root the database's own user must pass the folder: pytest's is closed to others.
    folder = Path(tempfile.mkdtemp(prefix="hk-"))
    site = protecting.RunningSite(folder, made_site)
    with site.popen("up", stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        try:
            for line in process.stderr:
                if "https://" in line:
                    break
            site.supervisor = process.pid
            yield site
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=120)
            shutil.rmtree(folder, ignore_errors=True)
