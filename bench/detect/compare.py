# ruff: noqa: E501 - a row a line; each tool is imported only in its own interpreter
"""Quality and speed beside the peers, in one interleaved run.

``compare.py --venv argus=/path/venv --venv helan=… --venv presidio=… speed|quality SETS…``: each peer runs in an
interpreter of its own. Speed: single messages in batches of 256, medians of five rounds in turn, then messages one by
one (median and 95th percentile in microseconds). Prints Markdown rows.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from score import Tally, add, load

HERE = Path(__file__).parent
ROUNDS = 5


class Peer:
    """A running tool."""

    def __init__(self, tool: str, python: str) -> None:
        self.tool = tool
        self.process = subprocess.Popen(
            [python, str(HERE / "peer.py"), tool],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"ORT_LOGGING_LEVEL": "3"},
        )

    def ask(self, command: str) -> str:
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def messages(labelled: list[Path], plain: list[Path], seed: int = 1) -> tuple[list[dict], list[dict]]:
    """Mixed traffic (one message in ten from the labelled sets) and dense (every message holds a value)."""
    rng = random.Random(seed)
    dense = [
        t
        for p in labelled
        for r in load(p)
        for i, t in enumerate(r["turns"])
        if any(s["turn"] == i for s in r["spans"])
    ]
    other = [t for p in plain for r in load(p) for t in r["turns"]]
    mixed = [rng.choice(dense) if rng.random() < 0.1 else rng.choice(other) for _ in range(12_000)]
    picked = [rng.choice(dense) for _ in range(4_000)]
    return [[{"id": i, "turns": [t]} for i, t in enumerate(rows)] for rows in (mixed, picked)]


def speed(peers: list[Peer], arguments: argparse.Namespace) -> None:
    sets = dict(zip(("mixed", "dense"), messages(arguments.labelled, arguments.plain), strict=True))
    for name, rows in sets.items():
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
            file.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
            file.flush()
            for peer in peers:
                peer.ask(
                    f"load {file.name} {300 if peer.tool == 'presidio' else 3000 if peer.tool in {'argus', 'hushkeep+names'} else ''}"
                )
            times: dict[str, list[float]] = {peer.tool: [] for peer in peers}
            for _ in range(ROUNDS):
                for peer in peers:
                    times[peer.tool].append(float(peer.ask("time")))
            singly = {peer.tool: [float(part) * 1e6 for part in peer.ask("each").split()] for peer in peers}
        base = statistics.median(times["hushkeep"])
        for tool, seen in times.items():
            middle = statistics.median(seen)
            print(
                f"| {name} | {tool} | {1 / middle:,.0f} | {1 / max(seen):,.0f}-{1 / min(seen):,.0f} | {middle / base:,.1f} "
                f"| {singly[tool][0]:,.0f} | {singly[tool][1]:,.0f} |"
            )


def quality(peers: list[Peer], arguments: argparse.Namespace) -> None:
    for path in arguments.labelled:
        records = load(path)
        for peer in peers:
            with tempfile.NamedTemporaryFile("r", suffix=".jsonl", encoding="utf-8") as file:
                peer.ask(f"load {path}")
                peer.ask(f"find {file.name}")
                found = [json.loads(line) for line in Path(file.name).read_text("utf-8").splitlines()]
            tally = Tally()
            for record, hits in zip(records, found, strict=True):
                add(tally, record, [dict(zip(("turn", "start", "end", "entity"), h, strict=True)) for h in hits])
            row = tally.row()
            print(
                f"| {path.stem} | {peer.tool} | {row['precision']} | {row['recall']} | {row['f1']} | {row['leak']} | {row['over']} | {row['decoys']} |",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["speed", "quality"])
    parser.add_argument("labelled", nargs="+", type=Path)
    parser.add_argument("--plain", nargs="*", type=Path, default=[])
    parser.add_argument("--venv", action="append", default=[])
    arguments = parser.parse_args()
    venvs = dict(v.split("=", 1) for v in arguments.venv)
    ours = ["hushkeep", "hushkeep+names", "hushkeep-re"] if arguments.what == "speed" else ["hushkeep+names"]
    peers = [Peer(tool, sys.executable) for tool in ours] + [
        Peer(tool, f"{folder}/bin/python") for tool, folder in venvs.items()
    ]
    try:
        {"speed": speed, "quality": quality}[arguments.what](peers, arguments)
    finally:
        for peer in peers:
            peer.close()


if __name__ == "__main__":
    main()
