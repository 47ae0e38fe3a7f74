"""A running site: TLS 1.3 alone, one of each, healed after every kill, and quiet at its end."""

import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, suppress
from http.cookies import SimpleCookie
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

import authenticator

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]

PASSWORD = "quartz otter violin 88"
STREAMS = 300


class Visitor:
    """Someone with a browser: a connection and its cookies."""

    def __init__(self, site):
        self.site = site
        self.cookies = {}

    def ask(self, method, path, body=None):
        """(status, body) of a request as the console sends it."""
        connection = http.client.HTTPSConnection("localhost", self.site.port, timeout=60, context=self.site.trust())
        headers = {
            "Cookie": self.cookie(),
            "Origin": self.site.address,
            "Content-Type": "application/json",
            "X-CSRFToken": self.cookies.get("__Host-csrf", ""),
        }
        with closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie") or ():
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            content = answer.read()
            return answer.status, json.loads(content) if content else None

    def cookie(self):
        """The Cookie header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def enrol_and_sign_in(self):
        """Use the administrator's one-time link, then password and code."""
        link = (self.site.data_dir / "enrolment" / "demo.txt").read_text().strip()
        token = link.rpartition("#")[2]
        self.ask("GET", "/api/v1/csrf")
        status, begun = self.ask("POST", "/api/v1/enrolment/begin", {"token": token})
        assert status == 200, begun
        secret = begun["totp"]["secret"]
        finish = {"token": token, "password": PASSWORD, "code": authenticator.code(secret, seconds_to_type=8)}
        assert self.ask("POST", "/api/v1/enrolment/finish", finish)[0] == 200
        login = {"username": begun["login"], "password": PASSWORD}
        assert self.ask("POST", "/_allauth/browser/v1/auth/login", login)[0] == 401
        second = {"code": authenticator.code(secret, seconds_to_type=8)}
        assert self.ask("POST", "/_allauth/browser/v1/auth/2fa/authenticate", second)[0] == 200
        return self


def _until(true, instead=lambda: "it did not happen"):
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, instead()
        time.sleep(0.1)


def _is_well(site):
    return site.looked_at()[0] == 0


def _gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def _left(pids):
    """What still runs of ``pids``, and where it waits."""
    return {name: _shown(pid) for name, pid in pids.items() if not _gone(pid)}


def _shown(pid):
    try:
        parts = (Path(f"/proc/{pid}/{name}").read_text() for name in ("cmdline", "wchan", "status"))
        return " | ".join(part.replace("\0", " ")[:600] for part in parts)
    except OSError as fault:
        return type(fault).__name__


def _connect(site, **versions):
    with (
        socket.create_connection(("127.0.0.1", site.port), 10) as plain,
        site.trust(**versions).wrap_socket(plain, server_hostname="localhost") as tls,
    ):
        return tls.version()


def test_tls_1_3_is_spoken_and_nothing_older(running_site):
    assert _connect(running_site) == "TLSv1.3"
    with pytest.raises(ssl.SSLError, match=r"(?i)protocol.version|alert"):
        _connect(running_site, maximum_version=ssl.TLSVersion.TLSv1_2)


def test_plain_http_gets_no_answer(running_site):
    with socket.create_connection(("127.0.0.1", running_site.port), 10) as plain:
        plain.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"HTTP/" not in plain.recv(4096)


def test_a_second_up_on_the_same_data_is_a_conflict(running_site):
    second = running_site.command("up")
    assert second.returncode == 7
    assert "another hushkeep runs" in second.stderr


def test_making_a_site_while_it_runs_is_a_conflict(running_site):
    assert running_site.command("init").returncode == 7


def test_a_taken_port_is_a_conflict(running_site, tmp_path):
    (tmp_path / "site.toml").write_text('level = "demo"\ntenant = []\n')
    other = {"HUSHKEEP_DATA_DIR": str(tmp_path), "HUSHKEEP_PORT": str(running_site.port)}
    taken = running_site.command("up", **other)
    assert taken.returncode == 7, taken.stderr
    assert f"port {running_site.port} on 127.0.0.1 is taken" in taken.stderr


def test_a_demo_does_not_listen_to_the_network(running_site, tmp_path):
    (tmp_path / "site.toml").write_text('level = "demo"\ntenant = []\n')
    wide = running_site.command("up", HUSHKEEP_DATA_DIR=str(tmp_path), HUSHKEEP_BIND="0.0.0.0")  # noqa: S104
    assert wide.returncode == 2
    assert "loopback" in wide.stderr


def test_without_a_site_up_says_what_to_do(running_site, tmp_path):
    none = running_site.command("up", HUSHKEEP_DATA_DIR=str(tmp_path))
    assert none.returncode == 11
    assert "run hushkeep init" in none.stderr


def test_another_hosts_name_is_misdirected(running_site):
    for path in ("/api/v1/health", "/stream/health", "/"):
        assert running_site.get(path, {"Host": "evil.example"})[0] == 421


def test_a_stream_is_for_the_signed_in(running_site):
    assert running_site.get("/stream/events")[0] == 401
    assert running_site.get("/stream/else")[0] == 404


def test_a_body_above_the_cap_is_refused(running_site):
    connection = http.client.HTTPSConnection("localhost", running_site.port, timeout=60, context=running_site.trust())
    with closing(connection):
        connection.request("POST", "/api/v1/enrolment/begin", b"x" * (16 * 1024 * 1024 + 1))
        assert connection.getresponse().status == 413


def test_doctor_finds_a_running_site_well(running_site):
    assert running_site.ill() == []
    assert len(running_site.looked_at()[1]) == 16


def test_the_authority_is_exported(running_site):
    exported = running_site.command("ca", "export")
    assert exported.stdout == (running_site.data_dir / "tls" / "ca.pem").read_text()


def test_no_process_carries_a_secret_in_its_arguments_or_environment(running_site):
    secrets = [file.read_text() for file in (running_site.data_dir / "secrets").iterdir()]
    passwords = [word for text in secrets for word in re.findall(r"[A-Za-z0-9_-]{24,}", text)]
    assert len(passwords) > 5
    for pid in [running_site.supervisor.pid, *running_site.pids().values()]:
        for name in ("cmdline", "environ"):
            try:
                shown = Path(f"/proc/{pid}/{name}").read_bytes().decode("utf-8", "replace")
            except PermissionError:
                continue  # the key service closes itself to everyone
            assert [word for word in passwords if word in shown] == [], f"{name} of {pid}"


def test_logs_of_our_own_processes_are_json_lines(running_site):
    for name in ("front", "worker", "supervisor"):
        lines = (running_site.data_dir / "logs" / f"{name}.log").read_text().splitlines()
        assert all({"at", "level", "process", "event"} <= json.loads(line).keys() for line in lines), name


@pytest.mark.parametrize("name", ["postgres", "keys", "front", "worker"])
def test_a_killed_process_is_healed(running_site, name):
    before = running_site.pids()
    os.kill(before[name], signal.SIGKILL)
    _until(lambda: running_site.pids()[name] != before[name])
    _until(lambda: _is_well(running_site))
    _until(lambda: _health(running_site) == 200)
    assert running_site.supervisor.poll() is None


def test_a_killed_front_leaves_no_worker_behind(running_site):
    front = running_site.pids()["front"]
    workers = [int(pid) for pid in Path(f"/proc/{front}/task/{front}/children").read_text().split()]
    assert workers
    os.kill(front, signal.SIGKILL)
    _until(lambda: all(_gone(pid) for pid in workers))
    _until(lambda: running_site.pids()["front"] != front)
    _until(lambda: _is_well(running_site))


def test_a_renewed_certificate_is_served_and_who_asks_again_is_answered_under_load(running_site):
    """The worker that ends drops connections that it has not read from: a GET may be sent again (RFC 9110, 9.2.2)."""
    first, ended, answers = _served(running_site), threading.Event(), []
    issue = (sys.executable, "-c", _ISSUE_AGAIN)
    subprocess.run(issue, env=running_site.environment, check=True, timeout=60)

    def ask():
        while not ended.wait(0.1):  # together hardly more than a stranger may, or the next test would be refused
            answers.append(_health(running_site) or _health(running_site))

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    time.sleep(0.5)
    os.kill(running_site.pids()["front"], signal.SIGHUP)
    try:
        # The older worker ends its answers first, and takes connections meanwhile.
        _until(lambda: first not in {_served(running_site) for _ in range(10)})
    finally:
        ended.set()
        for asker in askers:
            asker.join()
    assert 200 in answers  # and where it took long, a limit's word is an answer too
    assert set(answers) <= {200, 429}


# A worker that ends says TLS's farewell where it comes to it, in the midst of a handshake too.
BROKEN = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError)


def _health(site):
    """The health route's status, or None when the connection broke without an answer."""
    try:
        return site.get("/api/v1/health")[0]
    except BROKEN:
        return None


_ISSUE_AGAIN = """
from datetime import UTC, datetime
from hushkeep.runtime.certificates import issued, serving_certificate
from hushkeep.runtime.settings import settings
issued(settings()).chain.unlink()
serving_certificate(settings(), datetime.now(UTC))
"""


def _served(site):
    """The certificate that a new connection is shown."""
    while True:
        with (
            suppress(*BROKEN),
            socket.create_connection(("127.0.0.1", site.port), 10) as plain,
            site.trust().wrap_socket(plain, server_hostname="localhost") as tls,
        ):
            return tls.getpeercert(binary_form=True)


@pytest.fixture(scope="module")
def ending_site(started_site):
    """A site that is killed, starts again, and is stopped: by the next two tests, in this order."""
    with started_site() as site:
        yield site


def test_when_the_supervisor_is_killed_its_processes_end_and_it_starts_again(ending_site):
    pids = ending_site.pids()
    ending_site.supervisor.kill()
    ending_site.supervisor.communicate()
    _until(lambda: _left(pids) == {}, lambda: _left(pids))
    ending_site.start()
    assert ending_site.get("/api/v1/health")[0] == 200


def test_hundreds_of_streams_close_cleanly_at_the_end(ending_site):
    visitor = Visitor(ending_site).enrol_and_sign_in()
    log = ending_site.data_dir / "logs" / "supervisor.log"
    before = len(log.read_text())
    with ExitStack() as stack:
        streams = [stack.enter_context(_opened(ending_site, visitor.cookie())) for _ in range(STREAMS)]
        assert ending_site.stop() == 0
        # A chunk of length nought is how HTTP/1.1 says that the answer is whole.
        ends = [_rest(stream) for stream in streams]
        assert sum(end.endswith(b"0\r\n\r\n") for end in ends) == STREAMS
    said = log.read_text()[before:]
    assert "process_killed" not in said
    assert "process_ended" not in said


def _opened(site, cookie):
    """A stream that has begun; one person may open only so many a second."""
    while True:
        stream = _stream(site, cookie)
        head = _read(stream)
        if b": open" in head:
            assert head.startswith(b"HTTP/1.1 200 OK")
            return stream
        assert head.startswith(b"HTTP/1.1 429 "), head
        stream.close()
        time.sleep(0.2)


def _stream(site, cookie):
    plain = socket.create_connection(("127.0.0.1", site.port), 30)
    tls = site.trust().wrap_socket(plain, server_hostname="localhost")
    request = f"GET /stream/events HTTP/1.1\r\nHost: localhost:{site.port}\r\nCookie: {cookie}\r\n\r\n"
    tls.sendall(request.encode())
    return tls


def _read(stream):
    read = b""
    while b"content-length: 0" not in read and b": open" not in read:
        part = stream.recv(4096)
        assert part, read
        read += part
    return read


def _rest(stream):
    read = b""
    try:
        while part := stream.recv(4096):
            read += part
    except ssl.SSLEOFError:
        pass  # no close_notify after a whole answer
    return read


def test_a_stream_hears_its_own_center_alone(running_site):
    visitor = Visitor(running_site).enrol_and_sign_in()
    _, me = visitor.ask("GET", "/api/v1/me")
    mine, theirs, first, second = UUID(me["tenant"]["id"]), uuid4(), uuid4(), uuid4()
    passwords = json.loads((running_site.data_dir / "secrets" / "database").read_text())
    database = {"host": str(running_site.data_dir / "run" / "pg"), "dbname": "hushkeep", "user": "hushkeep_app"}
    with (
        _opened(running_site, visitor.cookie()) as stream,
        psycopg.connect(**database, password=passwords["hushkeep_app"], autocommit=True) as connection,
    ):
        for tenant, thing in ((theirs, first), (mine, second)):
            payload = json.dumps({"tenant": str(tenant), "topic": "event", "id": str(thing)})
            connection.execute("SELECT pg_notify('hushkeep', %s)", [payload])
        heard = b""
        while str(second).encode() not in heard:
            heard += stream.recv(4096)
    assert str(first).encode() not in heard
    assert b"event: event\n" in heard
