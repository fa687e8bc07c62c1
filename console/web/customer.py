"""The customer's page, behind a signed link: how my case stands, my answer, a message with files, my rating."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.customer_links import CustomerLink, LinkAltered, LinkTooOld, LinkWithdrawn
from api.house import House
from console.look import Seen, seen
from console.web.customer_forms import FILES, Sent, TooMuch, sent
from console.web.customer_view import ANSWERS, View, customer_actor, view_of
from console.web.desk import new_id
from console.web.rendering import render
from console.words import N_, Language, _, refusal, use
from domain import commands as c
from domain.access import Through
from domain.message import Command
from domain.refusal import Refused
from domain.words import Channel
from ledger.access import AccessLog
from ledger.errors import LedgerError, LedgerNotReady, LedgerUnavailable, NotWritable, UnknownStream
from ledger.evidence.evidence import Evidence
from ledger.evidence.limits import Limits
from ledger.submission import Receipt, Submission

MOST_A_DAY = 60
"""What one link may record in a day; whoever has more to say is called."""
LONGEST = 5000
"""Characters of one text."""
TRIES = 3
TELLABLE = frozenset({"evidence_too_large", "evidence_type_not_taken", "evidence_empty"})
"""Refusals whose sentences are meant for whoever sends a file."""

SAID = {
    "accept_proposal": N_("Thank you. We have your answer: you agree. We begin now."),
    "reject_proposal": N_("Thank you for telling us. We have your answer, and look at it again."),
    "confirm_satisfaction": N_("Thank you. We are glad that you are satisfied."),
    "reject_result": N_("Thank you for telling us. We look at it again."),
    "answer_survey": N_("Thank you. We have your rating."),
    "message": N_("Thank you. We have your message."),
}
MOVED = N_("It has moved on since you opened this page, so your answer was not saved. Look at what it says now.")
EMPTY = N_("Nothing was sent yet: write a few words, or choose a file.")
WORDS_NEEDED = N_("Nothing was sent yet: say what you would like instead.")
RATING_NEEDED = N_("Nothing was sent yet: give each of the three a rating.")
TOO_LONG = N_("Nothing was sent yet: the text is too long. Send it in parts, or as a file.")
TOO_LARGE = N_("Nothing was saved: the files are larger than {limit} together. Send them one by one, or smaller ones.")
TOO_OFTEN = N_("Nothing was saved: a great deal came by this link today. Please call us.")
AWAY = N_("We cannot save it at this moment. What you wrote is still here: send it again in a minute.")
UNKNOWN = N_("It is not certain that this was saved. Send it once more: it is not saved twice.")
PARTLY = N_("{number} of your files were saved. This one was not, nor those after it: {file}.")


class NoLinks(Exception):
    """This program was put together without links for customers."""


@dataclass
class AtLink:
    """One request of a customer."""

    request: Request
    link: CustomerLink
    house: House
    token: str

    @property
    def address(self) -> str:
        """The page, in the language that is spoken."""
        return f"/c/{self.token}?lang={self.language}"

    @property
    def language(self) -> str:
        """The language that is spoken: chosen on the page, else the link's."""
        chosen = self.request.query_params.get("lang", "")
        return chosen if chosen in set(Language) else self.link.language

    def look(self) -> Seen:
        """The case. Raises UnknownStream, Refused and LinkWithdrawn."""
        found = seen(self.house, self.link.case)
        if found.case.links != self.link.number:
            raise LinkWithdrawn
        return found


class CustomerPage(APIRoute):
    """A route whose failures are pages for customers: whom to call, and nothing of our own."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, and what becomes of its failures."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await inner(request)
            except LinkTooOld:
                text = N_("Links to a case work for 90 days. Ask us for a new one: we are glad to send it.")
                return _problem(request, 410, N_("This link is too old"), text)
            except LinkWithdrawn:
                text = N_("We have withdrawn it: nobody sees your case with it. Ask us for a new one if you need it.")
                return _problem(request, 410, N_("This link does not work any more"), text)
            except (LinkAltered, NoLinks, UnknownStream, Refused, HTTPException):
                text = N_("Perhaps a part of it was lost on its way. Open it again from the message that we sent you.")
                return _problem(request, 404, N_("This link does not work"), text)
            except LedgerError:
                text = N_("Nothing of yours is lost. Try again in a few minutes.")
                return _problem(request, 503, N_("We cannot show your case just now"), text)

        return handler


router = APIRouter(route_class=CustomerPage)


async def at_link(request: Request, token: str) -> AtLink:
    """Who comes by a link. On the event loop, so that the language holds for the page's thread too."""
    _speak(request)
    house: House = request.app.state.console.house
    if house.customer_links is None:
        raise NoLinks
    at = AtLink(request, house.customer_links.read(token), house, token)
    use(Language(at.language) if at.language in set(Language) else None)
    return at


At = Annotated[AtLink, Depends(at_link)]


def _speak(request: Request) -> None:
    """Before the link is read: as the address says, else as the browser asks."""
    chosen = request.query_params.get("lang", "")
    browser = Language.ZH if "zh" in request.headers.get("accept-language", "").lower() else Language.EN
    use(Language(chosen) if chosen in set(Language) else browser)


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/c/{token}", include_in_schema=False)
def page(at: At, said: str = "") -> HTMLResponse:
    """How my case stands."""
    return _page(at, at.look(), said=_(SAID[said]) if said in SAID else "")


def _page(
    at: AtLink, found: Seen, status: int = 200, *, said: str = "", problem: str = "", typed: Sent | None = None
) -> HTMLResponse:
    view = view_of(found, at.house.ledger.opened)
    _note(at, found, view)
    typed = typed or Sent()
    limits = _limits(at.house) if view.open else None
    body = render(
        "customer.html",
        at=at,
        view=view,
        said=said,
        problem=problem,
        typed=typed,
        limits=limits,
        files=FILES,
        longest=LONGEST,
        command_id=typed.one("command_id") or new_id(),
        hotline=_hotline(at.house),
    )
    return HTMLResponse(body, status, {"X-Robots-Tag": "noindex"})


def _note(at: AtLink, found: Seen, view: View) -> None:
    """That the link was opened, and personal texts were shown: once a day. Raises LedgerError: then they are not."""
    if view.shown:
        act = f"link/{found.now.date().isoformat()}"
        AccessLog(at.house.recorder).read(customer_actor(found), found.id, view.shown, Through.CONSOLE, act=act)


def _hotline(house: House) -> str:
    return house.customer_links.hotline if house.customer_links else ""


def _evidence(house: House) -> Evidence | None:
    """The store for files, if this program has one."""
    try:
        return house.evidence()
    except LedgerNotReady:
        return None


def _limits(house: House) -> Limits | None:
    evidence = _evidence(house)
    return evidence.limits if evidence else None


def _problem(request: Request, status: int, title: str, text: str) -> HTMLResponse:
    house: House = request.app.state.console.house
    body = render("customer_problem.html", title=_(title), text=_(text), hotline=_hotline(house))
    return HTMLResponse(body, status, {"X-Robots-Tag": "noindex"})


# ── Answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/c/{token}/{answer}", include_in_schema=False)
async def give(at: At, request: Request, answer: str) -> Response:
    """My answer, my rating, or a message."""
    if answer not in (*ANSWERS, "message"):
        raise HTTPException(404)
    limits = await run_in_threadpool(_limits, at.house)
    most = limits.most if limits else 0
    try:
        typed = await sent(request, most)
    except TooMuch:
        return await run_in_threadpool(_too_large, at, most)
    try:
        return await run_in_threadpool(_message if answer == "message" else _answer, at, answer, typed)
    finally:
        typed.close()


def _too_large(at: AtLink, most: int) -> Response:
    from ledger.evidence.limits import readable

    return _page(at, at.look(), 413, problem=_(TOO_LARGE, limit=readable(most)))


def _answer(at: AtLink, name: str, typed: Sent) -> Response:
    found = at.look()
    command, wrong = _read(name, typed)
    if command is None:
        return _page(at, found, 422, problem=_(wrong), typed=typed)
    if _too_often(found):
        return _page(at, found, 429, problem=_(TOO_OFTEN), typed=typed)
    try:
        done = _record(at, found, command, typed)
    except LedgerUnavailable as error:
        return _page(at, found, 503, problem=_(UNKNOWN if error.outcome_unknown else AWAY), typed=typed)
    except NotWritable as error:
        return _page(at, found, 422, problem=str(error), typed=typed)
    if not done:
        return _page(at, at.look(), 409, problem=_(MOVED))
    return _thanks(at, name)


def _thanks(at: AtLink, what: str) -> Response:
    return RedirectResponse(f"{at.address}&said={what}#said", 303)


def _read(name: str, typed: Sent) -> tuple[Command | None, str]:
    """The command that was meant, or what is wrong with it."""
    words = typed.one("words")
    if len(words) > LONGEST:
        return None, TOO_LONG
    match name:
        case "accept_proposal":
            return c.AcceptProposal(words=words), ""
        case "confirm_satisfaction":
            return c.ConfirmSatisfaction(words=words), ""
        case "reject_proposal" | "reject_result" if not words:
            return None, WORDS_NEEDED
        case "reject_proposal":
            return c.RejectProposal(new_demand=words), ""
        case "reject_result":
            return c.RejectResult(new_demand=words), ""
    scores = [typed.one(part) for part in ("process", "result", "attitude")]
    if not all(score in ("1", "2", "3", "4", "5") for score in scores):
        return None, RATING_NEEDED
    process, result, attitude = map(int, scores)
    return c.AnswerSurvey(process=process, result=result, attitude=attitude, words=words), ""


def _record(at: AtLink, found: Seen, command: Command, typed: Sent) -> bool:
    """Whether it is recorded, now or before; the answer is to what the customer saw, and to nothing later."""
    command_id, actor = _command_id(typed), customer_actor(found)
    for number in range(TRIES):
        if any(entry.command_id.startswith(f"{command_id}/") and entry.actor.id == actor.id for entry in found.entries):
            return True
        if not isinstance(command, c.AnswerSurvey) and _key(at, found) != typed.one("proposal"):
            return False
        this = f"{command_id}/{number}"
        receipt = at.house.recorder.record(
            Submission(command, actor, this, found.id, expected_version=found.case.version)
        )
        if receipt.refusal is None or receipt.refusal.code != "version_moved":
            return receipt.refusal is None
        found = at.look()  # something else was recorded meanwhile: look whether the answer still holds
    return False


def _key(at: AtLink, found: Seen) -> str:
    offered = view_of(found, at.house.ledger.opened).offered
    return str(offered.key) if offered else ""


def _command_id(typed: Sent) -> str:
    return f"customer/{typed.one('command_id')[:60] or new_id()}"


def _too_often(found: Seen) -> bool:
    actor, since = customer_actor(found).id, found.now - timedelta(days=1)
    return sum(entry.actor.id == actor and entry.recorded_at > since for entry in found.entries) >= MOST_A_DAY


# ── Messages and files ───────────────────────────────────────────────────────────────────────────────────────────────


def _message(at: AtLink, _name: str, typed: Sent) -> Response:
    found = at.look()
    words = typed.one("words")
    if not words and not typed.files:
        return _page(at, found, 422, problem=_(EMPTY), typed=typed)
    if len(words) > LONGEST:
        return _page(at, found, 422, problem=_(TOO_LONG), typed=typed)
    if _too_often(found):
        return _page(at, found, 429, problem=_(TOO_OFTEN), typed=typed)
    try:
        saved, refused = _keep(at, found, words, typed)
    except LedgerUnavailable as error:
        return _page(at, found, 503, problem=_(UNKNOWN if error.outcome_unknown else AWAY), typed=typed)
    except NotWritable as error:
        return _page(at, found, 422, problem=str(error), typed=typed)
    if refused is None:
        return _thanks(at, "message")
    told = refusal(refused) if refused.code in TELLABLE else _(MOVED)
    if saved < len(typed.files):
        told += " " + _(PARTLY, number=saved, file=typed.files[saved].name)
    return _page(at, at.look(), 409, problem=told, typed=typed)


def _keep(at: AtLink, found: Seen, words: str, typed: Sent) -> tuple[int, Refused | None]:
    """Files first, then the message: how many files were kept, and why not the next one."""
    command_id, actor = _command_id(typed), customer_actor(found)
    evidence = _evidence(at.house)
    for number, file in enumerate(typed.files):
        if evidence is None:
            return number, Refused("evidence_kept_elsewhere", evidence=file.name)
        try:
            added: Receipt = evidence.add(
                found.id, file.content, file.name, actor, f"{command_id}/file{number}", media_type=file.media_type
            )
        except Refused as refused:
            return number, refused
        if added.refusal is not None:
            return number, added.refusal
    if words:
        command = c.ReceiveMessage(channel=Channel.ONLINE_MESSAGE, text=words)
        receipt = at.house.recorder.record(Submission(command, actor, f"{command_id}/text", found.id))
        return len(typed.files), receipt.refusal
    return len(typed.files), None
