"""The console's list of actions is the kernel's."""

from pathlib import Path

from hushkeep.console.actions import typescript

SOURCE = Path(__file__).parents[3] / "console" / "src" / "actions.ts"


def test_the_generated_list_of_actions_is_current():
    assert SOURCE.read_text() == typescript()
