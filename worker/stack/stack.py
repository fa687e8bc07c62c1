"""The stack: its parts started together, stopped in order, killed for fault tests."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from worker.stack.home import StackHome
from worker.stack.postgres import APPLICATION_ROLE, PostgresServer
from worker.stack.process import Identity
from worker.stack.temporal import NAMESPACE, TemporalServer

if TYPE_CHECKING:  # imported where it is used: starting servers must not wait for it
    from ledger.keys.store import KeyStore

Part = Literal["postgres", "temporal"]


class Stack:
    """PostgreSQL and Temporal in one folder; starting over whatever an earlier life has left there.

    A temporary stack (tests, the demonstration) stops with whoever started it, however that ends; its folder goes too.
    With ``people_first`` Temporal steps back while people keep the processor busy.
    """

    def __init__(
        self,
        home: Path,
        *,
        parts: Sequence[Part] = ("postgres", "temporal"),
        durable: bool = True,
        usual_ports: bool = False,
        temporary: bool = False,
        people_first: bool = False,
    ) -> None:
        self.home = StackHome(home.expanduser().absolute())
        self.temporary = temporary
        self.postgres = PostgresServer(self.home, durable=durable)
        self.temporal = TemporalServer(self.home, usual_ports=usual_ports, background=people_first)
        every: dict[Part, PostgresServer | TemporalServer] = {"postgres": self.postgres, "temporal": self.temporal}
        self.parts = {part: server for part, server in every.items() if part in parts}
        self._identities: dict[Part, Identity] = {}
        self._guard: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the parts side by side; returns when all answer and the ledger's schema is up to date."""
        self.home.make()
        self.home.matter_key()
        self.home.master_keys()
        if self.temporary and self._guard is None:
            self._guard = subprocess.Popen(
                [sys.executable, "-m", "worker.stack.guard", self.home.path],
                stdin=subprocess.PIPE,
                start_new_session=True,
            )
        with ThreadPoolExecutor(len(self.parts) or 1) as pool:
            for started in [pool.submit(self.start_part, part) for part in self.parts]:
                started.result()

    def start_part(self, part: Part) -> None:
        """Start one part, or take over the one that runs, and write down where it is."""
        self._identities[part] = self.parts[part].start()
        if part == "postgres":
            self.migrate()
            self.home.update(**self._urls())
        else:
            self.home.update(temporal_address=self.temporal_address, ui_url=self.ui_url, namespace=NAMESPACE)
        self.home.update(**{part: self._identities[part].to_data()})

    def stop(self) -> None:
        """Stop the parts, those that use others first."""
        for part in reversed(self.parts):
            self.stop_part(part)
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            self._guard.wait(20)
            self._guard = None

    def stop_part(self, part: Part) -> None:
        """Stop one part and forget where it was."""
        self.parts[part].stop(at_once=self.temporary)
        self._identities.pop(part, None)
        addresses = tuple(self._urls()) if part == "postgres" else ("namespace",)
        # Temporal's addresses stay: the next start takes the same ports, and open pages go on working.
        self.home.update(**dict.fromkeys((part, *addresses)))

    def kill(self, part: Part, number: int = signal.SIGKILL) -> None:
        """For fault tests: send this signal to a part, and for SIGKILL wait until it is gone."""
        identity = self._identities.get(part) or self.parts[part].running()
        if identity is not None:
            identity.send(number)
            if number == signal.SIGKILL:
                identity.wait(5)

    def running(self, part: Part) -> bool:
        """Whether the process of this part is alive."""
        identity = self._identities.get(part) or self.parts[part].running()
        return identity is not None and identity.alive and identity.wait(0) is False

    def migrate(self) -> None:
        """Bring the schemas of the ledger and of the key store up to date."""
        from ledger.migrate import KEYS, migrate

        migrate(self.owner_url, application_role=APPLICATION_ROLE)
        migrate(self.postgres.keys_owner_url, application_role=APPLICATION_ROLE, schema=KEYS)

    def _urls(self) -> dict[str, str]:
        return {
            "database_url": self.database_url,
            "owner_url": self.owner_url,
            "sealer_url": self.sealer_url,
            "keys_url": self.postgres.keys_url,
            "keys_owner_url": self.postgres.keys_owner_url,
        }

    @property
    def database_url(self) -> str:
        """For the application."""
        return self.postgres.database_url

    @property
    def owner_url(self) -> str:
        """For migrations."""
        return self.postgres.owner_url

    @property
    def sealer_url(self) -> str:
        """For whoever seals."""
        return self.postgres.sealer_url

    def key_store(self) -> KeyStore:
        """The keys of personal data, with the master keys of this home."""
        from ledger.keys.master import MasterKeys
        from ledger.keys.store import KeyStore

        return KeyStore(self.postgres.keys_url, lambda: MasterKeys.parse(self.home.master_keys_file.read_text()))

    @property
    def temporal_address(self) -> str:
        """For clients and workers."""
        return self.temporal.address

    @property
    def ui_url(self) -> str:
        """Temporal's web pages."""
        return self.temporal.ui_url

    @property
    def namespace(self) -> str:
        """The Temporal namespace that cases live in."""
        return NAMESPACE

    @property
    def matter_key(self) -> bytes:
        """The key of the matter hash, kept in the home."""
        return self.home.matter_key()

    def environment(self) -> dict[str, str]:
        """What a child process needs to find these servers (add it to the environment it gets)."""
        found = {"CASEFOLD_HOME": str(self.home.path)}
        if "postgres" in self.parts:
            found |= {"DATABASE_URL": self.database_url, "DATABASE_OWNER_URL": self.owner_url}
            found |= {"DATABASE_SEALER_URL": self.sealer_url, "DATABASE_KEYS_URL": self.postgres.keys_url}
        if "temporal" in self.parts:
            found |= {"TEMPORAL_ADDRESS": self.temporal_address, "TEMPORAL_NAMESPACE": NAMESPACE}
        return found

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
