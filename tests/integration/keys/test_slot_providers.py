"""Every way to the root key by one contract: a file, paper, OpenBao and AWS KMS (local servers that speak their API).

The servers hold a real key and bind what they seal as the documented services do. Real ones: see the note in
docs/threat-model.md.
"""

import base64
import json
import os
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hushkeep import vault
from hushkeep.kernel import Denied, Error, IntegrityError, InvalidInput, NotFound, Unavailable
from hushkeep.keys import aws_slot, slots
from hushkeep.keys.aws_slot import AwsKms
from hushkeep.keys.bao_slot import OpenBao

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]

TOKEN = "s.a-token-that-nobody-may-read"
CREDENTIALS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


class Server(ThreadingHTTPServer):
    """A key-management service: seals under one AES key, bound to the context that it is given."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answering)
        self.key, self.mode, self.asked = AESGCM(os.urandom(32)), "well", []
        self.given_up = threading.Event()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"

    def seal(self, plain, context):
        nonce = os.urandom(12)
        return nonce + self.key.encrypt(nonce, base64.b64decode(plain), context)

    def open(self, sealed, context):
        if self.mode == "lying":
            return base64.b64encode(bytes(32)).decode()
        return base64.b64encode(self.key.decrypt(sealed[:12], sealed[12:], context)).decode()


class Answering(BaseHTTPRequestHandler):
    """Speaks both documented APIs as far as a slot needs them."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mode = self.server.mode
        self.server.asked.append((self.path, dict(self.headers), body))
        if mode == "slow":
            self.server.given_up.wait(60)
        if mode == "broken":
            self._say(200, b"<html>")
        elif mode == "busy":
            self._say(503, b"{}")
        elif "X-Amz-Target" in self.headers:
            self._say(*self._aws(self.headers["X-Amz-Target"], json.loads(body)))
        else:
            self._say(*self._bao(json.loads(body)))

    def _bao(self, asked):
        if self.headers["X-Vault-Token"] != TOKEN:
            return 403, b'{"errors":["permission denied"]}'
        if not self.path.endswith("/hushkeep-root"):
            return 404, b'{"errors":[]}'
        context = base64.b64decode(asked["context"])
        if "/encrypt/" in self.path:
            sealed = "vault:v1:" + base64.b64encode(self.server.seal(asked["plaintext"], context)).decode()
            return 200, json.dumps({"data": {"ciphertext": sealed, "key_version": 1}}).encode()
        try:
            sealed = base64.b64decode(asked["ciphertext"].removeprefix("vault:v1:"), validate=True)
            return 200, json.dumps({"data": {"plaintext": self.server.open(sealed, context)}}).encode()
        except (InvalidTag, ValueError):
            return 400, b'{"errors":["invalid ciphertext"]}'

    def _aws(self, target, asked):
        at = datetime.strptime(self.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        said = {name: self.headers[name] for name in ("content-type", "host", "x-amz-target")}
        body = self.server.asked[-1][2]
        right = aws_slot.sign("POST", "/", said, body, ("eu-central-1", "kms"), CREDENTIALS, at)
        if self.headers["Authorization"] != right["authorization"]:
            return 400, b'{"__type":"InvalidSignatureException"}'
        if asked["KeyId"] != "alias/hushkeep":
            return 400, b'{"__type":"NotFoundException"}'
        context = json.dumps(asked["EncryptionContext"]).encode()
        if target == "TrentService.Encrypt":
            blob = base64.b64encode(self.server.seal(asked["Plaintext"], context)).decode()
            return 200, json.dumps({"CiphertextBlob": blob, "KeyId": "k"}).encode()
        try:
            opened = self.server.open(base64.b64decode(asked["CiphertextBlob"]), context)
        except (InvalidTag, ValueError):
            return 400, b'{"__type":"com.amazonaws.kms#InvalidCiphertextException"}'
        return 200, json.dumps({"Plaintext": opened, "KeyId": "k"}).encode()

    def _say(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        try:
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            return  # the slow one: nobody waits any more


@pytest.fixture
def server():
    """A running service."""
    running = Server()
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running
    running.given_up.set()
    running.shutdown()
    thread.join()
    running.server_close()


def _bao(server, **changed):
    said = {"address": server.address, "key": "hushkeep-root", "token": TOKEN, "timeout_seconds": 60} | changed
    return OpenBao(**said)


def _aws(server, **changed):
    said = {"region": "eu-central-1", "key": "alias/hushkeep", "credentials": CREDENTIALS, "timeout_seconds": 60}
    return AwsKms(**said | changed, address=server.address)


MAKE = {"bao": _bao, "aws_kms": _aws}


@pytest.fixture(params=["key_file", "recovery", *MAKE])
def provider(request, tmp_path):
    """Each provider in turn."""
    if request.param == "key_file":
        (tmp_path / "root.key").write_bytes(os.urandom(32))
        return slots.KeyFile(tmp_path / "root.key")
    if request.param == "recovery":
        return slots.Recovery(os.urandom(32))
    return MAKE[request.param](request.getfixturevalue("server"))


def _context(**changed):
    said = {"tenant": uuid4(), "purpose": "root", "klass": "k", "owner": uuid4()} | changed
    return vault.WrapContext(**said)


def test_what_a_provider_sealed_it_opens_again(provider):
    root, here, params = vault.DataKey.random(), _context(), provider.new_params()
    wrapped = provider.wrap(root, params, here)
    assert root.secret not in wrapped
    opened = provider.unwrap(wrapped, params, here)
    assert (opened.id, opened.secret) == (root.id, root.secret)
    assert provider.wrap(root, params, here) != wrapped


@pytest.mark.parametrize("moved", ["tenant", "purpose", "klass", "owner"])
def test_a_slot_moved_elsewhere_is_refused(provider, moved):
    here, params = _context(), provider.new_params()
    wrapped = provider.wrap(vault.DataKey.random(), params, here)
    said = {name: getattr(here, name) for name in ("tenant", "purpose", "klass", "owner")}
    said[moved] = uuid4() if moved in {"tenant", "owner"} else "other"
    with pytest.raises(IntegrityError):
        provider.unwrap(wrapped, params, vault.WrapContext(**said))


def test_any_changed_byte_is_refused(provider):
    here, params = _context(), provider.new_params()
    wrapped = provider.wrap(vault.DataKey.random(), params, here)
    for at in {0, 1, 31, 32, 40, 45, len(wrapped) // 2, len(wrapped) - 1}:
        changed = bytearray(wrapped)
        changed[at] ^= 1
        with pytest.raises(IntegrityError):
            provider.unwrap(bytes(changed), params, here)
    for cut in (b"", wrapped[:31], wrapped[:-1]):
        with pytest.raises(IntegrityError):
            provider.unwrap(cut, params, here)


def test_nothing_secret_prints(provider):
    shown = repr(provider) + str(provider.new_params())
    assert TOKEN not in shown
    assert CREDENTIALS[1] not in shown


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize(("mode", "refusal"), [("slow", Unavailable), ("broken", Unavailable), ("busy", Unavailable)])
def test_a_service_that_is_slow_broken_or_busy_is_one_clear_error(server, kind, mode, refusal):
    provider, here = MAKE[kind](server), _context()
    wrapped = provider.wrap(vault.DataKey.random(), provider.new_params(), here)
    server.mode = mode
    if mode == "slow":
        provider = MAKE[kind](server, timeout_seconds=0.2)
    for ask in (
        lambda: provider.unwrap(wrapped, provider.new_params(), here),
        lambda: provider.wrap(vault.DataKey.random(), provider.new_params(), here),
    ):
        with pytest.raises(refusal) as told:
            ask()
        assert TOKEN not in str(told.value) + CREDENTIALS[1]


@pytest.mark.parametrize("kind", MAKE)
def test_a_service_that_lies_is_found_out_by_the_commitment(server, kind):
    provider, here = MAKE[kind](server), _context()
    wrapped = provider.wrap(vault.DataKey.random(), provider.new_params(), here)
    server.mode = "lying"
    with pytest.raises(IntegrityError):
        provider.unwrap(wrapped, provider.new_params(), here)


@pytest.mark.parametrize("kind", MAKE)
def test_a_service_that_is_down_is_unavailable(server, kind):
    provider = MAKE[kind](server)
    server.server_close()
    with pytest.raises(Unavailable, match="does not answer"):
        provider.wrap(vault.DataKey.random(), provider.new_params(), _context())


def test_refusals_of_a_service_are_told_apart(server):
    for provider, refusal in (
        (_bao(server, token="other"), Denied),
        (_bao(server, key="absent"), NotFound),
        (_aws(server, credentials=("AKIDEXAMPLE", "other")), Denied),
        (_aws(server, key="alias/absent"), NotFound),
    ):
        with pytest.raises(refusal):
            provider.wrap(vault.DataKey.random(), provider.new_params(), _context())


def test_a_slot_file_that_points_elsewhere_is_not_followed(server):
    for provider in (_bao(server), _aws(server)):
        before = len(server.asked)
        for name in provider.new_params():
            with pytest.raises(IntegrityError):
                provider.unwrap(b"w" * 99, provider.new_params() | {name: "elsewhere"}, _context())
        assert len(server.asked) == before


@pytest.mark.parametrize("address", ["http://kms.example.com", "ftp://127.0.0.1", "kms.example.com", ""])
def test_a_service_is_reached_by_https_only(address):
    with pytest.raises(InvalidInput):
        OpenBao(address, "k", TOKEN)


def test_a_site_opens_by_a_slot_of_either_service(server, key_site):
    opener = slots.KeyFile(key_site / "root.key")
    _, root = slots.open_root(key_site / "keys", opener)
    for provider in (_bao(server), _aws(server)):
        slots.put_slot(key_site / "keys", opener, provider)
        assert slots.open_root(key_site / "keys", provider)[1].id == root.id
        server.mode = "busy"
        with pytest.raises(Error):
            slots.open_root(key_site / "keys", provider)
        assert slots.open_root(key_site / "keys", opener)[1].id == root.id, "the other slot opens all the same"
        server.mode = "well"


def test_requests_are_signed_as_the_published_example():
    """AWS Signature Version 4 test suite, get-vanilla."""
    headers = {"host": "example.amazonaws.com"}
    at = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    signed = aws_slot.sign("GET", "/", headers, b"", ("us-east-1", "service"), CREDENTIALS, at)
    assert signed["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    )
