"""The program `casefold`, for fault tests: it dies with its parent, and, where it is told to, at one exact point.

``CASEFOLD_FAILPOINT`` names a point of `POINTS`; the process kills itself with SIGKILL there, at the
``CASEFOLD_FAILPOINT_AFTER``-th passage (the first by default). The product itself has no such hooks.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Literal, NamedTuple


class Point(NamedTuple):
    """Just before or just after a call of this function."""

    when: Literal["before", "after"]
    module: str
    name: str


POINTS = {
    "before-append": Point("before", "ledger.event_table", "EventTable.insert_events"),
    "after-append": Point("after", "ledger.event_table", "EventTable.insert_events"),
    "before-notice-file": Point("before", "activities.notify", "write"),
    "after-notice-file": Point("after", "activities.notify", "write"),
}
"""The edges between what is written, what is told and what is acknowledged."""


def arm(point: Point, passages: int) -> None:
    """Make this process kill itself there."""
    owner: Any = importlib.import_module(point.module)
    *path, name = point.name.split(".")
    for part in path:
        owner = getattr(owner, part)
    setattr(owner, name, _deadly(getattr(owner, name), point.when, passages))


def _deadly(work: Callable[..., Any], when: str, passages: int) -> Callable[..., Any]:
    left = [passages]

    def passed() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(work)
    def deadly(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            passed()
        result = work(*args, **kwargs)
        if when == "after":
            passed()
        return result

    return deadly


def die_with(parent: int) -> None:
    """Leave nothing running when the tests themselves are killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Arm, then be the program."""
    if parent := os.environ.get("CASEFOLD_TEST_PROCESS"):
        die_with(int(parent))
    if name := os.environ.get("CASEFOLD_FAILPOINT"):
        arm(POINTS[name], int(os.environ.get("CASEFOLD_FAILPOINT_AFTER", "1")))
    from worker.main import app
    from worker.main import main as casefold

    if "restore" not in [command.callback.__name__ for command in app.registered_commands]:  # TEMPORARY
        from worker.commands import register

        register(app)
    casefold()


if __name__ == "__main__":
    sys.exit(main())
