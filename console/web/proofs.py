"""Proofs: how far the ledger is sealed, who else has signed, what to check it with, and the seals of one case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shlex import quote
from urllib.parse import unquote

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.person import Permission
from console.web.audit_tabs import tabs_for
from console.web.case import looked_at
from console.web.desk import AtDesk, Desk
from console.web.problems import Page
from console.when import span
from console.words import N_, _, sentence
from domain.entry import Entry
from ledger.seal.errors import NoSeals, SealRefused
from ledger.seal.folder import Folder, witness_file
from ledger.seal.newest import Leaf, Sealed, leaves, logs, newest_sealed, root_at, unsealed, waiting_since
from ledger.seal.note import BadNote, Note
from ledger.seal.stamps import stamp_file, stamped, time_of

router = APIRouter(route_class=Page)

TOO_LONG = timedelta(seconds=15)
"""Within this all must know that entries are not sealed (docs/audit.md)."""
COSIGNED = 72
"""Bytes of a witness's signature: when, and an Ed25519 signature."""
NO_LOG = N_("Nothing is sealed: whatever is recorded can be changed unnoticed. The worker's part “sealer” seals it.")
WAITS = N_(
    "Entries wait for their seal, the first for {span}: what is not sealed can be changed unnoticed. Look at "
    "“casefold doctor”, and at the log of the worker's part “sealer”."
)
NOT_THERE = N_("Nothing is published, though the database has seals. Without what is published they prove nothing.")
UNREADABLE = N_("What is published cannot be read here: {reason}")
BEHIND = N_("What is published ends at {size} entries, and the database says {newest}. Look at the sealer's log.")
DIFFERS = N_(
    "What is published at {size} entries is not what the database has. One of the two was changed: run casefold verify "
    "now, and keep both."
)
ANEW = N_("This log was begun anew at {time}: {reason}")


@dataclass(frozen=True)
class Witness:
    """Somebody else who has signed."""

    name: str
    size: int
    """The newest size that they have signed."""
    at: datetime | None


@dataclass(frozen=True)
class Stamps:
    """Time stamps of a third party."""

    number: int
    size: int
    """The newest size that is stamped."""
    at: datetime | None


@dataclass(frozen=True)
class Published:
    """What lies in the published folder, as this server sees it. Nothing of it is verified here."""

    size: int = 0
    witnesses: tuple[Witness, ...] = ()
    stamps: Stamps | None = None
    alarm: str = ""


@dataclass(frozen=True)
class Row:
    """An entry of a case, and its seal."""

    entry: Entry
    sentence: str
    leaf: Leaf | None


@router.get("/proofs", include_in_schema=False)
def proofs(at: AtDesk, case: str = "") -> HTMLResponse:
    """The page."""
    at.need(Permission.AUDIT)
    found = _rows_of(at, case) if case.strip() else []
    ledger, seals = at.house.ledger, at.house.seals
    sealed = newest_sealed(ledger)
    since = waiting_since(ledger)
    published = _published(at, seals, sealed) if seals is not None else None
    name = found[0].entry.stream if found else ""
    return at.page(
        "proofs.html",
        tabs=tabs_for(at.visitor, "/proofs"),
        sealed=sealed,
        signers=_signers(sealed),
        waiting=unsealed(ledger),
        since=since,
        published=published,
        alarms=list(_alarms(at, sealed, since, published)),
        anew=_anew(at),
        case=name,
        rows=found,
        commands=_commands(seals, sealed, name),
        may_export=at.visitor.may(Permission.EXPORT),
    )


def _rows_of(at: Desk, case: str) -> list[Row]:
    entries = looked_at(at, case).entries
    places = leaves(at.house.ledger, [entry.position for entry in entries])
    return [Row(entry, sentence(type(entry.event)), places.get(entry.position)) for entry in reversed(entries)]


def _signers(sealed: Sealed | None) -> list[str]:
    """How the public keys of those who signed begin."""
    if sealed is None:
        return []
    return [f"{one.name}+{one.key_id.hex()}" for one in Note.parse(sealed.note).signatures]


# ── What is published ────────────────────────────────────────────────────────────────────────────────────────────────


def _published(at: Desk, seals: Path, sealed: Sealed | None) -> Published:
    folder = Folder(seals)
    try:
        found = folder.checkpoint()
        if found is None:
            return Published(alarm=_(NOT_THERE) if sealed else "")
        _note, checkpoint = found
        alarm = ""
        if root_at(at.house.ledger, checkpoint.origin, checkpoint.size) != checkpoint.root:
            alarm = _(DIFFERS, size=checkpoint.size)
        elif sealed and checkpoint.size < sealed.size and _age(at, sealed.sealed_at) > TOO_LONG:
            alarm = _(BEHIND, size=checkpoint.size, newest=sealed.size)
        return Published(checkpoint.size, tuple(_witnesses(folder)), _stamps(folder), alarm)
    except (NoSeals, OSError) as error:
        return Published(alarm=_(UNREADABLE, reason=str(error)))


def _witnesses(folder: Folder) -> Iterator[Witness]:
    for name, sizes in folder.witnesses():
        if sizes:
            who = unquote(name)
            yield Witness(who, sizes[-1], _signed_at(folder.read(witness_file(who, sizes[-1])), who))


def _signed_at(content: bytes | None, who: str) -> datetime | None:
    """When a witness says that they signed: the first eight bytes of a cosignature."""
    try:
        note = Note.parse((content or b"").decode())
        seconds = [
            int.from_bytes(one.signature[:8])
            for one in note.signatures
            if (one.name, len(one.signature)) == (who, COSIGNED)
        ]
        return datetime.fromtimestamp(seconds[0], UTC) if seconds else None
    except (BadNote, UnicodeDecodeError, ValueError, OverflowError):
        return None


def _stamps(folder: Folder) -> Stamps | None:
    sizes = stamped(folder)
    if not sizes:
        return None
    try:
        at = time_of(folder.read(stamp_file(sizes[-1])) or b"")
    except SealRefused:  # the extra that reads them is not installed on this server
        at = None
    return Stamps(len(sizes), sizes[-1], at)


# ── What is wrong, and what to check it with ─────────────────────────────────────────────────────────────────────────


def _alarms(at: Desk, sealed: Sealed | None, since: datetime | None, published: Published | None) -> Iterator[str]:
    if sealed is None:
        yield _(NO_LOG)
    elif since is not None and _age(at, since) > TOO_LONG:
        yield _(WAITS, span=span(_age(at, since)))
    if published is not None and published.alarm:
        yield published.alarm


def _anew(at: Desk) -> tuple[datetime, str] | None:
    """Since when and why there is another log than the first."""
    found = logs(at.house.ledger)
    return (found[0].begun_at, found[0].reason) if len(found) > 1 else None


def _age(at: Desk, moment: datetime) -> timedelta:
    return at.house.ledger.now() - moment


def _commands(seals: Path | None, sealed: Sealed | None, case: str) -> list[tuple[str, str]]:
    """What to type, and what for. The key is not printed here: whoever checks has it from somewhere else."""
    where = quote(str(seals)) if seals else "FOLDER"
    of_case = [
        (_("This case, to be checked on any machine with Python:"), f"casefold bundle {case} -o bundle"),
        (_("Derive every decision of it again:"), f"casefold audit {case}"),
    ]
    of_all = [
        (_("The ledger, with an auditor's login:"), f"casefold verify --key VKEY --seals {where}"),
        (_("That nothing is missing, and no personal data:"), "casefold bundle --headers -o headers"),
        (
            _("Be a witness, from your own machine:"),
            f"casefold witness {where} --log VKEY --state witness.json --key witness.key --name audit.example",
        ),
    ]
    offline = (_("What was taken along, offline:"), "python casefold_verify.py bundle --key VKEY")
    return [*(of_case if case else []), *of_all, offline]
