"""Django for every test and doctest: set up on a data directory of its own, with no server behind it yet."""

import os
import shutil
import tempfile
from pathlib import Path

# A short path, since Unix sockets stand under it; passable, since under root postgres runs as another user.
_FOLDER = Path(tempfile.mkdtemp(prefix="hushkeep-"))
_FOLDER.chmod(0o711)


collect_ignore = ["tests/integration/runtime/ordinary_user.py"]  # a program that a test starts


def _boot():
    """Before any other conftest is read: those below import models."""
    for name in [name for name in os.environ if name.startswith("HUSHKEEP_") and name != "HUSHKEEP_SHARED_DATA"]:
        del os.environ[name]
    # One thread a process: tests run in one process a core, and threads that wait for one another would take turns.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["PYTHONPATH"] = str(Path(__file__).parent / "src")  # for the processes that tests start
    os.environ["HUSHKEEP_DATA_DIR"] = str(_FOLDER / "site")
    from hushkeep.runtime.boot import boot  # noqa: PLC0415 - settings are read at import
    from hushkeep.runtime.secret_files import DJANGO, make_secret  # noqa: PLC0415

    make_secret(DJANGO)
    boot()


_boot()


def pytest_unconfigure(config):
    shutil.rmtree(_FOLDER, ignore_errors=True)
