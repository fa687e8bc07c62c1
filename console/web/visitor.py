"""Who looks at a page: the signed-in person, as pages know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request

from api.parts import parts_of
from api.person import Permission, Person
from console.web.filters import Row
from domain.actor import Actor
from domain.case import Case
from ledger.pages import EVERYTHING, Sight
from ledger.worklist_query import Reader


class NotSignedIn(Exception):
    """Nobody is signed in: the page is for people who are."""


@dataclass(frozen=True)
class Visitor:
    """Whoever looks at a page."""

    person: Person

    @property
    def actor(self) -> Actor:
        """Whom entries will name."""
        return self.person.actor

    @property
    def name(self) -> str:
        """What they are called."""
        return self.person.name or self.actor.id

    @property
    def language(self) -> str:
        """The language that they chose, if they did."""
        return self.person.language

    @property
    def sees_personal(self) -> bool:
        """Whether they may be shown personal data unmasked."""
        return self.person.may(Permission.SEE_PERSONAL)

    @property
    def reader(self) -> Reader:
        """As filters of a worklist know them."""
        return Reader(self.actor.id, self.actor.department)

    @property
    def sight(self) -> Sight:
        """Whose cases they see at all, as the read models are asked for them; the same as `sees`."""
        return self.person.sight.condition if self.person.sight is not None else EVERYTHING

    def may(self, permission: Permission) -> bool:
        """Whether they may see or begin this."""
        return self.person.may(permission)

    def sees(self, row: Row) -> bool:
        """Whether they see the case of a line of the read models."""
        names: dict[str, Any] = {name: str(row[name] or "") for name in ("department", "responsible", "offered_to")}
        return self.person.sees(**names)

    def sees_case(self, case: Case) -> bool:
        """Whether they see a case."""
        return self.person.sees_case(case)


async def visitor_of(request: Request) -> Visitor | None:
    """Whoever asks for this page; None when nobody is signed in."""
    found: Person | None = getattr(request.state, "person", None)
    if found is None:
        found = await parts_of(request).identity.person(request)
        if found is None:
            return None
        request.state.person = found
    return Visitor(found)
