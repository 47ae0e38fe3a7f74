"""The reference page of the entities, written from the tables so that it cannot fall behind them."""

from hushkeep.detect.levels import GUIDE
from hushkeep.detect.numbering import plans
from hushkeep.detect.shapes import SHAPES
from hushkeep.kernel.entities import ENTITIES

_HEAD = """# Entities

What detection finds, with the check that stands behind it, its class and level, and how it is masked by default.
This page is written from the tables (`python -m hushkeep.detect.reference > docs/reference/entities.md`); a test holds
it to them. What is *not* found stands in `docs/detection-limits.md`.

| entity | name | 名称 | check | class | level | masked as | kept | rules |
|---|---|---|---|---|---|---|---|---|
"""


_PLANS = """
## Telephone numbers of other countries

Written in these groups, with trunk prefix and as a mobile number, or with the country code apart, a number needs no word
about it; else a word for a telephone, or the country named in the same turn or one of the two before.

| country | code | trunk | mobile: begins with | digits | fixed: begins with | digits | groups | example |
|---|---|---|---|---|---|---|---|---|
"""


def _plans() -> str:
    rows = []
    for plan in sorted(plans(), key=lambda plan: plan.country):
        cells = (
            plan.country,
            f"+{plan.code}",
            plan.trunk or "-",
            ", ".join(plan.mobile),
            ", ".join(map(str, plan.mobile_digits)),
            ", ".join(plan.fixed) or "-",
            ", ".join(map(str, plan.fixed_digits)) or "-",
            ", ".join(plan.groups),
            plan.example,
        )
        rows.append("| " + " | ".join(cells) + " |\n")
    return _PLANS + "".join(rows)


def page() -> str:
    """The page, in Markdown."""
    rows = []
    for entity in ENTITIES.values():
        shapes = sorted(shape.id for shape in SHAPES if shape.entity == entity.name)
        kept = "removed on arrival" if entity.secret else f"{entity.keep_head} + {entity.keep_tail}"
        cells = (
            f"`{entity.name}`",
            entity.en,
            entity.zh,
            entity.check,
            entity.klass,
            str(entity.level),
            f"`{entity.example}`",
            kept,
            ", ".join(f"`{name}`" for name in shapes) or "numbers, names, addresses",
        )
        rows.append("| " + " | ".join(cells) + " |\n")
    guide = "".join(f"| {g.level} | {g.en} | {g.zh} |\n" for g in GUIDE)
    return _HEAD + "".join(rows) + "\n## Levels\n\n| level | meaning | 含义 |\n|---|---|---|\n" + guide + _plans()


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
