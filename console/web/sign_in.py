"""The page on which one signs in; who may, and how, is decided by whoever looks after users."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from console.web.desk import AtDoor, local
from console.web.problems import Page
from console.words import N_, _

SAID = {
    "wrong": N_("This name and password do not belong together. Nothing else is told, so that nobody can guess names."),
    "slow": N_("There were too many attempts. Wait a minute, then try again."),
    "out": N_("You have signed out."),
    "over": N_("Your time was up, so you were signed out. What you had typed is kept in this browser."),
}
"""What the page says first; whoever sends people here names it: ``/sign-in?said=wrong``."""

router = APIRouter(route_class=Page)


@router.get("/sign-in", include_in_schema=False)
def sign_in(at: AtDoor, next: str = "/", said: str = "") -> HTMLResponse:  # noqa: A002 - as it stands in the address
    """The form. It is sent to the same address."""
    told = _(SAID[said]) if said in SAID else ""
    return at.page("sign_in.html", next=local(next), said=told, wrong="", user="")
