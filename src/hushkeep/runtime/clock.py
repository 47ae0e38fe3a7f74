"""The clock: the one place that asks what time it is. Everything else takes ``now`` as an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, aware, in UTC, with microseconds."""
    return datetime.now(UTC)  # noqa: TID251 - the one caller
