"""The work: one thing is opened, and six more things are written about it, over HTTP."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from bench.helpdesk.ours import DEPARTMENT, USER, Casefold
from bench.helpdesk.theirs import Helpdesk
from bench.operators import Watch, work

STEPS = 7
"""One opens, six follow."""
MATTER = (
    "The lamp that I ordered two weeks ago arrived with a broken shade. The parcel was wrapped in a single layer of "
    "paper; I have kept all of it. I should like to have a new shade, or my money back."
)
COURSE = (
    "The lamp was packed in one layer of paper instead of two of foam; the scale of the depot shows that the parcel "
    "was turned over on its way, and the driver's note says the same."
)
SUBJECT = "Lamp arrived broken"
OURS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("assign-case", {"to": USER, "department": DEPARTMENT}),
    ("contact-customer", {"channel": "hotline"}),
    ("record-finding", {"course": COURSE, "cause": "packaging"}),
    ("name-responsible", {"department": DEPARTMENT, "person": USER}),
    ("take-decision", {"outcome": "upheld", "findings": ["F1"], "rule": "house rules 5.3"}),
    ("propose-remedy", {"summary": "A new shade.", "measures": [{"text": "Send a shade", "owner": USER}]}),
)
THEIRS: tuple[tuple[str, str], ...] = (
    ("Assigned", "Assigned to customer service."),
    ("Called", "I have spoken to the customer."),
    ("Finding", COURSE),
    ("Responsible", "The packaging of the depot."),
    ("Decision", "Upheld, by house rules 5.3."),
    ("Proposal", "A new shade."),
)

Do = Callable[[int, int], None]


class Clients:
    """One client for each thread, its connection kept open."""

    def __init__(self, address: str, authorization: str) -> None:
        self._address, self._authorization = address, authorization
        self._local = threading.local()
        self._made: list[httpx.Client] = []

    def post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Give a command. Whatever is not done would spoil the measurement, so it is raised."""
        client: httpx.Client | None = getattr(self._local, "client", None)
        if client is None:
            known = {"Authorization": self._authorization}
            client = self._local.client = httpx.Client(base_url=self._address, headers=known, timeout=60)
            self._made.append(client)
        answer = client.post(path, json=body, headers=headers)
        if not answer.is_success:
            raise RuntimeError(f"{path} is answered with {answer.status_code}: {answer.text[:500]}")
        found: dict[str, Any] = answer.json()
        return found

    def close(self) -> None:
        """Close all connections."""
        for client in self._made:
            client.close()


def theirs(helpdesk: Helpdesk, name: str, clients: int, tickets: int) -> Watch:
    """So many tickets with six follow-ups each."""
    known = [0] * tickets

    def do(ticket: int, step: int) -> None:
        if step == 0:
            known[ticket] = wire.post("/api/tickets/", _ticket(helpdesk.queue, f"{name}-{ticket}"))["id"]
        else:
            title, comment = THEIRS[step - 1]
            wire.post("/api/followups/", {"ticket": known[ticket], "title": title, "comment": comment})

    wire = Clients(helpdesk.address, f"Token {helpdesk.token}")
    return _measured(clients, tickets, do, wire)


def ours(casefold: Casefold, name: str, clients: int, cases: int) -> Watch:
    """So many complaints with six commands each, up to the proposal."""
    known = [""] * cases

    def do(case: int, step: int) -> None:
        key = {"Idempotency-Key": str(uuid.uuid4())}
        if step == 0:
            known[case] = wire.post("/api/v1/cases", complaint(f"{name}-{case}"), key)["case"]
        else:
            command, body = OURS[step - 1]
            wire.post(f"/api/v1/cases/{known[case]}/{command}", body, key)

    wire = Clients(casefold.address, f"Bearer {casefold.token}")
    return _measured(clients, cases, do, wire)


def _contact(number: str) -> str:
    """Each customer writes once."""
    return f"jane.{number}@example.com"


def _ticket(queue: int, number: str) -> dict[str, Any]:
    known = {"queue": queue, "title": f"{SUBJECT} ({number})", "description": f"{MATTER} ({number})"}
    return {**known, "submitter_email": _contact(number), "priority": 3}


def complaint(number: str) -> dict[str, str]:
    """Each has a matter of its own: the same one again would be found and refused."""
    return {
        "kind": "complaint",
        "channel": "hotline",
        "language": "en",
        "customer_name": "Jane Example (made up)",
        "contact": _contact(number),
        "matter": f"{MATTER} ({number})",
        "remedy_sought": "A new shade",
        "category": "product",
        "subcategory": "damage",
    }


def _measured(clients: int, cases: int, do: Do, wire: Clients) -> Watch:
    try:
        return work(clients, cases, STEPS, do)
    finally:
        wire.close()
