"""Choosing to see personal data in each case that one opens, and choosing to have it masked again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from api.person import Permission
from console.web import unmasking
from console.web.desk import AtDesk, local
from console.web.problems import Page

router = APIRouter(route_class=Page)

Text = Annotated[str, Form(max_length=2000)]


@router.post("/account/unmasked", include_in_schema=False)
def choose(at: AtDesk, show: Text = "", next: Text = "/account") -> Response:  # noqa: A002 - the name of the field
    """Begin or end it, and go back to where one was."""
    at.need(Permission.SEE_PERSONAL)
    answer = at.go(local(next))
    if show == "yes":
        unmasking.choose(answer, at.request, at.visitor.actor.id)
    else:
        unmasking.forget(answer, at.request)
    return answer
