"""Work that recurs: the worker calls each registered service for every tenant, ``every`` so many seconds."""

from collections.abc import Callable
from dataclasses import dataclass

from hushkeep.kernel import TenantId


@dataclass(frozen=True, slots=True)
class Service:
    """``work(tenant)`` is called every ``every`` seconds, counted from the end of the round before."""

    name: str
    every: float
    work: Callable[[TenantId], object]


_services: dict[str, Service] = {}


def service(name: str, *, every: float) -> Callable[[Callable[[TenantId], object]], Callable[[TenantId], object]]:
    """Return a decorator that registers ``fn(tenant)``, which stays callable; raises ValueError for a second one."""

    def register(work: Callable[[TenantId], object]) -> Callable[[TenantId], object]:
        if name in _services:
            raise ValueError(f"service {name} is registered twice")
        _services[name] = Service(name, every, work)
        return work

    return register


def services() -> tuple[Service, ...]:
    """Return the registered services, by name."""
    return tuple(_services[name] for name in sorted(_services))
