"""Attack tools of others against a running site, and against a planted fault that each of them must find.

    python bench/attack/run.py schemathesis|wapiti|sqlmap --bin FOLDER [--seconds 240] [--planted] [--keep FOLDER]

``FOLDER`` holds the tool's command, from an environment of its own made by the requirements file beside this one. The
site is level ``demo`` on loopback, filled with the made-up center; the tools speak to a proxy that signs what they send
for people who may do at best what they ask for (proxy.py). Exit code 0: nothing found in the site, or the planted fault
was found.
"""

import argparse
import base64
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from cast import ROOT, Target, attacked
from listener import Listener
from planted import OPENAPI as PLANTED_OPENAPI
from planted import planted

OPENAPI = ROOT / "docs" / "reference" / "openapi.json"
_LATEST = "2100-01-01T00:00:00.000000Z{}ffffffff-ffff-7fff-bfff-ffffffffffff"
CURSOR = base64.urlsafe_b64encode(b"\xff" * 16).decode().rstrip("=")
CURSORS = {
    path: base64.urlsafe_b64encode(_LATEST.format(mark).encode()).decode().rstrip("=" if mark == " " else "")
    for path, mark in (
        ("/api/v1/conversations", " "),
        ("/api/v1/conversations/search", " "),
        ("/api/v1/conversations/{conversation}/trail", "|"),
        ("/api/v1/events", "|"),
    )
}
"""Where a list begins with its latest item; any other cursor than the site's own is refused at the door."""
EXAMPLES = {
    "answer": "8888",
    "entity": "phone",
    "from": "2020-01-01T00:00:00Z",
    "index": "phone",
    "language": "en",
    "minutes": 5,
    "purpose": "complaint",
    "question": "phone_last_4",
    "text": "good morning",
    "to": "2100-01-01T00:00:00Z",
    "value": "13499998888",
}
"""Values that a request's fields and queries may have: a tool that sends 1 for each of them is refused at the door."""
WAPITI = "sql,timesql,xss,permanentxss,file,xxe,ssrf,crlf,csrf,redirect,exec,ldap,upload,methods"


def command(tool, options, target, document, folder):
    """Return the tool's command line."""
    exe = str(Path(options.bin).absolute() / {"schemathesis": "st"}.get(tool, tool))
    if tool == "schemathesis":
        more = ["--checks", "all", "--exclude-checks", "ignored_auth", "--max-time", str(options.seconds)]
        more += ["--workers", "1", "--continue-on-failure", "--report", "junit", "--report-dir", str(folder)]
        more += ["--phases", "examples,coverage,fuzzing", "--max-examples", "40", "--no-color", "--seed", "8"]
        more += ["--warnings", "off", "--suppress-health-check", "all"]
        return [exe, "--config-file", str(_known_ids(target, folder)), "run", document, "--url", target.address, *more]
    if tool == "wapiti":
        more = ["--swagger", document, "-m", options.modules, "--max-attack-time", str(options.seconds // 4)]
        more += ["-x", f"{target.address}/assets/*"]  # files that are served as they lie there
        more += ["--max-scan-time", str(options.seconds), "--flush-session", "--store-session", str(folder / "w")]
        more += ["--store-config", str(folder / "c"), "-f", "json", "-o", str(folder / "wapiti.json"), "-v", "1"]
        more += ["--endpoint", f"{target.listener.address}/"]
        more += ["--no-bugreport", "-d", "1", "-t", "20", "-l", "2"]
        return [exe, "-u", f"{target.address}/", *more]
    more = ["--openapi", document, "--openapi-base", target.address, "--batch", "--level", "1", "--risk", "1"]
    more += ["--technique", "BEUS", "--threads", "4", "--output-dir", str(folder / "sqlmap")]
    more += ["--ignore-code", "401,403,404", "--flush-session"]
    more += [] if options.planted else ["--dbms", "PostgreSQL"]  # what it would find out first
    more += ["--results-file", str(folder / "results.csv"), "--disable-coloring"]
    return [exe, *more]


def described(document, target):
    """Return the description with ids that there are and values that may be, as examples; at the target's address."""
    whole = json.loads(json.dumps(document)) | {"servers": [{"url": target.address}]}
    schemas = whole.get("components", {}).get("schemas", {})
    for path, methods in whole["paths"].items():
        for parameter in (one for operation in methods.values() for one in operation.get("parameters", [])):
            value = _example(path, parameter, schemas, target.known)
            if value is not None:
                parameter["example"] = parameter["schema"]["default"] = value  # sqlmap's word, and wapiti's
    for schema in schemas.values():
        for name, field in schema.get("properties", {}).items():
            if name in EXAMPLES and "enum" not in field:
                field["example"] = field["default"] = EXAMPLES[name]
    return whole


def _example(path, parameter, schemas, known):
    """Return a value that a parameter may have: an id that there is, a word of its list, one of ours; else None."""
    name = parameter["name"]
    if name == "cursor":
        return CURSORS.get(path, CURSOR)
    if known.get(name):
        return known[name][0]
    kinds = [parameter["schema"], *parameter["schema"].get("anyOf", []), *parameter["schema"].get("allOf", [])]
    lists = [schemas[kind["$ref"].rpartition("/")[2]].get("enum") for kind in kinds if "$ref" in kind]
    return lists[0][0] if lists and lists[0] else EXAMPLES.get(name)


def _known_ids(target, folder):
    """Have every id that a path asks for be one that there is, of its kind; written as the tool's configuration."""
    lines = ["[parameters]"]
    lines += [f'"path.{name}" = {json.dumps(ids[0])}' for name, ids in sorted(target.known.items()) if ids]
    # No schema says what a sound card number is, or a key on the curve: such a value is malformed all the same (422).
    taken = ["2xx", "401", "403", "404", "409", "422", "429"]
    lines += ["[checks.positive_data_acceptance]", f"expected-statuses = {json.dumps(taken)}", ""]
    file = folder / "schemathesis.toml"
    file.write_text("\n".join(lines), "utf-8")
    return file


def found(tool, target, said, folder):
    """Return what the tool found, a line each."""
    if tool == "schemathesis":
        return re.findall(r"^- (.+)$", said, re.MULTILINE)
    if tool == "wapiti":
        forged = [f"The server asked {path} for something" for path in target.listener.asked]
        if not (folder / "wapiti.json").exists():
            return [*forged, "no report: it did not come to its end"]
        report = json.loads((folder / "wapiti.json").read_text("utf-8"))
        return forged + [
            f"{kind}: {one['method']} {one['path'].partition('?')[0]} {one['parameter']}"
            for listed in ("vulnerabilities", "anomalies")
            for kind, ones in report[listed].items()
            for one in ones
        ]
    return re.findall(r"^Parameter: .+$", said, re.MULTILINE)


@contextmanager
def aimed(options):
    """Yield (target, OpenAPI document)."""
    with Listener() as listener:
        if options.planted:
            with planted() as address:
                yield Target(address, {}, listener), PLANTED_OPENAPI
            return
        with attacked(listener) as target:
            yield target, json.loads(OPENAPI.read_text("utf-8"))


def run(words, folder, seconds):
    """Run a tool, its words into ``folder``; return its exit code, None when it was stopped after ``seconds``."""
    with (folder / "output.txt").open("w", encoding="utf-8") as out:
        try:
            return subprocess.run(
                words, check=False, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=folder, timeout=seconds
            ).returncode
        except subprocess.TimeoutExpired:
            return None


def main():
    """Run one tool, print what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool", choices=["schemathesis", "wapiti", "sqlmap"])
    parser.add_argument("--bin", required=True, help="the folder of the tool's command")
    parser.add_argument(
        "--seconds", type=int, default=240, help="a module of wapiti has a quarter; stopped after twice"
    )
    parser.add_argument("--only", default="", help="only the paths in which this regular expression is found")
    parser.add_argument("--modules", default=WAPITI, help="wapiti's, by commas; a few alone have the time to end")
    parser.add_argument("--planted", action="store_true", help="attack the application with a planted fault instead")
    parser.add_argument("--keep", type=Path, help="keep the tool's own output here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, aimed(options) as (target, document):
        folder = (options.keep or Path(place)).absolute()
        folder.mkdir(exist_ok=True, parents=True)
        file = folder / "openapi.json"
        whole = described(document, target)
        whole["paths"] = {path: said for path, said in whole["paths"].items() if re.search(options.only, path)}
        file.write_text(json.dumps(whole), "utf-8")
        began = time.monotonic()
        code = run(command(options.tool, options, target, str(file), folder), folder, options.seconds * 2)
        said = (folder / "output.txt").read_text("utf-8")
        faults = found(options.tool, target, said, folder)
        _report(options, target, faults, time.monotonic() - began, code)
        for reached in re.findall(r"^\[(\d+/\d+)\] URL:", said, re.MULTILINE)[-1:]:
            print(f"reached target {reached}")
        for cut in re.findall(r"^Max attack time was reached for module (\w+)", said, re.MULTILINE):
            print(f"stopped before its last address: {cut}")
        for skipped in re.findall(r"(\d+ requests were skipped due to network issues)", said):
            print(skipped)
        own_faults = target.proxy.wrong if target.proxy else []
    expected = bool(faults) if options.planted else not faults and not own_faults
    return 0 if expected else 1


def _report(options, target, faults, seconds, code):
    how = "stopped by us" if code is None else f"exit code {code}"
    print(f"{options.tool}, {'planted fault' if options.planted else 'site'}: {seconds:.0f} s, {how}")
    if target.proxy:
        print(f"requests {target.proxy.statuses.total()}: {dict(sorted(target.proxy.statuses.items()))}")
        if lost := target.proxy.statuses[401]:
            print(f"asked by people whose session was over, so by nobody: {lost}")
        for wrong, times in Counter((m, p, s) for m, p, s, _ in target.proxy.wrong).most_common():
            print(f"the server's own fault, {times} times: {wrong}")
    print(f"found: {len(faults)}")
    for fault, times in Counter(faults).most_common():
        print(f"  {times} x {fault}")


if __name__ == "__main__":
    sys.exit(main())
