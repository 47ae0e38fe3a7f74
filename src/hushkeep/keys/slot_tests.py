"""When each slot was last seen to open: at its making, at each start for the one that opened, monthly for all.

``slots-tested.json`` beside the slots holds kind → RFC 3339 time. It opens nothing and proves nothing to an attacker's
victim: whoever may write it may remove slots too. It reminds people in time that paper fades.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from hushkeep.kernel import IntegrityError, timestamp
from hushkeep.keys import slots

TESTED_FILE: Final = "slots-tested.json"
EVERY: Final = timedelta(days=31)


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)


def record(keys_dir: Path, kind: str, now: int) -> None:
    """Keep that the slot of ``kind`` opened at ``now`` (microseconds since 1970)."""
    tested = {name: timestamp(at) for name, at in read(keys_dir).items()}
    tested[kind] = timestamp(_moment(now))
    slots.write_durably(keys_dir / TESTED_FILE, json.dumps(tested, sort_keys=True).encode())


def read(keys_dir: Path) -> dict[str, datetime]:
    """Return kind → when it last opened; raises IntegrityError when the file is malformed."""
    path = keys_dir / TESTED_FILE
    if not path.exists():
        return {}
    try:
        return {kind: datetime.fromisoformat(at) for kind, at in json.loads(path.read_text("utf-8")).items()}
    except (ValueError, TypeError, AttributeError):
        raise IntegrityError("slots: the record of their tests is malformed") from None


def overdue(keys_dir: Path, now: datetime) -> list[str]:
    """Return the kinds of slots that were not seen to open for 31 days, sorted."""
    tested = read(keys_dir)
    kinds = {slot.kind for slot in slots.read_slots(keys_dir).slots}
    return sorted(kind for kind in kinds if kind not in tested or now - tested[kind] > EVERY)


def due_again(keys_dir: Path, kind: str, now: int) -> bool:
    """Whether the slot of ``kind`` is to be opened once more: a month has passed since it was."""
    last = read(keys_dir).get(kind)
    return last is None or _moment(now) - last > EVERY - timedelta(days=1)
