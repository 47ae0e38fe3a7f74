"""Find personal data in conversations.

    >>> from hushkeep import detect
    >>> from hushkeep.kernel import Turn
    >>> turns = [Turn("customer", "my card is 4111 1111 1111 1111")]
    >>> [(f.turn, f.entity) for f in detect.find(turns, names=False)]
    [(0, 'bank_card')]

A pure library: no network, no database, no settings, no clock.
"""

from hushkeep.detect.entities import ENTITIES, SECRETS, Entity, klass, level
from hushkeep.detect.finder import find, find_batch
from hushkeep.detect.finding import Finding, Known
from hushkeep.detect.masking import DEFAULT, Policy, cut_secrets, mask, mask_and_locate

__all__ = [
    "DEFAULT",
    "ENTITIES",
    "SECRETS",
    "Entity",
    "Finding",
    "Known",
    "Policy",
    "cut_secrets",
    "find",
    "find_batch",
    "klass",
    "level",
    "mask",
    "mask_and_locate",
]
