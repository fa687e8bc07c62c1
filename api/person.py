"""Who asks over HTTP, and what they may ask for. Whoever provides sign-in implements `Identity`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import Depends, Request

from api.identity.rights import Permission as Permission
from api.identity.rights import Sight
from api.problems import Problem, forbidden, not_signed_in
from domain.actor import Actor
from domain.case import Case

EVERYTHING: frozenset[str] = frozenset(Permission)


@dataclass(frozen=True)
class Person:
    """Whoever asks: the actor that entries will name, and what they may ask for."""

    actor: Actor
    permissions: frozenset[str] = EVERYTHING
    sight: Sight | None = None
    """Whose cases they see; None: all."""
    name: str = ""
    """What they are called on screens."""
    language: str = ""
    """The language that they chose; empty: the one that their browser asks for."""

    def may(self, permission: str) -> bool:
        """Whether they may ask for this at all."""
        return permission in self.permissions

    def lacks(self, permission: str) -> Problem:
        """What to raise when they may not; whoever knows more about the reason says so here."""
        return forbidden(permission)

    def sees(self, department: str, responsible: str = "", offered_to: str = "", asked: Collection[str] = ()) -> bool:
        """Whether they see a case of this department, with these people; ``asked``: whom its open questions go to."""
        return self.sight is None or self.sight.sees(
            department=department, responsible=responsible, offered_to=offered_to, asked=asked
        )

    def sees_case(self, case: Case) -> bool:
        """Whether they see this case as it is now."""
        offer = case.assignment or case.hand_over
        open_questions = (question for question in case.questions.values() if not question.answered)
        asked = {name for question in open_questions for name in (question.to, question.department) if name}
        return self.sees(case.department, case.responsible, offer.to if offer else "", asked)


class Identity(Protocol):
    """Finds out who asks."""

    security_schemes: Mapping[str, Mapping[str, Any]]
    """The ways to say so, as OpenAPI describes them."""

    async def person(self, request: Request) -> Person | None:
        """Whoever asks; None when nobody is signed in. Raises `Problem`.

        Runs on the event loop for each request: what waits for a database goes into a thread, what is known does not.
        """


async def person(request: Request) -> Person:
    """The dependency for pages and routes that are for anybody who is signed in."""
    found: Person | None = getattr(request.state, "person", None)
    if found is None:
        found = await request.state.parts.identity.person(request)
        if found is None:
            raise not_signed_in()
        request.state.person = found
    return found


def needs(permission: Permission) -> Any:
    """The dependency for routes that need a permission: ``asks: Annotated[Person, needs(Permission.SEE_CASE)]``."""

    async def allowed(request: Request) -> Person:
        found = await person(request)
        if not found.may(permission):
            raise found.lacks(permission)
        return found

    allowed.permission = permission  # type: ignore[attr-defined]
    return Depends(allowed)


class ActorHeader:
    """Believes whoever says who they are, in the header ``Actor``: for tests and for the machine of a developer."""

    security_schemes: Mapping[str, Mapping[str, Any]] = {
        "actor": {
            "type": "apiKey",
            "in": "header",
            "name": "Actor",
            "description": "Who asks: id, :roles and @department, for example u17:agent,lead@hotline. "
            "Only where this server was told to believe it.",
        }
    }

    async def person(self, request: Request) -> Person | None:
        """Whoever the header names, with a role at least."""
        text = request.headers.get("actor", "")
        if ":" not in text:
            return None
        try:
            return Person(Actor.parse(text))
        except ValueError:
            return None


class Nobody:
    """Knows nobody: what a server does that was put together without a way to sign in."""

    security_schemes: Mapping[str, Mapping[str, Any]] = {}

    async def person(self, request: Request) -> Person | None:
        """Nobody."""
        return None
