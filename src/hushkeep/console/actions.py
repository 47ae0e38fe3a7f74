"""The console's list of actions, generated from the kernel's by ``python -m hushkeep.console.actions``."""

import json
import sys

from hushkeep.kernel.actions import LEVEL, Action

_HEAD = """\
/** Generated from src/hushkeep/kernel/actions.py by `python -m hushkeep.console.actions`: do not edit. */
"""


def typescript() -> str:
    """Return the source text of ``console/src/actions.ts``: the words in order, and each one's level 0-3."""
    words = "".join(f"  {json.dumps(action.value)},\n" for action in Action)
    levels = "".join(f"  {json.dumps(action.value)}: {LEVEL[action]},\n" for action in Action)
    return (
        f"{_HEAD}export const ACTIONS = [\n{words}] as const;\n\n"
        "export type Action = (typeof ACTIONS)[number];\n\n"
        f"export const LEVEL: Record<Action, 0 | 1 | 2 | 3> = {{\n{levels}}};\n"
    )


if __name__ == "__main__":
    sys.stdout.write(typescript())
