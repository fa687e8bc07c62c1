"""`casefold serve`: the process that programs and people speak to, over HTTP."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from types import FrameType

import structlog
import typer
import uvicorn
from fastapi import FastAPI

import policies
from api.app import create_app
from api.house import House
from api.identity import first_start, routes
from api.identity.access import Access
from api.identity.local import LocalIdentity, local_identity
from api.identity.protect import protect
from api.identity.provider import ProviderMistake
from console.dossier.served import Served
from console.spoken import Spoken
from console.web.pages import mount
from ledger.errors import LedgerError
from ledger.recorder import Recorder
from ledger.views import Views
from worker import logs
from worker.evidence import open_evidence
from worker.garbage import settle_down
from worker.settings import Settings
from worker.wiring import customer_links, open_ledger

PATIENCE = 3.0
"""Seconds for which a request waits for a database that is away: whoever asks is told soon, and asks again."""
CONNECTIONS = 12
GRACE = 8
"""Seconds in which requests may end when the process is asked to stop."""
STARTED, NO_PLACE, WRONG_SETTING = 0, 2, 2
"""Exit codes: it has served; there was no place to listen at; the identity provider cannot be as it is described."""

log = structlog.get_logger(__name__)


def run_server(settings: Settings, host: str, port: int, origins: Iterable[str] = ()) -> int:
    """Serve until SIGTERM or SIGINT; the database may be away at the start or later. Returns the exit code."""
    logs.configure(settings.log, settings.log_level)
    try:
        place = listen(host, port)
    except OSError as error:
        typer.echo(f"{host} port {port} cannot be listened at ({error.strerror}): choose another --port.", err=True)
        return NO_PLACE
    house = open_served_house(settings)
    try:
        identity = local_identity(house.ledger, os.environ)
    except ProviderMistake as error:
        typer.echo(str(error), err=True)
        return WRONG_SETTING
    address = f"http://{f'[{host}]' if ':' in host else host}:{place.getsockname()[1]}"
    typer.echo(f"Casefold answers at {address}", err=True)
    with suppress(LedgerError):  # it is said at the next start, when the database is there
        if link := first_start(house.ledger):
            typer.echo(f"Nobody can sign in yet. The first user is made here, within a day: {address}{link}", err=True)
    log.info("server_starts", host=host, port=place.getsockname()[1])
    try:
        server = Server(put_together(house, origins, identity))
        settle_down()
        server.run([place])
    finally:
        house.ledger.close()
    log.info("server_stops")
    return STARTED


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises OSError when the place is taken, or is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's delay off (40 ms for each answer) only where the protocol is named.
    place = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind((host, port))
        place.listen(512)
    except BaseException:
        place.close()
        raise
    return place


def open_served_house(settings: Settings) -> House:
    """The ledger as a server uses it: many connections, little patience."""
    ledger = open_ledger(settings, pool_size=CONNECTIONS, application_name="casefold api", patience=PATIENCE)
    recorder = Recorder(ledger, settings.matter_key, patience=PATIENCE)
    evidence = cache(partial(open_evidence, settings, ledger, recorder))
    sheets = policies.load(settings.pack)
    links, allowed = customer_links(settings), settings.webhook_allowed
    return House(
        ledger, recorder, Views(ledger), sheets, settings.seals, evidence, links, settings.undo_seconds, allowed
    )


def put_together(house: House, origins: Iterable[str] = (), identity: LocalIdentity | None = None) -> FastAPI:
    """Everything that is served around one house: the API, sign-in, the console's pages."""
    identity = identity or LocalIdentity(Access(house.ledger))
    app = create_app(house, identity, words=Spoken(), routers=[routes.router()], dossiers=Served())
    protect(app, origins)
    mount(app, house)
    return app


class Server(uvicorn.Server):
    """Asked to stop, it ends streams of events at once, which would go on until the grace is over; then it returns."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,  # it would write whole addresses; api.frame writes what may be written
                server_header=False,
                timeout_graceful_shutdown=GRACE,
                timeout_keep_alive=30,
                lifespan="on",
            )
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Asked to stop."""
        self.app.state.parts.broadcast.close()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Hear SIGTERM and SIGINT. The library would raise them again afterwards, before anything of ours is closed."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
