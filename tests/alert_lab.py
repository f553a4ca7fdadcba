"""A channel to be told: a real HTTP server on loopback that answers as it is bidden, and remembers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Listener:
    """What was posted, and how the next posts are answered: a status, headers, or "hang"."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.fetched: list[str] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.hangs = threading.Event()
        self.released = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        """The address in Apprise's terms, with something secret in it."""
        return f"json://127.0.0.1:{self.port}/hook/S3CRETTOKEN"


@contextmanager
def listener() -> Iterator[Listener]:
    """Run a server for as long as the block lasts."""
    told = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if told.hangs.is_set():
                told.released.wait(60)
            told.heard.append(json.loads(body))
            self._answer()

        def do_GET(self) -> None:
            told.fetched.append(self.path)
            self._answer()

        def _answer(self) -> None:
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.released.set()
        server.shutdown()
        server.server_close()
