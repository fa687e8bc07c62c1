"""Policies: what is in force for each kind of case, one sheet with its numbers, its versions, and what differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from fastapi.responses import HTMLResponse

from api.person import Permission
from console.policy_diff import differences, value_label, where
from console.policy_list import Line
from console.policy_offers import PolicyOffer, may_draft, offers
from console.policy_sheet import clocks_table, parameters_table, parts_of
from console.policy_supervision import exceptions
from console.policy_words import LEGEND, Chosen, author_label, standing_label, title_of, version_of
from console.reveal import fields_in
from console.web.desk import AtDesk, Desk
from console.web.problems import Page
from console.web.reads import note_read
from console.web.timeline import lines
from console.words import N_, _
from domain.context import Context
from domain.policy import Sheet
from domain.policy_life import Standing, standing_of, version_in_force
from domain.refusal import Refused

router = APIRouter(route_class=Page)

TABS = ("sheet", "versions", "history")
TAB_LABELS = {"sheet": N_("The sheet"), "versions": N_("Versions"), "history": N_("What happened")}
TONES = {
    Standing.IN_FORCE: "calm",
    Standing.APPROVED: "calm",
    Standing.DRAFTED: "soon",
    Standing.DISCUSSED: "soon",
}


@dataclass(frozen=True)
class Looked:
    """A policy that is looked at, and one of its versions."""

    line: Line
    chosen: Chosen

    @property
    def stream(self) -> str:
        """Its stream."""
        return f"policy:{self.line.kind}"


@router.get("/policies", include_in_schema=False)
def all_policies(at: AtDesk) -> HTMLResponse:
    """For each kind of case: what is in force, what is on its way, what falls due."""
    at.need(Permission.SEE_POLICIES)
    ledger = at.house.ledger
    found = [line_of(at, stream.partition(":")[2]) for stream in ledger.streams("policy")]
    return at.page("policies.html", lines=found, now=ledger.now(), standings=standings, author_label=author_label)


@router.get("/policies/{kind}", include_in_schema=False)
def policy(at: AtDesk, kind: str, version: str = "", tab: str = "", done: str = "") -> HTMLResponse:
    """One policy: a version of it, the one in force if not said."""
    found = looked_at(at, kind, version)
    # What is said about a policy is for those who discuss and approve it; no customer is in it.
    may_reveal = at.visitor.sees_personal or at.visitor.may(Permission.CHANGE_POLICIES)
    reveal = may_reveal and at.asks_to_reveal
    if reveal:
        fields = fields_in(entry.event for entry in found.line.entries)
        note_read(at.house, at.visitor, found.stream, fields, f"{found.stream} v{found.line.policy.version}")
    sheet = found.chosen.sheet
    told = lines(found.line.entries, lambda event: event, reveal=reveal)
    return at.page(
        "policy.html",
        may_reveal=may_reveal and not reveal,
        found=found,
        tab=tab if tab in TABS else TABS[0],
        tabs=TAB_LABELS,
        done=done,
        title=title_of(sheet.title, kind),
        parameters=parameters_table(sheet) if sheet.parameters else None,
        clocks=clocks_table(sheet),
        legend=_(LEGEND),
        parts=parts_of(sheet),
        versions=versions(found),
        told=told[::-1],
        offered=offers_of(at, found),
        may_draft=at.visitor.may(Permission.CHANGE_POLICIES) and may_draft(at.visitor.actor),
        exceptions=list(exceptions(found.line.policy, found.line.entries, found.line.now, reveal=reveal)),
        suggestions=list(found.line.suggestions(reveal=reveal)),
        standing_label=standing_label,
        author_label=author_label,
        tones=TONES,
    )


@router.get("/policies/{kind}/diff", include_in_schema=False)
def diff(at: AtDesk, kind: str) -> HTMLResponse:
    """What differs between two versions, side by side; the one in force and the newest, if not said."""
    query = at.request.query_params
    found = looked_at(at, kind)
    names = list(found.line.policy.versions)
    before = query.get("from") or found.line.in_force or names[0]
    after = query.get("to") or names[-1]
    sheets = [_sheet(at, found, name) for name in (before, after)]
    rows = [(where(one.path), value_label(one.before), value_label(one.after)) for one in differences(*sheets)]
    return at.page("policy_diff.html", found=found, names=names, before=before, after=after, rows=rows)


# ── What pages of one policy have in common ──────────────────────────────────────────────────────────────────────────


def line_of(at: Desk, kind: str) -> Line:
    """The policy for a kind of case, with its entries, readable: whoever shows them masks them. Raises 404."""
    house = at.house
    try:
        policy = house.recorder.papers.policy(kind)
    except Refused as error:
        raise HTTPException(404) from error
    entries = house.ledger.opened(house.ledger.history(f"policy:{kind}"))
    at.naming.know(entry.actor.id for entry in entries)
    return Line(kind, policy, entries, house.ledger.now())


def looked_at(at: Desk, kind: str, version: str = "") -> Looked:
    """A policy and one of its versions. Raises 404."""
    at.need(Permission.SEE_POLICIES)
    line = line_of(at, kind)
    name = version or version_in_force(line.policy, line.now) or next(iter(line.policy.versions))
    try:
        return Looked(line, version_of(at.house, line.policy, kind, name, line.now))
    except Refused as error:
        raise HTTPException(404) from error


def _sheet(at: Desk, found: Looked, name: str) -> Sheet:
    try:
        return version_of(at.house, found.line.policy, found.line.kind, name, found.line.now).sheet
    except Refused as error:
        raise HTTPException(404) from error


def context_of(at: Desk, found: Looked) -> Context:
    """What a decision about this policy would know now."""
    return Context(found.stream, found.line.now, at.visitor.actor, None, at.house.recorder.papers)


def offers_of(at: Desk, found: Looked) -> list[PolicyOffer]:
    """What this person may do with the policy now."""
    if not at.visitor.may(Permission.CHANGE_POLICIES):
        return []
    return offers(found.line.policy, context_of(at, found))


def versions(found: Looked) -> list[dict[str, Any]]:
    """All versions, the newest first, with where each is in its life."""
    policy, now = found.line.policy, found.line.now
    return [
        {"name": name, "version": version, "standing": standing_of(policy, name, now)}
        for name, version in reversed(list(policy.versions.items()))
    ]


def standings(line: Line) -> list[tuple[str, str, str]]:
    """The versions that may still come into force: name, standing in words, tone."""
    return [(name, standing_label(standing), TONES.get(standing, "")) for name, standing in line.on_their_way.items()]
