"""The intake program's side of the API: signed requests over TLS 1.3, repeated until they are answered."""

import http.client
import json
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from hushkeep.channels import attached
from hushkeep.identity.request_signing import ServiceKey, sign
from hushkeep.kernel import Conflict, Denied, Error, IntegrityError, InvalidInput, NotFound, Unavailable, new_id
from hushkeep.runtime.language import gettext as _

GIVE_UP_SECONDS = 120
"""How long a running intake waits for a site that went away: it may be restarting."""
START_SECONDS = 20
"""How long the first request waits: a site that never was up is said so soon."""
_TIMEOUT_SECONDS = 120
_ERRORS: dict[int, type[Error]] = {403: Denied, 404: NotFound, 409: Conflict, 422: InvalidInput}
_AGAIN = frozenset({429, 502, 503})


_PAUSED_SECONDS = 3.0
"""So often it is asked whether a paused run goes on: each time is an event of its own."""


class _RunPaused(Exception):  # noqa: N818 - not an error: a state of the run
    """The run is paused."""


class SiteAway(Unavailable):
    """The site does not take anything any more; ``reason`` is the code of why."""

    reason = "site_away"
    hint = "hushkeep up starts it, hushkeep doctor says what is wrong"


class RunCancelled(SiteAway):
    """Somebody cancelled the run on the console."""

    reason = "run_cancelled"
    hint = "what was answered is in; run the same command again for the rest"


class LeftPaused(SiteAway):
    """The operator ended the program while the run was paused on the console."""

    reason = ""
    hint = "what was answered is in; run the same command again for the rest"


class SiteFull(SiteAway):
    """The site has no room left on its disk."""

    reason = "disk_full"
    hint = "make room, and run the same command again"


class Standstill:
    """How clients wait together while their run is paused on the console: for as long as it takes.

    ``told`` hears once of each pause, ``rested`` how many seconds it lasted; ``left`` says whether to wait no more.
    """

    def __init__(self, told: Callable[[], None], rested: Callable[[float], None], left: Callable[[], bool]) -> None:
        self._told, self._rested, self._left = told, rested, left
        self._lock = Lock()
        self._waiting = 0
        self._since = 0.0

    def __enter__(self) -> Self:
        with self._lock:
            self._waiting += 1
            if self._waiting == 1:
                self._since = time.monotonic()
                self._told()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._waiting -= 1
            if not self._waiting:
                self._rested(time.monotonic() - self._since)

    def go_on(self) -> None:
        """Return when it is to be waited for longer; raise LeftPaused when the operator left."""
        if self._left():
            raise LeftPaused("the run is paused")


class IntakeClient:
    """Speaks as the intake program ``key`` to the API at ``host``:``port``, trusting ``authority`` (a PEM file) alone.

    ``wait`` is called with seconds to wait between attempts; after ``patience_seconds`` of them a running intake ends.
    ``standstill`` is how it waits while its run is paused.
    """

    def __init__(  # noqa: PLR0913 - where, as whom, and the clock
        self,
        host: str,
        port: int,
        key: ServiceKey,
        *,
        authority: str,
        now: Callable[[], datetime],
        wait: Callable[[float], None] = time.sleep,
        patience_seconds: float = GIVE_UP_SECONDS,
    ) -> None:
        self._where = (host, port)
        self._key = key
        self._now = now
        self._wait = wait
        self._patience_seconds = patience_seconds
        self._tls = ssl.create_default_context(cafile=authority)
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_3
        self._connection: http.client.HTTPSConnection | None = None
        self.standstill = Standstill(lambda: None, lambda _seconds: None, lambda: False)

    def open_run(self) -> UUID:
        """Return the id of a new run."""
        return UUID(self._post("/intake/runs", b"", most=START_SECONDS)["id"])

    def send(self, run: UUID, lines: list[bytes]) -> dict[str, Any]:
        """Send a batch; return what became of it. However often it must be repeated, it is taken once."""
        answer: dict[str, Any] = self._post(f"/intake/batches?run={run}", b"\n".join(lines))
        return answer

    def attach(self, run: UUID, part: UUID, content: bytes) -> dict[str, Any]:
        """Send a piece of an attachment that the answer to a batch wants; return what became whole with it."""
        landed: dict[str, Any] = self._post(f"/intake/attachments/{part}?run={run}", content)
        return landed

    def attach_together(self, run: UUID, pieces: Sequence[tuple[UUID, bytes]]) -> dict[str, Any]:
        """Send several such pieces at once, as ``attached.grouped`` measures them: all of them land or none."""
        landed: dict[str, Any] = self._post(f"/intake/attachments?run={run}", attached.join(pieces))
        return landed

    def land(self, header: Mapping[str, Any], first: bytes, run: UUID | None = None) -> dict[str, Any]:
        """Send a recording's header and first bytes, as a part of ``run``; return where it stands (id, landed_size,
        duplicate).
        """  # noqa: D205 - one sentence
        line = json.dumps(header, ensure_ascii=False).encode()
        landed: dict[str, Any] = self._post(f"/recordings?run={run}" if run else "/recordings", line + b"\n" + first)
        return landed

    def add_part(self, recording: str, at: int, data: bytes) -> dict[str, Any]:
        """Send the bytes of a recording from ``at`` on; return where it stands."""
        landed: dict[str, Any] = self._post(f"/recordings/{recording}/parts?at={at}", data)
        return landed

    def finish(self, run: UUID, seen: Mapping[str, Any]) -> None:
        """End the run; ``seen`` is what we alone know of it (``Report.seen``)."""
        self._post(f"/intake/runs/{run}/finish", json.dumps(seen).encode())

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, path: str, body: bytes, *, most: float | None = None) -> Any:
        """Return the answer to one POST under one idempotency key; where its run is paused, once that goes on.

        Raises what the API answered, SiteAway when nobody takes it for ``most`` seconds of waiting (our patience),
        RunCancelled, LeftPaused.
        """
        try:
            return self._answered(path, body, most)
        except _RunPaused:
            pass
        with self.standstill as still:
            while True:
                still.go_on()
                self._wait(_PAUSED_SECONDS)
                try:
                    return self._answered(path, body, most)
                except _RunPaused:
                    continue

    def _answered(self, path: str, body: bytes, most: float | None) -> Any:
        again, waited, pause = str(new_id()), 0.0, 0.25
        most = self._patience_seconds if most is None else min(most, self._patience_seconds)
        while True:
            status, data = self._once(f"/api/v1{path}", body, again)
            if 200 <= status < 300:
                return json.loads(data)
            problem = _problem(data)
            if problem.get("params", {}).get("reason") == "run_paused":
                raise _RunPaused
            running = problem.get("params", {}).get("reason") == "still_running"
            if status not in _AGAIN and status != 0 and not running:
                raise _error(status, problem)
            if waited >= most:
                full = problem.get("params", {}).get("reason") == SiteFull.reason
                words = _("the site at {where} has no room left") if full else _("the site at {where} does not answer")
                away = (SiteFull if full else SiteAway)(words.format(where=":".join(map(str, self._where))))
                away.add_note(_(away.hint))
                raise away
            self._wait(pause)
            waited, pause = waited + pause, min(2 * pause, 5.0)

    def _once(self, path: str, body: bytes, again: str) -> tuple[int, bytes]:
        """Return (status, body); status 0 when the connection failed."""
        headers = sign(self._key, method="POST", path=path, body=body, now=self._now())
        headers |= {"Content-Type": "application/jsonl", "Idempotency-Key": again}
        try:
            if self._connection is None:
                self._connection = http.client.HTTPSConnection(
                    *self._where, timeout=_TIMEOUT_SECONDS, context=self._tls
                )
            self._connection.request("POST", path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except ssl.SSLCertVerificationError:
            raise IntegrityError("the site's certificate is not one of its own authority") from None
        except (OSError, http.client.HTTPException):
            self.close()
            return 0, b""


def code_of(fault: Error) -> str:
    """Return the stable code in what the client raised: ``the site refused the intake: code (status)``."""
    return str(fault).rpartition(": ")[2].partition(" (")[0]


def _problem(data: bytes) -> dict[str, Any]:
    try:
        problem = json.loads(data)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


_HINTS = {
    "demo_is_full": "a demo holds few real customers, since one system user runs all of it: "
    "make a site with hushkeep init --level separated and take the folder in there"
}


def _error(status: int, problem: dict[str, Any]) -> Error:
    """Return what the API answered as the house's error, with a hint where there is something to do."""
    code = problem.get("code") or "unknown"
    reason = problem.get("params", {}).get("reason") or code
    if reason == RunCancelled.reason:
        cancelled = RunCancelled("the run was cancelled on the console")
        cancelled.add_note(_(RunCancelled.hint))
        return cancelled
    kind = IntegrityError if code == IntegrityError.code else _ERRORS.get(status, Unavailable)
    error = kind(f"the site refused the intake: {reason} ({status})")
    if reason in _HINTS:
        error.add_note(_(_HINTS[reason]))
    return error
