"""Background work steps back: it gets what people leave of the processor, and all of it while they are idle."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

NICENESS = 10
"""A tenth of the weight of what people wait for, when the processor is short; see docs/decisions/0027."""
TRIES = 5
PAUSE = 0.1
"""Linux lets ordinary users change the weight of a session ten times a second, all of them together."""


def stepping_back(command: Sequence[str | Path]) -> list[str | Path]:
    """This command with a niceness that all of its threads inherit, where the system has `nice`."""
    nice = shutil.which("nice")
    return [nice, "-n", str(NICENESS), *command] if nice else list(command)


def let_session_step_back(pid: int) -> None:
    """Lower the weight of the session that this process leads.

    Where Linux groups processes by session (autogroup), niceness counts only within one, so the group needs its own.
    Elsewhere there is no such file, and niceness alone does it.
    """
    file = Path(f"/proc/{pid}/autogroup")
    for _ in range(TRIES):
        try:
            file.write_text(str(NICENESS))
            return
        except BlockingIOError:
            time.sleep(PAUSE)
        except OSError:
            return
