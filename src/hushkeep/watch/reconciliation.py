"""The key service's openings against the ledger's events: an unmatched one of either is a red alarm."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from hushkeep.access.alarms import Severity, sound
from hushkeep.audit import openings as ledger
from hushkeep.audit.openings import Told
from hushkeep.kernel import PLATFORM_TENANT, TenantId
from hushkeep.runtime.key_client import KeyClient, Opening
from hushkeep.runtime.tenancy import tenant_transaction
from hushkeep.watch.matching import CLAIMING, Opened, Verdict, match
from hushkeep.watch.models import KeptOpening, MatchingPlace

WITHOUT_EVENT = "opening_without_event"
WITHOUT_OPENING = "event_without_opening"
LOG_WENT_BACK = "key_log_went_back"

_PLACES = 20_000
_RECORDS = 10_000


@dataclass(frozen=True, slots=True)
class Round:
    """What one round found: the numbers of openings without event, and of events without opening."""

    without_event: int
    without_opening: int


def reconcile(tenant: TenantId, keys: KeyClient, *, tenants: Collection[TenantId], now: datetime) -> Round:
    """Match what is new for ``tenant`` and sound a red alarm for each that does not match.

    ``tenants`` are the site's: what was opened for any other falls to the platform's own round. Places and what is in
    hand move in the transaction of the alarms: a killed round is simply done again. Raises Unavailable without the key
    service, which opens nothing then.
    """
    with tenant_transaction(tenant):
        place = MatchingPlace.objects.select_for_update().first() or MatchingPlace(tenant=tenant)
        # The ledger first: what its events claim was opened before them, so the key log read after holds it.
        read_to, claims = ledger.allowed_since(tenant, place.ledger_seq, CLAIMING, _PLACES)
        if keys.status()["log_seq"] < place.key_seq:
            _alarm(tenant, LOG_WENT_BACK, None, now)
            place.key_seq = 0
        place.key_seq, fresh = _read(keys, place.key_seq)
        mine = [_opened(opening, now) for opening in fresh if _falls_to(tenant, opening.tenant, tenants)]
        verdict = _match([*_kept(), *mine], claims, tenant, read_to, now)
        _tell(tenant, verdict, now)
        place.ledger_seq = read_to
        place.save()
        _keep(tenant, verdict)
    return Round(len(verdict.without_event), len(verdict.without_opening))


def _read(keys: KeyClient, seq: int) -> tuple[int, list[Opening]]:
    """Return (where to go on, openings) up to the log's end: a claim is not judged before all of it was read."""
    found = []
    while True:
        following, openings = keys.openings_since(seq, _RECORDS)
        found += openings
        if following == seq:
            return seq, found
        seq = following


def _falls_to(tenant: TenantId, opened_for: object, tenants: Collection[TenantId]) -> bool:
    if opened_for == tenant:
        return True
    return tenant == PLATFORM_TENANT and opened_for not in tenants


def _match(openings: list[Opened], claims: tuple[Told, ...], tenant: TenantId, read_to: int, now: datetime) -> Verdict:
    named = {opening.event for opening in openings if opening.event is not None}
    return match(openings, claims, ledger.by_id(tenant, named), read_to=read_to, now=now)


def _tell(tenant: TenantId, verdict: Verdict, now: datetime) -> None:
    for opening in verdict.without_event:
        _alarm(tenant, WITHOUT_EVENT, opening, now)
    for claim in verdict.without_opening:
        _alarm(tenant, WITHOUT_OPENING, claim, now)


def _alarm(tenant: TenantId, code: str, about: Opened | Told | None, now: datetime) -> None:
    event = about.event if isinstance(about, Opened) else about.id if about else None
    sound(tenant, code, Severity.RED, person=about.actor if about else None, event=event, now=now)


def _opened(opening: Opening, now: datetime) -> Opened:
    return Opened(opening.seq, opening.op, opening.at, now, opening.actor, opening.event, opening.subject)


def _kept() -> list[Opened]:
    rows = KeptOpening.objects.order_by("seq")
    return [Opened(row.seq, row.op, row.at, row.seen_at, row.actor, row.event, row.subject) for row in rows]


def _keep(tenant: TenantId, verdict: Verdict) -> None:
    KeptOpening.objects.all().delete()
    KeptOpening.objects.bulk_create(
        KeptOpening(
            tenant=tenant,
            seq=kept.seq,
            op=kept.op,
            at=kept.at,
            seen_at=kept.seen_at,
            actor=kept.actor,
            event=kept.event,
            subject=kept.subject,
        )
        for kept in verdict.kept
    )
