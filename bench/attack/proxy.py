"""A signed-in browser for tools that know neither cookies nor device proofs: a proxy on loopback that adds both.

What a tool sends goes on as it is, in the name of somebody who may do at best what the route asks for: their session,
the CSRF token, a proof of their device's key over this very request. A route is always asked in the same role, and an
answer bears no request's id: a tool that holds answers against each other would take what differs for its own doing.
"""

import http.client
import itertools
import json
import re
import ssl
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, LifoQueue
from urllib.parse import unquote_to_bytes

from django.utils.encoding import escape_uri_path, iri_to_uri, repercent_broken_unicode

_OURS = frozenset({"host", "cookie", "origin", "x-csrftoken", "hushkeep-proof", "connection", "content-length"})
_OURS |= {"transfer-encoding", "accept-encoding", "keep-alive"}
_HOP = frozenset({"connection", "transfer-encoding", "keep-alive", "content-length", "strict-transport-security"})
_REQUEST_ID = re.compile(rb'("request_id": ")[0-9a-f-]{36}"')
CSRF = "C" * 32


class SigningProxy(ThreadingHTTPServer):
    """Listens on a free port of loopback; ``people`` are signed-in desks (bench/desk) by role, taken in turn.

    ``routes``: (pattern of method and path, role), the first that fits; whoever asks for anything else is of the
    first role.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, authority, people, routes):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site_port = port
        self.tls = ssl.create_default_context(cafile=authority)
        self.turns, self.lock = {role: itertools.cycle(ones) for role, ones in people.items()}, threading.Lock()
        self.routes, self.usual = routes, next(iter(people))
        self.idle = LifoQueue()
        self.statuses, self.wrong = Counter(), []

    @property
    def address(self):
        """Where tools are sent."""
        return f"http://127.0.0.1:{self.server_port}"

    def next_person(self, method, path):
        """Whose turn it is, of those who may do what the route asks for."""
        asked = f"{method} {path.partition('?')[0]}"
        role = next((role for pattern, role in self.routes if pattern.fullmatch(asked)), self.usual)
        with self.lock:
            return next(self.turns[role])

    def ask(self, method, path, body, headers):
        """Return (status, headers, body) of the site's answer, over a connection that is open already if one is."""
        while True:
            try:
                connection, fresh = self.idle.get_nowait(), False
            except Empty:
                connection = http.client.HTTPSConnection("localhost", self.site_port, timeout=60, context=self.tls)
                fresh = True
            try:
                connection.request(method, path, body or None, headers)
                answer = connection.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                if fresh:
                    raise
                continue  # the site had closed it meanwhile
            if answer.will_close:
                connection.close()
            else:
                self.idle.put(connection)
            return answer.status, answer.getheaders(), said

    def note(self, method, path, status, body):
        """Count an answer; one that is the server's own fault is kept with its path."""
        with self.lock:
            self.statuses[status] += 1
            if status >= 500 and status != 503:
                self.wrong.append((method, path.partition("?")[0], status, body[:200]))

    def handle_error(self, request, client_address):
        """A tool that does not wait for its answer is none of the site's faults; anything else is told."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def start(self):
        """Serve in a thread of its own; return self."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self


def as_read(target):
    """Return the address of a request's target as the site reads it: a proof of another spelling would be refused."""
    path, mark, query = target.partition("?")
    read = repercent_broken_unicode(unquote_to_bytes(path)).decode()
    return f"https://localhost{escape_uri_path(read)}{mark if query else ''}{iri_to_uri(query)}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SigningProxy

    def _forward(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        method = self.command
        who = self.server.next_person(method, self.path)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _OURS}
        headers |= {"Host": "localhost", "Origin": "https://localhost", "X-CSRFToken": CSRF}
        headers |= {"Cookie": f"__Host-session={who.cookie}; __Host-csrf={CSRF}"}
        headers |= {"Hushkeep-Proof": who.proof(method, as_read(self.path), sent)}
        if sent:
            headers["Content-Length"] = str(len(sent))
        try:
            status, said, body = self.server.ask(method, self.path, sent, headers)
        except (OSError, http.client.HTTPException) as failure:
            status, said, body = 502, [], json.dumps({"proxy": type(failure).__name__}).encode()
        self.server.note(method, self.path, status, body)
        self._answer(status, said, _REQUEST_ID.sub(rb'\1-"', body))

    def _answer(self, status, said, body):
        self.send_response_only(status)
        for name, value in said:
            if name.lower() not in _HOP:
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args):
        """Nothing: the report is the tool's."""


for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"):
    setattr(_Handler, f"do_{method}", _Handler._forward)  # noqa: SLF001 - its own
