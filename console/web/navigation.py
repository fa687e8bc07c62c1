"""The pages that the navigation leads to: whoever adds a page adds its line here."""

from __future__ import annotations

from dataclasses import dataclass

from api.person import Permission
from console.web.visitor import Visitor
from console.words import N_


@dataclass(frozen=True)
class Place:
    """A page that can be reached from everywhere."""

    path: str
    title: str
    keys: str
    """What to press: ``g w``."""
    icon: str
    """Its name in templates/_icons.html."""
    permission: Permission
    unless: Permission | None = None
    """Who has this one reaches it from another line."""


PLACES = (
    Place("/", N_("Worklist"), "g w", "list", Permission.SEE_WORKLIST),
    Place("/new", N_("New case"), "n", "plus", Permission.OPEN_CASE),
    Place("/today", N_("Today"), "g t", "chart", Permission.SEE_FIGURES),
    Place("/policies", N_("Policies"), "g p", "book", Permission.SEE_POLICIES),
    Place("/proofs", N_("Audit"), "g a", "lock", Permission.AUDIT),
    Place("/exports", N_("Exports"), "g e", "file", Permission.EXPORT, unless=Permission.AUDIT),
    Place("/users", N_("Users"), "g u", "person", Permission.ADMINISTER),
    Place("/webhooks", N_("Webhooks"), "g h", "send", Permission.ADMINISTER),
)


def places_for(visitor: Visitor) -> list[Place]:
    """The pages that this person may see."""
    return [
        place for place in PLACES if visitor.may(place.permission) and not (place.unless and visitor.may(place.unless))
    ]
