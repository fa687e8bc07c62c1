"""The auditor's pages as tabs: proofs, exports, the read log, the log of sign-ins."""

from __future__ import annotations

from dataclasses import dataclass

from api.person import Permission
from console.web.visitor import Visitor
from console.words import N_, _

TABS = (
    ("/proofs", N_("Proofs"), Permission.AUDIT),
    ("/reads", N_("Who looked"), Permission.AUDIT),
    ("/exports", N_("Exports"), Permission.EXPORT),
    ("/sign-ins", N_("Sign-ins"), Permission.AUDIT),
)


@dataclass(frozen=True)
class Tab:
    """One of them."""

    path: str
    title: str
    here: bool


def tabs_for(visitor: Visitor, here: str) -> list[Tab]:
    """Those that this person may see."""
    return [Tab(path, _(title), path == here) for path, title, asks in TABS if visitor.may(asks)]
