"""The lease of a scan: one worker at a time works on a recording, and who has lost it says nothing more of it.

A thread renews it as long as the worker lives, however long a step takes; it runs out when the worker dies. The number
of the scan is its fencing token: a worker that slept past its lease finds that another number holds, and gives up.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import InterfaceError, OperationalError, connections

from hushkeep.kernel import Conflict, TenantId
from hushkeep.records.models import Recording
from hushkeep.runtime import clock, logs
from hushkeep.runtime.tenancy import tenant_transaction

STALE_AFTER: Final = timedelta(seconds=90)
"""A scan whose lease was not renewed for so long died with its worker."""
_RENEW_SECONDS: Final = 15.0


class LeaseLostError(Conflict):
    """Another scan began, or this one was ended from outside: what it found and made counts no more."""


def running(row: Recording, now: datetime) -> bool:
    """Whether somebody works on ``row`` and lives."""
    return row.stage is not None and row.beat_at is not None and now - row.beat_at < STALE_AFTER


class Lease:
    """One scan's hold on a recording: ``number`` is its fencing token, the count of scans begun."""

    def __init__(self, tenant: TenantId, recording: UUID, number: int) -> None:
        self.tenant, self.recording, self.number = tenant, recording, number
        self._lost = threading.Event()

    def demand(self) -> None:
        """Raise LeaseLostError once a renewal has found the lease to be another's: asks nobody."""
        if self._lost.is_set():
            raise LeaseLostError(f"recording {self.recording}: scan {self.number} was overtaken")

    def renew(self, **told: Any) -> None:
        """Renew the lease, and set the columns ``told`` of the recording; raises LeaseLostError."""
        with tenant_transaction(self.tenant):
            held = Recording.objects.filter(id=self.recording, scans=self.number, stage__isnull=False)
            if not held.update(beat_at=clock.now(), **told):
                self._lost.set()
        self.demand()

    def locked(self) -> Recording:
        """Return the recording's row, locked to the end of the open transaction; raises LeaseLostError."""
        row = Recording.objects.select_for_update().get(id=self.recording)
        if row.scans != self.number or row.stage is None:
            self._lost.set()
        self.demand()
        return row

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renew the lease in a thread of its own for as long as the block runs."""
        done = threading.Event()
        thread = threading.Thread(target=self._keep, args=(done,), name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _keep(self, done: threading.Event) -> None:
        try:
            while not done.wait(_RENEW_SECONDS):
                try:
                    self.renew()
                except LeaseLostError:
                    return  # the worker is told where it asks next
                except (InterfaceError, OperationalError):
                    # The database may be back in time; if not, the lease runs out, as it must.
                    logs.fail("lease_not_renewed", recording=self.recording)
                    connections["default"].close()
        finally:
            connections["default"].close()
