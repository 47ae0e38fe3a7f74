"""Permits as the gate makes them: for tests of what they open. The gate's own tests are elsewhere."""

from datetime import timedelta

from hushkeep.kernel import ActorId, Permit, new_id
from hushkeep.runtime.clock import now


def permit(tenant, action, target=None, **changes):
    """A permit of half a minute for somebody of quality assurance, or as ``changes`` say."""
    values = {
        "decision": new_id(),
        "tenant": tenant,
        "actor": ActorId(new_id()),
        "action": action,
        "target": target,
        "expires_at": now() + timedelta(seconds=30),
        "role": "qa",
    }
    return Permit(**(values | changes))
