"""Who looks at a page: the signed-in person, as pages know them."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from api.parts import parts_of
from api.person import Person
from console.web.filters import Reader
from domain.actor import Actor

SEE_PERSONAL = ("personal:read", "see_personal")
"""What a person needs, to see personal data unmasked."""


class NotSignedIn(Exception):
    """Nobody is signed in: the page is for people who are."""


@dataclass(frozen=True)
class Visitor:
    """Whoever looks at a page."""

    actor: Actor
    name: str
    language: str
    sees_personal: bool
    person: Person | None = None
    """As the application knows them."""

    @property
    def reader(self) -> Reader:
        """As filters of a worklist know them."""
        return Reader(self.actor.id, self.actor.department)

    def sees(self, department: str) -> bool:
        """Whether they see the cases of a department."""
        return self.person is None or self.person.sees(department)


async def visitor_of(request: Request) -> Visitor | None:
    """Whoever asks for this page; None when nobody is signed in."""
    found: Person | None = getattr(request.state, "person", None)
    if found is None:
        found = await parts_of(request).identity.person(request)
        if found is None:
            return None
        request.state.person = found
    return Visitor(
        actor=found.actor,
        name=found.name or found.actor.id,
        language=found.language,
        sees_personal=any(found.may(permission) for permission in SEE_PERSONAL),
        person=found,
    )
