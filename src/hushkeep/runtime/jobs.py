"""Work for later: enqueued in the business transaction, run by the worker, always for one tenant.

Arguments are ids, numbers and codes: they lie in the queue's table and in its logs. A job takes its tenant first and
opens ``tenant_transaction`` itself where it needs the database, so that it can work in several short transactions.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import close_old_connections
from procrastinate import App, RetryStrategy
from procrastinate.contrib.django import app as queue
from procrastinate.types import JSONDict

from hushkeep.kernel import TenantId

Id = UUID | int | str
_CODE = re.compile(r"(?!.*\d{5})[a-z][a-z0-9_.:-]{0,63}")
_URN = "urn:uuid:"  # RFC 9562, 4: keeps an id apart from a code in JSON
_RETRY = RetryStrategy(max_attempts=8, exponential_wait=2)


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work with its stable name: the name stands in the queue, so it outlives a release."""

    name: str
    work: Callable[..., None]


_jobs: dict[str, Job] = {}


def job(name: str) -> Callable[[Callable[..., None]], Job]:
    """Return a decorator that makes ``fn(tenant, **ids)`` the job ``name``; raises ValueError for a second one."""

    def register(work: Callable[..., None]) -> Job:
        if name in _jobs:
            raise ValueError(f"job {name} is registered twice")
        _jobs[name] = Job(name, work)
        return _jobs[name]

    return register


def enqueue(what: Job, tenant: TenantId, **ids: Id) -> int:
    """Put ``what`` in the queue as part of the open transaction; return the queue's number for it.

    Raises ValueError for a text that is no code: values of people have no place in a queue.
    """
    arguments: JSONDict = {name: _packed(name, value) for name, value in ids.items()}
    deferrer = queue.configure_task(what.name, allow_unknown=True, queue="default")
    return int(deferrer.defer(tenant=str(tenant), ids=arguments))


def run(name: str, tenant: str, ids: dict[str, int | str]) -> None:
    """Do the job ``name`` now, with its arguments as they lay in the queue."""
    _jobs[name].work(TenantId(UUID(tenant)), **{key: _unpacked(value) for key, value in ids.items()})


def register_all(app: App) -> None:
    """Give every registered job to procrastinate's ``app``: eight attempts, waiting 2, 4, 8 … seconds."""
    for name in _jobs:
        app.task(name=name, queue="default", retry=_RETRY)(_bound(name))


def _bound(name: str) -> Callable[..., Any]:
    def call(*, tenant: str, ids: dict[str, int | str]) -> None:
        close_old_connections()
        run(name, tenant, ids)

    call.__name__ = name
    return call


def _packed(name: str, value: Id) -> int | str:
    if isinstance(value, UUID):
        return value.urn
    if isinstance(value, str) and not _CODE.fullmatch(value):
        raise ValueError(f"job argument {name} is no code")
    return value


def _unpacked(value: int | str) -> Id:
    return UUID(value) if isinstance(value, str) and value.startswith(_URN) else value
