"""A made-up contact center, by seed: conversations that read like people, identifiers that belong to nobody.

>>> from hushkeep.channels import sample
>>> first = next(sample.records(seed=1, conversations=10))
>>> first["id"], sorted(first)[:4]
('made-up-1-0000000', ['agent', 'channel', 'customer', 'direction'])
"""

from hushkeep.channels.sample.center import records

__all__ = ["records"]
