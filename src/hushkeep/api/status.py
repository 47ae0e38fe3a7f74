"""Is it there (health, for anybody), how is it (status), and which policies hold."""

from django.db import connections
from django.http import HttpRequest
from ninja import Router

from hushkeep.access.gate import guarded
from hushkeep.access.permissions import permissions
from hushkeep.access.policy_set import shipped
from hushkeep.api.actors import actor_of
from hushkeep.api.me import separation
from hushkeep.api.schemas import Out
from hushkeep.identity import tenants
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action
from hushkeep.runtime.language import gettext_in

router = Router(tags=["status"])


class HealthOut(Out):
    """No detail: whoever asks may be anybody."""

    ok: bool


class StatusOut(Out):
    """How the site is."""

    level: str
    database: bool
    policy_set: str


class RuleOut(Out):
    """One policy: its id, its sentence, and for a forbidding one the reason and what a refusal means.

    The sentences are "" where it bears none.
    """

    id: str
    says_en: str
    says_zh: str
    permits: bool
    reason: str
    outcome: str


class PolicyOut(Out):
    """The policies in force, and what each role may do at best."""

    digest: str
    text: str
    rules: list[RuleOut]
    roles: dict[str, list[str]]


@router.get("/health", response=HealthOut)
def health(request: HttpRequest) -> HealthOut:  # noqa: ARG001 - the framework's signature
    """Return ok when requests are answered at all."""
    return HealthOut(ok=True)


@router.get("/status", response=StatusOut)
def status(request: HttpRequest) -> StatusOut:
    """Return how the site is: its level of separation, its database, its policies."""

    def act(_permit: object) -> StatusOut:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
            database = cursor.fetchone() == (1,)
        return StatusOut(level=separation(), database=database, policy_set=shipped().digest)

    return guarded(actor_of(request), Action.SYSTEM_STATUS, None, act=act)


@router.get("/policy", response=PolicyOut)
def policy(request: HttpRequest) -> PolicyOut:
    """Return the policies in force, as written and as a table of roles and actions."""
    actor = actor_of(request)

    def act(_permit: object) -> PolicyOut:
        policies, demo = shipped(), tenants.get(actor.tenant).demo
        return PolicyOut(
            digest=policies.digest,
            text=policies.text,
            rules=[
                RuleOut(
                    id=p.id,
                    says_en=p.says,
                    says_zh=gettext_in("zh_Hans", p.says),
                    permits=p.permits,
                    reason=p.reason,
                    outcome=p.outcome.value,
                )
                for p in policies.policies.values()
            ],
            roles={role.value: sorted(permissions(role, demo=demo)) for role in Role},
        )

    return guarded(actor, Action.POLICY_VIEW, None, act=act)
