"""`casefold users token`: tokens for programs, limited to scopes, shown once."""

from __future__ import annotations

from typing import Annotated

import typer

from console import options as o
from console.help import CommandHelp, GroupHelp
from console.output import print_json, say, show, table
from console.user_desk import UserId, looking_after
from console.when import shown
from console.words import N_, _, listed

Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help=N_("Number of the token."), show_default=False)]
Label = Annotated[str, typer.Option("--label", metavar="TEXT", help=N_("What it is for."), show_default=False)]
Scopes = Annotated[
    list[str],
    typer.Option(
        "--scope",
        metavar="SCOPE",
        help=N_("What it is limited to: cases:read, cases:write, personal:read …; may be repeated."),
        show_default=False,
    ),
]
Days = Annotated[int, typer.Option("--days", help=N_("How long it is valid."))]
Whose = Annotated[str, typer.Argument(metavar="USER", help=N_("Id of the user; without one, all."), show_default=False)]


def add_tokens(group: typer.Typer, panel: str) -> None:
    """Add the group of commands."""
    tokens = typer.Typer(cls=GroupHelp, add_completion=False, no_args_is_help=True)
    for name, function, help_text in (
        ("make", _make, N_("Make a token that works in a user's name; it is shown this once.")),
        ("list", _list, N_("List tokens, and when they were used last.")),
        ("revoke", _revoke, N_("Let a token count no more.")),
    ):
        tokens.command(name, help=help_text, cls=CommandHelp)(function)
    help_text = N_("Tokens for programs, limited to scopes.")
    group.add_typer(tokens, name="token", help=help_text, rich_help_panel=panel)


def _make(user: UserId, label: Label, scope: Scopes, days: Days = 90, by: o.By = "", as_json: o.AsJson = False) -> None:
    with looking_after(by, as_json=as_json) as (access, users):
        made = access.make_token(users.get(user).id, label, scope, days=days, by=users.by)
    if as_json:
        print_json({**vars(made.token), "secret": made.secret})
        return
    say(
        _(
            "Token {number}, valid until {until}. It is shown this once:",
            number=made.token.number,
            until=shown(made.token.ends_at),
        )
    )
    show(made.secret)


def _list(user: Whose = "", as_json: o.AsJson = False) -> None:
    with looking_after(as_json=as_json) as (access, users):
        found = access.tokens(users.get(user).id if user else None)
        now = access.storage.clock()
    if as_json:
        print_json(found)
        return
    if not found:
        show(_("There is no token yet. Make one: casefold users token make USER --label TEXT --scope cases:read"))
        return
    headings = (_("number"), _("user"), _("what for"), _("scopes"), _("valid until"), _("used last"))
    lines = [
        (
            str(token.number),
            token.account,
            token.label,
            listed(token.scopes),
            _("revoked") if token.revoked_at else _("expired") if token.ends_at <= now else shown(token.ends_at),
            shown(token.used_at) if token.used_at else "—",
        )
        for token in found
    ]
    table(headings, lines, flexible=3)


def _revoke(number: Number, by: o.By = "", as_json: o.AsJson = False) -> None:
    with looking_after(by, as_json=as_json) as (access, users):
        access.revoke_token(number, by=users.by)
    if as_json:
        print_json({"revoked": number})
    else:
        show(_("Token {number} does not count any more.", number=number))
