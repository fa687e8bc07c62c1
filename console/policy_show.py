"""`casefold policy show`: a sheet as people read it, each time limit and each parameter with where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from console import options as o
from console.answers import at_work
from console.help import CommandHelp
from console.output import heading, pairs, print_json, show, table
from console.policy_sheet import print_parameters, print_sheet
from console.policy_supervision import exceptions, exceptions_label, supervision_label
from console.policy_words import (
    Chosen,
    author_label,
    begin_label,
    parameters_as_json,
    standing_label,
    title_of,
    told,
    version_of,
)
from console.reveal import before_revealing
from console.telling import line_as_json, print_entries
from console.when import shown
from console.words import N_, _, kind_label, listed
from domain.entry import Entry
from domain.policy_life import Policy, standing_of, version_in_force

if TYPE_CHECKING:
    from policies import Row

MaybeKind = Annotated[
    str, typer.Argument(metavar="[KIND]", help=N_("Kind of case: complaint, after_sales, inquiry."), show_default=False)
]
OneVersion = Annotated[
    str,
    typer.Option(
        "--version", metavar="V", help=N_("Which version; the one in force, if not said."), show_default=False
    ),
]
OfPack = Annotated[
    str,
    typer.Option(
        "--pack", metavar="NAME", help=N_("A pack that is shipped, instead of the ledger."), show_default=False
    ),
]
OnlyParameters = Annotated[bool, typer.Option("--parameters", help=N_("Only the parameters, with what you set."))]


def add_show(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Show a policy: time limits, parameters, what each stage needs, who may do what.")
    app.command("show", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_show)


def _show(
    kind: MaybeKind = "",
    version: OneVersion = "",
    pack: OfPack = "",
    parameters: OnlyParameters = False,
    reveal: o.Reveal = False,
    by: o.By = "",
    as_json: o.AsJson = False,
) -> None:
    if pack:
        _show_pack(pack, kind, parameters=parameters, as_json=as_json)
        return
    if not kind:
        raise typer.BadParameter(_("Say which: a kind of case, or --pack NAME."), param_hint="KIND")
    with at_work(as_json=as_json) as house:
        policy = house.recorder.papers.policy(kind)
        now = house.ledger.now()
        name = version or version_in_force(policy, now) or next(iter(policy.versions))
        chosen = version_of(house, policy, kind, name, now)
        entries = house.ledger.opened(house.ledger.history(f"policy:{kind}"))
        if reveal:
            before_revealing(house, f"policy:{kind}", by, (entry.event for entry in entries), as_json=as_json)
    if as_json:
        about = [line_as_json(entry, reveal=reveal) for entry in _about(entries, chosen.name)]
        versions = [_version_as_json(policy, name, now) for name in policy.versions]
        found = list(exceptions(policy, entries, now, reveal=reveal))
        print_json(_as_json(chosen, policy) | {"exceptions": found, "entries": about, "versions": versions})
        return
    _print_head(chosen, kind, policy, now)
    print_parameters(chosen.sheet)
    if parameters:
        return
    print_sheet(chosen.sheet)
    heading(_("How this version came about"))
    print_entries(_about(entries, chosen.name), reveal=reveal)
    if len(policy.versions) > 1:
        heading(_("All versions"))
        headings = (_("version"), _("standing"), _("in force from"), _("drawn up by"), _("approved by"))
        table(headings, [_version(policy, name, now) for name in policy.versions])


# ── A pack ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _show_pack(name: str, kind: str, *, parameters: bool, as_json: bool) -> None:
    import policies

    try:
        packs = {pack.name: pack for pack in policies.packs()}
        if name not in packs:
            known = _("{pack} is not a pack. Packs are: {packs}.", pack=name, packs=listed(packs))
            raise typer.BadParameter(known, param_hint="--pack")
        sheets = dict(policies.load(name))
    except policies.SheetError as error:
        raise told([error], as_json=as_json) from error
    pack = packs[name]
    if kind and kind not in sheets:
        known = _(
            "The pack {pack} has no sheet for {kind}. Its kinds are: {kinds}.",
            pack=name,
            kind=kind,
            kinds=listed(sheets),
        )
        raise typer.BadParameter(known, param_hint="KIND")
    wanted = {one: sheet for one, sheet in sheets.items() if kind in ("", one)}
    if as_json:
        told_sheets = [
            {"kind": one, "sheet": sheet.to_data(), "parameters": parameters_as_json(sheet.parameters)}
            for one, sheet in wanted.items()
        ]
        rows = [
            {"book": row.book, "requirement": row.requirement, "where": row.where, "note": row.note}
            for row in pack.rows
        ]
        print_json({"pack": name, "title": pack.title, "about": pack.about, "sheets": told_sheets, "rows": rows})
        return
    show(Text(f"{name}  {title_of(pack.title, name)}", style="bold"), title_of(pack.about, ""))
    for one, sheet in wanted.items():
        show("")
        show(Text(f"{kind_label(one)}  {title_of(sheet.title, one)}  {sheet.version}", style="bold"))
        print_parameters(sheet)
        if not parameters:
            print_sheet(sheet)
    if not kind and not parameters:
        heading(_("Where each rule of the book is kept"))
        headings = (_("rule book"), _("requirement"), _("where"), _("remark"))
        table(headings, [_rule(row) for row in pack.rows], flexible=3)


def _rule(row: Row) -> tuple[str, ...]:
    return row.book, listed(row.requirement), listed(row.where), row.note


def _print_head(chosen: Chosen, kind: str, policy: Policy, now: datetime) -> None:
    version, sheet = chosen.version, chosen.sheet
    assert version is not None
    assert chosen.standing is not None
    standing = standing_label(chosen.standing)
    show(Text(f"{title_of(sheet.title, kind)}  {kind_label(kind)} {chosen.name}  {standing}", style="bold"))
    rows = (
        (_("pack"), sheet.pack),
        (_("in force from"), begin_label(version)),
        (_("drawn up by"), author_label(version)),
        (_("discussed by"), listed(dict.fromkeys(version.discussed_by))),
        (_("approved by"), version.approved_by),
        (_("about the cases"), listed(version.cases)),
        (_("answers the suggestions"), listed(version.suggestions)),
        (_("next review of the policy"), shown(policy.next_review) or _("never")),
        (_("open suggestions"), listed(policy.open_suggestions)),
        (_("next supervision"), supervision_label(policy, now)),
        (_("open exceptions"), exceptions_label(policy, now)),
    )
    pairs((name, value) for name, value in rows if value)


# ── Versions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _about(entries: list[Entry], version: str) -> Iterator[Entry]:
    """The entries of a policy that are about one of its versions."""
    return (entry for entry in entries if getattr(entry.event, "version", "") == version)


def _version(policy: Policy, name: str, now: datetime) -> tuple[str, ...]:
    version = policy.versions[name]
    standing = standing_label(standing_of(policy, name, now))
    return name, standing, begin_label(version), author_label(version), version.approved_by


def _version_as_json(policy: Policy, name: str, now: datetime) -> dict[str, Any]:
    version = policy.versions[name]
    return {
        "version": name,
        "digest": version.digest,
        "standing": standing_of(policy, name, now),
        "shipped": version.shipped,
        "author": version.author,
        "discussed_by": list(dict.fromkeys(version.discussed_by)),
        "approved_by": version.approved_by,
        "in_force_from": version.in_force_from,
        "cases": version.cases,
        "suggestions": version.suggestions,
    }


def _as_json(chosen: Chosen, policy: Policy) -> dict[str, Any]:
    assert chosen.version is not None
    return {
        "kind": chosen.sheet.kind,
        "version": chosen.name,
        "digest": chosen.version.digest,
        "standing": chosen.standing,
        "next_review": policy.next_review,
        "next_supervision": policy.next_supervision,
        "open_suggestions": policy.open_suggestions,
        "parameters": parameters_as_json(chosen.sheet.parameters),
        "sheet": chosen.sheet.to_data(),
    }
