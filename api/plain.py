"""Any part of the domain as an answer in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from domain.plain import as_plain as as_plain


def as_json(value: Any) -> str:
    """The value on one line."""
    return json.dumps(as_plain(value), ensure_ascii=False, separators=(",", ":"))


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The value as a response. What `api.models` describes is not checked again on its way out."""
    # Half a character of a broken text must not break the answer.
    body = as_json(value).encode("utf-8", "backslashreplace")
    return Response(body, status, headers, "application/json")
