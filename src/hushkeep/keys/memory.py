"""Keep keys out of swap, core files and debuggers, as far as the machine allows."""

import ctypes
import resource
from pathlib import Path
from typing import Final

_PR_SET_DUMPABLE: Final = 4
_MCL_CURRENT_AND_FUTURE: Final = 3
_CAP_IPC_LOCK: Final = 14
_DESCRIPTORS: Final = 4096


def guard_memory() -> dict[str, bool]:
    """Lock this process's memory, forbid core files and tracing, make room for clients; return what was allowed."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _DESCRIPTORS:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(_DESCRIPTORS, hard), hard))
    libc = ctypes.CDLL(None, use_errno=True)
    undumpable = libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0
    limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    free = _capabilities() >> _CAP_IPC_LOCK & 1
    # A small limit would not refuse here but kill later allocations: then memory is left unlocked, and doctor says so.
    enough = free or limit == resource.RLIM_INFINITY or limit >= 1 << 30
    locked = enough and libc.mlockall(_MCL_CURRENT_AND_FUTURE) == 0
    return {"undumpable": undumpable, "locked": bool(locked)}


def _capabilities() -> int:
    """Return the bits of what this process may do beyond its user id (capabilities(7))."""
    for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0
