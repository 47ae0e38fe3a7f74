"""Checkpoints go out of the house: into a write-once folder, by mail, and to a stamper that attests the time.

What stands outside binds whoever holds the site and its keys: a log that is shorter than a deposited checkpoint, or has
another root at its size, is another log. Each round holds the folder against the log before it adds to it.
"""

import os
import smtplib
import ssl
from datetime import datetime, timedelta
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import connections

from hushkeep.audit.disagreement import disagreed
from hushkeep.audit.log_key import origin
from hushkeep.audit.outside import Mail, Outside
from hushkeep.audit.stamping import Stamper, stamped
from hushkeep.audit.tiles import StoredTiles, checkpoint, rows
from hushkeep.kernel import InvalidInput, NotFound, TenantId, Unavailable, new_id
from hushkeep.ledger import Checkpoint, Note, root_at
from hushkeep.runtime.tenancy import tenant_transaction

ALIAS = "sequencer"
HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)

_SECONDS = 10
_UNFINISHED = ".new-"
_LAST = "SELECT max(at), max(size) FROM event_deposit WHERE tenant = %s AND kind = %s AND place = %s"
_ADD = "INSERT INTO event_deposit (tenant, kind, place, size, at, note, token) VALUES (%s, %s, %s, %s, %s, %s, %s)"


def deposit(tenant: TenantId, where: Outside, now: datetime) -> tuple[str, ...]:
    """Put the tenant's last checkpoint wherever it is due: folder and stamper each hour, mail each day.

    Returns the kinds that were done. Raises IntegrityError, after writing the event, when the folder holds another
    history than ours; Unavailable when a place cannot be reached, after the others had their turn.
    """
    try:
        with tenant_transaction(tenant, using=ALIAS):
            signed, note = checkpoint(tenant, alias=ALIAS)
    except NotFound:
        return ()
    done, away = list[str](), list[str]()
    places = (("folder", where.folder, HOURLY), ("stamp", where.stamper, HOURLY), ("mail", where.mail, DAILY))
    for kind, place, every in places:
        if place is None or not _due(tenant, kind, _name(place), every, signed.size, now):
            continue
        try:
            token = _put(tenant, place, signed, note, now)
        except (OSError, smtplib.SMTPException, Unavailable) as failure:
            words = failure.strerror if isinstance(failure, OSError) else None
            away.append(f"{kind} ({words or type(failure).__name__})")
        else:
            _keep(tenant, [kind, _name(place), signed.size, now, note, token])
            done.append(kind)
    if away:
        raise Unavailable(f"checkpoint not deposited: {', '.join(away)}")
    return tuple(done)


def in_folder(folder: Path, tenant: TenantId) -> Path:
    """Return the tenant's own folder within the write-once one: by the digest of its log's name."""
    return folder / sha256(origin(tenant).encode()).hexdigest()


def _name(place: Path | Mail | Stamper) -> str:
    match place:
        case Mail():
            return f"{place.host}:{place.port}"
        case Stamper():
            return place.url
        case _:
            return str(place)


def _due(  # noqa: PLR0913, PLR0917 - what, where, how often, and how far the log is
    tenant: TenantId, kind: str, place: str, every: timedelta, size: int, now: datetime
) -> bool:
    with tenant_transaction(tenant, using=ALIAS):
        at, last = rows(ALIAS, _LAST, [tenant, kind, place])[0]
    return at is None or (last < size and at + every <= now)


def _put(tenant: TenantId, place: Path | Mail | Stamper, signed: Checkpoint, note: str, now: datetime) -> bytes | None:
    match place:
        case Mail():
            _send(place, signed, note)
        case Stamper():
            return stamped(note.encode(), place).token
        case _:
            own = in_folder(place, tenant)
            _require_same(tenant, own, signed.size, now)
            _write_once(own / f"{signed.size:020d}", note)
    return None


def _require_same(tenant: TenantId, own: Path, size: int, now: datetime) -> None:
    """The last checkpoint in the folder is one of this log, or the log is not the one that was deposited."""
    files = own.iterdir() if own.is_dir() else ()
    known = max((file for file in files if not file.name.startswith(_UNFINISHED)), default=None)
    if known is None:
        return
    try:
        kept = Checkpoint.parse(Note.parse(known.read_text(encoding="utf-8")).text)
    except InvalidInput:
        disagreed(tenant, now, "folder_unreadable")
    if kept.size > size:
        disagreed(tenant, now, "folder_holds_more")
    with tenant_transaction(tenant, using=ALIAS):
        root = root_at(StoredTiles(tenant, size, ALIAS), kept.size)
    if root != kept.root:
        disagreed(tenant, now, "folder_differs")


def _write_once(file: Path, note: str) -> None:
    """Write ``note`` whole or not at all: half a file would be read as another history."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists():  # held against it above
        return
    part = file.with_name(f"{_UNFINISHED}{new_id()}")
    try:
        with part.open("x", encoding="utf-8") as out:
            out.write(note)
            out.flush()
            os.fsync(out.fileno())
        part.chmod(0o444)
        part.rename(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _send(mail: Mail, signed: Checkpoint, note: str) -> None:
    """Send the checkpoint as a text that anybody can keep, print or give to the verifier (--seen)."""
    message = EmailMessage()
    message["From"], message["To"] = mail.sender, ", ".join(mail.to)
    message["Subject"] = f"Checkpoint {signed.size} of {signed.origin}"
    message.set_content(
        "Keep this message: it binds the log to what it was today.\n"
        "请保留此邮件：日志今后须与此检查点一致。\n\n"
        "verify.py PACK --seen checkpoint.txt\n"
    )
    message.add_attachment(note.encode(), maintype="text", subtype="plain", filename="checkpoint.txt")
    context = ssl.create_default_context(cafile=mail.authority and str(mail.authority))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with smtplib.SMTP_SSL(mail.host, mail.port, timeout=_SECONDS, context=context) as server:
        if mail.user and mail.password_file:
            server.login(mail.user, mail.password_file.read_text(encoding="utf-8").strip())
        server.send_message(message)


def _keep(tenant: TenantId, values: list[Any]) -> None:
    with tenant_transaction(tenant, using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute(_ADD, [tenant, *values])
