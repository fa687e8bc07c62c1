"""The readable part of a dossier as plain data: what the page on the screen and the one on paper both tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from console.clock_words import clock_line, pause_title
from console.disclosing import SENTENCES, text_for
from console.dossier.evidence import Item
from console.dossier.lines import RoundPart, history, who
from console.dossier.proofs import Proofs
from console.house import House
from console.limit_words import limit_words
from console.look import Seen
from console.needs import texts_of
from console.output import clean
from console.show import PERSONAL, parts_now
from console.when import now, shown, zone
from console.words import N_, _, event_label, field_label, language, listed, refusal, word
from domain.access import Disclosure
from domain.actor import Actor
from domain.case import Clock
from domain.needs import missing
from ledger.refused import CommandRefused

Rows = Sequence[tuple[str, str]]
Told = Mapping[int, Mapping[str, Any]]

VERIFIER = "casefold_verify.py"
FILES = {
    "dossier.html": N_("this history, for the screen"),
    "dossier.pdf": N_("the same on paper"),
    "entries.jsonl": N_("every entry, for programs: one on each line"),
    "evidence/": N_("the files that were handed in"),
    "headers.jsonl, states/": N_("every entry as it is sealed: the very bytes"),
    "proofs/, checkpoint": N_("for each entry its way to the root of the log, and the root as it was signed"),
    "commands/": N_("every command that was given, accepted or refused"),
    "tsr/": N_("the time that an independent authority saw the root"),
    "headers/": N_("the headers of all entries of the log, which show that none of this case is missing"),
    VERIFIER: N_("checks all this with nothing but Python"),
    "SHA256SUMS": N_("the digest of every file"),
}
"""What lies in a dossier."""


@dataclass(frozen=True)
class Table:
    """A table with its headings; the tone of a row is ``loud``, ``quiet`` or empty."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    tones: Sequence[str] = ()


@dataclass(frozen=True)
class Part:
    """A titled part of names and values."""

    title: str
    rows: Rows


@dataclass(frozen=True)
class Page:
    """Everything that is to be read, in one language."""

    language: str
    title: str
    case: str
    kind: str
    stands: str
    """In a few words, how the case stands."""
    over: bool
    facts: Rows
    made: Sequence[str]
    """By whom, when, from what, and what became of personal data."""
    intake: Part
    now: Sequence[Part]
    waiting: Part
    clocks_title: str
    clocks: Table
    pauses_title: str
    pauses: Table
    history_title: str
    rounds: Sequence[RoundPart]
    refused_title: str
    refused: Table
    evidence_title: str
    evidence: Table
    files_title: str
    files: Rows
    proofs_title: str
    proofs_intro: Sequence[str]
    proofs: Rows
    leaves_title: str
    leaves: Table
    verify_title: str
    verify: Sequence[str]
    commands: Sequence[str]
    page_label: str
    """``@1`` stands for the page, ``@2`` for how many there are."""


@dataclass(frozen=True)
class Made:
    """How the dossier was made."""

    by: Actor
    personal: Disclosure
    headers: bool
    pdf: bool


def page_of(house: House, found: Seen, told: Told, proofs: Proofs, evidence: Sequence[Item], made: Made) -> Page:
    """Put the page together, in the language that is spoken now; ``told`` are the shown fields, by version."""
    case = found.case
    leaves = {version: leaf.index for version, leaf in proofs.leaves.items()}
    waiting = () if case.over else texts_of(missing(case, found.sheet, case.stage))
    return Page(
        language=language(),
        title=_("Dossier of a case"),
        case=found.id,
        kind=found.sheet.title.get(language(), case.kind),
        stands=_stands(found),
        over=case.over,
        facts=list(_filled(_facts(found))),
        made=list(_made(found, proofs, made)),
        intake=Part(_("Intake"), list(_filled(_intake(house, found, made.personal)))),
        now=[part for part in (Part(title, list(_filled(rows))) for title, rows in parts_now(found)) if part.rows],
        waiting=Part(_("Waiting for"), [("", text) for text in waiting]),
        clocks_title=_("Time limits"),
        clocks=_clocks(found),
        pauses_title=_("When time stands still"),
        pauses=_pauses(found),
        history_title=_("What happened"),
        rounds=history(found, told, leaves),
        refused_title=_("What was refused"),
        refused=_refused(proofs),
        evidence_title=_("Evidence"),
        evidence=_evidence(evidence),
        files_title=_("What lies in this dossier"),
        files=list(_files(made, proofs, evidence)),
        proofs_title=_("Proofs"),
        proofs_intro=list(_proofs_intro(found, proofs)),
        proofs=list(_proofs(found, proofs)),
        leaves_title=_("Entries and their leaves"),
        leaves=_leaves(found, proofs),
        verify_title=_("How to check it"),
        verify=steps_to_verify(),
        commands=commands_to_verify(found.id, headers=made.headers),
        page_label=_("page {number} of {all}", number="@1", all="@2"),
    )


def _filled(rows: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    for label, value in rows:
        if value not in ("", None, False, ()):
            yield label, clean(str(value))


def _stands(found: Seen) -> str:
    case = found.case
    if case.over:
        return listed(filter(None, (_("over"), word(case.ending) if case.ending else "")))
    return _("{stage}, round {round}", stage=word(case.stage), round=case.round)


def _facts(found: Seen) -> Iterator[tuple[str, Any]]:
    case = found.case
    yield _("received"), shown(case.received_at)
    yield _("closed"), shown(case.closed_at)
    yield _("ending"), word(case.ending) if case.ending else ""
    yield field_label("channel"), word(case.intake.channel)
    yield _("type"), " / ".join(filter(None, (case.category, case.subcategory)))
    yield _("urgency"), word(case.urgency)
    yield _("complexity"), word(case.complexity)
    yield _("customer"), case.customer
    yield _("responsible"), case.responsible
    yield _("department"), case.department
    yield _("policy"), f"{found.sheet.name} {found.sheet.version}"
    yield _("imported"), _("from another system") if case.imported else ""


def _intake(house: House, found: Seen, personal: Disclosure) -> Iterator[tuple[str, str]]:
    intake = found.case.intake
    for field in fields(intake):
        value = getattr(intake, field.name)
        if field.name in PERSONAL:
            yield field_label(field.name), text_for(house.ledger, personal, field.name, value)
        elif field.name != "channel":
            yield field_label(field.name), word(value)


def _made(found: Seen, proofs: Proofs, made: Made) -> Iterator[str]:
    yield _(
        "Made {time} by {person} from the ledger {log}. Times are local, {zone}.",
        time=shown(now()),
        person=who(made.by),
        log=proofs.checkpoint.origin,
        zone=zone(),
    )
    unsealed = len(found.entries) - len(proofs.leaves)
    yield _("It holds all {number} entries of the case.", number=len(found.entries))
    if unsealed:
        yield _("{number} of them are not sealed yet: for these it proves nothing.", number=unsealed)
    yield _(SENTENCES[made.personal])


def _clocks(found: Seen) -> Table:
    headings = (_("time limit"), _("began"), _("due"), _("whose"), _("how it stands"))
    rows, tones = [], []
    for name, clock in found.case.clocks.items():
        label, due, family, states = clock_line(name, clock, found)
        rows.append((_with_limit(label, clock), shown(clock.started_at), due, family, states))
        tones.append("loud" if clock.breached else "")
    return Table(headings, rows, tones)


def _with_limit(label: str, clock: Clock) -> str:
    """What it is called, and how long it is, on which calendar."""
    limit = limit_words(clock.limit) if clock.limit else ""
    calendar = f"{clock.calendar.name} {clock.calendar.version}" if clock.calendar else ""
    return " · ".join(filter(None, (label, limit, calendar)))


def _pauses(found: Seen) -> Table:
    headings = (_("pause"), _("reason"), _("kind"), _("began"), _("ended"), "")
    rows = [
        (
            number,
            pause_title(pause, found),
            word(pause.kind),
            shown(pause.since),
            shown(pause.until) or _("it lasts"),
            _("the customer was heard of meanwhile") if pause.flagged else "",
        )
        for number, pause in found.case.pauses.items()
    ]
    return Table(headings, rows)


def _refused(proofs: Proofs) -> Table:
    """The commands on the case that were refused, with the sentence that whoever gave them was told."""
    rows = [
        (
            shown(entry.recorded_at, seconds=True),
            who(entry.actor),
            entry.event.command.replace("_", "-"),
            refusal(entry.event.refusal),
        )
        for entry in proofs.refused
        if isinstance(entry.event, CommandRefused)
    ]
    return Table((_("recorded at"), _("by"), _("command"), _("told")), rows)


def _evidence(evidence: Sequence[Item]) -> Table:
    headings = (_("evidence"), _("name"), _("given by"), _("handed in"), _("bytes"), _("file, and its SHA-256"))
    rows = [
        (one.number, one.name, one.given_by, one.received, f"{one.size:,}", f"{one.where}\n{one.sha256}")
        for one in evidence
    ]
    return Table(headings, rows)


def _files(made: Made, proofs: Proofs, evidence: Sequence[Item]) -> Iterator[tuple[str, str]]:
    absent = {f"{folder}/": folder not in proofs.folders for folder in ("commands", "tsr", "headers")}
    absent["dossier.pdf"] = not made.pdf
    absent["evidence/"] = not any(one.file for one in evidence)
    yield from ((name, _(text)) for name, text in FILES.items() if not absent.get(name))


def _proofs_intro(found: Seen, proofs: Proofs) -> Iterator[str]:
    yield _(
        "Each entry is a leaf of a Merkle tree over the whole ledger (RFC 6962), whose root is signed and published. "
        "An entry that is changed, removed or put in later no longer leads to this root."
    )
    yield _(
        "What this does not prove: that what was written was true, and that all that happened was written. That the "
        "case has no later entries only the headers of all entries can show."
    )
    if len(found.entries) > len(proofs.leaves):
        yield _("Entries without a leaf were recorded after this checkpoint.")


def _proofs(found: Seen, proofs: Proofs) -> Iterator[tuple[str, str]]:
    yield _("log"), proofs.checkpoint.origin
    yield _("entries under the checkpoint"), f"{proofs.checkpoint.size:,}"
    yield _("root of the tree"), proofs.root
    yield _("signed by"), "\n".join(proofs.signers)
    yield _("entries of the case"), f"{len(proofs.leaves)} / {len(found.entries)}"


def _leaves(found: Seen, proofs: Proofs) -> Table:
    headings = ("v", _("recorded at"), _("entry"), _("leaf"), _("hash of the leaf (SHA-256)"))
    rows = []
    for entry in found.entries:
        leaf = proofs.leaves.get(entry.version)
        place, digest = (str(leaf.index), leaf.hash) if leaf else ("–", _("not sealed yet"))
        event = event_label(type(entry.event).__name__)
        rows.append((str(entry.version), shown(entry.recorded_at, seconds=True), event, place, digest))
    return Table(headings, rows)


def steps_to_verify() -> list[str]:
    """What a stranger does to check a dossier."""
    return [
        _(
            "Get the public key of the log from somebody whom you trust, and not from whoever gave you this dossier; "
            "it begins as this dossier says under “signed by”. Python 3.10 or newer is enough, on any machine, without "
            "a network."
        ),
        _("In the folder of this dossier, type:"),
        _(
            "Every line must begin with ok. A line that begins with WRONG names what was changed. The verifier in this "
            "dossier is a convenience: one that you got elsewhere cannot have been changed with the rest."
        ),
    ]


def commands_to_verify(case: str, *, headers: bool) -> list[str]:
    """What they type."""
    commands = [f"python {VERIFIER} . --key KEY"]
    return [*commands, f"python {VERIFIER} headers --key KEY --case {case}"] if headers else commands
