"""The floor of known-fixed versions: libraries below it are refused at the start and in CI.

A line is added when a release mends a hole that reaches us, never to follow the newest.
"""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType

from hushkeep.kernel import Unavailable

FLOOR: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "a2wsgi": (1, 10),
        "cedarpy": (4, 12),
        "cryptography": (50, 0),  # OpenSSL of its wheels
        "django": (5, 2, 19),  # LTS: security releases of 5.2
        "django-allauth": (65, 21),
        "django-axes": (8, 3),
        "django-ninja": (1, 7),
        "granian": (2, 8),
        "obstore": (0, 12),
        "procrastinate": (3, 10),
        "psycopg": (3, 3),
        "pydantic": (2, 14),
        "sqlparse": (0, 6),
    }
)


def below_floor() -> tuple[str, ...]:
    """Return the libraries that are missing or older than known fixes: ``name found < needed``."""
    faults = []
    for name, least in FLOOR.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "0"
        if _numbers(found) < least:
            faults.append(f"{name} {found} < {'.'.join(map(str, least))}")
    return tuple(faults)


def require_floor() -> None:
    """Raise Unavailable when a library lacks known fixes."""
    if faults := below_floor():
        raise Unavailable(f"libraries lack known fixes: {', '.join(faults)}")


def _numbers(found: str) -> tuple[int, ...]:
    parts = []
    for part in found.split("."):
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)
