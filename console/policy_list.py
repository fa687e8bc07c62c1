"""`casefold policy list`: for each kind of case what is in force, what is drafted, what is due for review."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import typer

from console import options as o
from console.answers import at_work
from console.help import CommandHelp
from console.house import House
from console.masking import shown_fields
from console.output import heading, print_json, show, table
from console.policy_supervision import exceptions, supervision_label, until_label
from console.policy_words import author_label, begin_label, standing_label
from console.reveal import before_revealing
from console.when import shown
from console.words import N_, _, kind_label, listed
from domain.entry import Entry
from domain.policy_events import ChangeSuggested, PolicyDrafted
from domain.policy_life import Policy, Standing, standing_of, version_in_force

ON_THEIR_WAY = (Standing.DRAFTED, Standing.DISCUSSED, Standing.APPROVED)


@dataclass(frozen=True)
class Line:
    """The policy for one kind of case, and its entries."""

    kind: str
    policy: Policy
    entries: list[Entry]
    now: datetime

    @property
    def in_force(self) -> str:
        """The version that new cases follow."""
        return version_in_force(self.policy, self.now)

    @property
    def on_their_way(self) -> dict[str, Standing]:
        """The versions that may still come into force."""
        standings = {name: standing_of(self.policy, name, self.now) for name in self.policy.versions}
        return {name: standing for name, standing in standings.items() if standing in ON_THEIR_WAY}

    def reason(self, version: str, *, reveal: bool) -> str:
        """Why a version was drafted, in the author's words."""
        for entry in reversed(self.entries):
            if isinstance(entry.event, PolicyDrafted) and entry.event.version == version:
                return str(shown_fields(entry.event, reveal=reveal)["reason"])
        return ""

    def suggestions(self, *, reveal: bool) -> Iterator[dict[str, Any]]:
        """What was suggested, by whom, about which cases, and which drafts answer it."""
        for entry in self.entries:
            if isinstance(entry.event, ChangeSuggested):
                number = entry.event.suggestion
                answered = [name for name, one in self.policy.versions.items() if number in one.suggestions]
                yield {
                    "kind": self.kind,
                    "suggestion": number,
                    "by": entry.actor.id,
                    "department": entry.actor.department,
                    "text": shown_fields(entry.event, reveal=reveal)["text"],
                    "cases": entry.event.cases,
                    "answered_by": answered,
                    "open": number in self.policy.open_suggestions,
                }


def add_list(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("List the policies: what is in force, drafts, suggestions, and when each must be reviewed.")
    app.command("list", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_list)


def _list(reveal: o.Reveal = False, by: o.By = "", as_json: o.AsJson = False) -> None:
    with at_work(as_json=as_json) as house:
        lines = list(_lines(house))
        if reveal:
            streams = [f"policy:{line.kind}" for line in lines]
            events = (entry.event for line in lines for entry in line.entries)
            before_revealing(house, "", by, events, cases=streams, as_json=as_json)
    if as_json:
        print_json([_as_json(line, reveal=reveal) for line in lines])
        return
    if not lines:
        show(_("There is no policy in the ledger yet; the worker publishes the program's sheets when it starts."))
        return
    headings = [_("kind"), _("in force"), _("since"), _("drawn up by"), _("next review"), _("open suggestions")]
    table(headings, [_row(line) for line in lines])
    if supervised := [row for line in lines for row in _supervised(line)]:
        heading(_("Supervision"))
        table([_("kind"), _("next supervision"), _("open exceptions")], supervised)
    if drafts := [row for line in lines for row in _drafts(line, reveal=reveal)]:
        heading(_("On their way"))
        headings = [_("kind"), _("version"), _("standing"), _("in force from")]
        headings += [_("drawn up by"), _("discussed by"), _("reason")]
        table(headings, drafts, flexible=len(headings) - 1)
    if wishes := [row for line in lines for row in _wishes(line, reveal=reveal)]:
        heading(_("Suggestions that no draft answers"))
        headings = [_("kind"), _("number"), _("by"), _("cases"), _("suggestion")]
        table(headings, wishes, flexible=len(headings) - 1)
    if found := [row for line in lines for row in _found(line, reveal=reveal)]:
        heading(_("Exceptions that are not yet put right"))
        headings = [_("kind"), _("number"), _("owner"), _("until"), _("case"), _("exception")]
        table(headings, found, flexible=len(headings) - 1)


def _lines(house: House) -> Iterator[Line]:
    now = house.ledger.now()
    for stream in house.ledger.streams("policy"):
        kind = stream.partition(":")[2]
        yield Line(kind, house.recorder.papers.policy(kind), house.ledger.opened(house.ledger.history(stream)), now)


def _row(line: Line) -> tuple[str, ...]:
    version = line.policy.versions.get(line.in_force)
    return (
        kind_label(line.kind),
        line.in_force or "–",
        begin_label(version) if version else "",
        author_label(version) if version else "",
        _review(line),
        str(len(line.policy.open_suggestions) or ""),
    )


def _review(line: Line) -> str:
    due = line.policy.next_review
    if due is None:
        return _("never")
    return _("due since {time}", time=shown(due)) if due <= line.now else shown(due)


def _drafts(line: Line, *, reveal: bool) -> Iterator[tuple[str, ...]]:
    for name, standing in line.on_their_way.items():
        version = line.policy.versions[name]
        discussed = listed(dict.fromkeys(version.discussed_by))
        reason = line.reason(name, reveal=reveal)
        label = standing_label(standing)
        yield kind_label(line.kind), name, label, begin_label(version), author_label(version), discussed, reason


def _wishes(line: Line, *, reveal: bool) -> Iterator[tuple[str, ...]]:
    for one in line.suggestions(reveal=reveal):
        if one["open"]:
            yield kind_label(line.kind), one["suggestion"], one["by"], listed(one["cases"]), one["text"]


def _supervised(line: Line) -> Iterator[tuple[str, ...]]:
    open_ = len(line.policy.supervision.open)
    if open_ or line.policy.next_supervision is not None:
        yield kind_label(line.kind), supervision_label(line.policy, line.now), str(open_ or "")


def _found(line: Line, *, reveal: bool) -> Iterator[tuple[str, ...]]:
    for one in exceptions(line.policy, line.entries, line.now, reveal=reveal):
        if one["open"]:
            until = until_label(one["due"], line.now)
            yield kind_label(line.kind), one["exception"], one["owner"], until, one["case"], one["text"]


def _as_json(line: Line, *, reveal: bool) -> dict[str, Any]:
    version = line.policy.versions.get(line.in_force)
    return {
        "kind": line.kind,
        "in_force": line.in_force,
        "since": version.in_force_from if version else None,
        "shipped": version.shipped if version else None,
        "next_review": line.policy.next_review,
        "review_overdue": line.policy.next_review is not None and line.policy.next_review <= line.now,
        "reviewed_at": line.policy.reviewed_at,
        "next_supervision": line.policy.next_supervision,
        "supervised_at": line.policy.supervision.held_at,
        "exceptions": list(exceptions(line.policy, line.entries, line.now, reveal=reveal)),
        "drafts": [
            {
                "version": name,
                "standing": standing,
                "in_force_from": line.policy.versions[name].in_force_from,
                "author": line.policy.versions[name].author,
                "discussed_by": list(dict.fromkeys(line.policy.versions[name].discussed_by)),
                "approved_by": line.policy.versions[name].approved_by,
                "cases": line.policy.versions[name].cases,
                "suggestions": line.policy.versions[name].suggestions,
                "reason": line.reason(name, reveal=reveal),
            }
            for name, standing in line.on_their_way.items()
        ],
        "suggestions": list(line.suggestions(reveal=reveal)),
    }
