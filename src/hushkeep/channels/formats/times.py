"""Times as exports write them."""

import re
from datetime import UTC, datetime, tzinfo

_SHAPE = re.compile(
    r"(?P<y>\d{4})[-/.年](?P<mo>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
    r"(?:[T\s]+(?P<h>\d{1,2})[:时點点](?P<mi>\d{1,2})(?:[:分](?P<s>\d{1,2})(?:[.,](?P<f>\d{1,6}))?)?秒?分?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)


def time_of(text: str, zone: tzinfo) -> str | None:
    """Return ``text`` as RFC 3339 in UTC; a time without zone is one of ``zone``. None when it is no time.

    >>> time_of("2026/3/4 16:00:01", UTC)
    '2026-03-04T16:00:01+00:00'
    >>> time_of("2026年3月4日 16:00 +08:00", UTC)
    '2026-03-04T08:00:00+00:00'
    """
    found = _SHAPE.fullmatch(text.strip())
    if not found:
        return None
    part = {name: int(found[name] or 0) for name in ("y", "mo", "d", "h", "mi", "s")}
    micro = int((found["f"] or "0").ljust(6, "0"))
    named = f"{found['zone']}" if found["zone"] else ""
    try:
        at = datetime(part["y"], part["mo"], part["d"], part["h"], part["mi"], part["s"], micro, tzinfo=zone)
        if named:
            at = at.replace(tzinfo=datetime.strptime(named, "%z").tzinfo)
        return at.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None
