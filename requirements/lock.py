"""Writes the locked lists: every version with its hashes, for every platform, without addresses of indexes.

``run.txt``: what the product needs, with what builds it. ``dev.txt``: the same versions, with the tools of the tests.
"""

import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_FLAGS = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--quiet",
]


def _compile(out: str, *sources: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [str(uv), "pip", "compile", *_FLAGS, *sources, "-o", f"requirements/{out}"], cwd=_HERE.parent, check=True
    )


if __name__ == "__main__":
    _compile("run.txt", "pyproject.toml", "requirements/build.in")
    _compile("dev.txt", "pyproject.toml", "requirements/build.in", "requirements/dev.in", "-c", "requirements/run.txt")
