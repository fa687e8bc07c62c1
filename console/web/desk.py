"""What a page works with in one request: the house, who looks, in which language; and how it answers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.house import House
from api.parts import parts_of
from api.person import Permission
from api.words import best
from console.web import unmasking
from console.web.feed import Feed
from console.web.naming import Naming
from console.web.rendering import render
from console.web.visitor import NotSignedIn, Visitor, visitor_of
from console.words import Language, use
from ledger.folds import Folds

LANGUAGE_COOKIE = "casefold_language"
REMEMBERED = 2000
"""Cases whose states are kept at hand for lists."""


@dataclass(frozen=True)
class Console:
    """What all pages of one application share."""

    house: House
    feed: Feed
    folds: Folds
    """The states of the cases that lists have shown."""

    @classmethod
    def of(cls, house: House) -> Console:
        """For this house; nothing is connected before it is used."""
        return cls(house, Feed(house.ledger), Folds(house.ledger, REMEMBERED))


class Desk:
    """One request: what it is about, and the ways to answer it."""

    def __init__(self, request: Request, visitor: Visitor | None) -> None:
        self.request = request
        self._visitor = visitor
        self.shows_case = False
        """Whether this is the page of a case: the only one that the choice to see personal data is for."""

    @property
    def console(self) -> Console:
        """What all pages share."""
        console: Console = self.request.app.state.console
        return console

    @property
    def house(self) -> House:
        """The ledger and its only door."""
        return parts_of(self.request).house

    @cached_property
    def naming(self) -> Naming:
        """What people and departments are called."""
        return Naming(self.house)

    @property
    def visitor(self) -> Visitor:
        """Who looks. Raises NotSignedIn."""
        if self._visitor is None:
            raise NotSignedIn
        return self._visitor

    @property
    def somebody(self) -> Visitor | None:
        """Who looks, if anybody is signed in."""
        return self._visitor

    def need(self, permission: Permission) -> None:
        """Raises a problem when whoever looks may not see or begin this."""
        if not self.visitor.may(permission):
            raise self.visitor.person.lacks(permission)

    @property
    def address(self) -> str:
        """Where we are, with the query: to come back to."""
        url = self.request.url
        return url.path + (f"?{url.query}" if url.query else "")

    @property
    def is_part(self) -> bool:
        """Whether only a part of the page is asked for, by htmx."""
        headers = self.request.headers
        return headers.get("hx-request") == "true" and headers.get("hx-boosted") != "true"

    @property
    def asks_to_reveal(self) -> bool:
        """Whether it is asked that personal data be shown on this page."""
        return self.request.query_params.get("reveal") == "yes"

    @property
    def always_reveals(self) -> bool:
        """Whether this person chose to see personal data in each case that they open, and may."""
        return self.visitor.sees_personal and unmasking.chosen(self.request, self.visitor.actor.id)

    @property
    def reveal(self) -> bool:
        """Whether personal data is to be shown: asked for here, or chosen for all cases; and this person may."""
        if "reveal" in self.request.query_params:
            return self.asks_to_reveal and self.visitor.sees_personal
        return self.shows_case and self.always_reveals

    def page(self, template: str, status: int = 200, /, **given: Any) -> HTMLResponse:
        """The page."""
        return HTMLResponse(render(template, desk=self, **given), status)

    def go(self, address: str) -> Response:
        """Somewhere else, after something was done; htmx is told in its own way."""
        if self.is_part:
            return Response(headers={"HX-Redirect": address})
        return RedirectResponse(address, 303)


def new_id() -> str:
    """A new id for a command: repeating the form is harmless, it gets the first answer again."""
    return str(uuid.uuid4())


def local(address: str) -> str:
    """An address of this site; the worklist instead of anything else."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"


def sign_in_address(address: str) -> str:
    """Where to sign in, and come back from."""
    return f"/sign-in?next={quote(address, safe='')}"


def speak(request: Request, visitor: Visitor | None = None) -> None:
    """Speak the language that was chosen here, else the person's, else the browser's."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "") or (visitor.language if visitor else "")
    use(Language(chosen if chosen in set(Language) else best(request.headers.get("accept-language", "")).value))


async def door(request: Request) -> Desk:
    """For pages that are for anybody. On the event loop, so that the language holds for the page's thread too."""
    speak(request)
    visitor = await visitor_of(request)
    speak(request, visitor)
    return Desk(request, visitor)


async def desk(request: Request) -> Desk:
    """For all other pages. Raises NotSignedIn, before anything is looked at."""
    found = await door(request)
    _signed_in = found.visitor
    return found


AtDesk = Annotated[Desk, Depends(desk)]
"""``at: AtDesk``: how a page asks for it; whoever comes is signed in."""
AtDoor = Annotated[Desk, Depends(door)]
"""The same for pages that are for anybody: signing in, switching the language."""
