"""Challenges: an event's id given out beforehand, so that a device can sign for the very event that will be written."""

from datetime import timedelta

from django.core.cache import cache

from hushkeep.access.actors import Actor
from hushkeep.kernel import EventId, new_id

LASTS = timedelta(seconds=60)


def make(actor: Actor) -> EventId:
    """Return an id that the next request of ``actor`` may use, once, within a minute."""
    event = EventId(new_id())
    cache.set(_name(actor, event), 1, timeout=int(LASTS.total_seconds()))
    return event


def spent(actor: Actor, event: EventId) -> bool:
    """Whether ``event`` was given to ``actor`` and not used yet; from now on it is."""
    return bool(cache.delete(_name(actor, event)))


def _name(actor: Actor, event: EventId) -> str:
    return f"challenge:{actor.tenant}:{actor.person}:{actor.session}:{event}"
