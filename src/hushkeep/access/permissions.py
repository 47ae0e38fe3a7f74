"""Roles x actions, read off the policies: what a role may do at best. The console shows and hides by it."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from uuid import UUID

from hushkeep.access.decision import Allow, Deny, Facts, Principal, Request, Resource, decide
from hushkeep.access.policy_set import PolicySet, shipped
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, TenantId

PURPOSES = (
    "customer_request",
    "complaint",
    "quality_review",
    "fraud_check",
    "legal_duty",
    "data_subject_request",
)
"""Why clear values may be asked for: stable codes; the console has the words."""

_HERE = TenantId(UUID(int=1))
_SOMEBODY, _SOMETHING = UUID(int=2), UUID(int=3)


def permissions(role: Role, *, demo: bool) -> frozenset[Action]:
    """Return every action that ``role`` may do to some target, for some purpose, with every condition met."""
    return _permissions(role, demo, shipped())


@cache
def _permissions(role: Role, demo: bool, policies: PolicySet) -> frozenset[Action]:  # noqa: FBT001 - a cache key
    return frozenset(action for action in Action if possible(role, action, demo=demo, policies=policies))


def possible(role: Role, action: Action, *, demo: bool, policies: PolicySet) -> bool:
    """Whether ``role`` may do ``action`` under the best of circumstances."""
    return any(not isinstance(decide(r, policies), Deny) for r in _circumstances(role, action, demo=demo))


def unconditional(  # noqa: PLR0913 - the circumstances that a table of tests varies
    role: Role,
    action: Action,
    *,
    demo: bool,
    policies: PolicySet,
    kind: str = "",
    purpose: str = "",
    own: bool = False,
    elevated: bool = False,
) -> bool:
    """Whether ``role`` may do ``action`` to a ``kind`` of thing, their ``own`` or not, with a fresh second factor.

    ``elevated``: with administrator's rights taken.
    """
    request = Request(
        Principal(_SOMEBODY, _HERE, role=role),
        action,
        Resource(None, kind, _HERE, own=own),
        Facts(demo=demo, elevated=elevated, purpose=purpose, second_factor=True, second_factor_seconds=0),
    )
    return isinstance(decide(request, policies), Allow)


def _circumstances(role: Role, action: Action, *, demo: bool) -> Iterator[Request]:
    for purpose, kind, own in product(PURPOSES, ("", "conversation"), (False, True)):
        yield Request(
            Principal(_SOMEBODY, _HERE, role=role),
            action,
            Resource(_SOMETHING, kind, _HERE, own=own),
            Facts(
                approvals=1,
                demo=demo,
                device_trusted=True,
                elevated=True,
                live=True,
                sampled=True,
                purpose=purpose,
                second_factor=True,
                second_factor_seconds=0,
            ),
        )
