"""Help pages in the reader's language: the texts are translated when the page is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import typer
from rich.cells import cell_len
from rich.markup import escape
from typer.core import TyperCommand, TyperGroup

from console.words import N_, Language, _, use

TITLES = {
    "ARGUMENTS_PANEL_TITLE": N_("Arguments"),
    "OPTIONS_PANEL_TITLE": N_("Options"),
    "COMMANDS_PANEL_TITLE": N_("Commands"),
    "REQUIRED_LONG_STRING": N_("[required]"),
    "DEFAULT_STRING": N_("[default: {}]"),
    "ENVVAR_STRING": N_("[env var: {}]"),
}
NARROW = 40
_PAUSE = re.compile("([，；：、])(?! )")
HELP_OPTION = N_("Show this message and exit.")


@contextmanager
def _for_now(thing: Any, name: str, value: Any) -> Iterator[None]:
    """The attribute has another value within this block."""
    before = getattr(thing, name)
    setattr(thing, name, value)
    try:
        yield
    finally:
        setattr(thing, name, before)


@contextmanager
def _titles() -> Iterator[None]:
    """The titles that Typer itself gives to the parts of a help page."""
    from typer import rich_utils

    with ExitStack() as stack:
        for name, title in TITLES.items():
            stack.enter_context(_for_now(rich_utils, name, _(title)))
        yield


def _wrappable(text: str) -> str:
    """Chinese has no spaces, and where there is none a narrow column cuts a text off: so give long ones some."""
    return _PAUSE.sub(r"\1 ", text) if cell_len(text) > NARROW else text


@contextmanager
def _translated(*things: Any) -> Iterator[None]:
    """The texts of these commands and parameters in today's language."""
    with ExitStack() as stack:
        for thing in things:
            if text := getattr(thing, "help", None):
                paragraphs = [escape(_wrappable(_(paragraph))) for paragraph in text.split("\n\n")]
                stack.enter_context(_for_now(thing, "help", "\n\n".join(paragraphs)))
            if epilog := getattr(thing, "epilog", None):
                stack.enter_context(_for_now(thing, "epilog", escape(_(epilog))))
            if panel := getattr(thing, "rich_help_panel", None):
                stack.enter_context(_for_now(thing, "rich_help_panel", _(panel)))
        yield


def _without_language(args: list[str]) -> list[str]:
    """Speak the language that is named among the arguments, up to `--`; return the others."""
    left: list[str] = []
    rest = iter(args)
    for arg in rest:
        name, equals, value = arg.partition("=")
        if arg == "--":
            return [*left, arg, *rest]
        if name != "--lang":
            left.append(arg)
            continue
        value = value if equals else next(rest, "")
        if value not in set(Language):
            words = ", ".join(Language)
            raise typer.BadParameter(
                _("{text!r} is not one of: {words}.", text=value, words=words), param_hint="--lang"
            )
        use(Language(value))
    return left


@contextmanager
def _plain_errors() -> Iterator[None]:
    """What is wrong with a value, without the words that Typer's own library puts before it."""
    try:
        yield
    except typer.BadParameter as error:
        error.message = error.message.replace("Value error, ", "")
        raise


class CommandHelp(TyperCommand):
    """A command whose help page is translated, and that takes `--lang` as the program itself does."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _plain_errors():
            return super().parse_args(ctx, _without_language(args))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        with _titles(), _translated(self, *self.get_params(ctx)):
            super().format_help(ctx, formatter)


class GroupHelp(TyperGroup):
    """The list of commands, translated; commands without a translation stay as they are."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _plain_errors():
            return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        with _titles(), _translated(self, *self.get_params(ctx), *self.commands.values()):
            super().format_help(ctx, formatter)
