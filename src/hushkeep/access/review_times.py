"""What time does to access reviews: each quarter has its campaign, and one that nobody finishes is a yellow alarm."""

from hushkeep.access import alarms, reviews
from hushkeep.access.actors import Target
from hushkeep.access.alarms import Severity
from hushkeep.access.gate import by_system
from hushkeep.access.review_rules import Campaign, quarter_of
from hushkeep.identity import people, tenants
from hushkeep.kernel import PLATFORM_TENANT, Action, Permit, TenantId
from hushkeep.runtime import clock
from hushkeep.runtime.services import service
from hushkeep.runtime.tenancy import tenant_transaction


@service("access.reviews", every=3600)
def pass_time(tenant: TenantId) -> int:
    """Open this quarter's campaign where it is missing, and tell of overdue ones; return how many were told of."""
    if tenant == PLATFORM_TENANT:
        return 0
    now = clock.now()
    with tenant_transaction(tenant):
        missing = not reviews.exists(quarter_of(now.date())) and bool(people.effective(tenant))
    if missing:
        _open(tenant)
    with tenant_transaction(tenant):
        late = reviews.tell_overdue(now=now)
        for one in late:
            alarms.sound(tenant, "review_overdue", Severity.YELLOW, person=None, event=one.event, now=now)
    return len(late)


def _open(tenant: TenantId) -> None:
    demo = tenants.get(tenant).demo

    def act(permit: Permit) -> Campaign:
        return reviews.open_campaign(permit, demo=demo, now=clock.now())

    by_system(tenant, Action.REVIEW_OPEN, Target(kind="review"), act=act)
