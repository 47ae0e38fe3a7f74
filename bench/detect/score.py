"""Score findings against labels: the rule of docs/benchmarks-detect.md.

A hit is the same turn, the same entity and an overlap (intersection over union) of at least one half. Leak is the share
of labelled characters that no finding of any entity covers; over-mask the share of found characters outside labels.
"""

import argparse
import collections
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hushkeep import detect
from hushkeep.kernel import Turn

ENTITIES = frozenset(detect.ENTITIES)
NAMES = {"license_plate": "plate", "id_number": "id_card", "credit_card": "bank_card", "date_of_birth": "dob"}


@dataclass
class Tally:
    """Counts over a set."""

    hits: collections.Counter = field(default_factory=collections.Counter)
    gold: collections.Counter = field(default_factory=collections.Counter)
    found: collections.Counter = field(default_factory=collections.Counter)
    form_hits: collections.Counter = field(default_factory=collections.Counter)
    form_gold: collections.Counter = field(default_factory=collections.Counter)
    gold_chars: int = 0
    leaked_chars: int = 0
    found_chars: int = 0
    over_chars: int = 0
    decoys: int = 0
    decoys_hit: int = 0
    decoy_kinds: collections.Counter = field(default_factory=collections.Counter)
    misses: list = field(default_factory=list)
    false: list = field(default_factory=list)

    def row(self) -> dict:
        hits, gold, found = sum(self.hits.values()), sum(self.gold.values()), sum(self.found.values())
        precision, recall = hits / (found or 1), hits / (gold or 1)
        return {
            "precision": round(precision, 3),
            "recall": round(recall, 3),
            "f1": round(2 * precision * recall / ((precision + recall) or 1), 3),
            "leak": round(self.leaked_chars / (self.gold_chars or 1), 3),
            "over": round(self.over_chars / (self.found_chars or 1), 3),
            "decoys": f"{self.decoys_hit}/{self.decoys}",
            "gold": gold,
        }


def overlap(a: dict, b: dict) -> float:
    shared = min(a["end"], b["end"]) - max(a["start"], b["start"])
    return 0.0 if shared <= 0 else shared / (max(a["end"], b["end"]) - min(a["start"], b["start"]))


def add(tally: Tally, record: dict, findings: Sequence[dict], only: frozenset[str] | None = None) -> None:
    spans = [s | {"entity": NAMES.get(s["entity"], s["entity"])} for s in record.get("spans", ())]
    spans = [s for s in spans if s["entity"] in ENTITIES and (only is None or s["entity"] in only)]
    gold = [s for s in spans if not s.get("optional")]
    found = [f for f in findings if f["entity"] in ENTITIES and (only is None or f["entity"] in only)]
    used: set[int] = set()
    for span in gold:
        tally.gold[span["entity"]] += 1
        form = span.get("form", "written")
        tally.form_gold[form] += 1
        for i, f in enumerate(found):
            if i not in used and (f["turn"], f["entity"]) == (span["turn"], span["entity"]) and overlap(f, span) >= 0.5:
                used.add(i)
                tally.hits[span["entity"]] += 1
                tally.form_hits[form] += 1
                break
        else:
            tally.misses.append((record["id"], span, record["turns"][span["turn"]]["text"]))
    for i, f in enumerate(found):
        optional = any(s.get("optional") and s["turn"] == f["turn"] and overlap(f, s) > 0 for s in spans)
        if i in used or not optional:
            tally.found[f["entity"]] += 1
        if i not in used and not optional:
            tally.false.append((record["id"], f, record["turns"][f["turn"]]["text"]))
    _characters(tally, record, spans, gold, findings)


def _characters(tally: Tally, record: dict, spans: list, gold: list, findings: Sequence[dict]) -> None:
    covered = {(f["turn"], at) for f in findings for at in range(f["start"], f["end"])}
    meant = {(s["turn"], at) for s in gold for at in range(s["start"], s["end"])}
    allowed = {(s["turn"], at) for s in spans for at in range(s["start"], s["end"])}
    tally.gold_chars += len(meant)
    tally.leaked_chars += len(meant - covered)
    tally.found_chars += len(covered)
    tally.over_chars += len(covered - allowed)
    for decoy in record.get("decoys", ()):
        tally.decoys += 1
        here = sum((decoy["turn"], at) in covered for at in range(decoy["start"], decoy["end"]))
        if here * 2 >= decoy["end"] - decoy["start"]:
            tally.decoys_hit += 1
            tally.decoy_kinds[decoy.get("kind", "?")] += 1
            tally.false.append(
                (
                    record["id"],
                    decoy | {"entity": "DECOY " + decoy.get("kind", "?")},
                    record["turns"][decoy["turn"]]["text"],
                )
            )


def load(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def report(tally: Tally, out=sys.stdout, *, errors: int = 0) -> None:
    print(tally.row(), file=out)
    for entity in sorted(tally.gold | tally.found):
        hits, gold, found = tally.hits[entity], tally.gold[entity], tally.found[entity]
        print(
            f"  {entity:12} P {hits / (found or 1):.3f} R {hits / (gold or 1):.3f} gold {gold} found {found}", file=out
        )
    for form in sorted(tally.form_gold):
        print(
            f"  form {form:12} R {tally.form_hits[form] / tally.form_gold[form]:.3f} of {tally.form_gold[form]}",
            file=out,
        )
    if tally.decoy_kinds:
        print("  decoys hit:", dict(tally.decoy_kinds), file=out)
    for title, rows in (("missed", tally.misses), ("false", tally.false)):
        for number, span, text in rows[:errors]:
            why = span.get("rule", span.get("form", ""))
            print(
                f"  {title} {number} {span['entity']} {text[span['start'] : span['end']]!r} {why} <- {text[:150]!r}",
                file=out,
            )


def findings_of(records: Iterable[dict], *, names: bool = True) -> list[list[dict]]:
    talks = [[Turn(t.get("speaker", ""), t["text"]) for t in r["turns"]] for r in records]
    keys = ("turn", "start", "end", "entity", "score", "rule")
    return [[{k: getattr(f, k) for k in keys} for f in found] for found in detect.find_batch(talks, names=names)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--errors", type=int, default=0)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--no-names", action="store_true")
    arguments = parser.parse_args()
    for path in arguments.paths:
        records = load(path)
        tally = Tally()
        for record, found in zip(records, findings_of(records, names=not arguments.no_names), strict=True):
            add(tally, record, found, frozenset(arguments.only) if arguments.only else None)
        print(path.name)
        report(tally, errors=arguments.errors)


if __name__ == "__main__":
    main()
