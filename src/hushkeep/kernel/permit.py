"""Permit: the proof that the access decision said yes. Only ``access`` makes one (a test holds it to that)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hushkeep.kernel.actions import Action
from hushkeep.kernel.errors import Denied
from hushkeep.kernel.ids import ActorId, DeviceId, SessionId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Leave for one actor to do one action to one target, until it expires.

    ``decision`` is the id of the decision's event; ``target`` is None for actions on a whole collection;
    ``expires_at`` is aware, in UTC.
    """

    decision: UUID
    tenant: TenantId
    actor: ActorId
    action: Action
    target: UUID | None
    expires_at: datetime
    purpose: str | None = None
    role: str | None = None
    session: SessionId | None = None
    device: DeviceId | None = None

    def require(self, action: Action, target: UUID | None, *, now: datetime) -> None:
        """Return when this permit covers ``action`` on ``target`` at ``now``; raise Denied otherwise."""
        if self.action is not action:
            raise Denied(f"permit {self.decision}: not for {action}")
        if self.target != target:
            raise Denied(f"permit {self.decision}: not for this target")
        if now >= self.expires_at:
            raise Denied(f"permit {self.decision}: expired")
