"""Who may come in: users, passwords, sessions, tokens and rights; which command they may give, the domain decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # imported where it is used: whoever imports a part of this package need not load all of it
    from ledger.store import Ledger


def first_start(ledger: Ledger) -> str | None:
    """The path of a link by which the first user makes themselves: ``/welcome/…``; None when there are users.

    It works once, for a day. Called again before it was used, there is another link, and both work.
    """
    from api.identity.access import Access

    return Access(ledger).first_link()
