"""When a page cannot be shown: what happened, what was saved, and what to do; never a stack trace."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from api.identity.rights import MEANING, Permission
from api.problems import Problem, RefusedProblem
from console.web.desk import Desk, sign_in_address, speak
from console.web.navigation import places_for
from console.web.rendering import render
from console.web.visitor import NotSignedIn, Visitor
from console.words import N_, _, refusal
from domain.refusal import Refused
from ledger.errors import LedgerError, LedgerUnavailable, UnknownStream

log = structlog.get_logger("console.web")

TITLES = {
    403: N_("This is not for you"),
    404: N_("There is nothing here"),
    409: N_("This cannot be done now"),
    410: N_("This link works no more"),
    503: N_("The ledger cannot be reached"),
    500: N_("This is our mistake"),
}
TEXTS = {
    403: N_("Your roles do not let you see this. Nothing was changed. If you need it, ask whoever looks after users."),
    404: N_("Perhaps the address has a slip in it. Nothing was changed. The worklist shows all open cases."),
    409: N_("The case has moved on, so this is no longer possible. Nothing was changed. Look at the case again."),
    500: N_("This page could not be made. Nothing that you had saved is lost. Try again, and tell us if it stays so."),
}
AWAY = N_("The database does not answer. What was saved is safe. This page tries again by itself every five seconds.")
AWAY_SAVING = N_(
    "The database does not answer, so it is not known whether this was saved. Go back and send it once more: if it was "
    "saved before, it is not saved a second time."
)

NOT_ALLOWED = frozenset({"not_your_role", "auditors_only_read", "only_the_system", "reserved_name"})
"""Refusals that have to do with who asks."""

OF_A_CASE = re.compile(r"/cases/([^/]+)/.")
"""What is done on the page of a case: one can go back to it."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Page(APIRoute):
    """A route whose failures are pages too."""

    def get_route_handler(self) -> Handler:
        """The handler, and what becomes of its failures."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await inner(request)
            except NotSignedIn:
                return _to_sign_in(request)
            except Exception as error:
                return problem(request, error) or _our_mistake(request, error)

        return handler


def problem(request: Request, error: Exception) -> Response | None:
    """The page for a failure; None for one that nobody has foreseen."""
    match error:
        case LedgerUnavailable():
            again = request.method == "GET"
            return problem_page(request, 503, _(AWAY) if again else _(AWAY_SAVING), again=again)
        case UnknownStream():
            return problem_page(request, 404, refusal(Refused("unknown_case", case=error.stream)))
        case Refused(code="unknown_case" | "not_received"):
            return problem_page(request, 404, refusal(error))
        case Refused():
            return problem_page(request, 403 if error.code in NOT_ALLOWED else 409, refusal(error))
        case Problem() if error.status == 401:
            return _to_sign_in(request)
        case RefusedProblem():
            return problem_page(request, error.status, refusal(error.refused))
        case Problem():
            return problem_page(request, error.status, _(error.detail, **_readable(error.params)))
        case HTTPException():
            return problem_page(request, error.status_code)
        case RequestValidationError():
            return problem_page(request, 404)
        case LedgerError():
            return problem_page(request, 503, str(error))
    return None


def _readable(params: Mapping[str, Any]) -> dict[str, Any]:
    """What a problem names, for people: of a right the sentence that says what it is for."""
    name = params.get("permission")
    if name not in set(Permission):
        return dict(params)
    return {**params, "permission": f"“{_(MEANING[Permission(name)]).rstrip('.。')}”"}


def _our_mistake(request: Request, error: Exception) -> Response:
    """What nobody has foreseen: a page for whoever asked, the rest for the log."""
    log.error("page_failed", request_id=request.state.request_id, route=request.scope["route"].path, exc_info=error)
    return problem_page(request, 500)


def problem_page(request: Request, status: int, text: str = "", *, again: bool = False) -> HTMLResponse:
    """A plain page that needs nothing: neither the database nor who is signed in."""
    speak(request)
    known = status if status in TITLES else 404 if status < 500 else 500
    text = text or _(TEXTS.get(known, TEXTS[404]))
    body = render(
        "problem.html",
        desk=None,
        status=status,
        title=_(TITLES[known]),
        text=text,
        again=again,
        at=request.url.path,
        home=_home(request, status),
        case=found[1] if status in (403, 409) and (found := OF_A_CASE.match(request.url.path)) else "",
        part=request.headers.get("hx-request") == "true",
    )
    headers = {"Retry-After": "5"} if status == 503 else None
    return HTMLResponse(body, status, headers)


def _home(request: Request, status: int) -> tuple[str, str]:
    """Where to go on, and what that is called: a page that is for this person, if it is known who they are."""
    person = getattr(request.state, "person", None)
    if person is None:
        return ("/sign-in", _("Sign in")) if status == 410 else ("/", _("To the worklist"))
    places = places_for(Visitor(person))
    if not places:
        return "/account", _("My account")
    return ("/", _("To the worklist")) if places[0].path == "/" else (places[0].path, _(places[0].title))


def _to_sign_in(request: Request) -> Response:
    address = sign_in_address(Desk(request, None).address if request.method == "GET" else "/")
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)
