"""The folder of a stack: what lies where, what runs at this moment (stack.json), and its secrets."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCKS = ("stack", "secrets", "up")


@dataclass(frozen=True)
class StackHome:
    """Paths under one folder; several processes may read and write here."""

    path: Path

    @property
    def state_file(self) -> Path:
        """Process ids and addresses of the parts, written atomically."""
        return self.path / "stack.json"

    @property
    def logs(self) -> Path:
        """One log file per part."""
        return self.path / "logs"

    @property
    def postgres(self) -> Path:
        """Everything of PostgreSQL; belongs to the user that PostgreSQL runs as."""
        return self.path / "postgres"

    @property
    def temporal(self) -> Path:
        """The database file of the Temporal development server."""
        return self.path / "temporal"

    @property
    def matter_key_file(self) -> Path:
        """Lost, the same matter is no longer recognised."""
        return self.path / "secrets" / "matter_key"

    @property
    def master_keys_file(self) -> Path:
        """Lost, all personal data is lost: the keys of persons are wrapped by what is in here."""
        return self.path / "secrets" / "master_keys"

    @property
    def has_matter_key(self) -> bool:
        """Whether the key has been made."""
        return self.matter_key_file.exists()

    def make(self) -> None:
        """Create the folders; nobody may look into them, and only PostgreSQL's own user may pass through."""
        self.path.mkdir(parents=True, exist_ok=True)
        # a folder with other things in it (somebody's home, say) keeps the rights that it has
        if {entry.name for entry in self.path.iterdir()} <= {"stack.json", *(f".{name}.lock" for name in LOCKS)}:
            self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for folder in (self.logs, self.temporal, self.matter_key_file.parent):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)

    def state(self) -> dict[str, Any]:
        """What was last written; empty when nothing runs or the file was cut short."""
        try:
            found = json.loads(self.state_file.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def update(self, **changes: Any) -> None:
        """Change some keys (None removes one), whole file or nothing, one process at a time."""
        with self.locked("stack"):
            state = {key: value for key, value in {**self.state(), **changes}.items() if value is not None}
            self._write(self.state_file, json.dumps(state, indent=1, sort_keys=True).encode() + b"\n")

    def matter_key(self) -> bytes:
        """The key of the matter hash, made once and then always the same."""
        if not self.has_matter_key:
            self.make()
            with self.locked("secrets"):
                if not self.has_matter_key:
                    self._write(self.matter_key_file, secrets.token_hex(32).encode())
        return self.matter_key_file.read_bytes().strip()

    def master_keys(self) -> None:
        """Make the first master key, unless there is one."""
        from ledger.keys.master import MasterKeys

        with self.locked("secrets"):
            if not self.master_keys_file.exists():
                self._write(self.master_keys_file, MasterKeys.first().text().encode())

    @contextmanager
    def locked(self, name: str, *, wait: bool = True) -> Iterator[None]:
        """Hold a lock of this folder, until a crash at the latest; BlockingIOError when taken and not waited for."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / f".{name}.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            yield

    def _write(self, file: Path, content: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # mkstemp: 0600 from the first moment
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(file)
