"""The straight way: only ``protect`` makes what may be stored, and only the store's door writes conversations."""

import ast
from pathlib import Path

_SRC = Path(__file__).parents[2] / "src" / "hushkeep"


def _callers(*names):
    """The modules in which one of ``names`` is called."""
    found = set()
    for path in _SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
                if called in names:
                    found.add(path.relative_to(_SRC).as_posix())
    return found


def test_only_protect_makes_a_protected_conversation():
    assert _callers("ProtectedConversation", "ServerSealed") == {"records/protect.py"}


def test_only_a_client_makes_what_a_client_sealed():
    assert _callers("ClientSealed") == set()


def test_only_the_one_use_case_protects_and_only_the_door_inserts_conversations():
    assert _callers("protect") == {"records/intake.py"}
    inserters = {
        path.relative_to(_SRC).as_posix()
        for path in _SRC.rglob("*.py")
        if "_insert.conversations(" in path.read_text(encoding="utf-8")
    }
    assert inserters == {"records/conversations.py"}
