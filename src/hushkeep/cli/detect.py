"""`hushkeep detect` and `hushkeep mask`: JSON Lines in, JSON Lines out; no server, network or settings."""

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec

from hushkeep import detect as engine
from hushkeep.kernel import InvalidInput, Turn

BATCH = 256


def _records(lines: BinaryIO) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        record = _parsed(line, number)
        _check(record, number)
        yield record


def _parsed(line: bytes, number: int) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):  # it may hold a lone surrogate, which json lets through
        pass
    try:
        return json.loads(line.decode("utf-8", "surrogatepass"))
    except ValueError:
        raise InvalidInput(f"line {number}: not a JSON object in UTF-8") from None


def _check(record: Any, number: int) -> None:
    if not isinstance(record, dict) or "id" not in record:
        raise InvalidInput(f"line {number}: a record needs an id")
    turns = record.get("turns")
    if not isinstance(turns, list) or not all(isinstance(t, dict) and isinstance(t.get("text"), str) for t in turns):
        raise InvalidInput(f"line {number}: turns must be a list of objects with a text")


def _turns(record: dict[str, Any]) -> list[Turn]:
    return [Turn(str(t.get("speaker", "")), t["text"]) for t in record["turns"]]


def _write(value: dict[str, Any]) -> None:
    try:
        line = msgspec.json.encode(value)
    except UnicodeEncodeError:  # a lone surrogate
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    sys.stdout.buffer.write(line + b"\n")


def _batches(lines: BinaryIO) -> Iterator[list[dict[str, Any]]]:
    records = _records(lines)
    while batch := list(islice(records, BATCH)):
        yield batch


def _row(finding: engine.Finding, *, explain: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "turn": finding.turn,
        "start": finding.start,
        "end": finding.end,
        "entity": finding.entity,
        "score": round(finding.score, 3),
        "rule": finding.rule,
    }
    return row | {"evidence": list(engine.explain(finding))} if explain else row


def _custom(path: Path | None, *, health: bool) -> tuple[engine.Custom, ...]:
    """A tenant's own kinds of value, of a JSON file: entity to ``words`` and ``patterns``."""
    own = (engine.health(),) if health else ()
    if path is None:
        return own
    try:
        kinds = json.loads(path.read_text("utf-8"))
        unknown = {field for kind in kinds.values() for field in kind} - {"words", "patterns"}
        rows = [
            (str(entity), tuple(map(str, kind.get("words", ()))), tuple(map(str, kind.get("patterns", ()))))
            for entity, kind in kinds.items()
        ]
    except (ValueError, TypeError, AttributeError):
        raise InvalidInput("custom kinds: not a file of them") from None
    if unknown:
        raise InvalidInput(f"custom kinds: unknown fields {', '.join(sorted(unknown))}")
    return (*own, *(engine.Custom(entity, words, patterns) for entity, words, patterns in rows))


_CUSTOM = click.option(
    "--custom",
    "custom_file",
    type=click.Path(exists=True, path_type=Path),
    help="A JSON file of your own kinds of value: entity to words and patterns.",
)


_HEALTH = click.option("--health", is_flag=True, help="Find illnesses, treatments and medicines too.")


@click.command()
@click.argument("source", type=click.File("rb"), default="-")
@click.option("--names/--no-names", default=True, help="Let the name models run (slower, finds more names).")
@_CUSTOM
@_HEALTH
@click.option("--explain", is_flag=True, help="Add the evidence of each finding.")
def detect(source: BinaryIO, *, names: bool, custom_file: Path | None, health: bool, explain: bool) -> None:
    """Find personal data: JSON Lines of intake records in, findings out, in the same order."""
    custom = _custom(custom_file, health=health)
    for batch in _batches(source):
        found = engine.find_batch([_turns(r) for r in batch], custom=custom, names=names)
        for record, findings in zip(batch, found, strict=True):
            _write({"id": record["id"], "findings": [_row(f, explain=explain) for f in findings]})
    sys.stdout.buffer.flush()


def _policy(path: Path | None, key_file: Path | None, style: str) -> engine.Policy:
    """The mask policy of a JSON file: ``style``, ``styles`` by entity, ``keep`` by entity as [head, tail]."""
    wanted: dict[str, Any] = {"style": style}
    if path is not None:
        try:
            wanted |= json.loads(path.read_text("utf-8"))
            keep = {str(k): (int(v[0]), int(v[1])) for k, v in wanted.pop("keep", {}).items()}
        except (ValueError, TypeError, LookupError, AttributeError):
            raise InvalidInput("mask policy: not a policy file") from None
        wanted["keep"] = keep
    if key_file is not None:
        wanted["key"] = key_file.read_bytes()
    if unknown := set(wanted) - {"style", "styles", "keep", "key"}:
        raise InvalidInput(f"mask policy: unknown fields {', '.join(sorted(unknown))}")
    return engine.Policy(**wanted)


@click.command()
@click.argument("source", type=click.File("rb"), default="-")
@click.option("--names/--no-names", default=True, help="Let the name models run (slower, finds more names).")
@_CUSTOM
@_HEALTH
@click.option(
    "--style",
    type=click.Choice(["partial", "tag", "pseudonym", "full"]),
    default="partial",
    help="How a finding is shown.",
)
@click.option("--policy", "policy_file", type=click.Path(exists=True, path_type=Path), help="A JSON file of styles.")
@click.option("--key-file", type=click.Path(exists=True, path_type=Path), help="16 bytes or more, for pseudonyms.")
def mask(  # noqa: PLR0913 - one argument an option
    source: BinaryIO,
    *,
    names: bool,
    custom_file: Path | None,
    health: bool,
    style: str,
    policy_file: Path | None,
    key_file: Path | None,
) -> None:
    """Mask personal data: JSON Lines of intake records in, the same records with masked texts out."""
    custom = _custom(custom_file, health=health)
    policy = _policy(policy_file, key_file, style)
    for batch in _batches(source):
        turns = [_turns(r) for r in batch]
        found = engine.find_batch(turns, custom=custom, names=names)
        for record, said, findings in zip(batch, turns, found, strict=True):
            masked = engine.mask(engine.cut_secrets(said, findings), findings, policy)
            texts = [t | {"text": m.text} for t, m in zip(record["turns"], masked, strict=True)]
            _write(record | {"turns": texts})
    sys.stdout.buffer.flush()
