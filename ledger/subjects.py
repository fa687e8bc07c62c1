"""Whose personal data a submission is about: the customer of its case, or whoever writes."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from domain.events import CaseReceived, IntakeSupplemented
from domain.message import Event
from ledger.errors import LedgerUnavailable
from ledger.folds import Folds
from ledger.keys.ring import KeyRing, contact_of
from ledger.keys.sealing import Sealing, holds_personal
from ledger.keys.store import SubjectState
from ledger.store import Ledger
from ledger.submission import Asked

CONTACT = "contact"
THEIR_CASES = 'SELECT "case" FROM casefold_views.case_summary WHERE subject = %s ORDER BY 1'


def sealing_of(ledger: Ledger, asked: Asked, stream: str, state: Any) -> Sealing:
    """How the personal data of a submission on a stream in this state is sealed. Raises KeysUnavailable."""
    subject_of = asked.kind.subject_of
    if subject_of is None:
        return Sealing(ledger.ring, asked.by.id, stream)
    subject = subject_of(state)
    if asked.opens and not subject and ledger.ring is not None and _names_somebody(asked):
        subject = _new_subject(asked, ledger.ring)
    return Sealing(ledger.ring, asked.by.id, stream, subject, has_customer=True)


def learn(ledger: Ledger, asked: Asked, stream: str, state: Any) -> None:
    """After a contact was recorded: let its customer be found by it, and no longer by the one that was wrong.

    Lost to a crash, they are found by what else is known of them.
    """
    if asked.data.get("field") != CONTACT or asked.kind.subject_of is None or ledger.ring is None:
        return
    with suppress(LedgerUnavailable):
        subject = asked.kind.subject_of(state) or ledger.ring.subject_of_case(stream)
        ledger.ring.learn_contact(asked.data["value"], subject)
        for wrong in _no_longer(ledger, ledger.ring, stream, subject):
            ledger.ring.forget_contact(wrong, subject)


def _no_longer(ledger: Ledger, ring: KeyRing, case: str, subject: str) -> set[str]:
    """Contacts that the case had before, and that no case of the customer has now: somebody else's, perhaps."""
    before = {value for entry in ledger.history(case) if (value := _contact_said(entry.event))}
    cases = {case, *(other for (other,) in ledger.query(THEIR_CASES, [subject]))}
    now = {fold.state.intake.contact for fold in Folds(ledger).load_all(sorted(cases)).values()}
    return {contact_of(ring.open(text)) for text in before} - {contact_of(ring.open(text)) for text in now if text}


def _contact_said(event: Event) -> str:
    """The contact that an event tells, still sealed."""
    match event:
        case CaseReceived(contact=contact):
            return contact
        case IntakeSupplemented(field="contact", value=str(value)):
            return value
    return ""


def _names_somebody(asked: Asked) -> bool:
    return bool(asked.data.get("customer")) or holds_personal(type(asked.command), asked.data)


def _new_subject(asked: Asked, ring: KeyRing) -> str:
    """The customer of a case that is being opened."""
    if not asked.new_subject:
        customer, contact = asked.data.get("customer", ""), asked.data.get(CONTACT, "")
        asked.new_subject.append(ring.subject_of_customer(customer, contact))
    return asked.new_subject[0]


def mirror(ledger: Ledger, subject: str) -> None:
    """Let the key store say what the ledger says of a subject: every process then hears of it within seconds."""
    if ledger.ring is None:
        return
    state = ledger.state_of(subject)
    if state is not SubjectState.ERASED:  # keys are destroyed by the erasure alone
        ledger.ring.store.change(subject, state)
    ledger.ring.forget(subject)
