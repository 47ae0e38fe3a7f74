"""The key service's own store: one SQLite file, readable as rows of wrapped keys (DESIGN 4: the one exception).

Nothing in it opens without the root key. Deleted rows are overwritten (``secure_delete``).
"""

import sqlite3
from pathlib import Path
from typing import Final

from hushkeep.kernel import IntegrityError, Unavailable

SCHEMA_VERSION: Final = 1
LOG_HEAD: Final = "log_head"
"""Where the store keeps the log's length and head at its last commit: a log cut shorter shows."""

_SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE tenant (no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE tenant_key (
    tenant INTEGER NOT NULL REFERENCES tenant (no), version INTEGER NOT NULL, wrapped BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'decrypt-only')), PRIMARY KEY (tenant, version)
) STRICT;
CREATE TABLE index_key (
    tenant INTEGER NOT NULL REFERENCES tenant (no), name TEXT NOT NULL, wrapped BLOB NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT;
CREATE TABLE ring (
    base INTEGER PRIMARY KEY, tenant INTEGER NOT NULL REFERENCES tenant (no), subject BLOB NOT NULL,
    classes INTEGER NOT NULL, wrapped BLOB NOT NULL, UNIQUE (tenant, subject)
) STRICT;
CREATE TABLE tombstone (
    base INTEGER NOT NULL, tenant INTEGER NOT NULL, subject BLOB NOT NULL, classes INTEGER NOT NULL,
    at INTEGER NOT NULL, wrapped_sha256 BLOB NOT NULL, certificate BLOB NOT NULL, PRIMARY KEY (base, classes)
) STRICT;
CREATE INDEX tombstone_subject ON tombstone (tenant, subject);
CREATE TABLE connector (
    tenant INTEGER NOT NULL, id BLOB NOT NULL, wrapped BLOB NOT NULL, PRIMARY KEY (tenant, id)
) STRICT;
CREATE TABLE device (
    tenant INTEGER NOT NULL, device BLOB NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant, device)
) STRICT;
CREATE TABLE contact (
    tenant INTEGER NOT NULL, digest BLOB NOT NULL, subject BLOB NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (tenant, digest)
) STRICT;
CREATE TABLE live (
    tenant INTEGER NOT NULL, conversation BLOB NOT NULL, source BLOB NOT NULL, sealed BLOB NOT NULL,
    ended_at INTEGER NOT NULL, PRIMARY KEY (tenant, conversation), UNIQUE (tenant, source)
) STRICT;
CREATE INDEX contact_subject ON contact (tenant, subject);
"""


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """Return the store at ``path``, made when ``create``; raises Unavailable (absent) or IntegrityError (broken)."""
    if not create and not path.exists():
        raise Unavailable("the key service has no store here: run hushkeep init")
    store = sqlite3.connect(path, isolation_level=None, cached_statements=64)
    try:
        store.execute("PRAGMA secure_delete = ON")
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("PRAGMA synchronous = FULL")
        store.execute("PRAGMA foreign_keys = ON")
        store.execute("PRAGMA cache_size = -65536")
        if create:
            store.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        version = store.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.OperationalError:
        store.close()
        raise Unavailable("the key store cannot be opened and written: look at disk and rights") from None
    except sqlite3.DatabaseError:
        store.close()
        raise IntegrityError("the key store is damaged: its file is no longer a database") from None
    if version != SCHEMA_VERSION:
        store.close()
        raise IntegrityError(f"the key store has layout {version}, this program reads {SCHEMA_VERSION}")
    path.chmod(0o600)
    return store


def read_meta(store: sqlite3.Connection, name: str) -> bytes | None:
    """Return the value kept under ``name``, or None."""
    row = store.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else bytes(row[0])


def write_meta(store: sqlite3.Connection, name: str, value: bytes) -> None:
    """Keep ``value`` under ``name``."""
    store.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
    )
