"""A child that does not outlive its parent: Linux's parent-death signal (prctl(2), PR_SET_PDEATHSIG)."""

import ctypes
import signal
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return a ``preexec_fn`` that has the kernel send ``number`` to the child when its parent is gone."""

    def ask() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)

    return ask
