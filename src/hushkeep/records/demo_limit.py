"""How many real customers a demo may hold: few.

At level ``demo`` one system user runs everything, so that whoever breaks into one process has them all
(docs/threat-model.md). Trying it with one's own data is welcome; running a center on it is refused.
"""

from hushkeep.identity import tenants
from hushkeep.kernel import Denied, TenantId
from hushkeep.records.models import Subject
from hushkeep.runtime.site import read_site

REAL_CUSTOMERS = 10_000
"""Data subjects of one center that is not made up, at level ``demo``."""


def make_room(tenant: TenantId, new: int) -> None:
    """Return when ``new`` more data subjects may be made in ``tenant``, inside its transaction.

    Raises Denied(``demo_is_full``) where they would be more than a demo may hold.
    """
    if not new or not read_site().demo or tenants.get(tenant).demo:
        return
    if Subject.objects.count() + new > REAL_CUSTOMERS:
        raise Denied("demo_is_full")
