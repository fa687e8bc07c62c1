"""Exports over HTTP: the server makes the file and writes down who took it; here it is put where it is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from console.house import House, not_over_http
from console.remote.failures import translated
from console.remote.ledger import RemoteLedger
from domain.access import Disclosure
from ledger.exports.files import Form, is_json, write_pieces

if TYPE_CHECKING:  # imported where it is used: help must not wait for the libraries
    from ledger.exports.told import Selection

CASES, EVENTS = "Export-Cases", "Export-Events"
"""Headers that tell what a file holds (`api.exports`)."""


def export(
    house: House, to: Path, form: Form, chosen: Selection, personal: Disclosure, purpose: str
) -> tuple[int, int]:
    """Write the cases chosen into this file, over what is there; how many cases and events they are.

    Raises what a house raises, and OSError.
    """
    if form is Form.OCEL and not is_json(to):
        raise not_over_http()  # it is told in one form only
    ledger = house.ledger
    assert isinstance(ledger, RemoteLedger)
    asked = {
        "kind": chosen.kind,
        "stage": chosen.stage or None,
        "urgency": chosen.urgency or None,
        "department": chosen.department,
        "responsible": chosen.responsible,
        "ending": chosen.ending or None,
        "over": chosen.over,
        "received_from": chosen.received_from,
        "received_before": chosen.received_to,
        "steps": chosen.steps,
        "personal": personal,
        "purpose": purpose,
    }
    with translated(ledger.casefold.url):
        download = ledger.casefold.export_cases(form.value, case=chosen.cases, **asked)  # type: ignore[arg-type]
        with download.pieces() as pieces:
            write_pieces(to, pieces)
    return int(download.headers[CASES]), int(download.headers[EVENTS])
