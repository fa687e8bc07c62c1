"""The outermost ring of the application: request ids, the parts at hand, safe headers, a log line, no stack traces."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.parts import Parts
from api.problems import Problem, answer, too_large
from api.words import N_, best
from ledger.canonical import LARGEST

SAFE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""What is taken over from a proxy as the id of a request."""
QUIET = frozenset({"/health/live", "/health/ready"})
"""Asked every few seconds by machines: not worth a line."""
OF_AN_ANSWER = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
"""Unless the answer itself says otherwise."""

log = structlog.get_logger("api.access")


class Frame:
    """Pure ASGI: it costs microseconds, which middleware classes of the framework do not."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self._app = app
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        state: dict[str, Any] = scope.setdefault("state", {})
        state.update(parts=self._parts, request_id=request_id)
        began = time.perf_counter()
        status = 0

        async def answering(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in OF_AN_ANSWER.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, _limited(scope, receive), answering)
        except TooLarge:
            language = best(Headers(scope=scope).get("accept-language", ""))
            await answer(too_large(), self._parts.words, language, request_id)(scope, receive, answering)
        except Exception as error:
            log.error("request_failed", request_id=request_id, route=_route(scope), exc_info=error)
            if status:
                raise  # The answer has begun: the connection can only be cut.
            language = best(Headers(scope=scope).get("accept-language", ""))
            await answer(_broken(), self._parts.words, language, request_id)(scope, receive, answering)
        finally:
            if scope["path"] not in QUIET:
                log.info(
                    "request",
                    request_id=request_id,
                    method=scope["method"],
                    route=_route(scope),
                    status=status,
                    ms=round((time.perf_counter() - began) * 1000, 1),
                )


class TooLarge(HTTPException):
    """The body is longer than any command."""

    def __init__(self) -> None:
        super().__init__(413)


def _limited(scope: Scope, receive: Receive) -> Receive:
    """The body, up to a length; files come as forms, and whoever takes them has a limit of their own."""
    headers = Headers(scope=scope)
    if headers.get("content-type", "").startswith("multipart/"):
        return receive
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length) > LARGEST:
        raise TooLarge
    if "transfer-encoding" not in headers:
        return receive
    read = 0

    async def counting() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > LARGEST:
            raise TooLarge
        return message

    return counting


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if SAFE_ID.fullmatch(given) else str(uuid.uuid4())


def _route(scope: Scope) -> str:
    """The pattern of the path, not the path: what stands in a path may be anything that somebody typed."""
    path: str = getattr(scope.get("route"), "path", "")
    return path or "(none)"


def _broken() -> Problem:
    return Problem(
        500,
        "internal_error",
        N_("This is our mistake."),
        N_("The outcome is not known: repeat the request with the same Idempotency-Key, and tell us its request id."),
        outcome="unknown",
    )
