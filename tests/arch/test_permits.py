"""A permit is made in one place: the gate."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "hushkeep"


def makers(name):
    """Files in which ``name`` is called."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name | ast.Attribute) and name == getattr(
                called, "id", getattr(called, "attr", "")
            ):
                yield str(path.relative_to(SOURCE))


def test_only_the_gate_makes_permits():
    assert set(makers("Permit")) == {"access/gate.py"}


# Founding, connectors and simulations are the installation's own hands on its machine. Jobs scan, expire, switch off,
# open reviews, check seals, shred rings that nobody uses.
ON_THE_MACHINE = {f"access/administration/{name}.py" for name in ("founding", "connectors", "simulation")}
IN_JOBS = {
    *(f"records/recordings/{name}.py" for name in ("scanning", "expiry", "checking")),
    "access/unused.py",
    "records/unused_rings.py",
    "access/review_times.py",
}


def test_the_installations_own_way_past_the_decision_is_no_way_for_requests():
    assert set(makers("by_system")) <= {"access/gate.py"} | ON_THE_MACHINE | IN_JOBS


def test_no_request_reaches_the_installations_own_hands():
    for path in (SOURCE / "api").rglob("*.py"):
        text = path.read_text("utf-8")
        for hand in ON_THE_MACHINE:
            assert f"administration.{Path(hand).stem}" not in text, path
            assert f"administration import {Path(hand).stem}" not in text, path


def test_no_face_reaches_rows_or_the_unscoped_manager():
    for face in ("api", "cli", "console"):
        for path in (SOURCE / face).rglob("*.py"):
            text = path.read_text("utf-8")
            assert ".unscoped" not in text, path
            assert ".models import" not in text, path
