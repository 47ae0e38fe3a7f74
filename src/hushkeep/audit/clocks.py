"""How far another's clock is from ours, as surely as an answer over the network can tell. Pure."""

from datetime import datetime, timedelta


def offset(before: datetime, told: tuple[datetime, datetime], after: datetime) -> timedelta:
    """Return by how much another's clock is surely ahead of ours (negative: behind), zero where they may agree.

    It was asked between ``before`` and ``after`` of our clock and told a time within ``told``, both ends included.
    """
    earliest, latest = told
    if earliest > after:
        return earliest - after
    return latest - before if latest < before else timedelta(0)
