"""An alarm reaches somebody: by mail, signed webhook and syslog, over TLS, each tried again until it was taken."""

import base64
import email
import email.policy
import hmac
import http.server
import json
import socketserver
import ssl
import threading
from types import SimpleNamespace

import pytest

from hushkeep.access import alarm_delivery, alarms
from hushkeep.access.alarms import Severity
from hushkeep.access.models import Alarm
from hushkeep.kernel import Unavailable, new_id
from hushkeep.runtime import clock
from hushkeep.runtime.address import ca_file
from hushkeep.runtime.certificates import serving_certificate
from hushkeep.runtime.secret_files import ALARM_WEBHOOK, make_secret
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("socket_enabled")]

KEY = base64.b64encode(b"k" * 32).decode()


@pytest.fixture(scope="module")
def tls(database):
    made = serving_certificate(settings(), clock.now())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)
    return context


@pytest.fixture
def serve():
    """A function that runs a server of a handler class on a free port, until the test is over."""
    running = []

    def start(handler, kind=socketserver.ThreadingTCPServer, wrap=None):
        server = kind(("127.0.0.1", 0), handler)
        if wrap:
            server.socket = wrap.wrap_socket(server.socket, server_side=True)
        server.daemon_threads, server.heard = True, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def mailbox(tls, *, offers_tls=True):
    class Smtp(socketserver.StreamRequestHandler):
        def say(self, line):
            self.wfile.write(line.encode() + b"\r\n")
            self.wfile.flush()

        def finish(self):
            super().finish()
            self.request.close()

        def handle(self):
            self.say("220 localhost")
            while line := self.rfile.readline().decode().strip():
                word = line.split(" ")[0].upper()
                if word == "EHLO":
                    self.say("250-localhost")
                    self.say("250 STARTTLS" if offers_tls else "250 HELP")
                elif word == "STARTTLS":
                    self.say("220 go")
                    self.request = tls.wrap_socket(self.request, server_side=True)
                    self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb")
                elif word == "DATA":
                    self.say("354 go")
                    lines = iter(self.rfile.readline, b".\r\n")
                    self.server.heard.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
                    self.say("250 taken")
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 well")

    return Smtp


def hook(statuses):
    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            self.server.heard.append((dict(self.headers), body))
            self.send_response(statuses.pop(0))
            self.end_headers()

        def log_message(self, *_):
            pass

    return Hook


class Lines(socketserver.StreamRequestHandler):
    """A collector of syslog messages with octet counting."""

    def handle(self):
        size = b""
        while digit := self.rfile.read(1):
            if digit == b" ":
                self.server.heard.append(self.rfile.read(int(size)).decode())
                size = b""
            else:
                size += digit


@pytest.fixture
def outside(monkeypatch, tls):
    """A function that makes the site's alarms go where it is told."""
    make_secret(ALARM_WEBHOOK, f"whsec_{KEY}")

    def chosen(**ways):
        none = dict.fromkeys(("alarm_mail_server", "alarm_webhook", "alarm_syslog"))
        site = SimpleNamespace(
            **none | {"alarm_mail_from": "hushkeep@localhost", "alarm_mail_to": ("duty@localhost",)} | ways,
            alarm_authority=ca_file(settings()),
        )
        monkeypatch.setattr(alarm_delivery, "settings", lambda: site)
        return site

    return chosen


def sound(tenant, severity=Severity.RED):
    with tenant_transaction(tenant):
        return alarms.sound(tenant, "other_tenant", severity, person=new_id(), event=new_id(), now=clock.now())


def sent(tenant, alarm):
    with tenant_transaction(tenant):
        return set(Alarm.objects.get(id=alarm).sent)


def test_the_mail_says_what_in_both_languages_and_names_nobody(tenant, serve, outside, tls):
    server = serve(mailbox(tls))
    outside(alarm_mail_server=f"localhost:{server.server_address[1]}")
    alarm = sound(tenant)
    for _ in range(2):
        alarm_delivery.deliver.work(tenant, alarm=alarm, way="mail")
    (mail,) = server.heard
    assert mail["To"] == "duty@localhost"
    assert mail["Subject"] == "[Hushkeep red] Reached into another center / 试图访问其他中心的数据"
    assert mail["Message-ID"] == f"<{alarm}@hushkeep>"
    text = mail.get_content()
    assert str(alarm) in text
    assert "请立即查看" in text
    assert sent(tenant, alarm) == {"mail"}


def test_a_mail_server_without_tls_gets_nothing(tenant, serve, outside, tls):
    server = serve(mailbox(tls, offers_tls=False))
    outside(alarm_mail_server=f"localhost:{server.server_address[1]}")
    alarm = sound(tenant)
    with pytest.raises(Unavailable):
        alarm_delivery.deliver.work(tenant, alarm=alarm, way="mail")
    assert server.heard == []
    assert sent(tenant, alarm) == set()


def test_the_webhook_is_signed_and_tried_again_until_it_is_taken(tenant, serve, outside, tls):
    server = serve(hook([500, 302, 204]), kind=http.server.ThreadingHTTPServer, wrap=tls)
    outside(alarm_webhook=f"https://localhost:{server.server_address[1]}/alarms?to=duty")
    alarm = sound(tenant)
    for status in (500, 302):
        with pytest.raises(Unavailable, match=str(status)):
            alarm_delivery.deliver.work(tenant, alarm=alarm, way="webhook")
    alarm_delivery.deliver.work(tenant, alarm=alarm, way="webhook")
    assert sent(tenant, alarm) == {"webhook"}
    headers, body = server.heard[-1]
    headers = {name.lower(): value for name, value in headers.items()}
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(b"k" * 32, said, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == str(alarm)
    told = json.loads(body)
    assert (told["type"], told["data"]["code"], told["data"]["severity"]) == ("alarm.raised", "other_tenant", "red")


def test_a_server_that_the_authority_does_not_vouch_for_gets_nothing(tenant, serve, outside, tls, tmp_path):
    server = serve(hook([204]), kind=http.server.ThreadingHTTPServer, wrap=tls)
    site = outside(alarm_webhook=f"https://localhost:{server.server_address[1]}/")
    site.alarm_authority = None
    alarm = sound(tenant)
    with pytest.raises(Unavailable, match="SSLCertVerificationError"):
        alarm_delivery.deliver.work(tenant, alarm=alarm, way="webhook")
    assert server.heard == []


def test_the_collector_gets_a_line(tenant, serve, outside, tls):
    server = serve(Lines, wrap=tls)
    outside(alarm_syslog=f"localhost:{server.server_address[1]}")
    alarm = sound(tenant)
    alarm_delivery.deliver.work(tenant, alarm=alarm, way="syslog")
    (line,) = server.heard
    assert line.startswith("<108>1 ")
    assert str(alarm) in line
    assert sent(tenant, alarm) == {"syslog"}


def test_each_new_alarm_is_queued_once_a_way_and_what_can_wait_is_not(tenant, outside, monkeypatch):
    queued = []
    monkeypatch.setattr(alarm_delivery, "enqueue", lambda job, tenant, **ids: queued.append((job.name, ids)))
    outside(alarm_mail_server="localhost:25", alarm_webhook="https://localhost/")
    person = new_id()
    with tenant_transaction(tenant):
        for severity in (Severity.YELLOW, Severity.YELLOW):
            alarm = alarms.sound(tenant, "device_unknown", severity, person=person, event=None, now=clock.now())
        alarms.sound(tenant, "approval_sample", Severity.BLUE, person=person, event=None, now=clock.now())
    assert queued == [("access.deliver_alarm", {"alarm": alarm, "way": way}) for way in ("mail", "webhook")]
