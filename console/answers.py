"""How a command ends when it cannot be done: a sentence on standard error, an exit code, and JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from console.house import House, NotOverHttp, ToldOtherwise, Unreachable, ledger_alone, opened
from console.output import INTERRUPTED, REFUSED, UNREACHABLE, USAGE, fail, print_json, say
from console.words import N_, _, refusal
from domain.refusal import Refused
from ledger.errors import KeysUnavailable, LedgerError, LedgerUnavailable, NotWritable, UnknownStream

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from ledger.store import Ledger

AWAY = N_("The ledger cannot be reached ({detail}).")
AWAY_UNKNOWN = N_("The ledger cannot be reached ({detail}). Outcome unknown: repeat with --command-id {command_id}.")
NOTHING_SAVED = N_("Nothing was saved: repeat with --command-id {command_id}.")
AWAY_NOTHING = N_(
    "The ledger cannot be reached ({detail}). Nothing was saved: repeat with --command-id {command_id} when it is back."
)


KEYS_AWAY = N_(
    "The keys of personal data cannot be reached ({detail}); what holds no personal data can be recorded meanwhile."
)


@contextmanager
def at_work(*, as_json: bool = False, command_id: str = "", reveal: bool = False) -> Iterator[House]:
    """The house for one command; what goes wrong becomes a sentence and an exit code, never a traceback.

    ``command_id`` says that something is being recorded: then what is known of the outcome is said too.
    ``reveal`` says that personal data is to be shown.
    """
    with _answering(as_json, command_id), opened(reveal=reveal) as house:
        yield house


@contextmanager
def reading(*, as_json: bool = False) -> Iterator[Ledger]:
    """The ledger alone, without any key, for a command that an auditor may give; ends likewise."""
    with _answering(as_json, ""), ledger_alone() as ledger:
        yield ledger


@contextmanager
def _answering(as_json: bool, command_id: str) -> Iterator[None]:
    """Turns what goes wrong within into a sentence and an exit code."""
    try:
        yield
    except NotOverHttp as error:
        raise fail(str(error), USAGE) from error
    except ToldOtherwise as error:
        raise _told_otherwise(error, as_json, command_id) from error
    except Unreachable as error:
        raise _away(_before_sending(error, command_id), "nothing_saved", as_json, command_id) from error
    except LedgerUnavailable as error:
        raise _unavailable(error, as_json, command_id) from error
    except UnknownStream as error:
        raise refused(Refused("unknown_case", case=error.stream), as_json=as_json, command_id=command_id) from error
    except Refused as error:
        raise refused(error, as_json=as_json, command_id=command_id) from error
    except NotWritable as error:
        raise fail(plainly(error), USAGE) from error
    except LedgerError as error:
        raise _away(_before_sending(error, command_id), "nothing_saved", as_json, command_id) from error
    except KeyboardInterrupt:
        if command_id:
            say(_("Interrupted. Outcome unknown: repeat with --command-id {command_id}.", command_id=command_id))
        raise typer.Exit(INTERRUPTED) from None


def refused(
    error: Refused, *, as_json: bool, command_id: str = "", told: Refused | None = None, **more: Any
) -> typer.Exit:
    """The end of a refused command: ``raise refused(…)``; ``told`` is the same refusal in the words of who asked."""
    sentence = refusal(told or error)
    say(sentence)
    if as_json:
        answer = {"accepted": False, "code": error.code, "params": error.params, "sentence": sentence}
        print_json(answer | ({"command_id": command_id} if command_id else {}) | more)
    elif command_id:
        say(_("command id {command_id}", command_id=command_id))
    return typer.Exit(REFUSED)


def _told_otherwise(error: ToldOtherwise, as_json: bool, command_id: str) -> typer.Exit:
    """The end of a command that a server does not let in."""
    if as_json:
        answer = {"accepted": False, "code": error.code, "params": error.params, "sentence": str(error)}
        print_json(answer | ({"command_id": command_id} if command_id else {}))
    return fail(str(error), REFUSED)


def plainly(error: Exception) -> str:
    """The sentence of an error, without the words that a library puts before it."""
    return str(error).replace("Value error, ", "")


def _before_sending(error: Exception, command_id: str) -> str:
    """What is wrong, and that nothing of what was asked has been sent."""
    return f"{error} {_(NOTHING_SAVED, command_id=command_id)}" if command_id else str(error)


def _unavailable(error: LedgerUnavailable, as_json: bool, command_id: str) -> typer.Exit:
    if isinstance(error, KeysUnavailable):
        saved = _(NOTHING_SAVED, command_id=command_id) if command_id else ""
        return _away(f"{_(KEYS_AWAY, detail=error.detail)} {saved}".strip(), "nothing_saved", as_json, command_id)
    if not command_id:
        return _away(_(AWAY, detail=error.detail), "nothing_saved", as_json, "")
    if error.outcome_unknown:
        return _away(_(AWAY_UNKNOWN, detail=error.detail, command_id=command_id), "unknown", as_json, command_id)
    return _away(_(AWAY_NOTHING, detail=error.detail, command_id=command_id), "nothing_saved", as_json, command_id)


def _away(sentence: str, outcome: str, as_json: bool, command_id: str) -> typer.Exit:
    """``outcome`` is for programs: ``unknown`` or ``nothing_saved``."""
    if as_json:
        answer = {"error": "unreachable", "outcome": outcome, "sentence": sentence}
        print_json(answer | ({"command_id": command_id} if command_id else {}))
    return fail(sentence, UNREACHABLE)
