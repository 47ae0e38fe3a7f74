"""The humans above accounts: two accounts of one person count as one, and everybody stands in at most one line."""

from datetime import datetime
from uuid import UUID

from django.db import connections

from hushkeep.access.four_eyes import Party
from hushkeep.access.models import Placement
from hushkeep.identity import people
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, InvalidInput, Permit, TenantId


def human_of(account: UUID) -> UUID:
    """Return the human above ``account``: itself, unless accounts were declared one person's."""
    known = Placement.objects.filter(account=account).values_list("human", flat=True).first()
    return known if known is not None else account


def accounts_of(human: UUID) -> frozenset[UUID]:
    """Return every account of ``human``."""
    return frozenset(Placement.objects.filter(human=human).values_list("account", flat=True)) | {human}


def party(tenant: TenantId, account: UUID) -> Party:
    """Return ``account`` as somebody at the table of four eyes; raises NotFound."""
    placed = Placement.objects.filter(account=account).first()
    human = placed.human if placed else account
    roles = frozenset(people.get(tenant, each).role for each in accounts_of(human))
    return Party(account, human, Role(people.get(tenant, account).role), roles, placed.line if placed else None)


def declare_same(permit: Permit, account: UUID, other: UUID, *, now: datetime) -> None:
    """Note that two accounts are one person's. It cannot be taken back: a second pair of eyes is not made by a form.

    Raises NotFound for an account of another center, InvalidInput for an account and itself.
    """
    permit.require(Action.USER_CHANGE, account, now=now)
    if account == other:
        raise InvalidInput("same_account")
    people.get(permit.tenant, account)
    people.get(permit.tenant, other)
    _lock()
    human, joining = human_of(account), human_of(other)
    for each in accounts_of(joining) | accounts_of(human):
        Placement.objects.update_or_create(tenant=permit.tenant, account=each, defaults={"human": human})


def place(permit: Permit, account: UUID, line: UUID | None, *, now: datetime) -> None:
    """Note in which line (a team, a floor: an id of the center's own) a person works; None takes them out of it."""
    permit.require(Action.USER_CHANGE, account, now=now)
    people.get(permit.tenant, account)
    _lock()
    human = human_of(account)
    Placement.objects.update_or_create(tenant=permit.tenant, account=account, defaults={"human": human, "line": line})


def _lock() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('placements', 0))")
