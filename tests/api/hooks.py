"""Hooks for schemathesis: commands get ids of their own, and mostly ask for cases that exist."""

from __future__ import annotations

import itertools
import os
import re
from typing import Any

import schemathesis

_numbers = itertools.count()
_cases = os.environ.get("CASES", "").split()


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Exchange what must be new, or known, in a request that is otherwise as it was made up."""
    headers = case.headers or {}
    if re.fullmatch("[!-~]{1,200}", headers.get("Idempotency-Key", "")):
        headers["Idempotency-Key"] = f"made-up-{next(_numbers)}"
    places = case.path_parameters or {}
    if "case" in places and _cases and next(_numbers) % 4:
        places["case"] = _cases[next(_numbers) % len(_cases)]
    if "kind" in places and next(_numbers) % 4:
        places["kind"] = "complaint"
    if "department" in places and next(_numbers) % 4:
        places["department"] = "hotline"
