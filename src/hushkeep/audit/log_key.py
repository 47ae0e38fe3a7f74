"""The log's signing key: one Ed25519 seed a site, 0600, read by the sequencer's process alone.

Each tenant's log has its own origin, and the key speaks under that name. Anyone who holds this file and the database
can sign another history: what stands against that is the witness, which has its own key and memory.
"""

import secrets
from pathlib import Path

from hushkeep.kernel import IntegrityError, TenantId
from hushkeep.ledger import ED25519, SigningKey, VerifierKey
from hushkeep.runtime.files import write_private
from hushkeep.runtime.settings import settings

_SEED_BYTES = 32


def origin(tenant: TenantId) -> str:
    """Return the name of the tenant's log, which is the name of its key."""
    return f"hushkeep.audit/{tenant}"


def key_path() -> Path:
    """Return the file of the seed, in hex: ``<data_dir>/audit/log.key``."""
    return settings().data_dir / "audit" / "log.key"


def log_key(tenant: TenantId) -> SigningKey:
    """Return the tenant's signing key, made at the first call; raise IntegrityError when its file is broken.

    To rotate, rename the file to another ``*.key`` beside it: the next checkpoint is signed by a new key, and old
    checkpoints stay valid under the old one.
    """
    path = key_path()
    if not path.exists():
        write_private(path, secrets.token_bytes(_SEED_BYTES).hex().encode())
    return _read(path, tenant)


def own_keys(tenant: TenantId) -> tuple[VerifierKey, ...]:
    """Return the public halves of every key this site has signed with: ``*.key`` beside the current one."""
    return tuple(_read(path, tenant).verifier for path in sorted(key_path().parent.glob("*.key")))


def _read(path: Path, tenant: TenantId) -> SigningKey:
    seed = path.read_text(encoding="ascii").strip()
    if len(seed) != 2 * _SEED_BYTES:
        raise IntegrityError("the log's key file is broken")
    return SigningKey.from_seed(origin(tenant), ED25519, bytes.fromhex(seed))
