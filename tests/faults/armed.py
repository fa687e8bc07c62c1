"""The program `casefold`, for fault tests: it dies with its parent, and, where it is told to, at one exact point.

``CASEFOLD_FAILPOINT`` names a point of `POINTS`; the process kills itself with SIGKILL there, at the
``CASEFOLD_FAILPOINT_AFTER``-th passage (the first by default). The product itself has no such hooks.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import signal
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
    "before an append": Point("before", "ledger.event_table", "EventTable.insert_events"),
    "after an append": Point("after", "ledger.event_table", "EventTable.insert_events"),
    "before the workflow hears the answer": Point("after", "ledger.recorder", "Recorder.progress"),
    "before a notice is written": Point("before", "activities.notify", "write"),
    "after a notice is written": Point("after", "activities.notify", "write"),
    "before a signal": Point("before", "worker.courier", "Courier.bring"),
    "after a signal": Point("after", "worker.courier", "Courier.bring"),
    "before the relay acknowledges": Point("before", "ledger.follow", "Follower.acknowledge"),
    "after the relay acknowledges": Point("after", "ledger.follow", "Follower.acknowledge"),
    "before the views are committed": Point("after", "ledger.views", "Views.project"),
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

    if inspect.iscoroutinefunction(work):

        @functools.wraps(work)
        async def deadly_later(*args: Any, **kwargs: Any) -> Any:
            if when == "before":
                passed()
            result = await work(*args, **kwargs)
            if when == "after":
                passed()
            return result

        return deadly_later

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
    die_with(int(os.environ["CASEFOLD_TEST_PROCESS"]))
    if name := os.environ.get("CASEFOLD_FAILPOINT"):
        arm(POINTS[name], int(os.environ.get("CASEFOLD_FAILPOINT_AFTER", "1")))
    from worker.main import main as casefold

    casefold()


if __name__ == "__main__":
    main()
