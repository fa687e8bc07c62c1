"""A proxy before PostgreSQL that tests tell to cut, freeze or lose the answer to a COMMIT."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import threading
import time
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT_DONE = b"C\x00\x00\x00\x0bCOMMIT\x00"
"""The server's message that a transaction is committed."""


class FaultProxy:
    """Listens on 127.0.0.1 and passes bytes on to the server of an address, until it is told otherwise.

    ``url`` reaches the server through it. Works for TCP and for a socket in the file system, without TLS.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self._folder = unquote(query.get("host", ""))
        self._host = parts.hostname or "127.0.0.1"
        self._port = int(query.get("port", parts.port or 5432))
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        login = f"{parts.username}{':' + parts.password if parts.password else ''}@" if parts.username else ""
        self.url = f"postgresql://{login}127.0.0.1:{port}{parts.path}?sslmode=disable&gssencmode=disable"
        self.lost_commits = 0
        """How many answers to a COMMIT were lost so far."""
        self.refusing = False
        """New connections are closed at once, as if no server were there."""
        self.refuse_after_loss = False
        """With the next lost answer the server goes away altogether."""
        self.frozen = False
        """Nothing passes in either direction, and nothing is closed: packets vanish."""
        self._lose = 0
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._closed = False
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def lose_commits(self, number: int) -> None:
        """Let the next transactions commit, and cut the connection instead of saying so."""
        with self._lock:
            self._lose = number

    def cut(self) -> None:
        """Break all connections."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for side in pair:
                with contextlib.suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop listening and break all connections."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.refusing:
                client.close()
                continue
            try:
                server = self._connect()
            except OSError:
                client.close()
                continue
            with self._lock:
                self._pairs.append((client, server))
            thread = threading.Thread(target=self._pass_on, args=(client, server), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _connect(self) -> socket.socket:
        if not self._folder.startswith("/"):
            return socket.create_connection((self._folder or self._host, self._port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(os.fsdecode(os.path.join(self._folder, f".s.PGSQL.{self._port}")))  # noqa: PTH118
        return server

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with client, server, selectors.DefaultSelector() as waiting:
            waiting.register(client, selectors.EVENT_READ, server)
            waiting.register(server, selectors.EVENT_READ, client)
            with contextlib.suppress(OSError):
                while not self._closed:
                    for key, _ in waiting.select(0.2):
                        if self.frozen:
                            time.sleep(0.02)
                            break
                        source, target = key.fileobj, key.data
                        assert isinstance(source, socket.socket)
                        data = source.recv(65536)
                        if not data or (source is server and self._loses(data)):
                            return
                        target.sendall(data)

    def _loses(self, data: bytes) -> bool:
        """Whether this is the answer that never comes. A message cut in two by the network is not looked for."""
        if COMMIT_DONE not in data:
            return False
        with self._lock:
            if not self._lose:
                return False
            self._lose -= 1
            self.lost_commits += 1
            self.refusing = self.refusing or self.refuse_after_loss
        if self.refusing:
            self.cut()
        return True
