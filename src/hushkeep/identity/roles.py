"""The roles of a center. One person holds one role; what it may do stands in ``access/policies/*.cedar``."""

from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What a person is here for."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    QA = "qa"
    SECURITY = "security"
    DPO = "dpo"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


REVIEWERS = frozenset({Role.SUPERVISOR, Role.QA, Role.SECURITY, Role.DPO, Role.AUDITOR})
"""Who may look at a customer outside of a conversation, if the policy lets them: their devices may sign for samples."""


class Scope(StrEnum):
    """What a program with a key of its own is here for."""

    INTAKE = "intake"
    CONNECTOR = "connector"
    AUDIT = "audit"
    VERIFICATION = "verification"


# A shift and its breaks for the floor, an office day for the rest, half of it for whoever changes rights.
_SHIFT, _DAY, _SHORT = timedelta(hours=10), timedelta(hours=8), timedelta(hours=4)

ABSOLUTE_LIMIT = MappingProxyType(
    {
        Role.AGENT: _SHIFT,
        Role.SUPERVISOR: _SHIFT,
        Role.QA: _DAY,
        Role.SECURITY: _SHORT,
        Role.DPO: _DAY,
        Role.AUDITOR: _DAY,
        Role.ADMINISTRATOR: _SHORT,
    }
)
"""Role -> how long a session lasts at most, however busy it is."""

IDLE_LIMIT = timedelta(minutes=15)  # PCI DSS v4.0.1, 8.2.8
"""How long a session may lie still before it ends."""
