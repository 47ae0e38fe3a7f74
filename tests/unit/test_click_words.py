"""What click says of a command line that is wrong, and around every help, it says in the terminal's language."""

import ast
import inspect
import os
import re
import struct
from pathlib import Path

import click
import pytest

import hushkeep
from hushkeep import cli

LOCALE = Path(hushkeep.__file__).parent / "locale"
SOURCE = LOCALE / "click.zh.po"
COMPILED = LOCALE / "zh" / "LC_MESSAGES" / "click.mo"
_HAN = re.compile("[\u4e00-\u9fff]")


def entries(text):
    """Message id (a plural's two joined by NUL) -> translation of the ``.po`` text ``text``."""
    found = {}
    for block in text.strip().split("\n\n"):
        said = {word: ast.literal_eval(words) for word, words in (line.split(" ", 1) for line in block.split("\n"))}
        plural = "\0" + said["msgid_plural"] if "msgid_plural" in said else ""
        found[said["msgid"] + plural] = said.get("msgstr") or said["msgstr[0]"]
    return found


def compiled(text):
    """The ``.po`` text ``text`` as GNU's ``.mo``: a header of seven numbers, two tables of (length, offset), texts."""
    pairs = sorted((key.encode(), words.encode()) for key, words in entries(text).items())
    count, at = len(pairs), 28 + 16 * len(pairs)
    tables, texts = [], b""
    for column in range(2):
        for pair in pairs:
            tables += [len(pair[column]), at + len(texts)]
            texts += pair[column] + b"\0"
    return struct.pack(f"<{7 + 4 * count}I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, at, *tables) + texts


def test_the_compiled_words_are_those_of_the_source():
    """WRITE_CATALOGUE=1 compiles them anew."""
    wanted = compiled(SOURCE.read_text(encoding="utf-8"))
    if os.environ.get("WRITE_CATALOGUE"):
        COMPILED.write_bytes(wanted)
    assert COMPILED.read_bytes() == wanted


def test_place_holders_survive_translation():
    holes = re.compile(r"\{[^}]*\}|%\(\w+\)s")
    for key, words in entries(SOURCE.read_text(encoding="utf-8")).items():
        assert set(holes.findall(words)) <= set(holes.findall(key)), key


def _asked():
    """What click of this version asks gettext for, where a command line of ours can come: the first of a plural."""
    for module in (click.core, click.exceptions, click.formatting, click.parser, click.types):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            asks = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "ngettext"}
            if asks and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


OURS_ALONE = re.compile("Deprecation|declar|defined twice|same flag|iterable|start character|^Choice")
"""What click tells whoever writes a command line, not whoever uses it."""


def test_whatever_this_click_says_to_a_user_has_its_chinese():
    known = {key.partition("\0")[0] for key in entries(SOURCE.read_text(encoding="utf-8"))}
    assert {words for words in _asked() if not OURS_ALONE.search(words)} - known == set()


@pytest.fixture
def probe(monkeypatch):
    """A command with a parameter of each kind, made anew in the language that is set."""

    def make(language):
        for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("LANG", language)
        cli.main(["--version"])  # from here on click speaks it
        parameters = [
            click.Argument(["source"], type=click.Path(exists=True, dir_okay=False)),
            click.Option(["--zone"], help="-"),
            click.Option(["--mode"], type=click.Choice(["strict", "balanced"])),
            click.Option(["--one"], type=click.Choice(["only"])),
            click.Option(["--jobs"], type=click.IntRange(1, 8)),
            click.Option(["--seed"], type=int),
            click.Option(["--person"], type=click.UUID),
            click.Option(["--pair"], nargs=2),
            click.Option(["--json"], is_flag=True),
            click.Option(["--at"], type=click.DateTime(["%Y"])),
        ]
        monkeypatch.setitem(cli.group.commands, "probe", click.Command("probe", params=parameters))

    yield make
    monkeypatch.setenv("LANG", "C")
    cli.main(["--version"])


WRONG = [
    (["probe", "--zon", "x", __file__], "no such option '--zon'", "没有选项 '--zon'"),
    (["--hepl"], "Did you mean '--help'?", "。您是不是要用 '--help'？"),
    (["probe", "--zon", "x"], "(Did you mean one of: ", "。您是不是要用 '--"),
    (["prob"], "no such command 'prob'", "没有命令 'prob'"),
    (["probe"], "missing argument 'SOURCE'", "缺少参数 'SOURCE'"),
    (["probe", "/no/such"], "'/no/such' does not exist", "文件 '/no/such' 不存在"),
    (["probe", "/"], "'/' is a directory", "文件 '/' 是文件夹"),
    (["probe", __file__, "more"], "got unexpected extra argument (more)", "多余的参数：more"),
    (["probe", "--zone"], "option '--zone' requires an argument", "选项 '--zone' 缺少值"),
    (["probe", "--json=1"], "option '--json' does not take a value", "选项 '--json' 不接受值"),
    (["probe", "--mode", "x"], "'x' is not one of 'strict', 'balanced'", "'x' 不在可选值之内：'strict', 'balanced'"),
    (["probe", "--one", "x"], "'x' is not 'only'", "'x' 不在可选值之内：'only'"),
    (["probe", "--jobs", "9"], "9 is not in the range 1<=x<=8", "9 不在范围 1<=x<=8 之内"),
    (["probe", "--seed", "x"], "'x' is not a valid integer", "'x' 不是有效的数"),
    (["probe", "--person", "x"], "'x' is not a valid UUID", "'x' 不是有效的 UUID"),
    (["probe", "--pair", "x"], "option '--pair' requires 2 arguments", "选项 '--pair' 缺少值"),
    (["probe", "--at", "x"], "does not match the format '%Y'", "'x' 不符合格式 '%Y'"),
]


@pytest.mark.parametrize(("arguments", "english", "chinese"), WRONG)
@pytest.mark.parametrize("language", ["C", "en_US.UTF-8", "zh_CN.UTF-8"])
def test_what_is_wrong_with_a_command_line_is_told_in_the_terminals_language(
    probe, capsys, language, arguments, english, chinese
):
    probe(language)
    capsys.readouterr()
    assert cli.main(arguments) == 2
    said = capsys.readouterr().err
    # Of some errors click does not say at which command: then the whole program's help is named.
    asked = r"hushkeep( probe)?" if arguments[0] == "probe" else "hushkeep"
    if language.startswith("zh"):
        assert chinese in said
        assert re.search(f"\n提示：运行“{asked} --help”查看帮助\n$", said)
        assert not re.search("[a-z]{4}", re.sub("'[^']*'|“[^”]*”|hushkeep: |more|integer", "", said)), said
    else:
        assert english in said
        assert re.search(f"\nhint: try '{asked} --help' for help\n$", said)
        assert not _HAN.search(said)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("C", ["Usage: hushkeep probe", "Options:", "Show this message and exit."]),
        ("zh_CN.UTF-8", ["用法： hushkeep probe", "选项:", "显示本帮助并退出。"]),
    ],
)
def test_the_frame_of_every_help_is_in_the_terminals_language(probe, capsys, language, told):
    probe(language)
    capsys.readouterr()
    assert cli.main(["probe", "--help"]) == 0
    said = capsys.readouterr().out
    assert [words for words in told if words not in said] == []
    assert cli.main(["--help"]) == 0
    assert ("Commands:" if language == "C" else "命令:") in capsys.readouterr().out
