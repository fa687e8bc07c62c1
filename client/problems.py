"""What can go wrong, as exceptions: each one's text is the sentence that the server says, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CasefoldError(Exception):
    """Anything that is not what was asked for."""


class Problem(CasefoldError):
    """The server's answer is that it cannot be: why, what was saved, and what to do."""

    def __init__(self, status: int, body: Mapping[str, Any], command_id: str = "") -> None:
        super().__init__(body.get("detail") or f"The server answers {status}.")
        self.status = status
        self.body = body
        self.command_id = command_id
        """The key under which a command was given; empty when it was none."""

    @property
    def sentence(self) -> str:
        """For people, in the language of the client."""
        return str(self)

    @property
    def code(self) -> str:
        """For programs."""
        return str(self.body.get("code", ""))

    @property
    def params(self) -> Mapping[str, Any]:
        """What fills in the sentence."""
        found: Mapping[str, Any] = self.body.get("params", {})
        return found


class Refused(Problem):
    """The rules refuse the command. That is an answer, and it is kept: ask anew with another key."""


class Conflict(Refused):
    """The case has moved on since the version that was looked at."""

    @property
    def version(self) -> int:
        """The version now."""
        return int(self.body.get("version", 0))

    @property
    def changes(self) -> list[Any]:
        """What happened since, entry by entry (`client.models.EntryOut`)."""
        return list(self.body.get("changes", []))


class NotAllowed(Problem):
    """Nobody is signed in, or who is may not ask for this."""


class NotFound(Problem):
    """There is no such thing, or it is not theirs to see."""


class WronglyAsked(Problem):
    """A field is missing or wrong; nothing was done."""

    @property
    def errors(self) -> list[Any]:
        """Each field that is wrong."""
        return list(self.body.get("errors", []))


class Unavailable(CasefoldError):
    """The server, or its database, could not be reached in time, although it was asked again and again."""

    def __init__(self, detail: str, *, outcome_unknown: bool = False, command_id: str = "") -> None:
        known = "Whether it was carried out is not known" if outcome_unknown else "Nothing of this was saved"
        repeat = f": repeat it with command_id={command_id!r}." if command_id else "."
        super().__init__(f"Casefold cannot be reached ({detail}). {known}{repeat}")
        self.detail = detail
        self.outcome_unknown = outcome_unknown
        self.command_id = command_id


def problem_of(status: int, body: Mapping[str, Any], command_id: str = "") -> Problem:
    """The exception for an answer."""
    if status == 412:
        return Conflict(status, body, command_id)
    if body.get("outcome") == "refused" or status == 409:
        return Refused(status, body, command_id)
    kind = {401: NotAllowed, 403: NotAllowed, 404: NotFound, 400: WronglyAsked, 413: WronglyAsked, 422: WronglyAsked}
    return kind.get(status, Problem)(status, body, command_id)
