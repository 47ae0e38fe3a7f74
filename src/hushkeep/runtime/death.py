"""A child that does not outlive its parent: Linux's parent-death signal (prctl(2), PR_SET_PDEATHSIG)."""

import ctypes
import os
import signal
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def end_with_parent(number: signal.Signals) -> None:
    """Have the kernel send ``number`` to this process when the thread that started it is gone."""
    parent = os.getppid()
    _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:  # it went while we asked
        os.kill(os.getpid(), number)


def with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return a ``preexec_fn`` that has the child end with us, by ``number``."""
    ours = os.getpid()

    def ask() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != ours:  # we went before the child could ask
            os.kill(os.getpid(), number)

    return ask
