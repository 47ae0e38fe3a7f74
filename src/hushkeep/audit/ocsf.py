"""Events in the words of the Open Cybersecurity Schema Framework (schema.ocsf.io), for a SIEM.

One table from the action's object to the class; the rest follows. Ids and codes only, as in the log itself; what OCSF
has no place for stands under ``unmapped``. ``metadata.uid`` and ``metadata.sequence`` let the collector drop doubles
and see gaps, and hold what it has against a checkpoint.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from hushkeep import __version__
from hushkeep.kernel import Event, Outcome

OCSF_VERSION = "1.9.0-dev"

_ACCOUNT_CHANGE, _AUTHENTICATION, _AUTHORIZE, _USER_ACCESS = 3001, 3002, 3003, 3005
_LIFECYCLE, _API, _DATASTORE, _EVENT_LOG = 6002, 6003, 6005, 1008
_OTHER = 99


@dataclass(frozen=True, slots=True)
class _Class:
    """An OCSF class and the activity of each action word; words without one are ``Other`` (99)."""

    uid: int
    activities: Mapping[str, int]


_READS = MappingProxyType({"list": 8, "view": 1, "search": 4, "reveal": 10, "play": 10, "store": 6, "land": 6})
_DATA = _Class(_DATASTORE, {**_READS, "change": 2, "revise": 2, "merge": 2, "redact": 2})
_CRUD = _Class(
    _API, {"list": 2, "view": 2, "status": 2, "request": 1, "execute": 1, "enrol": 1, "change": 3, "decide": 3}
)
_CLASSES: Mapping[str, _Class] = MappingProxyType(
    {
        "audit": _Class(_EVENT_LOG, {"export": 3, "purge": 2}),
        "conversation": _DATA,
        "customer": _DATA,
        "recording": _DATA,
        "key": _Class(_DATASTORE, {"unwrap": 10, "shred": 7, "rotate": 2}),
        "session": _Class(_AUTHENTICATION, {"sign_in": 1, "sign_out": 2, "step_up": 6}),
        "system": _Class(_LIFECYCLE, {"start": 3}),
        "user": _Class(_ACCOUNT_CHANGE, {"enrol": 2, "invite": 1, "remove": 6}),
    }
)
# Severity of OCSF: 1 informational, 2 low, 3 medium.
_SEVERITY = MappingProxyType(
    {Outcome.ALLOWED: 1, Outcome.STEP_UP: 1, Outcome.NEEDS_APPROVAL: 1, Outcome.DENIED: 2, Outcome.FAILED: 3}
)
_SUCCESS, _FAILURE = 1, 2


def ocsf(event: Event, seq: int) -> dict[str, Any]:
    """Return ``event``, which has place ``seq`` in its log, as an OCSF object; times in milliseconds since 1970."""
    kind, _, word = event.action.value.partition(":")
    chosen = _CLASSES.get(kind, _CRUD)
    activity = chosen.activities.get(word, _OTHER)
    allowed = event.outcome is Outcome.ALLOWED
    out: dict[str, Any] = {
        "activity_id": activity,
        "activity_name": event.action.value,
        "category_uid": chosen.uid // 1000,
        "class_uid": chosen.uid,
        "type_uid": chosen.uid * 100 + activity,
        "time": int(event.at.timestamp() * 1000),
        "severity_id": _SEVERITY[event.outcome],
        "status_id": _SUCCESS if allowed else _FAILURE,
        "status_code": event.outcome.value,
        "status_detail": event.reason,
        "metadata": {
            "version": OCSF_VERSION,
            "product": {"name": "Hushkeep", "vendor_name": "Hushkeep", "version": __version__},
            "uid": str(event.id),
            "sequence": seq,
            "tenant_uid": str(event.tenant),
            "correlation_uid": str(event.request or event.id),
            "log_name": f"hushkeep.audit/{event.tenant}",
        },
        "unmapped": _unmapped(event),
    }
    return out | _who(event, chosen.uid)


def _who(event: Event, uid: int) -> dict[str, Any]:
    """Return the objects that the class asks for: who acted, from where, on whom, by which operation."""
    user = {"uid": str(event.actor or event.actor_kind.value)}
    actor: dict[str, Any] = {"user": user, "app_name": event.actor_kind.value}
    if event.session:
        actor["session"] = {"uid": str(event.session)}
    # The life of an application has no place for who acted: it is told beside the schema.
    out: dict[str, Any] = {"app": {"name": "Hushkeep"}} if uid == _LIFECYCLE else {"actor": actor}
    if uid in {_DATASTORE, _API}:
        out["src_endpoint"] = {"uid": str(event.device or event.session or "none")}
    if uid == _API:
        out["api"] = {"operation": event.action.value}
    if uid in {_ACCOUNT_CHANGE, _AUTHENTICATION, _AUTHORIZE, _USER_ACCESS}:
        out["user"] = {"uid": str(event.target)} if event.target_kind == "user" and event.target else user
    return out


def _unmapped(event: Event) -> dict[str, Any]:
    names = (
        "actor",
        "purpose",
        "policy",
        "policy_set",
        "approval",
        "conversation",
        "subject",
        "target",
        "target_kind",
        "count",
    )
    values = {name: getattr(event, name) for name in names}
    return {
        name: value if isinstance(value, int) else str(value) for name, value in values.items() if value is not None
    }
