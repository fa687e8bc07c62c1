"""`casefold customer-link`: the link with which a customer sees their own case without signing in."""

from __future__ import annotations

import typer

from console import options as o
from console.answers import at_work
from console.help import CommandHelp
from console.look import case_id, seen
from console.output import print_json, say, show
from console.users import Url
from console.words import N_, Language, _


def add_customer_link(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Make the link with which the customer sees this case, answers and sends files; it works 90 days.")
    app.command("customer-link", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_customer_link)


def _customer_link(case: o.CaseId, url: Url = "", as_json: o.AsJson = False) -> None:
    with at_work(as_json=as_json) as house:
        found = seen(house, case_id(case))
        links = house.customer_links
    if links is None:
        raise typer.BadParameter(_("This program was put together without links for customers."))
    link = url.rstrip("/") + links.path(found.id, Language(found.case.language.value), found.case.links)
    if as_json:
        print_json({"case": found.id, "link": link, "language": found.case.language})
        return
    show(link)
    if not url:
        say(_("Put the address of the console before it: --url https://cases.example.com, or CASEFOLD_ORIGIN."))
    say(_("Give it to this customer and to nobody else: whoever has it can answer for them."))
