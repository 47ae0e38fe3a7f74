"""The key service: its own process and store; imports only vault, ledger and kernel.

Doors: ``site`` (make a site's store), ``serving`` (open and serve it), ``protocol`` (what client and service say),
``questions`` (what a caller may be asked), ``slots`` (ways to the root key), ``certificate`` (verify a destruction
offline).
"""

from hushkeep.keys.site import init_site

__all__ = ["init_site"]
