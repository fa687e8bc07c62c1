"""The options that many commands share, and how they are read."""

from __future__ import annotations

import io
import sys
import uuid
from datetime import datetime
from importlib.metadata import version
from typing import Annotated

import typer

from console.house import address
from console.when import NotATime, instant, instant_or_version
from console.words import N_, Language, _, use
from domain.actor import Actor, Role

SHARED = N_("How it is asked")
"""Title of the part of a help page that lists these options."""

CaseId = Annotated[str, typer.Argument(metavar="CASE", help=N_("Id of the case: C-2026-000123."), show_default=False)]
By = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="WHO",
        envvar="CASEFOLD_BY",
        rich_help_panel=SHARED,
        show_default=False,
        help=N_("Who asks: id, :roles and @department, for example u17:agent,lead@hotline."),
    ),
]
CommandId = Annotated[
    str,
    typer.Option(
        "--command-id",
        metavar="ID",
        rich_help_panel=SHARED,
        show_default=False,
        help=N_("Repeating a command with the same id is harmless: it gets the first answer again."),
    ),
]
ExpectVersion = Annotated[
    int | None,
    typer.Option(
        "--expect-version",
        metavar="N",
        rich_help_panel=SHARED,
        show_default=False,
        help=N_("Refuse when the case has moved on from this version."),
    ),
]
HappenedAt = Annotated[
    str,
    typer.Option(
        "--happened-at",
        metavar="WHEN",
        rich_help_panel=SHARED,
        show_default=False,
        help=N_("When it happened, if not just now: 2026-11-22 10:00, 2h ago."),
    ),
]
AsJson = Annotated[bool, typer.Option("--json", rich_help_panel=SHARED, help=N_("Print JSON, for programs."))]
Reveal = Annotated[bool, typer.Option("--reveal", help=N_("Show personal data unmasked."))]
At = Annotated[
    str,
    typer.Option(
        "--at",
        metavar="WHEN",
        show_default=False,
        help=N_("As it was known then: 2026-11-22 10:00, 2h ago, or v12 for the twelfth entry."),
    ),
]


def _speak(lang: Language | None) -> Language | None:
    use(lang)
    return lang


Lang = Annotated[
    Language | None,
    typer.Option(
        "--lang",
        is_eager=True,  # before --help, which answers in this language
        callback=_speak,
        show_default=False,
        help=N_("The language to speak; otherwise that of CASEFOLD_LANG, LC_ALL or LANG."),
    ),
]


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"casefold {version('casefold')}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version",
        is_eager=True,
        callback=_tell_version,
        help=N_("Print the version of this program, and nothing else."),
    ),
]


def main_options(lang: Lang = None, version: Version = False) -> None:
    """The options before the name of a command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without Chinese shows codes instead of failing
            stream.reconfigure(errors="backslashreplace")


OF_THE_TOKEN = Actor("whoever the token belongs to", ())
"""Who asks over HTTP: the server knows."""


def actor(by: str) -> Actor:
    """Who asks. Ends the program with a sentence when it is not said, or cannot be."""
    if not by.strip() and address():
        return OF_THE_TOKEN
    if not by.strip():
        raise typer.BadParameter(
            _("Say who asks: --by ID:roles@department (u17:agent@hotline), or set CASEFOLD_BY."), param_hint="--by"
        )
    try:
        who = Actor.parse(by)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--by") from error
    if Role.SYSTEM in who.roles:
        raise typer.BadParameter(_("The role system is the case's own workflow, not a person."), param_hint="--by")
    return who


def command_id_or_new(command_id: str) -> str:
    """The id given, or a new one."""
    return command_id or str(uuid.uuid4())


def happened(when: str) -> datetime | None:
    """When it happened, if it was said."""
    return read_instant(when, "--happened-at") if when else None


def read_instant(text: str, option: str) -> datetime:
    """An instant. Ends the program with a sentence when it is none."""
    try:
        return instant(text)
    except NotATime as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def read_point(text: str, option: str) -> datetime | int:
    """An instant or a version. Ends the program with a sentence when it is neither."""
    try:
        return instant_or_version(text)
    except NotATime as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
