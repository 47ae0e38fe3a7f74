"""``hushkeep sample``: the made-up center as intake records."""

import json
import sys
from typing import BinaryIO

import click

from hushkeep.channels import sample as center
from hushkeep.runtime.language import gettext as _
from hushkeep.runtime.language import ngettext


@click.command("sample")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed makes the same center."
)
@click.option("--conversations", type=click.IntRange(min=0), default=2000, show_default=True, help="How many to make.")
@click.option("--out", type=click.File("wb", lazy=True), default="-", help="A file, or - for standard output.")
def sample(seed: int, conversations: int, out: BinaryIO) -> None:
    """Write a made-up contact center's conversations as JSON Lines.

    Three weeks of chats, calls and mails in Chinese and English; every identifier has the right shape and checksum
    and belongs to nobody.
    """
    turns = 0
    for record in center.records(seed=seed, conversations=conversations):
        turns += len(record["turns"])
        out.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    told = _("{conversations}, {messages}, seed {seed}").format(
        conversations=ngettext("{count:,} conversation", "{count:,} conversations", conversations).format(
            count=conversations
        ),
        messages=ngettext("{count:,} message", "{count:,} messages", turns).format(count=turns),
        seed=seed,
    )
    sys.stderr.write(told + "\n")
