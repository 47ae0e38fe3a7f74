"""What a caller may be asked: one table for the key service, which compares, and for the site, which asks.

>>> sorted(FIELDS)[:2], FIELDS[PIN]
(['birth_date', 'email'], ('pin',))
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PIN: Final = "pin"
"""The question for a customer's PIN, and the field under which a capsule names it."""

ONE_TIME_CODE: Final = "one_time_code"
"""Asked of no field: the key service holds it in memory."""

CODE_SECONDS: Final = 300
"""How long a one-time code counts."""

FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "birth_date": ("birth_date", "dob", "birthday"),
        "email": ("email",),
        "id_card_last_4": ("id_card",),
        "id_card_last_6": ("id_card",),
        "phone": ("phone",),
        "phone_last_4": ("phone",),
        PIN: (PIN,),
        "postal_code": ("postal_code",),
    }
)
"""Question -> the fields of a capsule that may hold the answer.

Card numbers are never asked for (PCI DSS 4.0.1, 3.4).
"""
