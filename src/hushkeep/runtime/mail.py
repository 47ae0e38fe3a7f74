"""Mail to an SMTP server, always inside TLS: implicit on port 465, by STARTTLS on any other."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from hushkeep.kernel import InvalidInput, Unavailable

_IMPLICIT_TLS = 465  # RFC 8314, 3.3
_SECONDS = 20


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. ``login``: (user, password) where the server asks for one; ``authority``: a PEM file."""

    host: str
    port: int
    authority: Path | None = None
    login: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """A plain text; ``id`` becomes its Message-ID, so that one sent twice is recognised."""

    id: str
    sender: str
    to: Sequence[str]
    subject: str
    text: str
    at: datetime


def send(server: MailServer, mail: Mail) -> None:
    """Hand ``mail`` to ``server``; raise Unavailable when it does not take it, for whatever recipient."""
    context = ssl.create_default_context(cafile=server.authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        with _connected(server, context) as smtp:
            if server.login:
                smtp.login(*server.login)
            refused = smtp.send_message(_message(mail), mail.sender, list(mail.to))
    except (OSError, smtplib.SMTPException) as failure:
        raise Unavailable(f"mail server {server.host}:{server.port}: {type(failure).__name__}") from None
    if refused:
        raise Unavailable(f"mail server {server.host}:{server.port}: {len(refused)} recipients refused")


def _connected(server: MailServer, context: ssl.SSLContext) -> smtplib.SMTP:
    if server.port == _IMPLICIT_TLS:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=context)
    smtp = smtplib.SMTP(server.host, server.port, timeout=_SECONDS)
    try:
        smtp.starttls(context=context)
    except (OSError, smtplib.SMTPException):
        smtp.close()
        raise
    return smtp


def _message(mail: Mail) -> EmailMessage:
    if "\n" in mail.subject or "\r" in mail.subject:
        raise InvalidInput("a subject is one line")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, ", ".join(mail.to), mail.subject
    message["Date"], message["Message-ID"] = format_datetime(mail.at), f"<{mail.id}@hushkeep>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834, 5
    message.set_content(mail.text, charset="utf-8")
    return message
