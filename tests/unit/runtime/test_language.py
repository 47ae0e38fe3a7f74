"""Every word that the command line says of a site has its Chinese."""

import ast
import re
from pathlib import Path

import pytest

import hushkeep
from hushkeep.access.alarm_words import WORDS
from hushkeep.cli.intake_reasons import REASONS
from hushkeep.runtime.doctor import _CHECKS
from hushkeep.runtime.language import gettext_in, read_catalogue

SOURCE = Path(hushkeep.__file__).parent


def _said():
    """Constant arguments of ``_(…)`` and ``say(…)`` in the faces, and the doctor's remedies."""
    for file in (SOURCE / "cli").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "say"}
            if named and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value
    yield from (mend for _, mend in _CHECKS.values())
    yield from REASONS.values()
    yield from WORDS.values()


def test_every_message_has_its_chinese():
    said = set(_said())
    assert len(said) > 15
    assert {message for message in said if gettext_in("zh_Hans", message) == message} == set()


def test_place_holders_survive_translation():
    catalogue = read_catalogue((SOURCE / "locale" / "zh_Hans.po").read_text(encoding="utf-8"))
    holes = re.compile(r"\{[^}]*\}")
    assert [m for m, t in catalogue.items() if sorted(holes.findall(m)) != sorted(holes.findall(t))] == []


def test_a_catalogue_is_read_over_several_lines_and_without_the_empty():
    assert read_catalogue('msgid "a"\n"b"\nmsgstr "c"\n"d"\n\nmsgid "e"\nmsgstr ""\n') == {"ab": "cd"}


@pytest.mark.parametrize(("file", "language"), [("en-glass.ts", "en"), ("zh-glass.ts", "zh_Hans")])
def test_an_alarm_is_called_the_same_on_the_page_and_by_mail(file, language):
    console = (SOURCE.parents[1] / "console/src/i18n" / file).read_text(encoding="utf-8")
    labels = re.search(r"\n  alarm: \{(.*?)\n  \}", console, re.DOTALL)[1]
    shown = dict(re.findall(r'^ +(\w+): "(.*)",$', labels.replace("’", "'"), re.MULTILINE))
    assert shown == {code: gettext_in(language, words) for code, words in WORDS.items() if code != "test"}
