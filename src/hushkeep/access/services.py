"""What recurs in access: the counter of reveals forgets once no leave can count them; the ledger keeps them."""

from hushkeep.access import approvals_expiry, emergency_times, refused_proofs, review_times, screen_marks, unused
from hushkeep.access.four_eyes import LONGEST
from hushkeep.access.models import Reveal
from hushkeep.kernel import TenantId
from hushkeep.runtime import clock
from hushkeep.runtime.services import service
from hushkeep.runtime.tenancy import tenant_transaction

expire_approvals = approvals_expiry.expire  # registered by its import
pass_emergencies_time = emergency_times.pass_time
tell_refused_proofs = refused_proofs.tell_rest
pass_reviews_time = review_times.pass_time
switch_off_unused = unused.switch_off


@service("access.forgetting", every=3600)
def forget(tenant: TenantId) -> int:
    """Remove the center's old counts and return how many there were."""
    with tenant_transaction(tenant):
        return Reveal.objects.filter(at__lt=clock.now() - LONGEST).delete()[0]


@service("access.screen_marks", every=24 * 3600)
def forget_marks(tenant: TenantId) -> int:
    """Remove the marks of pages that are older than pictures are traced; return how many there were."""
    with tenant_transaction(tenant):
        return screen_marks.forget(now=clock.now())
