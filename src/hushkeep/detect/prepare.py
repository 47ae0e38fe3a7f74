"""Compile the patterns beforehand, so that no process of a first start waits: ``python -m hushkeep.detect.prepare``.

Where ``PYTHONDONTWRITEBYTECODE`` is set, nothing is kept, here as elsewhere.
"""

from hushkeep.detect.finder import find
from hushkeep.kernel import Turn

_SAID = "my name is Ann Smith, my PIN is 4711; 我是王小明，手机号13812345678"


def prepare() -> None:
    """Load everything that the first ``find`` of a process would; what is compiled on the way is kept."""
    for names in (True, False):
        find([Turn("customer", _SAID)], names=names)


if __name__ == "__main__":
    prepare()
