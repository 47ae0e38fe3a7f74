"""Writes the locked lists: every version with its hashes, for every platform, without addresses of indexes.

Beside them the bill of materials, ``sbom.cdx.json`` (CycloneDX 1.6).

``run.txt``: what the product needs, with what builds it. ``dev.txt``: the same versions, with the tools of the tests.
"""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def bill_of_materials() -> dict[str, Any]:
    """Return the bill of materials of ``run.txt`` and of the console's lock file."""
    components = [*_python(), *_console()]
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}


def _python() -> list[dict[str, Any]]:
    entries = re.split(r"^(?=[a-z0-9])", (_HERE / "run.txt").read_text(), flags=re.MULTILINE)[1:]
    return [
        _component("pypi", *entry.split()[0].split("=="), "SHA-256", re.findall(r"sha256:([0-9a-f]{64})", entry))
        for entry in entries
    ]


def _console() -> list[dict[str, Any]]:
    file = _HERE.parent / "console" / "package-lock.json"
    packages = json.loads(file.read_text())["packages"] if file.exists() else {}
    names = {path.rpartition("node_modules/")[2]: entry for path, entry in packages.items() if path}
    shipped = {name: entry for name, entry in names.items() if not entry.get("dev")}
    return [
        _component("npm", name, entry["version"], "SHA-512", [_hexadecimal(entry["integrity"])])
        for name, entry in sorted(shipped.items())
    ]


def _hexadecimal(integrity: str) -> str:
    return base64.b64decode(integrity.removeprefix("sha512-")).hex()


def _component(kind: str, name: str, version: str, algorithm: str, hashes: list[str]) -> dict[str, Any]:
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:{kind}/{name.replace('@', '%40')}@{version}",
        "hashes": [{"alg": algorithm, "content": content} for content in hashes],
    }


if __name__ == "__main__":
    _compile("run.txt", "pyproject.toml", "requirements/build.in")
    _compile("dev.txt", "pyproject.toml", "requirements/build.in", "requirements/dev.in", "-c", "requirements/run.txt")
    bill = json.dumps(bill_of_materials(), indent=1, sort_keys=True) + "\n"
    (_HERE.parent / "sbom.cdx.json").write_text(bill)
