"""The stages by name: what a case's path is made of. A new stage is a module and a line here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from workflows import close, confirm, investigate, propose, receive, review
from workflows.desk import Desk

STAGES: Mapping[str, Callable[[Desk], Awaitable[None]]] = {
    "receive": receive.run,
    "investigate": investigate.run,
    "propose": propose.run,
    "confirm": confirm.run,
    "close": close.run,
    "review": review.run,
}
