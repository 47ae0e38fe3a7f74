"""One right of root's that a process keeps when it becomes another user: to lock its memory (capabilities(7)).

A limit (RLIMIT_MEMLOCK) cannot be raised where the machine's own root may not raise limits, as in many containers;
the ambient capability CAP_IPC_LOCK works there too, and gives nothing else.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_IPC_LOCK = 14
_VERSION_3 = 0x20080522
_libc = ctypes.CDLL(None, use_errno=True)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Rights(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextmanager
def kept_over_setuid() -> Iterator[None]:
    """Let a child that is started in the block keep its rights while it changes its user, until it executes."""
    _libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    try:
        yield
    finally:
        _libc.prctl(_PR_SET_KEEPCAPS, 0, 0, 0, 0)


def keep_memory_lock() -> bool:
    """Drop every right of this process but that to lock memory, for what it executes too; return whether it has it.

    Call it in the child, after it changed its user.
    """
    bit = 1 << _CAP_IPC_LOCK
    header, rights = _Header(_VERSION_3, 0), (_Rights * 2)(_Rights(bit, bit, bit), _Rights(0, 0, 0))
    if _libc.capset(ctypes.byref(header), rights) != 0:
        return False
    return bool(_libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_IPC_LOCK, 0, 0) == 0)
