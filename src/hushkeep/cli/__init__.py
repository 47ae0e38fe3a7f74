"""The command line: results on stdout, words on stderr, one published exit code for each kind of error."""

import gettext
import json
import sys
from collections.abc import Mapping, Sequence
from copy import copy
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from hushkeep import __version__
from hushkeep.kernel import errors
from hushkeep.runtime.language import gettext as _
from hushkeep.runtime.language import retold, terminal

# Name -> where it lives; loaded when it is called, so that offline commands never load Django.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "alarm": "hushkeep.cli.alarm:alarm",
        "backup": "hushkeep.cli.backup:backup",
        "ca": "hushkeep.cli.site:ca",
        "connector": "hushkeep.cli.connector:connector",
        "desk": "hushkeep.cli.desk:desk",
        "detect": "hushkeep.cli.detect:detect",
        "doctor": "hushkeep.cli.site:doctor",
        "export": "hushkeep.cli.export:export",
        "file": "hushkeep.cli.file:file",
        "init": "hushkeep.cli.site:init",
        "keys": "hushkeep.cli.keys:keys",
        "ledger": "hushkeep.cli.ledger:ledger",
        "mask": "hushkeep.cli.detect:mask",
        "policy": "hushkeep.cli.policy:policy",
        "protect": "hushkeep.cli.protect:protect",
        "recording": "hushkeep.cli.recording:recording",
        "restore": "hushkeep.cli.backup:restore",
        "sample": "hushkeep.cli.sample:sample",
        "screen": "hushkeep.cli.screen:screen",
        "serve": "hushkeep.cli.serve:serve",
        "up": "hushkeep.cli.site:up",
    }
)

EXIT: Mapping[type[errors.Error], int] = MappingProxyType(
    {
        errors.InvalidInput: 2,
        errors.NotFound: 4,
        errors.Denied: 5,
        errors.ApprovalRequired: 6,
        errors.Conflict: 7,
        errors.IntegrityError: 10,
        errors.Unavailable: 11,
    }
)
_PROGRAM = "hushkeep"
_LOCALE = Path(__file__).parents[1] / "locale"
PARTLY = 3
"""Exit code of an intake of which a part was taken; the report says which."""


def exit_code(error: errors.Error) -> int:
    """Return the code of the nearest class in the tree of errors; 1 when none is listed."""
    return next((EXIT[kind] for kind in type(error).__mro__ if kind in EXIT), 1)


def loaded(where: str) -> Any:
    """Return what ``module:name`` names, imported now: the one way to what a command needs only when it runs."""
    module, _, name = where.partition(":")
    return getattr(import_module(module), name)


class LazyGroup(click.Group):
    """A group some of whose commands are imported when they are called; its help is in the terminal's language.

    ``elsewhere`` is name -> (``module:name``, the one-line help; "" hides it): so that --help imports none of them.
    """

    def __init__(self, *given: Any, elsewhere: Mapping[str, tuple[str, str]], **named: Any) -> None:
        super().__init__(*given, **named)
        self.elsewhere = elsewhere

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, alphabetically."""
        return sorted({*self.elsewhere, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command ``cmd_name``; one from elsewhere is imported now, and put in words as we were."""
        if cmd_name not in self.elsewhere:
            return super().get_command(ctx, cmd_name)
        command = loaded(self.elsewhere[cmd_name][0])
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.elsewhere[cmd_name][0]} is no command")
        return in_words(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write the one-line helps."""
        told = {name: _(words) for name, (_where, words) in self.elsewhere.items() if words}
        told |= {name: own.get_short_help_str(80) for name, own in self.commands.items() if not own.hidden}
        with formatter.section(gettext.gettext("Commands")):
            formatter.write_dl(sorted(told.items()))


def in_words(command: click.Command) -> click.Command:
    """Return ``command`` with the help of it, its options and its commands in the terminal's language."""
    if terminal() == "en":
        return command
    said = copy(command)
    said.help = _(cleandoc(said.help)) if said.help else None
    said.short_help = said.help.partition("\n")[0] if said.help else None
    said.params = [_option(param) for param in said.params]
    if isinstance(said, click.Group):
        said.commands = {name: in_words(one) for name, one in said.commands.items()}
    return said


def _option(param: click.Parameter) -> click.Parameter:
    if not isinstance(param, click.Option):
        return param
    said = copy(param)
    said.help = _(cleandoc(said.help)) if said.help else None
    if isinstance(said.type, click.Path) and said.metavar is None:
        said.metavar = "PATH"  # a Chinese word is as wide as two letters, which no column counts
    return said


HELP: Mapping[str, str] = MappingProxyType(
    {
        "alarm": "Try the ways by which alarms leave the house.",
        "backup": "Save the running site, or verify a backup.",
        "ca": "Export the local certificate authority, or have this machine trust it.",
        "connector": "Add, list, rotate and revoke what tells of live conversations.",
        "desk": "Play a center's day through the public ingress.",
        "detect": "Find personal data in JSON Lines of conversations.",
        "doctor": "Say what is wrong with the site and how to mend it.",
        "export": "Open an export's archive; trace a copy to its export and person.",
        "file": "Seal or open a file.",
        "init": "Make a site.",
        "keys": "The key service.",
        "ledger": "Verify an exported audit pack offline.",
        "mask": "Mask personal data in JSON Lines of conversations.",
        "policy": "Check, explain and compare access policies.",
        "protect": "Take in a folder: find, mask, seal and store.",
        "recording": "Redact a recording.",
        "restore": "Bring a saved site back.",
        "sample": "Write a made-up contact center.",
        "screen": "Tell from a picture of a page who looked at it, when, and at what.",
        "up": "Run the site.",
    }
)


@click.group(
    cls=LazyGroup,
    elsewhere={name: (where, HELP.get(name, "")) for name, where in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="hushkeep")
def group() -> None:
    """Hushkeep: the data-protection layer of a contact center.

    \b
    Exit codes: 0 done, 1 failed, 2 bad input, 3 part of it taken, 4 not found, 5 denied,
    6 approval needed, 7 conflict (a taken port or lock too), 10 integrity, 11 unavailable.

    \b
    Example: hushkeep mask < conversations.jsonl
    """  # noqa: D301 - click's own mark for "do not wrap"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code. The outermost catch: every Error becomes a line and a code."""
    _speak()
    try:
        result = in_words(group).main(arguments, prog_name=_PROGRAM, standalone_mode=False)
    except errors.Error as error:
        return _said(error, exit_code(error))
    except click.exceptions.Abort:
        return _told(_("interrupted"), 130)
    except click.ClickException as error:
        return _refused(error)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us is gone; a word about it would be lost too
        return 1
    return result if isinstance(result, int) else 0


def write_json(value: object) -> None:
    """Write ``value`` to stdout as one line of JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")))


def _speak() -> None:
    """Have click speak the terminal's language: it asks gettext, in the domain that is set for the process."""
    if terminal() == "en":
        gettext.textdomain("messages")  # nobody's: click's own words
        return
    gettext.bindtextdomain("click", str(_LOCALE))
    gettext.textdomain("click")


def _refused(error: click.ClickException) -> int:
    """Say what click found wrong, and where help is."""
    if not isinstance(error, click.UsageError):
        return _told(_lower(error.format_message()), 1)
    _told(_lower(error.format_message().replace("。 ", "。")), 2)  # click joins sentences by a blank
    where = error.ctx.command_path if error.ctx else _PROGRAM  # click does not always say at which command
    words = gettext.gettext("Try '{command} {option}' for help.")
    _hint(_lower(words.format(command=where, option="--help")))
    return 2


def _said(error: errors.Error, code: int) -> int:
    _told(_lower(retold(str(error))) or error.code, code)
    for note in getattr(error, "__notes__", ()):
        _hint(retold(note))
    return code


def _told(words: str, code: int) -> int:
    click.echo(_("hushkeep: error: {words}").format(words=words), err=True)
    return code


def _hint(words: str) -> None:
    click.echo(_("hint: {words}").format(words=words), err=True)


def _lower(words: str) -> str:
    words = words.removesuffix(".").removesuffix("。")
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
