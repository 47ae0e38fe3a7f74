"""Every reason that the event log can name has a word in the console (and its own tests say that both languages do)."""

import ast
import re
from pathlib import Path

import hushkeep
from hushkeep.access.policy_set import shipped
from hushkeep.kernel import errors

SOURCE = Path(hushkeep.__file__).parent
REASONS = SOURCE.parents[1] / "console" / "src" / "i18n" / "en-reasons.ts"
CODE = re.compile("[a-z][a-z_]{2,39}")
TELLERS = {"_end", "_record", "_record_own", "record_failure"}
"""Functions that write an event with the reason that they are given."""
NEVER_TOLD = {
    "peer_not_allowed",  # the key service's answer to a process that is none of ours
    "second_slot_missing",  # a command line's
}


def _named(node):
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _nodes():
    for file in SOURCE.rglob("*.py"):
        if "static" not in file.parts:
            yield from ast.walk(ast.parse(file.read_text(encoding="utf-8")))


def _unless_given(function):
    """The reason of a function that has one of its own for whoever gives none."""
    given = function.args
    behind = given.args[len(given.args) - len(given.defaults) :]
    named = zip([*behind, *given.kwonlyargs], [*given.defaults, *given.kw_defaults], strict=True)
    return [value for word, value in named if word.arg == "reason"]


def _told():
    """What refusals say, and what events are given as their reason in so many words."""
    for node in _nodes():
        given = []
        if isinstance(node, ast.FunctionDef):
            given = _unless_given(node)
        elif not isinstance(node, ast.Call):
            continue
        elif _named(node) == "Denied":
            given = node.args[:1]
        elif _named(node) in TELLERS:
            given = node.args
        elif _named(node) in {"Event", "_event"}:
            given = [*node.args, *(word.value for word in node.keywords if word.arg == "reason")]
        yield from (one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _words():
    return set(re.findall(r"^    (\w+):", REASONS.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_reason_of_an_event_has_its_word():
    told = {code for code in _told() if CODE.fullmatch(code)}
    told |= {kind.code for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Error)}
    told |= {policy.reason for policy in shipped().policies.values() if policy.reason}
    assert len(told) > 60
    assert told - _words() - NEVER_TOLD == set()
