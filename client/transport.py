"""How the client asks: a token, a key for each command, and patience with a server or a database that is away."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import quote

import httpx

from client.problems import Unavailable, problem_of

KEY = "Idempotency-Key"
AWAY = frozenset({502, 503, 504})
"""Answers after which it is worth asking again."""
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
AS_LONG = 10
"""Times as long as for an answer one waits for a file."""


@dataclass(frozen=True)
class Upload:
    """A file to be sent."""

    content: bytes | IO[bytes]
    name: str = "file"
    media_type: str = "application/octet-stream"


class Download:
    """A file that comes: as a whole, piece by piece, or onto a disk."""

    def __init__(self, opened: Callable[[], Any]) -> None:
        self._opened = opened
        self.headers: Mapping[str, str] = {}

    @contextmanager
    def pieces(self) -> Iterator[Iterator[bytes]]:
        """Its content, piece by piece."""
        with self._opened() as answer:
            self.headers = answer.headers
            yield answer.iter_bytes()

    def read(self) -> bytes:
        """All of it."""
        with self.pieces() as pieces:
            return b"".join(pieces)

    def save(self, path: Path) -> Path:
        """Write it to a new file; nothing stays of one that does not come to its end."""
        try:
            with path.open("xb") as file, self.pieces() as pieces:
                for piece in pieces:
                    file.write(piece)
        except FileExistsError:
            raise
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path


class Transport:
    """A connection to one server, in somebody's name. Safe to use from many threads.

    ``patience`` is for how many seconds it asks again when the server or its database is away.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        language: str = "en",
        patience: float = 30.0,
        timeout: float = 60.0,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        given = {"Accept-Language": language, "User-Agent": "casefold-client", **(headers or {})}
        if token:
            given["Authorization"] = f"Bearer {token}"
        self.url = url.rstrip("/")
        self.patience = patience
        limits = httpx.Timeout(timeout, connect=min(timeout, 5.0))
        # A dossier, or an export of many cases, is made before its first byte comes.
        self._of_files = httpx.Timeout(timeout * AS_LONG, connect=min(timeout, 5.0))
        self._http = httpx.Client(base_url=self.url, headers=given, timeout=limits, transport=transport)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @staticmethod
    def quoted(part: str | int) -> str:
        """A part of an address."""
        return quote(str(part), safe="")

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        file: Upload | None = None,
    ) -> Any:
        """Ask, again if need be, and read the answer. Raises what `client.problems` has."""
        given = _headers(headers)
        begin = file.content.tell() if file is not None and not isinstance(file.content, bytes) else 0

        def request() -> httpx.Request:
            more: dict[str, Any] = {"params": _present(query), "headers": given}
            if file is not None:
                if not isinstance(file.content, bytes):
                    file.content.seek(begin)
                more["files"] = {"file": (file.name, file.content, file.media_type)}
                more["data"] = _present(form)
            elif body is not None:
                more["json"] = _present(body)
            return self._http.build_request(method, path, **more)

        answer = self._patiently(request, repeatable=method == "GET" or KEY in given, command_id=given.get(KEY, ""))
        return answer.json() if answer.content else None

    def download(self, method: str, path: str, *, query: Mapping[str, Any] | None = None) -> Download:
        """Ask for a file; it begins to come when it is read."""

        @contextmanager
        def opened() -> Iterator[httpx.Response]:
            def request() -> httpx.Request:
                return self._http.build_request(method, path, params=_present(query), timeout=self._of_files)

            answer = self._patiently(request, repeatable=True, stream=True)
            try:
                yield answer
            except httpx.TransportError as error:
                raise Unavailable(_reason(error)) from error
            finally:
                answer.close()

        return Download(opened)

    def _patiently(
        self, request: Callable[[], httpx.Request], *, repeatable: bool, command_id: str = "", stream: bool = False
    ) -> httpx.Response:
        """The answer of a server that answers. What may be repeated harmlessly is repeated, with the same key."""
        ends = time.monotonic() + self.patience
        pause, unknown = FIRST_PAUSE, False
        while True:
            asked_to_wait, again = 0.0, repeatable
            try:
                answer = self._http.send(request(), stream=stream)
            except httpx.TransportError as error:
                sent = not isinstance(error, NEVER_SENT)
                again = again or not sent
                unknown = unknown or (sent and bool(command_id))
                detail = _reason(error)
            else:
                if answer.is_success:
                    return answer
                if stream:
                    answer.read()
                told = _json(answer)
                if answer.status_code not in AWAY:
                    raise problem_of(answer.status_code, told, command_id)
                unsaved = told.get("outcome") == "nothing_saved"
                unknown = unknown or (bool(command_id) and not unsaved)
                again = again or unsaved
                detail = f"{self.url} answers {answer.status_code}"
                with suppress(ValueError):
                    asked_to_wait = float(answer.headers.get("retry-after", 0))
            wait = max(asked_to_wait, pause * random.uniform(0.5, 1.0))
            if not again or time.monotonic() + wait > ends:
                raise Unavailable(detail, outcome_unknown=unknown, command_id=command_id)
            time.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)


def _headers(headers: Mapping[str, Any] | None) -> dict[str, str]:
    """How it is asked; a command without a key gets one."""
    found: dict[str, str] = {}
    for name, value in (headers or {}).items():
        if name == KEY:
            found[name] = value or str(uuid.uuid4())
        elif name == "If-Match" and value is not None:
            found[name] = f'"{value}"'
        elif value is not None:
            found[name] = str(_plain(value))
    return found


def _present(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What was said, as JSON and addresses have it."""
    return None if values is None else {name: _plain(one) for name, one in values.items() if one is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("An instant needs its time zone.")
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def _json(answer: httpx.Response) -> Mapping[str, Any]:
    """The problem that an answer tells; nothing when it is none of ours."""
    with suppress(ValueError):
        told = answer.json()
        if isinstance(told, dict):
            return told
    return {}


def _reason(error: httpx.TransportError) -> str:
    return " ".join(str(error).split()) or type(error).__name__
