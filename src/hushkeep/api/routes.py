"""Every route of the API and the action that it asks the gate for: one line each. One without a line does not start."""

from collections.abc import Mapping
from enum import Enum

from hushkeep.kernel import Action


class Open(Enum):
    """Routes that ask no permission."""

    PUBLIC = "public"  # nobody needs to be signed in
    SIGNED = "signed"  # a connector's own signature, which the key service judges; the gate is asked further in
    MYSELF = "myself"  # any signed-in person, about themself alone


ROUTES: Mapping[str, Action | Open] = {
    "GET /health": Open.PUBLIC,
    "POST /enrolment/begin": Open.PUBLIC,
    "POST /enrolment/finish": Open.PUBLIC,
    "GET /csrf": Open.PUBLIC,
    "POST /live/{connector}/events": Open.SIGNED,
    "GET /me": Open.MYSELF,
    "GET /status": Action.SYSTEM_STATUS,
    "GET /people": Action.USER_LIST,
    "POST /people": Action.USER_INVITE,
    "POST /people/list": Action.USER_LIST,
    "POST /people/{person}/deactivate": Action.USER_REMOVE,
    "POST /people/{person}/role": Action.USER_CHANGE,
    "POST /people/{person}/invite": Action.USER_CHANGE,
    "GET /sessions": Action.SESSION_LIST,
    "DELETE /sessions/{session}": Action.SESSION_REVOKE,
    "POST /people/{person}/stop": Action.SESSION_REVOKE,
    "GET /devices": Action.DEVICE_LIST,
    "POST /devices": Action.DEVICE_ENROL,
    "POST /devices/{device}/trust": Action.DEVICE_TRUST,
    "POST /devices/{device}/revoke": Action.DEVICE_REVOKE,
    "GET /live": Action.DESK_VIEW,
    "POST /challenges": Open.MYSELF,
    "GET /customers/{customer}": Action.CUSTOMER_VIEW,
    "POST /customers/{customer}/reveal": Action.CUSTOMER_REVEAL,
    "POST /customers/{customer}/change": Action.CUSTOMER_CHANGE,
    "POST /customers/{customer}/delete": Action.CUSTOMER_DELETE,
    "GET /customers/{customer}/history": Action.CUSTOMER_VIEW,
    "POST /changes/{change}/undo": Action.CUSTOMER_UNDO,
    "POST /customers/{customer}/outgoing": Action.CUSTOMER_CHECK,
    "POST /customers/{customer}/verify": Action.CUSTOMER_VERIFY,
    "POST /customers/{customer}/pin": Action.CUSTOMER_ENROL,
    "POST /customers/{customer}/code": Action.CUSTOMER_ENROL,
    "POST /messages/check": Action.MESSAGE_CHECK,
    "GET /alarms": Action.ALARM_LIST,
    "POST /alarms/{alarm}/acknowledge": Action.ALARM_ACKNOWLEDGE,
    "GET /policy": Action.POLICY_VIEW,
    "GET /approvals": Action.APPROVAL_LIST,
    "POST /approvals": Action.APPROVAL_REQUEST,
    "POST /approvals/{approval}/approve": Action.APPROVAL_DECIDE,
    "POST /approvals/{approval}/reject": Action.APPROVAL_DECIDE,
    "GET /approvals/{approval}/preview": Action.APPROVAL_DECIDE,
    "POST /approvals/{approval}/execute": Action.EXPORT_EXECUTE,
    "POST /approvals/{approval}/execute-clear": Action.EXPORT_REVEAL,
    "POST /approvals/{approval}/sign": Action.EXPORT_REQUEST,
    "GET /approvals/{approval}/statement": Action.APPROVAL_LIST,
    "GET /approvals/{approval}/export": Action.APPROVAL_LIST,
    "POST /exports": Action.EXPORT_REQUEST,
    "GET /exports/register": Action.EXPORT_TRACE,
    "POST /exports/{export}/take": Action.EXPORT_TAKE,
    "GET /exports/{export}/parts/{part}": Action.EXPORT_TAKE,
    "GET /emergencies": Action.EMERGENCY_LIST,
    "POST /emergencies": Action.EMERGENCY_REQUEST,
    "POST /emergencies/{emergency}/approve": Action.EMERGENCY_DECIDE,
    "POST /emergencies/{emergency}/refuse": Action.EMERGENCY_DECIDE,
    "POST /emergencies/{emergency}/close": Action.EMERGENCY_CLOSE,
    "POST /emergencies/{emergency}/review": Action.EMERGENCY_REVIEW,
    "GET /emergencies/{emergency}/seen": Action.EMERGENCY_REVIEW,
    "POST /elevations": Action.ELEVATION_TAKE,
    "POST /elevations/end": Action.ELEVATION_END,
    "GET /reviews": Action.REVIEW_LIST,
    "POST /reviews": Action.REVIEW_OPEN,
    "GET /reviews/{review}": Action.REVIEW_LIST,
    "POST /reviews/{review}/keep": Action.REVIEW_DECIDE,
    "POST /reviews/{review}/remove": Action.USER_REMOVE,
    "POST /reviews/{review}/close": Action.REVIEW_CLOSE,
    "POST /screens/marks": Action.SCREEN_MARK,
    "POST /screens/reports": Action.SCREEN_REPORT,
    "GET /screens/rule": Action.POLICY_VIEW,
    "POST /screens/rule": Action.SCREEN_RULE,
    "POST /screens/trace": Action.SCREEN_TRACE,
    "GET /screens/register": Action.SCREEN_TRACE,
    "POST /people/{person}/same": Action.USER_CHANGE,
    "POST /people/{person}/line": Action.USER_CHANGE,
    "POST /people/{person}/mandate": Action.USER_CHANGE,
    "POST /people/{person}/mandate/end": Action.USER_CHANGE,
    "GET /people/{person}/mandates": Action.USER_LIST,
    "GET /conversations": Action.CONVERSATION_LIST,
    "POST /conversations/search": Action.CONVERSATION_SEARCH,
    "GET /conversations/{conversation}": Action.CONVERSATION_VIEW,
    "POST /conversations/{conversation}/reveal": Action.CONVERSATION_REVEAL,
    "GET /conversations/{conversation}/trail": Action.AUDIT_READ,
    "GET /recordings": Action.RECORDING_LIST,
    "POST /recordings": Action.RECORDING_LAND,
    "GET /recordings/{recording}": Action.RECORDING_VIEW,
    "POST /recordings/{recording}/parts": Action.RECORDING_LAND,
    "POST /recordings/{recording}/scan": Action.RECORDING_REDACT,
    "POST /recordings/{recording}/verify": Action.RECORDING_VERIFY,
    "GET /recordings/{recording}/audio": Action.RECORDING_PLAY,
    "GET /recordings/{recording}/listening": Action.AUDIT_READ,
    "GET /events": Action.AUDIT_READ,
    "GET /events/{event}/proof": Action.AUDIT_VERIFY,
    "GET /overview": Action.INTAKE_VIEW,
    "POST /intake/attachments": Action.CONVERSATION_STORE,
    "POST /intake/attachments/{part}": Action.CONVERSATION_STORE,
    "POST /intake/batches": Action.CONVERSATION_STORE,
    "POST /intake/files": Action.CONVERSATION_STORE,
    "GET /intake/runs": Action.INTAKE_VIEW,
    "POST /intake/runs": Action.INTAKE_RUN,
    "GET /intake/runs/{run}": Action.INTAKE_VIEW,
    "GET /intake/runs/{run}/report": Action.INTAKE_VIEW,
    "POST /intake/runs/{run}/cancel": Action.INTAKE_CANCEL,
    "POST /intake/runs/{run}/finish": Action.INTAKE_RUN,
    "POST /intake/runs/{run}/pause": Action.INTAKE_PAUSE,
    "POST /intake/runs/{run}/resume": Action.INTAKE_RESUME,
}
"""``METHOD /path`` as in openapi.json -> what it asks for."""

QUIET = frozenset({"GET /me", "GET /status"})
"""Routes that a page asks by itself: they do not keep a session from going idle."""

OWN_REPEATS = frozenset({"POST /intake/batches", "POST /intake/files"})
"""Routes that keep their first answers themselves, in the transaction of the work."""


def key(method: str, template: str) -> str:
    """Return the line's key of a route as Django's resolver names it: ``people/<uuid:person>/role``."""
    parts = ("{" + p[1:-1].rpartition(":")[2] + "}" if p.startswith("<") else p for p in template.split("/"))
    return f"{method} /{'/'.join(parts)}"
