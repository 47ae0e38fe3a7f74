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
    "destination_not_allowed",  # said by a worker's job, which has no event of its own
    "peer_not_allowed",  # the key service's answer to a process that is none of ours
    "second_slot_missing",  # a command line's
}


def _named(node):
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _calls():
    for file in SOURCE.rglob("*.py"):
        if "static" not in file.parts:
            tree = ast.parse(file.read_text(encoding="utf-8"))
            yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _told():
    """What refusals say, and what events are given as their reason in so many words."""
    for node in _calls():
        given = []
        if _named(node) == "Denied":
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
