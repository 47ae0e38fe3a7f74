"""``hushkeep ledger``: verify a pack or a proof offline, stand as a witness; export, prove and check on the site."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from hushkeep.cli import LazyGroup, write_json
from hushkeep.kernel import IntegrityError, InvalidInput
from hushkeep.ledger import ProofFile, VerifierKey
from hushkeep.ledger.packverify import BadPackError, NoPackError
from hushkeep.ledger.packverify import verify as verify_pack

# Commands of the site's own machine load Django, the witness a server: they are imported when they are called.
_ELSEWHERE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "export": ("hushkeep.cli.ledger_site:export", "Write a tenant's log as a pack for the auditor."),
        "fsck": ("hushkeep.cli.ledger_site:fsck", "Check a tenant's log in the database."),
        "keys": ("hushkeep.cli.ledger_site:keys", "Print the verifier keys of a tenant's log."),
        "prove": ("hushkeep.cli.ledger_site:prove", "Print the proof of one event."),
        "witness": ("hushkeep.cli.ledger_witness:witness", "Stand as a witness for logs."),
    }
)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=LazyGroup, elsewhere=_ELSEWHERE)
def ledger() -> None:
    """The tamper-evident log of events."""


@ledger.command()
@click.argument("pack", type=click.Path(exists=True, path_type=Path))
@click.option("--key", type=_FILE, help="Verifier keys of the log, as you received them.")
@click.option("--witness", type=_FILE, help="Verifier keys of the witnesses that you trust.")
@click.option("--quorum", type=click.IntRange(0), default=0, help="How many witnesses must have cosigned.")
@click.option("--seen", type=_FILE, multiple=True, help="A checkpoint that you know: the pack must continue it.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def verify(  # noqa: PLR0913, PLR0917 - the options of the command
    pack: Path,
    key: Path | None,
    witness: Path | None,
    quorum: int,
    seen: tuple[Path, ...],
    as_json: bool,  # noqa: FBT001 - click's flag
) -> None:
    """Verify an exported audit pack (a folder) or one event's proof (a .tlog-proof file), offline.

    Exit code 10 when it does not hold: the first bad entry is named.
    """
    keys, witnesses = (file.read_text(encoding="utf-8") if file else None for file in (key, witness))
    if pack.is_file():
        report = _verified_proof(pack, keys, witnesses, quorum)
    else:
        report = _verified_pack(pack, keys, witnesses, quorum, seen)
    if as_json:
        write_json(report)
        return
    for name, value in report.items():
        click.echo(f"{name}: {', '.join(value) if isinstance(value, list) else value}")


def _verified_pack(
    pack: Path, keys: str | None, witnesses: str | None, quorum: int, seen: tuple[Path, ...]
) -> dict[str, Any]:
    try:
        return verify_pack(pack, keys, witnesses, quorum, [file.read_text(encoding="utf-8") for file in seen])
    except BadPackError as bad:
        raise IntegrityError(str(bad)) from None
    except NoPackError as problem:
        raise InvalidInput(f"{pack} is no audit pack: {problem}") from None


def _verified_proof(file: Path, keys: str | None, witnesses: str | None, quorum: int) -> dict[str, Any]:
    if keys is None:
        raise InvalidInput("a proof is verified under the log's key: give it with --key")
    proof = ProofFile.parse(file.read_text(encoding="utf-8"))
    if proof.extra is None:
        raise InvalidInput("the proof does not carry its entry")
    checkpoint = proof.verify(proof.extra, _parsed(keys), _parsed(witnesses or ""), quorum=quorum)
    event = json.loads(proof.extra)
    return {"origin": checkpoint.origin, "entries": checkpoint.size, "entry": proof.index, "event": event["id"]}


def _parsed(keys: str) -> list[VerifierKey]:
    return [VerifierKey.parse(line) for line in keys.splitlines() if line.strip()]
