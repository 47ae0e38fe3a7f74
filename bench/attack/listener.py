"""Where a server that is talked into asking somebody else would ask: on loopback, so that nothing has to leave."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Listener:
    """Notes down who asked for what; a scanner's own questions about it are answered with an empty list."""

    def __init__(self):
        self.asked = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def address(self):
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def _handler(self):
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                path = self.path.partition("?")[0]
                # wapiti asks for what was noted here, and first of all whether anybody is there.
                if path != "/" and not path.startswith("/get_"):
                    asked.append(path)
                body = b"{}"
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - the base class's names

            def log_message(self, *args):
                """Nothing."""

        return Handler
