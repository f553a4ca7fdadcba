"""Nights with alarms, and a channel to be told: a real HTTP server on loopback that answers as bidden."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lake_rows import make_lake
from summaries import DAY, result, settings, summary

from pipeline.alerts import night
from pipeline.alerts.store import Store
from pipeline.config import Paths
from pipeline.config.alerts import Alerts, Channel


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


NOW = datetime(2025, 6, 20, 15, 20, tzinfo=UTC)
FAILED = {
    "ts": "2025-06-20T03:00:00Z",
    "http_method": "GET",
    "http_route": "/api/books",
    "http_path": "/api/books",
}


class Home:
    """A lake with a failed request of 20 June 2025, and nights over it: `home(alerts, rate, days=1)`."""

    def __init__(self, folder):
        events = [{**FAILED, "http_status": 500, "source": "a.log", "line_no": 7}]
        self.snapshot = make_lake(folder / "lake", events=events).snapshot()
        self.paths = Paths(*[folder / name for name in ("landing", "lake", "state", "reports")])
        self.store = Store(self.paths.state)
        self.folder = folder

    def __call__(self, alerts, rate, days=0, now=None):
        """Run the night of so many days after 20 June, with an API error rate."""
        judged = result("api_error_rate", rate, None if rate is None else 1000)
        told = replace(summary(judged), day=replace(DAY, date=DAY.date + timedelta(days=days)))
        at = now or NOW + timedelta(days=days)
        return night.raise_alarms(self.snapshot, told, self.settings(alerts), "/pages/kpi.html", at)

    def settings(self, alerts):
        return settings(paths=self.paths, alerts=alerts)


def channel(told, monkeypatch, **keys):
    """Return alarms with one channel, the listener."""
    monkeypatch.setenv("H33_HOOK", told.url)
    return Alerts(channels=(Channel("hook", "env:H33_HOOK", **keys),), timeout=8)
