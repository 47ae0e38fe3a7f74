"""Django for every test and doctest: set up on a data directory of its own, with no server behind it yet."""

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - what stands in it is made by mkdtemp
_ROOM_BYTES = 4 * 1024**3


def _lie_in_memory():
    """Let what tests make lie in memory: on a disk, databases and key stores wait for it at each commit.

    Processes are killed here, machines are not: no test could see the difference. TMPDIR says where else.
    """
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return
    state = os.statvfs(_MEMORY)  # what is not to be executed cannot hold a copy of the database's programs
    if not state.f_flag & os.ST_NOEXEC and state.f_bavail * state.f_frsize >= _ROOM_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


_lie_in_memory()
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
