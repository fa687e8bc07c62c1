"""Failures of activities as codes: an exception's text may quote a row or a person, and histories keep it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import structlog
from temporalio.exceptions import ApplicationError, FailureError

from ledger.errors import LedgerError, LedgerUnavailable

Work = TypeVar("Work", bound=Callable[..., Any])

log = structlog.get_logger(__name__)


def codes_only(work: Work) -> Work:
    """Let nothing out of an activity but a code. Every failure may be repeated: a bug waits for its fix."""

    @wraps(work)
    def guarded(*args: Any) -> Any:
        try:
            return work(*args)
        except FailureError:
            raise
        except Exception as error:
            code = code_of(error)
            if not isinstance(error, LedgerUnavailable):
                log.exception("activity_failed", code=code)
            raise ApplicationError(code, type=code) from None

    return cast(Work, guarded)


def code_of(error: BaseException) -> str:
    """One word for what went wrong."""
    known: dict[type[Any], str] = {
        LedgerUnavailable: "ledger_unavailable",
        LedgerError: "ledger_error",
        OSError: "os_error",
    }
    return next((code for kind, code in known.items() if isinstance(error, kind)), type(error).__name__)
