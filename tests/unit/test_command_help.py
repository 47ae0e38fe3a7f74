"""The help of every command comes without a site, and in Chinese where the terminal speaks it."""

import json
import subprocess
import sys
from inspect import cleandoc

import pytest

from hushkeep import cli
from hushkeep.runtime.language import gettext_in

# In a process of its own: here Django is set up, there it is not, as when somebody asks before a site is made.
WALK = """
import json, sys, click
from hushkeep import cli

def walk(command, way, found):
    found.append([way, command.help, [getattr(param, "help", None) for param in command.params]])
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            walk(command.get_command(context, name), [*way, name], found)
        found += [[[*way, name], words, []] for name, (_, words) in getattr(command, "elsewhere", {}).items()]
    return found

json.dump(walk(cli.group, [], []), sys.stdout)
"""


@pytest.fixture(scope="module")
def helps():
    """(names, help, helps of its options) of every command, and those that stand in for commands not imported yet."""
    done = subprocess.run(
        [sys.executable, "-c", WALK], capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_command_of_the_site_too_has_its_help_where_no_site_is(helps):
    assert {("policy", "check"), ("recording", "seals"), ("ledger", "fsck"), ("keys", "slots")} <= {
        tuple(way) for way, *_ in helps
    }


def test_every_help_has_its_chinese(helps):
    said = {cleandoc(words) for _, own, options in helps for words in (own, *options) if words}
    assert len(said) > 200
    assert {words for words in said if gettext_in("zh_Hans", words) == words} == set()


def test_no_help_shows_clicks_own_mark(helps):
    assert [way for way, own, _ in helps if own and "\\b" in own] == []


def test_help_is_in_the_language_of_the_moment(monkeypatch, capsys):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    # English first: click names kinds of files when a command is imported.
    for language, told in (
        ("C", ["Take in a folder", "The tenant that the data goes to", "--columns FILE", "Seal or open a file."]),
        ("zh_CN.UTF-8", ["接入文件夹", "数据归入哪个租户", "--columns PATH", "封存或启封文件。", "将 IN 封存为 OUT"]),
    ):
        monkeypatch.setenv("LANG", language)
        assert cli.main(["--help"]) == cli.main(["protect", "--help"]) == cli.main(["file", "--help"]) == 0
        said = capsys.readouterr().out
        assert [words for words in told if words not in said] == []
