"""Where this process finds its parts: environment first, then the embedded stack of its home."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ByteSize, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ledger.webhooks.addresses import Allowed
from policies.loader import DEFAULT
from worker.stack.home import StackHome
from worker.stack.temporal import NAMESPACE

if (
    TYPE_CHECKING
):  # imported where they are used: a command that only reads the ledger must not wait for the Temporal SDK
    from temporalio.client import Client
    from temporalio.envconfig import ClientConnectConfig

    from ledger.keys.master import MasterKeys

TASK_QUEUE = "casefold"
"""Where workflow and activity tasks of every case wait for a worker."""

TEMPORAL_GIVEN = ("TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE")
"""Any of these says that Temporal is run by somebody else; the SDK reads them, and TEMPORAL_TLS…, TEMPORAL_API_KEY."""


class NothingRuns(Exception):
    """What is needed is neither given nor running here; the text says what to do."""


class LogFormat(StrEnum):
    """How a log line looks."""

    JSON = "json"
    CONSOLE = "console"


def default_home() -> Path:
    """A folder of the user's own; for root one that PostgreSQL's system user can reach, which /root is not."""
    if os.geteuid() == 0:
        return Path("/var/lib/casefold")
    return Path.home() / ".local" / "share" / "casefold"


class Settings(BaseSettings):
    """Everything that the environment may say; nothing here has to be said for the embedded stack."""

    # The prefix matters where code gives a field by its name: without it, `home` would be read from HOME, too.
    model_config = SettingsConfigDict(
        frozen=True, env_ignore_empty=True, env_prefix="CASEFOLD_", populate_by_name=True, extra="ignore"
    )

    home: Path = Field(default_factory=default_home, alias="CASEFOLD_HOME")
    given_database_url: SecretStr | None = Field(default=None, alias="DATABASE_URL")
    given_owner_url: SecretStr | None = Field(default=None, alias="DATABASE_OWNER_URL")
    given_sealer_url: SecretStr | None = Field(default=None, alias="DATABASE_SEALER_URL")
    given_keys_url: SecretStr | None = Field(default=None, alias="DATABASE_KEYS_URL")
    given_keys_owner_url: SecretStr | None = Field(default=None, alias="DATABASE_KEYS_OWNER_URL")
    given_master_keys: SecretStr | None = Field(default=None, alias="CASEFOLD_MASTER_KEYS")
    given_master_keys_file: Path | None = Field(default=None, alias="CASEFOLD_MASTER_KEYS_FILE")
    given_matter_key: SecretStr | None = Field(default=None, alias="CASEFOLD_MATTER_KEY", min_length=32)
    given_pack: str = Field(default=DEFAULT, alias="CASEFOLD_PACK")
    given_seals: Path | None = Field(default=None, alias="CASEFOLD_SEALS")
    given_sealer_memory: Path | None = Field(default=None, alias="CASEFOLD_SEALER_MEMORY")
    given_sealer_key: Path | None = Field(default=None, alias="CASEFOLD_SEALER_KEY")
    log_origin: str = Field(default="", alias="CASEFOLD_LOG_ORIGIN", pattern=r"^[^\s+]{0,100}$")
    tsa_url: str = Field(default="", alias="CASEFOLD_TSA_URL", pattern=r"^(https?://\S+)?$")
    tsa_every: float = Field(default=24.0, alias="CASEFOLD_TSA_EVERY", gt=0)  # hours
    given_evidence: str = Field(default="", alias="CASEFOLD_EVIDENCE")
    evidence_limit: ByteSize = Field(default=ByteSize(25 * 1024 * 1024), alias="CASEFOLD_EVIDENCE_LIMIT", gt=0)
    evidence_types: str = Field(default="", alias="CASEFOLD_EVIDENCE_TYPES")
    scanner: str = Field(default="", alias="CASEFOLD_SCANNER")
    undo_seconds: int = Field(default=30, alias="CASEFOLD_UNDO_SECONDS", ge=0, le=500)
    origin: str = Field(default="", alias="CASEFOLD_ORIGIN")
    hotline: str = Field(default="", alias="CASEFOLD_HOTLINE", max_length=100)
    webhook_allow: str = Field(default="", alias="CASEFOLD_WEBHOOK_ALLOW")
    task_queue: str = Field(default=TASK_QUEUE, alias="CASEFOLD_TASK_QUEUE")
    log: LogFormat = Field(default=LogFormat.CONSOLE, alias="CASEFOLD_LOG")
    log_level: str = Field(default="info", alias="CASEFOLD_LOG_LEVEL", pattern="(?i)^(debug|info|warning|error)$")

    @property
    def stack(self) -> StackHome:
        """The folder of the embedded stack; reading it starts nothing."""
        return StackHome(self.home.expanduser().absolute())

    @property
    def pack(self) -> str | Path:
        """Whose sheets are put in force at the start, until the organisation approves its own: a name, or a folder."""
        return Path(self.given_pack) if os.sep in self.given_pack else self.given_pack

    @property
    def database_given(self) -> bool:
        """Whether the ledger lives on a PostgreSQL that somebody else runs."""
        return self.given_database_url is not None

    @property
    def temporal_given(self) -> bool:
        """Whether Temporal is run by somebody else."""
        return any(os.environ.get(name) for name in TEMPORAL_GIVEN)

    @property
    def database_url(self) -> str:
        """Where the application reads and appends."""
        if self.given_database_url is not None:
            return self.given_database_url.get_secret_value()
        return self._embedded("database_url", "PostgreSQL", "DATABASE_URL")

    @property
    def owner_url(self) -> str:
        """Where migrations run, with the rights to change the schema."""
        given = self.given_owner_url or self.given_database_url
        if given is not None:
            return given.get_secret_value()
        return self._embedded("owner_url", "PostgreSQL", "DATABASE_OWNER_URL")

    @property
    def sealer_url(self) -> str:
        """Where seals are written, with the rights of casefold_sealer."""
        given = self.given_sealer_url or self.given_database_url
        if given is not None:
            return given.get_secret_value()
        return self._embedded("sealer_url", "PostgreSQL", "DATABASE_SEALER_URL")

    @property
    def keys_url(self) -> str:
        """Where the keys of personal data lie: a database of its own."""
        if self.given_keys_url is not None:
            return self.given_keys_url.get_secret_value()
        if self.database_given:
            raise NothingRuns(
                "DATABASE_KEYS_URL is not set: the database with the keys of personal data, apart from the ledger's."
            )
        return self._embedded("keys_url", "PostgreSQL", "DATABASE_KEYS_URL")

    @property
    def keys_owner_url(self) -> str:
        """Where the migrations of the key store run."""
        given = self.given_keys_owner_url or self.given_keys_url
        if given is not None:
            return given.get_secret_value()
        return self._embedded("keys_owner_url", "PostgreSQL", "DATABASE_KEYS_OWNER_URL")

    @property
    def master_keys_file(self) -> Path:
        """The file with the master keys; made at the first start of the embedded stack."""
        return self.given_master_keys_file or self.stack.master_keys_file

    def master_keys(self) -> MasterKeys:
        """The keys that wrap the keys of persons. Raises NothingRuns and BadMasterKeys."""
        from ledger.keys.master import MasterKeys

        if self.given_master_keys is not None:
            return MasterKeys.parse(self.given_master_keys.get_secret_value())
        try:
            return MasterKeys.parse(self.master_keys_file.read_text())
        except OSError as error:
            raise NothingRuns(
                f"There are no master keys: {self.master_keys_file} cannot be read, and CASEFOLD_MASTER_KEYS is not "
                "set. `casefold keys rotate` makes the file."
            ) from error

    @field_validator("webhook_allow")
    @classmethod
    def _networks_are_networks(cls, value: str) -> str:
        Allowed.parse(value)
        return value

    @property
    def webhook_allowed(self) -> Allowed:
        """Where webhooks may go besides https to public addresses: hosts, addresses and networks."""
        return Allowed.parse(self.webhook_allow)

    @property
    def evidence(self) -> str:
        """Where files of evidence lie: a folder, or ``s3://bucket/prefix?endpoint=…``."""
        return self.given_evidence or str(self.stack.path / "evidence")

    @property
    def seals(self) -> Path:
        """Where checkpoints and tiles are published: a folder that had better stand on another machine."""
        return self.given_seals or self.stack.path / "seals"

    @property
    def sealer_memory(self) -> Path:
        """The file with what the sealer signed last: neither in the database nor among what it publishes."""
        return self.given_sealer_memory or self.stack.path / "sealer" / "last.json"

    @property
    def sealer_key(self) -> Path:
        """The file with the log's private key, made at the first start."""
        return self.given_sealer_key or self.stack.path / "secrets" / "sealer_key"

    @property
    def matter_key(self) -> bytes:
        """The key under which a matter's words become a hash; lost, the same matter is no longer recognised."""
        if self.given_matter_key is not None:
            return self.given_matter_key.get_secret_value().encode()
        if self.database_given and not self.stack.has_matter_key:
            raise NothingRuns(
                "CASEFOLD_MATTER_KEY is not set: the ledger's own key, 32 characters or more, the same for all."
            )
        return self.stack.matter_key()

    def temporal(self) -> ClientConnectConfig:
        """What `Client.connect` takes, for the given Temporal or else the embedded one."""
        from temporalio.envconfig import ClientConfig, ClientConnectConfig

        if self.temporal_given:
            return ClientConfig.load_client_connect_config()
        address = self._embedded("temporal_address", "Temporal", "TEMPORAL_ADDRESS")
        return ClientConnectConfig(target_host=address, namespace=self.stack.state().get("namespace", NAMESPACE))

    @property
    def namespace(self) -> str:
        """The Temporal namespace that cases live in."""
        return self.temporal().get("namespace") or "default"

    async def connect(self, **more: Any) -> Client:
        """A Temporal client; `more` goes to `Client.connect` (interceptors, runtime, lazy …)."""
        from temporalio.client import Client

        return await Client.connect(**{**self.temporal(), **more})

    def _embedded(self, what: str, server: str, variable: str) -> str:
        value = self.stack.state().get(what)
        if not isinstance(value, str):
            raise NothingRuns(f"No {server} is running here: start it with `casefold up`, or set {variable}.")
        return value
