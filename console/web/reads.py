"""Before a page shows personal data unmasked: who is shown what is recorded; without that record nothing is (L-05)."""

from __future__ import annotations

from collections.abc import Collection

from api.house import House
from console.web.visitor import Visitor
from domain.access import Through
from ledger.access import AccessLog


def note_read(house: House, visitor: Visitor, case: str, fields: Collection[str], act: str) -> None:
    """This person is about to be shown these personal fields of a case. Raises Refused and LedgerError.

    Within one ``act`` the same is recorded once: a page that brings itself up to date is not read anew each time.
    """
    if fields:
        AccessLog(house.recorder).read(visitor.actor, case, fields, Through.CONSOLE, act=act)
