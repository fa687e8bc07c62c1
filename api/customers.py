"""The customer's file: all cases of one person, and what may be done with their data."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from api.asking import CaseId
from api.description import OF_READING, PREFIX, problems
from api.entries import EntryOut
from api.lists import LineOut
from api.look import newest
from api.models import Answer, Body, Name
from api.parts import Parts, parts_of
from api.person import Permission, Person, needs
from api.plain import json_answer
from api.problems import Problem
from api.words import N_, Language, language_of
from domain.subject import standing
from ledger import pages
from ledger.customers import cases_of_customer, customers_with, known_customer, life_of

PSEUDONYM = re.compile(r"[A-Za-z0-9_-]{1,80}")

routes = APIRouter(prefix=PREFIX, tags=["customers"])
Reader = Annotated[Person, needs(Permission.SEE_CASE)]
Customer = Annotated[str, Path(description="The person's pseudonym.", max_length=200, examples=["P3f9a0c1d2e4b5a69"])]


class CustomerOut(Answer):
    """A customer under their pseudonym: their cases, and how it stands with their data."""

    customer: str = Field(description="Their pseudonym: the same in all of their cases.")
    erased: bool
    restricted: bool
    step: str = Field(description="How far an erasure is; empty: none was asked for.", examples=["", "requested"])
    holds: list[str] = Field(description="Holds that forbid an erasure now.")
    waits_for: list[str] = Field(
        description="Open cases and holds that an erasure waits for; told to who sees all cases."
    )
    cases: list[LineOut] = Field(description="Those that you may see, the newest first.")
    entries: list[EntryOut] = Field(description="What happened to their data, masked; likewise.")


class CustomerLine(Answer):
    """A customer who was found."""

    customer: str
    cases: list[str] = Field(description="Those of their cases that you may see, the newest first.")


class CustomersOut(Answer):
    """Who was found."""

    items: list[CustomerLine]


class Known(Body):
    """What is known of somebody; one of the two."""

    contact: Name = Field("", description="A phone number or mail address. Personal data.", examples=["13800138000"])
    number: Name = Field("", description="A customer number.", examples=["K-1001"])


NOT_THERE = N_("There is no such thing here.")


@routes.get(
    "/cases/{case}/customer",
    operation_id="get_customer_of_case",
    summary="The customer's file, by a case",
    response_model=CustomerOut,
    responses=problems(*OF_READING),
)
def get_customer_of_case(request: Request, person: Reader, case: CaseId) -> Response:
    """The file of a case's customer: all of their cases that you may see, and how it stands with their data."""
    parts = parts_of(request)
    stream, state = newest(parts.house, person, case)
    found = known_customer(parts.house.ledger, stream, str(state.subject))
    if not found:
        sentence = N_("{case} holds no personal data of a customer.")
        raise Problem(404, "no_customer", NOT_THERE, sentence, {"case": stream})
    return json_answer(_file(parts, person, found, language_of(request)))


@routes.get(
    "/customers/{customer}",
    operation_id="get_customer",
    summary="The customer's file",
    response_model=CustomerOut,
    responses=problems(*OF_READING),
)
def get_customer(request: Request, person: Reader, customer: Customer) -> Response:
    """The file of a customer under their pseudonym; there is none for who may see none of their cases."""
    told = _file(parts_of(request), person, customer, language_of(request)) if PSEUDONYM.fullmatch(customer) else None
    if told is None or not told["cases"]:
        sentence = N_("There is no customer {customer}, or none of their cases is yours to see.")
        raise Problem(404, "unknown_customer", NOT_THERE, sentence, {"customer": customer[:80]})
    return json_answer(told)


@routes.post(
    "/customers/find",
    operation_id="find_customers",
    summary="Find a customer",
    response_model=CustomersOut,
    responses=problems(400, 401, 403, 422, 500, 503),
)
def find_customers(request: Request, person: Reader, body: Known) -> Response:
    """Find a customer by phone, mail or number, among those with cases that you may see. It changes nothing; it is a
    POST because what is asked for is personal data, which does not belong into an address."""
    ledger = parts_of(request).house.ledger
    found = []
    for customer in customers_with(ledger, contact=body.contact, customer=body.number):
        if cases := [row["case"] for row in cases_of_customer(ledger, customer, _sight(person))]:
            found.append({"customer": customer, "cases": cases})
    return json_answer({"items": found})


def _file(parts: Parts, person: Person, customer: str, language: Language) -> dict[str, Any]:
    house = parts.house
    state, entries = life_of(house.ledger, house.recorder, customer)
    telling = parts.telling(language)
    everything = person.sight is None or person.sight.everything  # others would learn of cases that they do not see
    return {
        "customer": customer,
        "erased": state.erased,
        "restricted": state.restricted,
        "step": state.step,
        "holds": standing(state, house.ledger.now()),
        "waits_for": state.delayed_by if everything else (),
        "cases": cases_of_customer(house.ledger, customer, _sight(person)),
        "entries": [telling.entry(entry) for entry in entries] if everything else [],
    }


def _sight(person: Person) -> pages.Sight:
    return person.sight.condition if person.sight is not None else pages.EVERYTHING
