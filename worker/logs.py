"""Log lines of all processes: structured, on stderr, and unable to hold personal data."""

from __future__ import annotations

import datetime as dt
import logging
import sys
import traceback
from collections.abc import Mapping, Sequence
from enum import Enum
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from worker.settings import LogFormat

WORDS = frozenset(
    {
        *("action", "actor_role", "address", "attempt", "build", "case", "code", "command", "command_id", "department"),
        *("digest", "due", "effect", "epoch", "error", "event_name", "file", "follower", "host", "key", "kind"),
        *("method", "mode", "namespace", "outcome", "part", "path_digest", "policy", "reason_code", "release"),
        *("request_id", "role", "round", "route", "run_id", "stage", "state", "step", "stream", "task_queue", "topic"),
        *("version", "view", "worker", "workflow_id"),
    }
)
"""The fields whose words may stand in a log line: names and ids, never what somebody said.

Numbers, truths and instants always may."""

OWN = frozenset({"event", "level", "timestamp", "logger", "exception"})
WITHHELD = "(withheld)"
LONGEST = 300

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(form: LogFormat = LogFormat.CONSOLE, level: str = "info") -> None:
    """Send every log line of this process, also those of libraries, through the same rules to stderr.

    Bind what a piece of work is about with `structlog.contextvars.bound_contextvars(case=…, command_id=…)`.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        exception_without_words,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form is LogFormat.JSON
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[foreign_message_without_words, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, only_known_words, renderer],
        use_get_message=False,  # a library's message is put together by foreign_message_without_words
        pass_foreign_args=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)


def only_known_words(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """Withhold every value that is not a number, a truth, an instant, or a short word in a known field."""
    for name, value in line.items():
        if name not in OWN:
            line[name] = _shown(value, words=name in WORDS)
    event = line.get("event")
    line["event"] = event[:LONGEST] if isinstance(event, str) else f"({type(event).__name__})"
    return line


def exception_without_words(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """Show an exception as its types, codes and places: its text may quote a row, a body or a person."""
    info = line.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        line["exception"] = describe(error)
    line.pop("stack_info", None)
    return line


def foreign_message_without_words(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """A library's message with its numbers, and without its other arguments."""
    arguments = line.pop("positional_args", None)
    template = line["_record"].msg
    line["event"] = template if isinstance(template, str) else f"({type(template).__name__})"
    if arguments and isinstance(template, str):
        shown: Any = (
            {name: _shown(value, words=False) for name, value in arguments.items()}
            if isinstance(arguments, Mapping)
            else tuple(_shown(value, words=False) for value in arguments)
        )
        try:
            line["event"] = template % shown
        except (TypeError, ValueError, KeyError):
            line["event"] = template
    return line


def describe(error: BaseException) -> str:
    """An exception and what caused it, without any text that could quote personal data."""
    parts = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        parts.append(_one(current))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return " ← ".join(parts)


def _one(error: BaseException) -> str:
    codes = {
        "code": getattr(error, "code", None),  # Refused
        "errno": getattr(error, "errno", None),
        "sqlstate": getattr(error, "sqlstate", None),
        "constraint": getattr(getattr(error, "diag", None), "constraint_name", None),
        "status": getattr(getattr(error, "status", None), "name", None),  # Temporal's RPCError
    }
    known = "".join(f" {name}={value}" for name, value in codes.items() if isinstance(value, str | int))
    frames = [
        f"{frame.filename.rsplit('/', 2)[-2:]}:{frame.lineno}".replace("['", "").replace("', '", "/").replace("']", "")
        for frame in traceback.extract_tb(error.__traceback__)[-6:]
    ]
    return f"{type(error).__name__}{known}" + (f" at {' > '.join(frames)}" if frames else "")


def _shown(value: object, *, words: bool) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case dt.datetime() | dt.date() | dt.timedelta():
            return str(value)
        case Enum() if isinstance(value.value, str) and words:
            return value.value
        case str() if words:
            return value[:LONGEST]
        case BaseException():
            return type(value).__name__
        case type():
            return value.__name__
        case Sequence() if words and not isinstance(value, str | bytes):
            return [_shown(item, words=True) for item in value[:20]]
        case _:
            return WITHHELD
