"""Make a labelled set: ``python bench/detect/sets/make.py dev|apart SEED COUNT > set.jsonl``."""

import importlib
import json
import random
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import forms
import values

_SLOT = re.compile(r"\{([~?]?)([a-z_]+)(?:#([0-9]))?(?:\|([a-z,]+))?\}")
_ENTITY = {"landline": "phone", "pin": "secret", "password": "secret", "first": "person", "lastname": "person"}


class Builder:
    """One conversation of one template."""

    def __init__(self, lang: str, seed: int) -> None:
        self.lang = lang
        self.rng = random.Random(seed)
        self.source = values.Values(seed + 1, lang)
        self.values: dict[str, str] = {}
        self.spans: list[dict] = []
        self.decoys: list[dict] = []

    def value(self, kind: str) -> str:
        if kind in self.values:
            return self.values[kind]
        if kind == "surname":
            made = self.values.get("person", "王")[:1] + self.rng.choice(["先生", "女士"])
        elif kind == "four":
            made = values.digits(self.rng, 4)
        elif kind == "first" and "person" in self.values:
            made = self.values["person"].split()[0]
        elif kind == "lastname":
            made = self.rng.choice(values.EN_FAMILY)
        else:
            made = getattr(self.source, f"{kind}_{self.lang}", None)
            made = made() if made else getattr(self.source, kind)()
        self.values[kind] = made
        return made

    def slot(self, match: re.Match, parts: int) -> tuple[str, str, str]:
        mark, kind, part, asked = match.groups()
        value = self.value(kind)
        form = self.rng.choice(asked.split(",")) if asked else "written"
        if mark or kind in {"person", "address", "password", "first", "lastname"}:
            return value, kind, "written"
        if part:
            plain = value.replace("-", "")
            cuts = self.cuts(kind, len(plain), parts)
            piece = plain[cuts[int(part) - 1] : cuts[int(part)]]
            return (
                (
                    piece
                    if form == "written"
                    else (forms.zh_spoken if self.lang == "zh" else forms.en_spoken)(self.rng, piece)
                ),
                kind,
                "split",
            )
        return forms.shaped(self.rng, kind, value, form, self.lang), kind, form

    def cuts(self, kind: str, size: int, parts: int) -> list[int]:
        key = f"{kind} cuts"
        if key not in self.values:
            even = {("phone", 11, 3): [0, 3, 7, 11], ("phone", 10, 3): [0, 3, 6, 10], ("ssn", 9, 3): [0, 3, 5, 9]}.get(
                (kind, size, parts)
            )
            if even is None or self.rng.random() < 0.15:
                even = [round(size * i / parts) for i in range(parts + 1)]
                if size == 16 and parts == 3:
                    even = [0, 4, 8, 16]
            self.values[key] = json.dumps(even)
        return json.loads(self.values[key])

    def build(self, template: str, number: str) -> dict:
        turns = []
        parts = {}
        for m in _SLOT.finditer(template):
            if m.group(3):
                parts[m.group(2)] = max(parts.get(m.group(2), 0), int(m.group(3)))
        lines = re.split(r"\n(?=[AC]:)", template.strip())
        for line in lines:
            speaker, text = {"A": "agent", "C": "customer"}[line[0]], line[2:]
            out, at = "", 0
            for match in _SLOT.finditer(text):
                out += text[at : match.start()]
                shown, kind, form = self.slot(match, parts.get(match.group(2), 1))
                span = {"turn": len(turns), "start": len(out), "end": len(out) + len(shown)}
                if match.group(1) == "~":
                    self.decoys.append(span | {"kind": kind})
                else:
                    self.spans.append(
                        span
                        | {"entity": _ENTITY.get(kind, kind), "form": form}
                        | ({"optional": True} if match.group(1) else {})
                    )
                out += shown
                at = match.end()
            out += text[at:]
            turns.append({"speaker": speaker, "text": out})
        if any(s["form"] in {"spoken", "filled"} for s in self.spans) and self.lang == "en" and self.rng.random() < 0.6:
            for t in turns:  # a recogniser writes no capitals and few signs
                t["text"] = t["text"].lower()
        for s in self.spans:
            s.update(entity="person" if s["entity"] == "surname" else s["entity"])
        return {
            "id": number,
            "language": self.lang,
            "channel": "chat",
            "turns": turns,
            "spans": self.spans,
            "decoys": self.decoys,
        }


def make(name: str, seed: int, count: int) -> list[dict]:
    module = importlib.import_module(f"templates_{name}")
    records = []
    for lang, templates in (("zh", module.ZH), ("en", module.EN)):
        for i in range(count):
            builder = Builder(lang, seed * 1_000_003 + i * 7 + (lang == "en") * 500_000)
            records.append(builder.build(templates[i % len(templates)], f"{name}-{lang}-{i}"))
    return records


if __name__ == "__main__":
    which, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for record in make(which, seed, count):
        print(json.dumps(record, ensure_ascii=False))
