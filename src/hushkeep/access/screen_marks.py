"""The marks of pages: one number for each view of a page with personal data, kept with who looked at what, and when."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hushkeep.access.models import ScreenMark as Row
from hushkeep.access.screen_pattern import View, cells_of, code_of, number_of
from hushkeep.access.screen_rules import Blurs, blurs
from hushkeep.kernel import Action, Denied, InvalidInput, NotFound, Permit, TenantId, new_id
from hushkeep.runtime.key_client import KeyClient

KINDS = ("conversation", "customer", "recording", "list", "emergency", "export")
"""What a marked page shows."""

KEPT = timedelta(days=400)
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Mark:
    """A page's marks: the code that is read, and the 16 x 16 cells that are not (256 bits, rows first, set: 1).

    ``blurs`` is what the page hides while its window is not in front.
    """

    code: str
    cells: bytes
    blurs: Blurs


def mark(permit: Permit, kind: str, record: UUID | None, keys: KeyClient, *, now: datetime) -> Mark:
    """Return the marks of one view by the permit's actor. Raises InvalidInput for an unknown kind, Denied."""
    permit.require(Action.SCREEN_MARK, permit.actor, now=now)
    if kind not in KINDS:
        raise InvalidInput("kind_unknown")
    if permit.session is None:
        raise Denied("person_required")
    number = secrets.randbits(32)
    row = Row(
        id=new_id(),
        tenant=permit.tenant,
        number=number,
        person=permit.actor,
        session=permit.session,
        kind=kind,
        record=record,
        at=now,
    )
    row.save(force_insert=True)
    cells = cells_of(key_of(permit.tenant, keys), number)
    packed = bytes(int("".join(map(str, row.astype(int))), 2) for row in cells.reshape(-1, 8))
    return Mark(code_of(number), packed, blurs())


def trace(permit: Permit, code: str, *, now: datetime) -> View:
    """Return the view whose code somebody read off a picture; raises InvalidInput for a slip in it, NotFound."""
    permit.require(Action.SCREEN_TRACE, None, now=now)
    number = number_of(code)
    if number is None:
        raise InvalidInput("code_misread")
    row = Row.objects.filter(number=number).first()
    if row is None:
        raise NotFound("screen mark")
    return _view(row)


def register(permit: Permit, keys: KeyClient, *, now: datetime) -> tuple[bytes, list[View]]:
    """Return the center's key and its latest 100,000 views: what finds the view of a picture, offline."""
    permit.require(Action.SCREEN_TRACE, None, now=now)
    return key_of(permit.tenant, keys), [_view(row) for row in Row.objects.order_by("-id")[:_MOST]]


def forget(*, now: datetime) -> int:
    """Delete marks that are older than pictures are traced; in the center's transaction."""
    return Row.objects.filter(at__lt=now - KEPT).delete()[0]


def key_of(tenant: TenantId, keys: KeyClient) -> bytes:
    """Return the key (16 bytes) of a center's patterns: the key service's own digest."""
    return keys.index(tenant, [("source_id", f"screen-mark {tenant}")])[0]


def _view(row: Row) -> View:
    return View(row.number, row.person, row.session, row.at, row.kind, row.record)
