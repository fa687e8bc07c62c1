"""Objects in an S3-compatible store: ``s3://bucket/prefix?endpoint=https://…&region=…``, with the extra ``s3``.

Who may write there is found as boto3 always finds it: environment, configuration file, role of the machine. Encryption
at rest, versions and object lock are the bucket's own matter; what is put there is sealed already.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from ledger.evidence.errors import EvidenceMissing, EvidenceUnavailable
from ledger.evidence.store import Area, Opened, Stored

GONE = frozenset(("404", "NoSuchKey", "NotFound"))


class S3Store:
    """One bucket, or a part of it."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client = client
        self.bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @classmethod
    def of(cls, place: str) -> S3Store:
        """The store of an address. Raises EvidenceUnavailable when the extra is not installed."""
        try:
            import boto3  # type: ignore[import-untyped]
            from botocore.config import Config  # type: ignore[import-untyped]
        except ImportError as error:
            raise EvidenceUnavailable(place, "install it with the extra: casefold[s3]") from error
        parts = urlsplit(place)
        more = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        waits = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 3, "mode": "standard"})
        client = boto3.client("s3", endpoint_url=more.get("endpoint"), region_name=more.get("region"), config=waits)
        return cls(client, parts.netloc, parts.path)

    @property
    def where(self) -> str:
        """The bucket, and the part of it."""
        return f"s3://{self.bucket}/{self._prefix}"

    def draft(self) -> S3Draft:
        """Begin an object, in a local file without a name: only what is whole is sent."""
        return S3Draft(self)

    def open(self, name: str, area: Area) -> Opened:
        """Read an object."""
        with self.asking(name):
            return S3Body(self, name, self._client.get_object(Bucket=self.bucket, Key=self._key(name, area))["Body"])

    def has(self, name: str, area: Area) -> bool:
        """Whether it is there."""
        try:
            with self.asking(name):
                self._client.head_object(Bucket=self.bucket, Key=self._key(name, area))
        except EvidenceMissing:
            return False
        return True

    def move(self, name: str, before: Area, after: Area) -> None:
        """Copy it to the other area, then take it away here."""
        if self.has(name, before):
            source = {"Bucket": self.bucket, "Key": self._key(name, before)}
            with self.asking(name):
                self._client.copy_object(Bucket=self.bucket, Key=self._key(name, after), CopySource=source)
            self.remove(name, before)

    def remove(self, name: str, area: Area) -> None:
        """Take it away."""
        with self.asking(name):
            self._client.delete_object(Bucket=self.bucket, Key=self._key(name, area))

    def all(self) -> Iterator[Stored]:
        """Every object."""
        for area in Area:
            with self.asking(""):
                pages = self._client.get_paginator("list_objects_v2")
                for page in pages.paginate(Bucket=self.bucket, Prefix=f"{self._prefix}{area}/"):
                    for one in page.get("Contents", ()):
                        yield Stored(one["Key"].rpartition("/")[2], area, one["Size"], one["LastModified"])

    def remove_drafts(self, before: datetime) -> int:
        """There are none: a draft is a local file without a name."""
        return 0

    def put(self, name: str, area: Area, file: Any) -> None:
        """Send a whole object; it is there when the store has acknowledged it with the same checksum."""
        with self.asking(name):
            self._client.put_object(
                Bucket=self.bucket, Key=self._key(name, area), Body=file, ChecksumAlgorithm="SHA256"
            )

    def _key(self, name: str, area: Area) -> str:
        return f"{self._prefix}{area}/{name[:2]}/{name}"

    @contextmanager
    def asking(self, name: str) -> Iterator[None]:
        """What goes wrong in the store's own words becomes a sentence of ours; empty: no object is asked for."""
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if name and code in GONE:
                raise EvidenceMissing(self.where, name) from error
            raise EvidenceUnavailable(self.where, code or type(error).__name__) from error
        except BotoCoreError as error:
            raise EvidenceUnavailable(self.where, str(error)) from error


class S3Body:
    """An object that is being read."""

    def __init__(self, store: S3Store, name: str, body: Any) -> None:
        self._store, self._name, self._body = store, name, body

    def read(self, size: int, /) -> bytes:
        """Up to so many bytes."""
        with self._store.asking(self._name):
            data: bytes = self._body.read(size)
            return data

    def close(self) -> None:
        """Be done with it."""
        self._body.close()


class S3Draft:
    """An object that is being written, sealed, to a local file that has no name."""

    def __init__(self, store: S3Store) -> None:
        self._store = store
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the draft
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._digest.update(data)
        try:
            self._file.write(data)
        except OSError as error:
            raise EvidenceUnavailable(tempfile.gettempdir(), error.strerror or "it cannot be written") from error

    def keep(self, area: Area) -> str:
        """Send it."""
        name = self._digest.hexdigest()
        self._file.seek(0)
        self._store.put(name, area, self._file)
        return name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
