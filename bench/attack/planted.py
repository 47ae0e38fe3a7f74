"""A small application with one fault for each tool, so that a tool that finds nothing is known to look.

It exists for this bench alone, holds no data, and listens on loopback while a tool runs.
"""

import html
import json
import sqlite3
import threading
from contextlib import closing, contextmanager
from http.client import HTTPException
from urllib.parse import parse_qs
from urllib.request import urlopen
from wsgiref.simple_server import WSGIRequestHandler, make_server

_TEXT = {"type": "string"}
_OK = {"200": {"description": "Found.", "content": {"text/html": {"schema": _TEXT}}}}


def _read(name, schema):
    parameter = {"name": name, "in": "query", "required": True, "schema": schema}
    return {"get": {"parameters": [parameter], "responses": _OK}}


OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Planted faults", "version": "1"},
    "paths": {
        "/customers": _read("name", _TEXT | {"example": "ann"}),
        "/hello": _read("name", _TEXT | {"example": "ann"}),
        "/pages": _read("url", _TEXT | {"example": "http://127.0.0.1/"}),
        "/halves": _read("of", {"type": "integer", "example": 2}),
    },
}


def application(environ, start_response):
    """Answer: SQL put together, a name echoed as it came, a page fetched on demand, an unguarded division."""
    sent = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    path, status = environ["PATH_INFO"], "200 OK"
    try:
        if path == "/customers":
            said = _customers(sent.get("name", ""))
        elif path == "/hello":
            said = f"<p>Hello {sent.get('name', '')}</p>"
        elif path == "/pages":
            said = html.escape(_page(sent.get("url", "")))
        elif path == "/halves":
            said = f"<p>{100 // int(sent['of'])}</p>"
        else:
            status, said = "404 Not Found", "<p>Nothing here</p>"
    except (ValueError, KeyError) as failure:
        status, said = "422 Unprocessable Content", html.escape(str(failure))
    except (ZeroDivisionError, sqlite3.Error) as failure:
        status, said = "500 Internal Server Error", html.escape(f"{type(failure).__name__}: {failure}")
    body = f"<!doctype html><html><body>{said}</body></html>".encode("utf-8", "replace")
    start_response(status, [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]


def _page(url):
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310 - planted: it asks whom it is told to ask
            return answer.read(1000).decode("utf-8", "replace")
    except (OSError, ValueError, HTTPException) as failure:
        return type(failure).__name__


def _customers(name):
    with closing(sqlite3.connect(":memory:")) as rows:
        rows.execute("CREATE TABLE customer (name text, city text)")
        rows.executemany("INSERT INTO customer VALUES (?, ?)", [("ann", "Wuxi"), ("bob", "Leeds")])
        found = rows.execute(f"SELECT name, city FROM customer WHERE name = '{name}'").fetchall()  # noqa: S608 - planted
    return "".join(f"<li>{html.escape(str(row))}</li>" for row in found) or "<p>Nobody</p>"


class _Silent(WSGIRequestHandler):
    def log_message(self, *args):
        """Nothing: the report is the tool's."""


@contextmanager
def planted():
    """Yield the address of the running application."""
    with make_server("127.0.0.1", 0, application, handler_class=_Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


if __name__ == "__main__":
    print(json.dumps(OPENAPI, indent=1))
