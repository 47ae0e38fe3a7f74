"""Alarms leave the house at once: by mail, signed webhook and syslog, each a job of its own that is tried again.

What leaves are codes, ids and times: whoever reads the mail learns that something happened, not to which customer.
"""

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from hushkeep.access import alarm_words
from hushkeep.access.models import Alarm as Row
from hushkeep.audit import syslog
from hushkeep.kernel import InvalidInput, TenantId, timestamp
from hushkeep.runtime import clock, mail, webhooks
from hushkeep.runtime.jobs import enqueue, job
from hushkeep.runtime.secret_files import ALARM_MAIL, ALARM_WEBHOOK, read_optional, read_secret
from hushkeep.runtime.settings import Settings, settings
from hushkeep.runtime.tenancy import tenant_transaction

_AT_LEISURE = "blue"
_MESSAGE_ID = "ALARM"


@dataclass(frozen=True, slots=True)
class Message:
    """An alarm as it leaves the house."""

    id: UUID
    tenant: TenantId
    code: str
    severity: str
    at: datetime
    person: UUID | None = None
    event: UUID | None = None

    def facts(self) -> dict[str, str]:
        """Return its parts as texts, those it has."""
        parts = {"alarm": self.id, "tenant": self.tenant, "code": self.code, "severity": self.severity}
        parts |= {"person": self.person, "event": self.event}
        return {name: str(part) for name, part in parts.items() if part is not None} | {"at": timestamp(self.at)}


def ways(site: Settings) -> tuple[str, ...]:
    """Return the ways out that the site has set up."""
    chosen = {"mail": site.alarm_mail_server, "syslog": site.alarm_syslog, "webhook": site.alarm_webhook}
    return tuple(way for way, where in chosen.items() if where)


def send(message: Message, way: str, site: Settings, *, now: datetime) -> None:
    """Send ``message`` by ``way``; raise Unavailable when nobody took it."""
    _SENDERS[way](message, site, now)


def announce_outside(tenant: TenantId, alarm: UUID, severity: str) -> None:
    """Have a new alarm sent by every way, as part of the open transaction; what can wait stays in the console."""
    if severity != _AT_LEISURE:
        for way in ways(settings()):
            enqueue(deliver, tenant, alarm=alarm, way=way)


@job("access.deliver_alarm")
def deliver(tenant: TenantId, alarm: UUID, way: str) -> None:
    """Send an alarm by one way and note that it was taken; done twice, it is sent once."""
    with tenant_transaction(tenant):
        row = Row.objects.get(id=alarm)
    if way in row.sent:
        return
    message = Message(row.id, tenant, row.code, row.severity, row.at, row.person, row.event)
    now = clock.now()
    send(message, way, settings(), now=now)
    with tenant_transaction(tenant):
        row = Row.objects.select_for_update().get(id=alarm)
        row.sent = {**row.sent, way: timestamp(now)}
        row.save(update_fields=["sent"])


def _mail(message: Message, site: Settings, now: datetime) -> None:
    host, port = _place(site.alarm_mail_server)
    login = read_optional(ALARM_MAIL)
    user, _, password = (login or "").strip().partition("\n")
    mail.send(
        mail.MailServer(host, port, site.alarm_authority, (user, password) if login else None),
        mail.Mail(
            id=str(message.id),
            sender=site.alarm_mail_from,
            to=site.alarm_mail_to,
            subject=alarm_words.subject(message.code, message.severity),
            text=alarm_words.text(message.code, message.severity, message.facts()),
            at=now,
        ),
    )


def _webhook(message: Message, site: Settings, now: datetime) -> None:
    body = json.dumps({"type": "alarm.raised", "timestamp": timestamp(now), "data": message.facts()}).encode()
    signed = webhooks.headers(read_secret(ALARM_WEBHOOK), str(message.id), body, at=now)
    webhooks.post(str(site.alarm_webhook), signed, body, authority=site.alarm_authority)


def _syslog(message: Message, site: Settings, now: datetime) -> None:
    host, port = _place(site.alarm_syslog)
    line = syslog.message(
        json.dumps(message.facts()),
        at=now,
        host=socket.gethostname(),
        message_id=_MESSAGE_ID,
        warning=message.severity == "red",
    )
    if site.alarm_authority is None:
        raise InvalidInput("alarm_syslog needs alarm_authority")
    with syslog.Collector(host, port, authority=site.alarm_authority) as collector:
        collector.send([line])


def _place(address: str | None) -> tuple[str, int]:
    host, _, port = (address or "").rpartition(":")
    return host, int(port)


_SENDERS: Mapping[str, Callable[[Message, Settings, datetime], None]] = MappingProxyType(
    {"mail": _mail, "syslog": _syslog, "webhook": _webhook}
)
