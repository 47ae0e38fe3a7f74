"""Find personal data in conversations.

    >>> from hushkeep import detect
    >>> from hushkeep.kernel import Turn
    >>> turns = [Turn("customer", "my card is 4111 1111 1111 1111")]
    >>> [(f.turn, f.entity) for f in detect.find(turns, names=False)]
    [(0, 'bank_card')]

A pure library: no network, no database, no settings, no clock.
"""

from hushkeep.detect.documents import mask_email, mask_html, mask_json, words_hit
from hushkeep.detect.explain import explain
from hushkeep.detect.finder import find, find_batch
from hushkeep.detect.finding import Finding, Known, counted
from hushkeep.detect.health import health
from hushkeep.detect.known import Custom
from hushkeep.detect.levels import GUIDE, Guide, raised
from hushkeep.detect.masking import CUT, DEFAULT, Policy, cut_secrets, mask, mask_and_locate
from hushkeep.detect.outgoing import Ask, check_outgoing
from hushkeep.detect.stream import Change, Stream
from hushkeep.kernel.entities import ENTITIES, SECRETS, Entity, klass, level

__all__ = [
    "CUT",
    "DEFAULT",
    "ENTITIES",
    "GUIDE",
    "SECRETS",
    "Ask",
    "Change",
    "Custom",
    "Entity",
    "Finding",
    "Guide",
    "Known",
    "Policy",
    "Stream",
    "check_outgoing",
    "counted",
    "cut_secrets",
    "explain",
    "find",
    "find_batch",
    "health",
    "klass",
    "level",
    "mask",
    "mask_and_locate",
    "mask_email",
    "mask_html",
    "mask_json",
    "raised",
    "words_hit",
]
