"""A program that receives webhooks, as one would write it with the library of Standard Webhooks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook

PATIENCE = 60.0


@dataclass
class Heard:
    """One request: which message it was, and what it said once its signature was checked."""

    id: str
    headers: dict[str, str]
    text: str
    event: dict[str, Any]


@dataclass
class Receiver:
    """Checks every signature, and answers as it is told."""

    url: str = ""
    secrets: list[str] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    answers: Callable[[Heard], int] = lambda heard: 200
    """Decides what to answer; it may take its time."""
    forged: int = 0
    """Requests whose signature was no good."""

    def ids(self) -> list[str]:
        """The ids of the messages, in the order in which they came."""
        return [one.id for one in self.heard]

    def wait(self, condition: Callable[[], Any]) -> None:
        """Wait until it is so."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"it did not come true; heard: {[one.event['type'] for one in self.heard]}"
            time.sleep(0.02)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """One request; what to answer."""
        event = None
        for secret in self.secrets:
            try:
                event = Webhook(secret).verify(body, headers)
                break
            except Exception:
                continue
        if event is None:
            self.forged += 1
            return 400
        named = {name.lower(): value for name, value in headers.items()}
        heard = Heard(named["webhook-id"], named, body.decode(), event)
        self.heard.append(heard)
        return self.answers(heard)


@contextmanager
def receiving(**given: Any) -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    receiver = Receiver(**given)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take(dict(self.headers), body)
            try:
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"{receiver.url}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                return  # whoever asked is dead

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
