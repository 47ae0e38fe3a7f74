"""What a center has its pages hide when their window loses the focus: its choice, and who made it; the latest holds."""

from datetime import datetime
from enum import StrEnum

from hushkeep.access.models import ScreenRule as Row
from hushkeep.kernel import Action, Permit, new_id


class Blurs(StrEnum):
    """What blurs when the window is not in front: values in the clear (always), or every page with personal data."""

    CLEAR = "clear"
    PERSONAL = "personal"


def blurs() -> Blurs:
    """Return the center's choice, in its open transaction; values in the clear alone where it made none."""
    latest = Row.objects.order_by("-id").values_list("blurs", flat=True).first()
    return Blurs(latest) if latest else Blurs.CLEAR


def choose(permit: Permit, wanted: Blurs, *, now: datetime) -> Blurs:
    """Return the center's new choice; raises Denied without a permit."""
    permit.require(Action.SCREEN_RULE, None, now=now)
    Row(id=new_id(), tenant=permit.tenant, blurs=wanted.value, person=permit.actor, at=now).save(force_insert=True)
    return wanted
