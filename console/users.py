"""`casefold users`: who may sign in, with which roles; invitations, tokens, and the log of sign-ins (H-01)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import options as o
from console.help import CommandHelp, GroupHelp
from console.output import print_json, say, show, table
from console.user_desk import UserId, looking_after
from console.user_tokens import add_tokens
from console.user_words import OCCASIONS, STATES, detail
from console.when import shown
from console.words import N_, Language, _, listed, word
from domain.actor import Role

if TYPE_CHECKING:  # asking for help must not wait for the database's libraries
    from api.identity.accounts import Account
    from api.identity.log import Line

USERS = N_("Users")
ENTRY = N_("Links, sessions and tokens")
LOOKING = N_("Looking")

Name = Annotated[
    str | None, typer.Option("--name", help=N_("What they are called on screens; the ledger knows only the id."))
]
Roles = Annotated[list[Role] | None, typer.Option("--role", help=N_("A role that they have; may be repeated."))]
Department = Annotated[
    str | None, typer.Option("--department", metavar="NAME", help=N_("Which department they belong to."))
]
Speaks = Annotated[Language | None, typer.Option("--language", help=N_("In which language pages greet them."))]
Administrator = Annotated[
    bool | None,
    typer.Option("--administrator/--no-administrator", help=N_("Whether they look after users."), show_default=False),
]
PasswordFile = Annotated[
    str,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help=N_("A file with their password, - for standard input; without one they are invited to choose it."),
        show_default=False,
    ),
]
Url = Annotated[
    str,
    typer.Option(
        "--url",
        metavar="ADDRESS",
        envvar="CASEFOLD_ORIGIN",
        callback=lambda addresses: next(iter(addresses.split()), ""),  # the setting may name several
        help=N_("Under which address people reach the console: https://cases.example.com."),
        show_default=False,
    ),
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help=N_("How many lines at most."))]
OnlyUser = Annotated[str, typer.Option("--user", metavar="USER", help=N_("Only about this user."), show_default=False)]


def add_users(app: typer.Typer, panel: str) -> None:
    """Add the group of commands."""
    group = typer.Typer(cls=GroupHelp, add_completion=False, no_args_is_help=True)
    for name, function, help_text, part in (
        ("list", _list, N_("List the users, their roles and departments."), LOOKING),
        ("log", _log, N_("Show sign-ins, failed attempts, use of tokens and changes of rights."), LOOKING),
        ("add", _add, N_("Add a user, and make the link by which they choose their password."), USERS),
        ("roles", _roles, N_("Give a user other roles, another department, name or language."), USERS),
        (
            "disable",
            _disable,
            N_("Let a user in no more: sessions end, tokens are revoked; the id stays taken."),
            USERS,
        ),
        ("enable", _enable, N_("Let a disabled user in again."), USERS),
        ("invite", _invite, N_("Make a link by which a user chooses a password, the first or a new one."), ENTRY),
        ("bootstrap", _bootstrap, N_("Make the link for the first user, while there is none."), ENTRY),
        ("sign-out", _sign_out, N_("End all sessions of a user."), ENTRY),
    ):
        group.command(name, help=help_text, rich_help_panel=part, cls=CommandHelp)(function)
    add_tokens(group, ENTRY)
    help_text = N_("Users: who may sign in, with which roles; invitations, tokens, and the log of sign-ins.")
    app.add_typer(group, name="users", help=help_text, rich_help_panel=panel)


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _list(as_json: o.AsJson = False) -> None:
    with looking_after(as_json=as_json) as (_access, users):
        found = users.all()
    if as_json:
        print_json([data_of(account) for account in found])
        return
    if not found:
        show(_("There is no user yet. Make the link for the first one: casefold users bootstrap"))
        return
    headings = (_("user"), _("full name"), _("roles"), _("department"), "", "")
    table(headings, [_line(account) for account in found], flexible=2)


def _line(account: Account) -> tuple[str, ...]:
    return (
        account.id,
        account.name,
        listed(word(role) for role in account.roles),
        account.department or "—",
        _("administrator") if account.administrator else "",
        _(STATES[account.state]),
    )


def data_of(account: Account) -> dict[str, Any]:
    """A user for programs."""
    names = ("id", "name", "roles", "administrator", "department", "language", "state", "made_at", "changed_at")
    return {name: getattr(account, name) for name in names}


def _log(user: OnlyUser = "", limit: Limit = 50, as_json: o.AsJson = False) -> None:
    with looking_after(as_json=as_json) as (access, _users):
        found = access.log(user.strip() or None, limit=limit)
    if as_json:
        print_json(found)
        return
    if not found:
        show(_("Nothing happened yet: nobody has signed in, and nobody was added."))
        return
    headings = (_("when"), _("user"), _("what"), _("by"), _("from where"), "")
    table(headings, [_log_line(line) for line in found], flexible=5)


def _log_line(line: Line) -> tuple[str, ...]:
    return (
        shown(line.at),
        line.account or "—",
        _(OCCASIONS[line.what]),
        "" if line.by == line.account else line.by,
        line.address or "—",
        detail(line.details),
    )


# ── Users ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _add(
    user: UserId,
    name: Annotated[str, typer.Option("--name", help=N_("What they are called on screens."), show_default=False)],
    role: Roles = None,
    department: Department = None,
    language: Speaks = None,
    administrator: Administrator = None,
    password_file: PasswordFile = "",
    url: Url = "",
    by: o.By = "",
    as_json: o.AsJson = False,
) -> None:
    password = _password(password_file) if password_file else ""
    with looking_after(by, as_json=as_json) as (_access, users):
        account = users.add(
            user,
            name,
            role if role is not None else (Role.AGENT,),
            administrator=bool(administrator),
            department=department or "",
            language=language or "",
            password=password,
        )
        path = "" if password else users.invite(account.id)
    if as_json:
        print_json(data_of(account) | ({"link": url.rstrip("/") + path} if path else {}))
        return
    show(_("{user} was added.", user=account.id))
    if path:
        _tell_link(path, url)
    else:
        show(_("They can sign in with their password at once."))


def _password(file: str) -> str:
    """The first line of a file; a password has no place in a shell's history."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(
            _("The file cannot be read: {file}.", file=file), param_hint="--password-file"
        ) from error
    lines = text.splitlines()
    if not lines or not lines[0]:
        raise typer.BadParameter(_("There is no password in its first line."), param_hint="--password-file")
    return lines[0]


def _roles(
    user: UserId,
    role: Roles = None,
    department: Department = None,
    name: Name = None,
    language: Speaks = None,
    administrator: Administrator = None,
    by: o.By = "",
    as_json: o.AsJson = False,
) -> None:
    if role is None and department is None and name is None and language is None and administrator is None:
        raise typer.BadParameter(_("Say what is to be different: --role, --department, --name …"), param_hint="--role")
    with looking_after(by, as_json=as_json) as (_access, users):
        from api.identity.users import Change

        roles = tuple(role) if role is not None else None
        change = Change(name, roles, administrator, department, language.value if language else None)
        account = users.change(user, change)
    if as_json:
        print_json(data_of(account))
        return
    table(("", "", "", "", "", ""), [_line(account)], flexible=2)
    show(_("This holds from their next request on."))


def _disable(user: UserId, by: o.By = "", as_json: o.AsJson = False) -> None:
    with looking_after(by, as_json=as_json) as (_access, users):
        account = users.disable(user)
    if as_json:
        print_json(data_of(account))
    else:
        show(_("{user} is disabled: sessions have ended, tokens are revoked.", user=account.id))


def _enable(user: UserId, by: o.By = "", as_json: o.AsJson = False) -> None:
    with looking_after(by, as_json=as_json) as (_access, users):
        account = users.enable(user)
    if as_json:
        print_json(data_of(account))
    elif account.state == "invited":
        show(_("{user} has no password yet. Invite them: casefold users invite {user}", user=account.id))
    else:
        show(_("{user} can sign in again; revoked tokens stay revoked.", user=account.id))


# ── Links and sessions ───────────────────────────────────────────────────────────────────────────────────────────────


def _invite(user: UserId, url: Url = "", by: o.By = "", as_json: o.AsJson = False) -> None:
    with looking_after(by, as_json=as_json) as (_access, users):
        path = users.invite(user)
    if as_json:
        print_json({"link": url.rstrip("/") + path})
    else:
        _tell_link(path, url)


def _bootstrap(url: Url = "", as_json: o.AsJson = False) -> None:
    with looking_after(as_json=as_json) as (access, _users):
        path = access.first_link()
    if as_json:
        print_json({"link": url.rstrip("/") + path if path else None})
    elif path:
        _tell_link(path, url)
    else:
        show(_("There are users already. Add another one: casefold users add USER --name NAME"))


def _tell_link(path: str, url: str) -> None:
    if not url:
        say(_("Put the address of your console before it, or set CASEFOLD_ORIGIN."))
    show(url.rstrip("/") + path)
    say(_("The link works once, within 24 hours. Give it to that person only."))


def _sign_out(user: UserId, by: o.By = "", as_json: o.AsJson = False) -> None:
    with looking_after(by, as_json=as_json) as (_access, users):
        ended = users.sign_out(user)
    if as_json:
        print_json({"sessions_ended": ended})
    else:
        show(_("Sessions ended: {number}", number=ended))
