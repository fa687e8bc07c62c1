"""The customer's file: all of their cases that whoever looks may see, and how it stands with their data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.customers import NOT_THERE, PSEUDONYM
from api.person import Permission
from api.problems import Problem
from console.masking import mask
from console.subject_words import standing_word
from console.web.countdown import Countdown, of_row
from console.web.desk import AtDesk, Desk
from console.web.filters import Row
from console.web.problems import Page
from console.web.timeline import lines
from console.words import N_
from domain.case import Case
from domain.entry import Entry
from domain.personal import HIDDEN
from domain.subject import MAY, Subject, standing
from ledger.customers import cases_of_customer, customers_with, how_many_others, known_customer, life_of

SHORTEST = 4
"""Letters of a contact or a number that must be typed before anybody is looked for."""
BESIDE = 6
"""Cases that are shown beside a new one, at most; the file has them all."""
MOST_PEOPLE = 3
"""A number that several people share names so many of them."""
NAMES = ("customer_name", "contact")

router = APIRouter(route_class=Page)


@dataclass(frozen=True)
class InFile:
    """One case of the file."""

    row: Row
    countdown: Countdown


@dataclass(frozen=True)
class File:
    """A customer under their pseudonym."""

    person: str
    known_as: tuple[str, ...]
    """What they are called in their newest case, masked; nothing when it cannot be read any more."""
    open: tuple[InFile, ...]
    ended: tuple[InFile, ...]
    state: Subject
    life: tuple[Entry, ...] = ()
    """What happened to their data."""

    @property
    def number(self) -> int:
        """How many cases those are."""
        return len(self.open) + len(self.ended)

    @property
    def standing(self) -> str:
        """What may be done with their data, when that is not simply everything."""
        return standing_word(self.state) if self.state.restricted or self.state.step else ""

    @property
    def beside(self) -> Sequence[InFile]:
        """The first of them, the open ones before the others."""
        return (*self.open, *self.ended)[:BESIDE]


@router.get("/customers/{person}", include_in_schema=False)
def show_customer(at: AtDesk, person: str) -> HTMLResponse:
    """The page. There is none for who may see none of their cases. Names stay masked: a case shows them."""
    at.need(Permission.SEE_CASE)
    found = file_of(at, person) if PSEUDONYM.fullmatch(person) else None
    if found is None:
        sentence = N_("There is no customer {customer}, or none of their cases is yours to see.")
        raise Problem(404, "unknown_customer", NOT_THERE, sentence, {"customer": person[:80]})
    sees_all = at.visitor.person.sight is None or at.visitor.person.sight.everything
    return at.page(
        "customer_file.html",
        found=found,
        now=at.house.ledger.now(),
        holds=standing(found.state, at.house.ledger.now()),
        waits_for=found.state.delayed_by if sees_all else (),  # others would learn of cases that they do not see
        lines=lines(found.life, at.house.ledger.opened, reveal=False)[::-1] if sees_all else [],
        commands=_commands(at, found),
    )


def file_of(at: Desk, person: str) -> File | None:
    """A customer's file; None when there is none, or nothing in it is for whoever looks."""
    ledger, now = at.house.ledger, at.house.ledger.now()
    rows = cases_of_customer(ledger, person, at.visitor.sight)
    if not rows:
        return None
    at.naming.know(str(row["responsible"]) for row in rows)
    state, entries = life_of(ledger, at.house.recorder, person)
    told = [InFile(row, of_row(row, ledger, now)) for row in rows]
    return File(
        person,
        () if state.erased else _known_as(at, str(rows[0]["case"])),
        tuple(one for one in told if not one.row["ending"]),
        tuple(one for one in told if one.row["ending"]),  # closed; a review may still be to come
        state,
        tuple(entries),
    )


def files_of(at: Desk, typed: Mapping[str, str]) -> list[File]:
    """The files of whoever has the contact or the customer number that is being typed."""
    contact, number = (_worth_asking(typed.get(name, "")) for name in ("contact", "customer"))
    people = customers_with(at.house.ledger, contact=contact, customer=number) if contact or number else []
    found = (file_of(at, person) for person in people[:MOST_PEOPLE])
    return [file for file in found if file is not None]


def others_of(at: Desk, case: str, state: Case) -> tuple[str, int]:
    """Whose case it is, and how many others of theirs whoever looks may see."""
    person = known_customer(at.house.ledger, case, str(state.subject))
    return person, how_many_others(at.house.ledger, person, case, at.visitor.sight) if person else 0


def _worth_asking(text: str) -> str:
    text = text.strip()
    return text if len(text) >= SHORTEST else ""


def _known_as(at: Desk, case: str) -> tuple[str, ...]:
    intake = at.console.folds.load(case).state.intake
    told = {name: at.house.ledger.opened_text(getattr(intake, name)) for name in NAMES}
    return tuple(mask(name, text) for name, text in told.items() if text and text not in HIDDEN)


def _commands(at: Desk, found: File) -> list[str]:
    """What whoever decides about persons' data can give in a terminal now."""
    me = at.visitor.actor
    if not set(MAY) & set(me.roles):
        return []
    person, status = found.person, f"casefold subject status {found.person}"
    if found.state.erased:
        return [status]
    restriction = f"ask-release {person} --reason @-" if found.state.restricted else f"restrict {person} --note @-"
    acts = (restriction, f"hold {person} --reason @-", f"erase {person}")
    return [status, *(f"casefold subject {act} --by {me}" for act in acts)]
