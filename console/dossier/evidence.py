"""The evidence of a case: what the ledger says of each piece, and its file where that may leave the house."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.dossier.lines import text_of
from console.house import House
from console.look import Seen
from console.when import shown
from console.words import N_, _, refusal
from domain.access import Disclosure
from domain.events import EvidenceAdded
from domain.refusal import Refused

FOLDER = "evidence"
CHUNK = 1 << 20

NOT_KEPT = N_("not in this dossier: the file is kept elsewhere")
NOT_INCLUDED = N_("not in this dossier: files are handed out only with personal data included")
NOT_GIVEN = N_("not in this dossier: {reason}")


@dataclass(frozen=True)
class Item:
    """A piece of evidence, as the dossier tells of it."""

    number: str
    name: str
    given_by: str
    received: str
    size: int
    sha256: str
    where: str
    """Its place in the dossier, or why it is not there."""
    file: bool


def evidence_of(
    house: House, found: Seen, fields: Mapping[int, Mapping[str, Any]], target: Path, personal: Disclosure
) -> Iterator[Item]:
    """Every piece, its file put into the target's folder where it may be; ``fields`` are the shown ones, by version."""
    for entry in found.entries:
        event = entry.event
        if isinstance(event, EvidenceAdded):
            shown_as = fields[entry.version]
            name = str(shown_as["name"])
            file, reason = _put(house, found, event, name, target, personal)
            yield Item(
                number=event.evidence,
                name=name,
                given_by=text_of("given_by", event.given_by),
                received=shown(entry.recorded_at),
                size=event.size,
                sha256=event.sha256,
                where=file or reason,
                file=bool(file),
            )


def _put(
    house: House, found: Seen, event: EvidenceAdded, name: str, target: Path, personal: Disclosure
) -> tuple[str, str]:
    """The place of its file in the dossier, or a sentence why there is none.

    Raises LedgerUnavailable and EvidenceUnavailable: what cannot be had now is no reason to do without.
    """
    from ledger.evidence.errors import EvidenceDamaged, EvidenceMissing
    from ledger.evidence.serving import safe_name

    if not event.stored_as:
        return "", _(NOT_KEPT)
    if personal is not Disclosure.INCLUDED:
        return "", _(NOT_INCLUDED)
    place = f"{FOLDER}/{event.evidence}-{safe_name(name)}"
    try:
        _item, content = house.evidence().exported(found.id, event.evidence)
        (target / FOLDER).mkdir(exist_ok=True)
        with closing(content), (target / place).open("wb") as file:
            shutil.copyfileobj(content, file, CHUNK)
    except Refused as error:
        reason = refusal(error)
    except (EvidenceDamaged, EvidenceMissing) as error:
        (target / place).unlink(missing_ok=True)
        reason = str(error)
    else:
        return place, ""
    return "", _(NOT_GIVEN, reason=reason)
