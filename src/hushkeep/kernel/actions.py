"""The actions: one list, alphabetical. The word is permission, audit action and console label key at once.

A word is ``object:action``. The level (0-3) is the strength of authentication an operation asks for:
0 nothing personal, 1 signed in with a second factor, 2 personal data in masked form or a change of rights,
3 personal data in the clear or beyond the house: a fresh second factor.
The TypeScript list is generated from here.
"""

from enum import StrEnum
from types import MappingProxyType


class Action(StrEnum):
    """Everything that can be permitted, refused and recorded."""

    ALARM_ACKNOWLEDGE = "alarm:acknowledge"
    ALARM_LIST = "alarm:list"
    APPROVAL_DECIDE = "approval:decide"
    APPROVAL_LIST = "approval:list"
    APPROVAL_REQUEST = "approval:request"
    AUDIT_CHECKPOINT = "audit:checkpoint"
    AUDIT_EXPORT = "audit:export"
    AUDIT_PURGE = "audit:purge"
    AUDIT_READ = "audit:read"
    AUDIT_VERIFY = "audit:verify"
    CONNECTOR_CHANGE = "connector:change"
    CONNECTOR_LIST = "connector:list"
    CONVERSATION_END = "conversation:end"
    CONVERSATION_LIST = "conversation:list"
    CONVERSATION_REVEAL = "conversation:reveal"
    CONVERSATION_REVISE = "conversation:revise"
    CONVERSATION_SEARCH = "conversation:search"
    CONVERSATION_START = "conversation:start"
    CONVERSATION_STORE = "conversation:store"
    CONVERSATION_TRANSFER = "conversation:transfer"
    CONVERSATION_VIEW = "conversation:view"
    CUSTOMER_CHANGE = "customer:change"
    CUSTOMER_CHECK = "customer:check"
    CUSTOMER_DELETE = "customer:delete"
    CUSTOMER_ENROL = "customer:enrol"
    CUSTOMER_MERGE = "customer:merge"
    CUSTOMER_REVEAL = "customer:reveal"
    CUSTOMER_UNDO = "customer:undo"
    CUSTOMER_VERIFY = "customer:verify"
    CUSTOMER_VIEW = "customer:view"
    DESK_VIEW = "desk:view"
    DEVICE_ENROL = "device:enrol"
    DEVICE_LIST = "device:list"
    DEVICE_REVOKE = "device:revoke"
    DEVICE_TRUST = "device:trust"
    ELEVATION_END = "elevation:end"
    ELEVATION_TAKE = "elevation:take"
    EMERGENCY_CLOSE = "emergency:close"
    EMERGENCY_DECIDE = "emergency:decide"
    EMERGENCY_LIST = "emergency:list"
    EMERGENCY_REQUEST = "emergency:request"
    EMERGENCY_REVIEW = "emergency:review"
    EXPORT_EXECUTE = "export:execute"
    EXPORT_REQUEST = "export:request"
    EXPORT_REVEAL = "export:reveal"
    EXPORT_TAKE = "export:take"
    EXPORT_TRACE = "export:trace"
    INTAKE_CANCEL = "intake:cancel"
    INTAKE_PAUSE = "intake:pause"
    INTAKE_RESUME = "intake:resume"
    INTAKE_RUN = "intake:run"
    INTAKE_VIEW = "intake:view"
    KEY_ROTATE = "key:rotate"
    KEY_SHRED = "key:shred"
    KEY_UNWRAP = "key:unwrap"
    MESSAGE_CHECK = "message:check"
    POLICY_CHANGE = "policy:change"
    POLICY_VIEW = "policy:view"
    RECORDING_DISCLOSE = "recording:disclose"
    RECORDING_LAND = "recording:land"
    RECORDING_LIST = "recording:list"
    RECORDING_PLAY = "recording:play"
    RECORDING_REDACT = "recording:redact"
    RECORDING_VERIFY = "recording:verify"
    RECORDING_VIEW = "recording:view"
    REVIEW_CLOSE = "review:close"
    REVIEW_DECIDE = "review:decide"
    REVIEW_LIST = "review:list"
    REVIEW_OPEN = "review:open"
    SCREEN_MARK = "screen:mark"
    SCREEN_REPORT = "screen:report"
    SCREEN_RULE = "screen:rule"
    SCREEN_TRACE = "screen:trace"
    SESSION_LIST = "session:list"
    SESSION_REVOKE = "session:revoke"
    SESSION_SIGN_IN = "session:sign_in"
    SESSION_SIGN_OUT = "session:sign_out"
    SESSION_STEP_UP = "session:step_up"
    SYSTEM_START = "system:start"
    SYSTEM_STATUS = "system:status"
    USER_CHANGE = "user:change"
    USER_ENROL = "user:enrol"
    USER_INVITE = "user:invite"
    USER_LIST = "user:list"
    USER_REMOVE = "user:remove"


_LEVEL_0 = {Action.SESSION_SIGN_IN, Action.SESSION_SIGN_OUT, Action.SYSTEM_START, Action.USER_ENROL}
_LEVEL_2 = {
    Action.APPROVAL_REQUEST,
    Action.AUDIT_READ,
    Action.CONNECTOR_CHANGE,
    Action.CONVERSATION_LIST,
    Action.CONVERSATION_SEARCH,
    Action.CONVERSATION_VIEW,
    Action.CUSTOMER_CHANGE,
    Action.CUSTOMER_CHECK,
    Action.CUSTOMER_DELETE,
    Action.CUSTOMER_UNDO,
    Action.CUSTOMER_VERIFY,
    Action.CUSTOMER_VIEW,
    Action.DEVICE_REVOKE,
    Action.DEVICE_TRUST,
    Action.EMERGENCY_LIST,
    Action.EMERGENCY_REQUEST,
    Action.INTAKE_CANCEL,
    Action.INTAKE_PAUSE,
    Action.INTAKE_RESUME,
    Action.INTAKE_RUN,
    Action.RECORDING_LIST,
    Action.RECORDING_VIEW,
    Action.REVIEW_CLOSE,
    Action.REVIEW_DECIDE,
    Action.REVIEW_OPEN,
    Action.SCREEN_RULE,
    Action.SCREEN_TRACE,
    Action.SESSION_REVOKE,
    Action.USER_CHANGE,
    Action.USER_INVITE,
    Action.USER_REMOVE,
}
_LEVEL_3 = {
    Action.APPROVAL_DECIDE,
    Action.AUDIT_EXPORT,
    Action.AUDIT_PURGE,
    Action.CONVERSATION_REVEAL,
    Action.CUSTOMER_ENROL,
    Action.CUSTOMER_REVEAL,
    Action.ELEVATION_TAKE,
    Action.EMERGENCY_DECIDE,
    Action.EMERGENCY_REVIEW,
    Action.EXPORT_EXECUTE,
    Action.EXPORT_REQUEST,
    Action.EXPORT_REVEAL,
    Action.EXPORT_TAKE,
    Action.EXPORT_TRACE,
    Action.KEY_ROTATE,
    Action.KEY_SHRED,
    Action.KEY_UNWRAP,
    Action.POLICY_CHANGE,
    Action.RECORDING_PLAY,
}


def _level(action: Action) -> int:
    if action in _LEVEL_0:
        return 0
    if action in _LEVEL_2:
        return 2
    return 3 if action in _LEVEL_3 else 1


LEVEL = MappingProxyType({action: _level(action) for action in Action})
"""Action -> level 0-3."""


def label_key(action: Action) -> str:
    """Return the console's catalogue key of ``action``: ``action.conversation.reveal``."""
    return "action." + action.value.replace(":", ".")
