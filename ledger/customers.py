"""Customers by what is known of them, and their cases as the read models have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from domain.entry import Entry
from domain.subject import Subject
from ledger import pages
from ledger.errors import UnknownStream
from ledger.recorder import Recorder
from ledger.store import Ledger

OF_CUSTOMER = 'subject = %(subject)s AND ({sight}) ORDER BY received_at DESC, "case" DESC LIMIT 500'

OTHERS = """
SELECT count(*) AS number FROM casefold_views.case_summary
WHERE subject = %(subject)s AND "case" <> %(case)s AND ({sight})
"""


def cases_of_customer(ledger: Ledger, subject: str, sight: pages.Sight = pages.EVERYTHING) -> pages.Rows:
    """Their cases that may be seen, the newest first; a moment late, as the lists are."""
    statement = pages.FROM + OF_CUSTOMER.format(sight=sight[0])
    params: Mapping[str, Any] = {**sight[1], "subject": subject}

    def ask(connection: Connection[Any]) -> pages.Rows:
        return connection.cursor(row_factory=dict_row).execute(statement.encode(), params).fetchall()

    return ledger.reading(ask)


def how_many_others(ledger: Ledger, subject: str, case: str, sight: pages.Sight = pages.EVERYTHING) -> int:
    """How many cases besides this one they have that may be seen; a moment late, as the lists are."""
    params: Mapping[str, Any] = {**sight[1], "subject": subject, "case": case}

    def ask(connection: Connection[Any]) -> pages.Rows:
        statement = OTHERS.format(sight=sight[0])
        return connection.cursor(row_factory=dict_row).execute(statement.encode(), params).fetchall()

    return int(ledger.reading(ask)[0]["number"])


def known_customer(ledger: Ledger, case: str, subject: str) -> str:
    """The pseudonym of a case's customer, whose state names ``subject``; empty: nothing of them is kept."""
    if subject or ledger.ring is None:
        return subject
    return ledger.ring.known_by_case(case)


def customers_with(ledger: Ledger, *, contact: str = "", customer: str = "") -> list[str]:
    """Who has this phone or mail, or this customer number."""
    if ledger.ring is None:
        return []
    return list(dict.fromkeys(ledger.ring.subjects_with(contact=contact, customer=customer)))


def life_of(ledger: Ledger, recorder: Recorder, subject: str) -> tuple[Subject, list[Entry]]:
    """How it stands with a person's data, and what happened to it; nothing, mostly."""
    stream = f"subject:{subject}"
    try:
        return recorder.load(stream)[1], ledger.history(stream)
    except UnknownStream:
        return Subject(), []
