"""Every word that the command line says of a site has its Chinese."""

import ast
import re
from pathlib import Path

import pytest

import hushkeep
from hushkeep.access.alarm_words import WORDS
from hushkeep.cli.intake_reasons import REASONS
from hushkeep.runtime.doctor import _CHECKS
from hushkeep.runtime.language import gettext_in, ngettext_in, read_catalogue, retold_in, terminal

SOURCE = Path(hushkeep.__file__).parent
SAYING = {"_", "say", "ngettext", "_counted"}


def _said():
    """What the faces say by ``_(…)``, ``say(…)`` and, with its plural, ``ngettext(…)``; and the doctor's remedies."""
    for file in (SOURCE / "cli").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING
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
    holes = re.compile(r"\{[^}\" ]*\}")
    assert [m for m, t in catalogue.items() if sorted(holes.findall(m)) != sorted(holes.findall(t))] == []


def test_a_catalogue_is_read_over_several_lines_and_without_the_empty():
    assert read_catalogue('msgid "a"\n"b"\nmsgstr "c"\n"d"\n\nmsgid "e"\nmsgstr ""\n') == {"ab": "cd"}


def test_a_plural_is_read_by_its_singular_and_chinese_has_one_form_for_both():
    assert read_catalogue('msgid "{n} file"\nmsgid_plural "{n} files"\nmsgstr[0] "c"\n') == {"{n} file": "c"}
    words = ("{count:,} file", "{count:,} files")
    assert [ngettext_in("en", *words, count) for count in (0, 1, 2)] == [words[1], words[0], words[1]]
    assert {ngettext_in("zh_Hans", *words, count) for count in (0, 1, 2)} == {"{count:,} 个文件"}


@pytest.mark.parametrize(
    ("told", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh_Hans"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN:en"}, "zh_Hans"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en"}, "en"),
        ({"LANG": "", "LC_MESSAGES": "zh"}, "zh_Hans"),
        ({}, "en"),
    ],
)
def test_the_terminal_speaks_the_language_that_its_variables_name(monkeypatch, told, language):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert terminal() == language


@pytest.mark.parametrize(("file", "language"), [("en-glass.ts", "en"), ("zh-glass.ts", "zh_Hans")])
def test_an_alarm_is_called_the_same_on_the_page_and_by_mail(file, language):
    console = (SOURCE.parents[1] / "console/src/i18n" / file).read_text(encoding="utf-8")
    labels = re.search(r"\n  alarm: \{(.*?)\n  \}", console, re.DOTALL)[1]
    shown = dict(re.findall(r'^ +(\w+): "(.*)",$', labels.replace("’", "'"), re.MULTILINE))
    assert shown == {code: gettext_in(language, words) for code, words in WORDS.items() if code != "test"}


ERRORS = {"Conflict", "Denied", "IntegrityError", "InvalidInput", "NotFound", "Unavailable"}


def _template(node):
    """What a text in the source says, ``{}`` for each value; None for what is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def _nodes(*folders):
    for file in (file for folder in folders for file in (SOURCE / folder).rglob("*.py") if "static" not in file.parts):
        yield from ast.walk(ast.parse(file.read_text(encoding="utf-8")))


def test_what_the_command_line_and_the_site_raise_has_its_chinese():
    raised = set()
    for node in _nodes("cli", "runtime", "survive"):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args:
            raised.add(_template(node.args[0]))
    raised = {words for words in raised if words and " " in words.replace("{}", "")} - {"object {}", "tenant {}"}
    assert len(raised) > 100
    assert {words for words in raised if retold_in("zh_Hans", words) == words} == set()


def test_every_message_that_is_told_again_is_said_somewhere():
    said = {_template(node) for node in _nodes(".")}
    errors = read_catalogue((SOURCE / "locale" / "errors.zh_Hans.po").read_text(encoding="utf-8"))
    assert set(errors) - said == set()
    assert [m for m, t in errors.items() if m.count("{}") != len(re.findall(r"(?<!\{)\{\d?\}", t))] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("no site at /srv/a: run hushkeep init", "/srv/a 处没有站点：请运行 hushkeep init"),
        ("port 8443 on 127.0.0.1 is taken (Address in use)", "127.0.0.1 上的端口 8443 已被占用（Address in use）"),
        ("the site at localhost:8443 does not answer", "站点 localhost:8443 没有响应"),
        ("the database does not answer", "数据库 没有响应"),
        ('agents.json is not {"7": "<person\'s id>", …}', 'agents.json 的内容应为 {"7": "<人员的 id>", ……}'),
        ("what nobody has put into words", "what nobody has put into words"),
    ],
)
def test_an_error_is_told_again_around_its_values(words, told):
    assert retold_in("zh_Hans", words) == told
    assert retold_in("en", words) == words
