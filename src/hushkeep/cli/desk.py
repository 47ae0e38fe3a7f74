"""``hushkeep desk``: a center's day, told to the public ingress like any connector would, in real or fast time."""

import sys
import time
from collections import Counter
from pathlib import Path
from uuid import UUID

import click

from hushkeep.channels import desk as day
from hushkeep.cli import PARTLY, loaded, write_json
from hushkeep.cli.connector_client import ConnectorClient, read_connector_key
from hushkeep.kernel import InvalidInput, TenantId, new_id
from hushkeep.runtime.address import authority, front_port
from hushkeep.runtime.boot import boot
from hushkeep.runtime.clock import now
from hushkeep.runtime.settings import settings


@click.command("desk")
@click.option(
    "--connector",
    "key_file",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file that hushkeep connector add wrote.",
)
@click.option(
    "--agent", "chosen", type=click.UUID, multiple=True, help="An agent's id; may be repeated (default: all)."
)
@click.option("--hours", type=click.FloatRange(min=0.01, max=24), default=8, show_default=True)
@click.option(
    "--speed", type=click.FloatRange(min=1, max=10_000), default=60, show_default=True, help="1 is real time."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed, the same day.")
@click.option("--dry-run", is_flag=True, help="Print the plan's counts and send nothing.")
def desk(  # noqa: PLR0913 - the options of a command
    key_file: Path,
    chosen: tuple[UUID, ...],
    hours: float,
    speed: float,
    seed: int,
    *,
    dry_run: bool,
) -> int:
    """Play a center's day: conversations begin, are answered, handed on and end, each by a signed word.

    The customers are those of ``hushkeep sample`` (seed 1): take them in first. Fast time shortens the waits, not the
    wrap-ups, which the site measures itself.

    Example: hushkeep desk --connector pbx.json --speed 120
    """
    key = read_connector_key(key_file)
    agents = chosen or _agents(TenantId(key.tenant))
    if not agents:
        raise InvalidInput("the center has no agents: invite one in the console, or name one with --agent")
    words = day.plan(sorted(agents), seed=seed, hours=hours)
    if dry_run:
        write_json({"agents": len(agents), "planned": day.kinds(words)})
        return 0
    site = settings()
    refused = _play(
        words, ConnectorClient(site.host, front_port(site), key, authority=str(authority(site)), now=now), speed
    )
    write_json({"agents": len(agents), "told": day.kinds(words), "refused": dict(sorted(refused.items()))})
    return PARTLY if refused else 0


def _play(words: list[day.Word], client: ConnectorClient, speed: float) -> Counter[str]:
    """Tell ``words`` when they are due; return how many were refused, by reason."""
    # The same day may be played again: to the site they are other conversations.
    began, refused, run = time.monotonic(), Counter[str](), new_id()
    for number, word in enumerate(words, 1):
        time.sleep(max(0.0, word.at / speed - (time.monotonic() - began)))
        status, reason = client.tell(word.said() | {"conversation": f"{run}/{word.conversation}"})
        if status >= 400:
            refused[reason] += 1
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{number}/{len(words)} {word.kind:<12} refused {refused.total()}")
    return refused


def _agents(tenant: TenantId) -> list[UUID]:
    boot()
    found: list[UUID] = loaded("hushkeep.access.administration.connectors:agents")(tenant)
    return found
