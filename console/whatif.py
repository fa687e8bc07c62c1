"""`casefold policy whatif`: what a draft would have changed in past cases, as a table, as JSON, for charts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from console import options as o
from console.answers import at_work
from console.help import CommandHelp
from console.house import House
from console.output import USAGE, as_plain, fail, print_json
from console.policy_words import sheet_in_file, version_of
from console.progress import progress_bar
from console.whatif_figures import Answer, as_json_of, charts
from console.whatif_page import print_answer
from console.when import NotATime, instant
from console.words import N_, _, listed
from domain.policy import Sheet

Draft = Annotated[
    Path | None, typer.Argument(metavar="DRAFT", help=N_("The draft, a sheet as TOML."), show_default=False)
]
OfVersion = Annotated[
    str,
    typer.Option("--version", metavar="V", help=N_("Instead of a file: a version of the policy."), show_default=False),
]
OfPack = Annotated[
    str,
    typer.Option("--pack", metavar="NAME", help=N_("Instead of a file: the sheets of a pack."), show_default=False),
]
OfKind = Annotated[
    str,
    typer.Option(
        "--kind", metavar="KIND", help=N_("The kind of past cases; the draft's own, if not said."), show_default=False
    ),
]
Since = Annotated[
    str,
    typer.Option("--since", metavar="WHEN", help=N_("Only cases received from then on."), show_default=False),
]
Until = Annotated[
    str,
    typer.Option("--until", metavar="WHEN", help=N_("Only cases received until then."), show_default=False),
]
Chart = Annotated[
    Path | None,
    typer.Option("--chart", metavar="FILE", help=N_("Write the figures for a chart, as JSON."), show_default=False),
]


def add_whatif(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Live past cases again under a draft: what would have been late, warned of, escalated, approved.")
    app.command("whatif", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_whatif)


def _whatif(
    draft: Draft = None,
    version: OfVersion = "",
    pack: OfPack = "",
    kind: OfKind = "",
    since: Since = "",
    until: Until = "",
    chart: Chart = None,
    as_json: o.AsJson = False,
) -> None:
    from console.whatif_run import Period, compare  # not above: asking for help must not wait for the ledger's parts

    if sum(map(bool, (draft, version, pack))) != 1:
        raise typer.BadParameter(_("Name one draft: a file, --version V with --kind KIND, or --pack NAME."))
    if version and not kind:
        raise typer.BadParameter(_("Say of which kind of case: --kind KIND."), param_hint="--version")
    period = Period(_instant(since, "--since"), _instant(until, "--until", end_of_day=True))
    drafts = _in_files(draft, pack, kind, as_json=as_json)
    with at_work(as_json=as_json) as house:
        now = house.ledger.now()
        if version:
            drafts = {kind: _of_version(house, kind, version, now)}
        with progress_bar(_("Living cases again"), quiet=as_json) as told:
            found = compare(house, drafts, period, now, told)
    answers = [Answer(kind, drafts[kind], comparison) for kind, comparison in found.items()]
    if chart is not None:
        _write(chart, {"format": "casefold.whatif.chart/1", "charts": [one for a in answers for one in charts(a)]})
    if as_json:
        when = {"since": period.since, "until": period.until, "as_of": now}
        print_json(when | {"results": [as_json_of(answer) for answer in answers]})
        return
    for answer in answers:
        print_answer(answer, period)


def _instant(text: str, option: str, *, end_of_day: bool = False) -> datetime | None:
    try:
        return instant(text, end_of_day=end_of_day) if text else None
    except NotATime as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def _in_files(draft: Path | None, pack: str, kind: str, *, as_json: bool) -> Mapping[str, Sheet]:
    """The drafts by the kind of cases that they are tried on."""
    if draft is not None:
        sheet = sheet_in_file(draft, as_json=as_json)
        return {kind or sheet.kind: sheet}
    if not pack:
        return {}
    from policies import SheetError, load

    try:
        sheets = load(pack)
    except SheetError as error:
        raise typer.BadParameter(str(error), param_hint="--pack") from error
    if kind and kind not in sheets:
        message = _(
            "The pack {pack} has no sheet for {kind}; it has: {kinds}.", pack=pack, kind=kind, kinds=listed(sheets)
        )
        raise typer.BadParameter(message, param_hint="--kind")
    return {name: sheet for name, sheet in sheets.items() if kind in ("", name)}


def _of_version(house: House, kind: str, version: str, now: datetime) -> Sheet:
    return version_of(house, house.recorder.papers.policy(kind), kind, version, now).sheet


def _write(file: Path, data: Any) -> None:
    try:
        file.write_text(json.dumps(as_plain(data), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise fail(_("{file} cannot be written: {reason}.", file=file, reason=reason), USAGE) from error
