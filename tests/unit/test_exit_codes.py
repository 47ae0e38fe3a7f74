"""Every kind of error has its own published exit code, and the command line speaks one way."""

import subprocess
import sys

import click
import pytest

from hushkeep import cli
from hushkeep.kernel import errors


def _kinds(root=errors.Error):
    for kind in root.__subclasses__():
        if kind.__module__.startswith("hushkeep."):
            yield kind
            yield from _kinds(kind)


def test_every_error_of_the_kernel_has_a_code_of_its_own():
    kernel = [kind for kind in _kinds() if kind.__module__ == "hushkeep.kernel.errors"]
    codes = [cli.EXIT[kind] for kind in kernel]
    assert len(codes) == len(set(codes)) == 7
    assert not {0, 1, cli.PARTLY} & set(codes)


def test_every_error_of_a_room_is_a_kind_of_a_kernel_error():
    strangers = [kind for kind in _kinds() if cli.exit_code(kind.__new__(kind)) == 1]
    assert strangers == []


@pytest.mark.parametrize(("kind", "code"), list(cli.EXIT.items()))
def test_an_error_is_one_lower_case_line_and_its_code(kind, code, capsys, monkeypatch):
    def fail():
        error = kind("Export 7: requester may not approve.")
        error.add_note("ask a colleague")
        raise error

    monkeypatch.setitem(cli.group.commands, "fail", click.Command("fail", callback=fail))
    assert cli.main(["fail"]) == code
    assert capsys.readouterr().err.splitlines() == [
        "hushkeep: error: export 7: requester may not approve",
        "hint: ask a colleague",
    ]


def test_an_unknown_command_is_bad_input(capsys):
    assert cli.main(["no-such-command"]) == 2
    assert capsys.readouterr().err.startswith("hushkeep: error: no such command")


def test_help_names_every_command_without_importing_any():
    program = (
        "import sys; from hushkeep import cli; cli.main(['--help']);"
        "sys.exit(any(m.startswith(('django', 'hushkeep.cli.')) for m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in cli.HELP:
        assert f"  {name}" in done.stdout
