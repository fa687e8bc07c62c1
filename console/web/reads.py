"""Who looked at personal data: each time it is shown unmasked, this is told first (L-05)."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from api.house import House
from console.web.visitor import Visitor

log = structlog.get_logger("console.reads")


def note_read(house: House, visitor: Visitor, case: str, what: Sequence[str], where: str) -> None:
    """This person is about to see these fields of a case, on this page.

    The place where the log of readings is connected; until it is, the program's own log has it.
    """
    log.info("personal_data_read", person=visitor.actor.id, case=case, what=list(what), where=where)
