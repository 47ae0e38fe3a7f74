"""``hushkeep connector chatwoot``: a connector of its own process between Chatwoot and the public ingress.

Chatwoot's secret checks what comes in, the connector's own signs what goes on: the site believes the second alone.
"""

import json
import ssl
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import click

from hushkeep.channels import chatwoot as scheme
from hushkeep.channels.chatwoot import Said, State, Step
from hushkeep.cli.connector_client import ConnectorClient, read_connector_key
from hushkeep.kernel import Denied, Error, InvalidInput, Unavailable
from hushkeep.runtime.address import authority, front_port
from hushkeep.runtime.clock import now
from hushkeep.runtime.files import write_private
from hushkeep.runtime.settings import settings

_MAX_BYTES = 1 << 20
_TRIES, _WAIT_SECONDS = 5, 1.0
_NO_SUCH_CUSTOMER = 404
_AGAIN = frozenset({429, 503})
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


class Translator:
    """Turns deliveries into words, one after the other, and remembers how each conversation stands."""

    def __init__(self, client: ConnectorClient, secret: bytes, agents: dict[int, UUID], memory: Path) -> None:
        self._client, self._secret, self._agents, self._memory = client, secret, agents, memory
        self._turn = threading.Lock()
        self._state = scheme.from_json(memory.read_bytes()) if memory.exists() else State()

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Return how many words a delivery came to; one that the site does not know the customer of counts as none.

        Raises Denied and InvalidInput as ``channels.chatwoot`` does, Unavailable when the site took nothing.
        """
        with self._turn:
            at = now()
            delivery = scheme.check(headers, body, self._secret, self._state, now=at)
            step = scheme.read(body, delivery, self._agents, self._state, now=at)
            state = step.state
            for word in step.words:
                if not self._tell(word, step) and word["type"] == "conversation.started":
                    # Nobody here knows this customer: nothing is live, and what follows concerns nobody.
                    gone = {n: g for n, g in state.going.items() if g.reference != word["conversation"]}
                    state = replace(state, going=gone)
                    break
            self._state = state
            write_private(self._memory, json.dumps(scheme.as_json(state)).encode(), replace=True)
            return len(step.words)

    def _tell(self, word: Said, step: Step) -> bool:
        if word["type"] != "conversation.started":
            return self._told(word) < 400
        return any(self._told(word | {"contact": {"index": i, "value": v}}) < 400 for i, v in step.contacts)

    def _told(self, word: Said) -> int:
        for _ in range(_TRIES):
            status, _reason = self._client.tell(word)
            if status not in _AGAIN:
                return status
            time.sleep(_WAIT_SECONDS)
        raise Unavailable("the site turned the word away")


@click.command("chatwoot")
@click.option("--connector", "key_file", type=_FILE, required=True, help="What hushkeep connector add wrote.")
@click.option("--secret", "secret_file", type=_FILE, required=True, help="The webhook's secret, as Chatwoot shows it.")
@click.option("--agents", "agents_file", type=_FILE, required=True, help='JSON: {"7": "<person\'s id>"}.')
@click.option("--memory", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A file of its own.")
@click.option("--listen", default="127.0.0.1:8450", show_default=True, help="Where Chatwoot posts to.")
@click.option("--certificate", type=_FILE, help="Serve over TLS with this chain and key, PEM in one file.")
def chatwoot(  # noqa: PLR0913, PLR0917 - the options of a command
    key_file: Path, secret_file: Path, agents_file: Path, memory: Path, listen: str, certificate: Path | None
) -> None:
    """Take Chatwoot's webhooks and tell the site which conversations are live.

    Example: hushkeep connector chatwoot --connector chat.json --secret chatwoot.secret --agents agents.json
    --memory chatwoot.state
    """
    site, key = settings(), read_connector_key(key_file)
    client = ConnectorClient(site.host, front_port(site), key, authority=str(authority(site)), now=now)
    translator = Translator(client, secret_file.read_bytes().strip(), read_agents(agents_file), memory)
    host, _, port = listen.rpartition(":")
    server = serve(translator, (host, int(port)), certificate)
    click.echo(f"Listening on {host}:{server.server_address[1]}", err=True)
    server.serve_forever()


def read_agents(file: Path) -> dict[int, UUID]:
    """Return Chatwoot's number of an agent -> the person; raises InvalidInput."""
    try:
        return {int(number): UUID(person) for number, person in json.loads(file.read_text("utf-8")).items()}
    except (ValueError, AttributeError, TypeError):
        raise InvalidInput(f'{file.name} is not {{"7": "<person\'s id>", …}}') from None


def serve(translator: Translator, address: tuple[str, int], certificate: Path | None) -> ThreadingHTTPServer:
    """Return a server that hands deliveries to ``translator``; it runs once ``serve_forever`` is called."""

    class Deliveries(BaseHTTPRequestHandler):
        timeout = 30

        def do_POST(self) -> None:
            """Answer 200 for what was taken or concerns nobody, 401 for what is not Chatwoot's, 503 for later."""
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 < length <= _MAX_BYTES:
                self._answer(413)
                return
            try:
                translator.take(dict(self.headers.items()), self.rfile.read(length))
            except Error as failure:
                self._answer(_status(failure))
            else:
                self._answer(200)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Write nothing: addresses of customers would stand in the line."""

    server = ThreadingHTTPServer(address, Deliveries)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


def _status(failure: Error) -> int:
    match failure:
        case Denied():
            # Told twice it was taken once: that is no reason for Chatwoot to tell it again.
            return 200 if str(failure) == "evidence_repeated" else 401
        case InvalidInput():
            return 422
        case _:
            return 503
