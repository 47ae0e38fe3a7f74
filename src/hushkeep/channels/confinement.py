"""Shutting a parser in: no network, no file, no process, bounded memory and time. Called once, from within.

What holds, from strong to weak: (1) a network namespace of its own with nothing in it, where the kernel allows it to
this user; (2) limits that the kernel always keeps: no descriptor may be opened beyond those that are open, no byte be
written to a file, no process be made (root alone escapes this one), memory and processor time end. (2) alone keeps a
parser that merely went wrong from reaching anything; (1) also holds when its process has been taken over.
"""

import ctypes
import gc
import os
import resource
import signal

MEMORY_BYTES = 1024 * 1024 * 1024
_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
_PR_SET_NO_NEW_PRIVS, _PR_SET_DUMPABLE = 38, 4


def confine(*, descriptors: int, memory_bytes: int = MEMORY_BYTES) -> bool:
    """Give up everything but memory, ``memory_bytes`` of it, and the descriptors below ``descriptors``.

    Returns whether the process has no network even if it is taken over. There is no way back. Raises OSError when one
    of the limits cannot be set: then nothing may be parsed.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    alone: bool = libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC) == 0
    for option, value in ((_PR_SET_NO_NEW_PRIVS, 1), (_PR_SET_DUMPABLE, 0)):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    os.closerange(descriptors, 4096)
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, descriptors),
    ):
        resource.setrlimit(limit, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write to a file then fails with an error instead
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who reads us
    gc.collect()
    return alone
