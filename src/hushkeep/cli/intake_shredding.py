"""Destroying source files that were taken whole: asked on a terminal, typed out, named one by one when it fails."""

import os
import stat
from pathlib import Path

import click

from hushkeep.cli.intake_source import Folder
from hushkeep.runtime.language import gettext as _
from hushkeep.runtime.language import ngettext

_BLOCK = 1024 * 1024
_SHOWN = 20


def shred(folder: Folder) -> int:
    """Ask, then overwrite and remove the files of which nothing was refused and that are as they were read.

    Returns how many were destroyed. Backups, snapshots and what the disk keeps of its own are not reached: it says so.
    """
    refused = folder.report.refused_files
    whole = {name: kept for name, kept in folder.taken_whole.items() if name not in refused}
    if not whole:
        click.echo(_("No file was taken whole: none is destroyed."), err=True)
        return 0
    count = len(whole)
    word = f"shred {count} file" if count == 1 else f"shred {count} files"
    asked = ngettext(
        "This destroys {count:,} source file for good. Copies, backups and snapshots stay.",
        "This destroys {count:,} source files for good. Copies, backups and snapshots stay.",
        count,
    )
    lines = [
        asked.format(count=count),
        *(f"  {name}" for name in sorted(whole)[:_SHOWN]),
    ]
    if count > _SHOWN:
        lines.append(_("  … and {count:,} more").format(count=count - _SHOWN))
    if stays := len(folder.files) - count:
        told = ngettext(
            "{count:,} file stays: a part of it was not taken in.",
            "{count:,} files stay: a part of them was not taken in.",
            stays,
        )
        lines.append(told.format(count=stays))
    click.echo("\n".join(lines), err=True)
    if click.prompt(_("Type '{word}' to go on").format(word=word), err=True, default="", show_default=False) != word:
        click.echo(_("Nothing was destroyed."), err=True)
        return 0
    done = sum(_destroyed(name, path, state) for name, (path, state) in sorted(whole.items()))
    told = ngettext("{count:,} source file destroyed.", "{count:,} source files destroyed.", done)
    click.echo(told.format(count=done), err=True)
    return done


def _destroyed(name: str, path: Path, state: tuple[int, int]) -> bool:
    """Overwrite and remove one file; leave it, and say so, when it is not the one that was read."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "r+b", buffering=0) as stream:
            now = os.fstat(stream.fileno())
            if (now.st_size, now.st_mtime_ns) != state or not stat.S_ISREG(now.st_mode) or now.st_nlink != 1:
                click.echo(_("left alone, since it has changed or has other names: {name}").format(name=name), err=True)
                return False
            for start in range(0, now.st_size, _BLOCK):
                stream.write(os.urandom(min(_BLOCK, now.st_size - start)))
            os.fsync(stream.fileno())
        path.unlink()
    except OSError:
        click.echo(_("left alone, since it cannot be overwritten: {name}").format(name=name), err=True)
        return False
    return True
