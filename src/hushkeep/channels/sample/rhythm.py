"""When conversations begin: three weeks that rise and fall by hour and weekday."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

FIRST_MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 21

# Relative load by hour (UTC, of a center whose people live at UTC+8 and at UTC-5) and by weekday from Monday.
_BY_HOUR = (8, 12, 14, 12, 8, 9, 12, 12, 10, 9, 7, 6, 6, 7, 8, 7, 6, 6, 5, 4, 3, 3, 3, 5)
_BY_WEEKDAY = (1.25, 1.1, 1.0, 1.0, 1.05, 0.7, 0.55)
_HOURS = [_BY_HOUR[hour % 24] * _BY_WEEKDAY[hour // 24 % 7] for hour in range(24 * DAYS)]
_SUMS = [0.0, *accumulate(_HOURS)]


def starts(rng: Random, count: int) -> Iterator[datetime]:
    """Yield ``count`` times (UTC, whole seconds) in rising order, denser where the center is busier."""
    for number in range(count):
        load = (number + rng.random()) / count * _SUMS[-1]
        hour = min(bisect_right(_SUMS, load) - 1, len(_HOURS) - 1)
        part = (load - _SUMS[hour]) / _HOURS[hour]
        yield FIRST_MONDAY + timedelta(hours=hour, seconds=int(part * 3600))
