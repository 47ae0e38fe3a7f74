"""The witness: a small HTTP server with its own key and its own memory, for another host (c2sp.org/tlog-witness)."""

import secrets
import ssl
import threading
import time
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click

from hushkeep.kernel import InvalidInput
from hushkeep.ledger import (
    COSIGNATURE,
    MAX_REQUEST_BYTES,
    Checkpoint,
    Cosigned,
    Note,
    Refused,
    SigningKey,
    Submission,
    VerifierKey,
    consider,
)
from hushkeep.runtime.files import write_private

_SEED_BYTES = 32
_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness's key, the logs it watches and the folder of its memory: one file a log, the last note it cosigned."""

    signer: SigningKey
    logs: tuple[VerifierKey, ...]
    memory: Path
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add_checkpoint(self, body: str) -> Cosigned | Refused:
        """Return the answer to a submission; what it agrees to is on disk before it is said."""
        try:
            sent = Submission.parse(body)
            origin = Checkpoint.parse(Note.parse(sent.note).text).origin
            keys = [key for key in self.logs if key.name == origin]
            # One at a time: between look and write no other submission may come.
            with self.lock:
                answer = consider(sent, keys, self.remembered(origin), self.signer, seconds=int(time.time()))
                if isinstance(answer, Cosigned):
                    write_private(self._file(origin), answer.remembered.encode(), replace=True)
        except InvalidInput as fault:
            return Refused(400, str(fault))
        except OSError:  # what it could not remember it does not agree to
            return Refused(503, "its memory cannot be read or written")
        return answer

    def remembered(self, origin: str) -> str | None:
        """Return the last note cosigned for a log, None before the first."""
        file = self._file(origin)
        return file.read_text(encoding="utf-8") if file.exists() else None

    def by_hash(self, name: str) -> str | None:
        """Return the last note of the log whose origin has this SHA-256 in hex."""
        origins = {_hashed(key.name): key.name for key in self.logs}
        return self.remembered(origins[name]) if name in origins else None

    def _file(self, origin: str) -> Path:
        return self.memory / _hashed(origin)


def _hashed(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()


def read_witness_key(path: Path, name: str) -> SigningKey:
    """Return the key of a seed file, made (0600) when it is not there."""
    if not path.exists():
        write_private(path, secrets.token_bytes(_SEED_BYTES).hex().encode())
    return SigningKey.from_seed(name, COSIGNATURE, bytes.fromhex(path.read_text(encoding="ascii").strip()))


def server(own: Witness, address: tuple[str, int]) -> ThreadingHTTPServer:
    """Return the server of a witness, bound to ``address`` and not yet serving."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint" or not length.isdigit() or int(length) > MAX_REQUEST_BYTES:
                self._answer(400 if self.path == "/add-checkpoint" else 404, "")
                return
            answer = own.add_checkpoint(self.rfile.read(int(length)).decode(errors="replace"))
            if isinstance(answer, Cosigned):
                self._answer(200, answer.lines)
            elif answer.seen is not None:
                self._answer(answer.status, f"{answer.seen}\n", "text/x.tlog.size")
            else:
                self._answer(answer.status, f"{answer.reason}\n")

        def do_GET(self) -> None:
            name, _, rest = self.path.removeprefix("/").partition("/")
            note = own.by_hash(name) if rest == "checkpoint" else None
            self._answer(404 if note is None else 200, note or "")

        def _answer(self, status: int, body: str, kind: str = "text/plain; charset=utf-8") -> None:
            raw = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002 - the library's signature
            return

    return ThreadingHTTPServer(address, Handler)


@click.command()
@click.option("--name", required=True, help="The witness's name, such as witness.example/w1.")
@click.option(
    "--key", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Its seed; made when absent."
)
@click.option(
    "--logs", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="Keys of logs."
)
@click.option("--memory", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where it remembers.")
@click.option("--bind", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8444, show_default=True)
@click.option("--tls-certificate", type=click.Path(exists=True, path_type=Path), help="PEM, with its chain.")
@click.option("--tls-key", type=click.Path(exists=True, path_type=Path), help="PEM.")
def witness(  # noqa: PLR0913, PLR0917 - the options of the command
    name: str,
    key: Path,
    logs: Path,
    memory: Path,
    bind: str,
    port: int,
    tls_certificate: Path | None,
    tls_key: Path | None,
) -> None:
    """Stand as a witness for the logs whose keys are in --logs: run it on another host, under another owner.

    It cosigns a checkpoint only when it continues the last one that it saw. Prints its own key first: give it to
    those who verify, and to the site, in <data_dir>/audit/witnesses, with the address.
    """
    if (tls_certificate is None) != (tls_key is None) or (tls_certificate is None and bind != "127.0.0.1"):
        raise InvalidInput("beyond this machine a witness needs --tls-certificate and --tls-key")
    known = tuple(VerifierKey.parse(line) for line in logs.read_text(encoding="utf-8").splitlines() if line.strip())
    own = Witness(read_witness_key(key, name), known, memory)
    serving = server(own, (bind, port))
    if tls_certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(tls_certificate, tls_key)
        serving.socket = context.wrap_socket(serving.socket, server_side=True, do_handshake_on_connect=False)
    click.echo(str(own.signer.verifier))
    click.echo(f"witness: listening on {bind}:{serving.server_port}, watching {len(known)} logs", err=True)
    try:
        serving.serve_forever()
    finally:
        serving.server_close()
