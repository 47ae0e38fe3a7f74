"""Setting a password: judged by the policy, compared with the last four, hashed with Argon2id."""

from datetime import datetime

from django.contrib.auth.hashers import check_password

from hushkeep.identity import password_policy
from hushkeep.identity.models import FormerPassword, Tenant, User
from hushkeep.identity.password_policy import HISTORY, Weakness
from hushkeep.kernel import InvalidInput, TenantId
from hushkeep.runtime.outbox import announce
from hushkeep.runtime.streams import PERSON_CHANGED


class WeakPassword(InvalidInput):
    """The password does not pass the policy; ``weaknesses`` says why."""

    code = "weak_password"

    def __init__(self, weaknesses: tuple[Weakness, ...]) -> None:
        super().__init__(", ".join(weaknesses))
        self.weaknesses = weaknesses


def judge(user: User, password: str) -> tuple[Weakness, ...]:
    """Return what speaks against ``password`` for this person; inside a transaction of the person's center."""
    center = Tenant.objects.filter(id=user.tenant).values_list("name", flat=True)
    found = password_policy.weaknesses(password, (user.login, user.name, *center))
    if found:
        return found
    former = FormerPassword.objects.filter(person=user.id).order_by("-id").values_list("hash", flat=True)[:HISTORY]
    if any(check_password(password, each) for each in former):
        return (Weakness.USED_BEFORE,)
    return ()


def set_password(user: User, password: str, *, now: datetime) -> None:
    """Give ``user`` the password and remember its hash; raise WeakPassword when it does not pass. Saves the row."""
    if found := judge(user, password):
        raise WeakPassword(found)
    user.set_password(password)
    user.save(update_fields=["password"])
    announce(TenantId(user.tenant), PERSON_CHANGED, user.id)
    FormerPassword(person=user.id, tenant=user.tenant, hash=user.password, created_at=now).save(force_insert=True)
    kept = FormerPassword.objects.filter(person=user.id).order_by("-id").values_list("id", flat=True)[:HISTORY]
    FormerPassword.objects.filter(person=user.id).exclude(id__in=list(kept)).delete()
