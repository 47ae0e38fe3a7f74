"""The recovery shares: while enough of them lie together here, whoever runs the site is told to give them away."""

from pathlib import Path

import click

from hushkeep.keys.site import shares_suffice
from hushkeep.runtime.language import gettext as _


def tell(folder: Path) -> None:
    """Say what to do with the shares in ``folder``, where there are enough to open everything."""
    if shares_suffice(folder):
        words = _("Any three of the shares in {} open everything: give each to another person, and delete the files")
        click.echo(words.format(folder), err=True)
