"""Sidecars: a JSON file beside a recording, in our own shape or as FreeSWITCH's mod_json_cdr writes it.

For ``call.wav`` that is ``call.wav.json``, ``call.json`` or ``call.cdr.json``.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from hushkeep.channels.calls.shape import Call
from hushkeep.kernel import InvalidInput

MAX_BYTES: Final = 1 << 20
_FIELDS: Final = frozenset(
    {
        *("id", "conversation", "customer", "agent", "language", "direction", "started_at", "pauses", "seconds"),
        "channels",
    }
)


def names_for(recording: str) -> tuple[str, ...]:
    """Return the names under which a sidecar of the file ``recording`` may lie."""
    stem = recording.rpartition(".")[0]
    return f"{recording}.json", f"{stem}.json", f"{stem}.cdr.json"


def parse(data: bytes) -> Call:
    """Return what a sidecar says; raises InvalidInput with a stable code: sidecar_too_large, sidecar_not_json,
    sidecar_unknown_fields, sidecar_wrong_type.
    """  # noqa: D205 - a list of codes
    if len(data) > MAX_BYTES:
        raise InvalidInput("sidecar_too_large")
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        raise InvalidInput("sidecar_not_json") from None
    if not isinstance(said, dict):
        raise InvalidInput("sidecar_not_json")
    if isinstance(said.get("variables"), dict):
        return _freeswitch(said["variables"])
    if not said.keys() <= _FIELDS:
        raise InvalidInput("sidecar_unknown_fields")
    return _own(said)


def _own(said: Mapping[str, Any]) -> Call:
    texts = {name: said.get(name) for name in ("id", "conversation", "agent", "language", "direction", "started_at")}
    pauses, customer = said.get("pauses") or [], said.get("customer")
    right = (
        all(value is None or isinstance(value, str) for value in texts.values())
        and isinstance(pauses, list)
        and all(isinstance(pair, list) and [_is_number(end) for end in pair] == [True, True] for pair in pauses)
        and (customer is None or (isinstance(customer, dict) and all(isinstance(v, str) for v in customer.values())))
        and all(said.get(name) is None or _is_number(said[name]) for name in ("seconds", "channels"))
    )
    if not right:
        raise InvalidInput("sidecar_wrong_type")
    return Call(
        **texts,
        customer=customer,
        pauses=tuple((float(start), float(end)) for start, end in pauses),
        seconds=said.get("seconds"),
        channels=said.get("channels"),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _freeswitch(said: Mapping[str, Any]) -> Call:
    """The variables of a call's record by mod_json_cdr; their source is named in docs/recordings.md."""

    def text(name: str) -> str | None:
        value = said.get(name)
        return value if isinstance(value, str) and value else None

    direction = {"inbound": "inbound", "outbound": "outbound"}.get(text("direction") or "")
    caller = text("destination_number" if direction == "outbound" else "caller_id_number")
    started = text("record_start_epoch") or text("answer_epoch") or text("start_epoch")
    return Call(
        id=text("uuid"),
        conversation=text("uuid"),
        customer={"phone": caller} if caller else None,
        agent=text("cc_agent") or text("effective_caller_id_name"),
        direction=direction,
        started_at=_epoch(started),
        channels=2 if text("RECORD_STEREO") == "true" else None,
    )


def _epoch(text: str | None) -> str | None:
    if text is None or not text.isdigit() or int(text) == 0:
        return None
    try:
        return datetime.fromtimestamp(int(text), UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return None
