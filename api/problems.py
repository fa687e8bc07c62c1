"""What went wrong, as RFC 9457 has it: a sentence that says what happened, what was saved, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse

from api.words import N_, Language, Words
from domain.refusal import Refused

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that is not what was asked for. ``detail`` is an English message with places for ``params``."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        params: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.params = dict(params or {})
        self.headers = dict(headers or {})
        self.more = more

    def sentence(self, words: Words, language: Language) -> str:
        """What it says."""
        return words.text(self.detail, language, **self.params)

    def told(self, words: Words, language: Language) -> dict[str, Any]:
        """What else it says, for programs."""
        return self.more


class RefusedProblem(Problem):
    """A command that the domain refused: its sentence is the refusal's."""

    def __init__(self, status: int, refused: Refused, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        title = N_("The command was refused.")
        super().__init__(status, refused.code, title, "", refused.params, headers=headers, **more)
        self.refused = refused

    def sentence(self, words: Words, language: Language) -> str:
        """The refusal's."""
        return words.refusal(self.refused, language)


def answer(problem: Problem, words: Words, language: Language, request_id: str = "") -> JSONResponse:
    """The problem as a response."""
    body: dict[str, Any] = {
        "type": f"urn:casefold:problem:{problem.code}",
        "title": words.text(problem.title, language),
        "status": problem.status,
        "detail": problem.sentence(words, language),
        "code": problem.code,
        "params": problem.params,
        **problem.told(words, language),
    }
    if request_id:
        body["request_id"] = request_id
    headers = {"Content-Language": language.value, **problem.headers}
    return JSONResponse(body, problem.status, headers, MEDIA_TYPE)


# ── Those that many routes have ──────────────────────────────────────────────────────────────────────────────────────


def not_signed_in() -> Problem:
    """Nobody said who asks."""
    return Problem(
        401,
        "not_signed_in",
        N_("Nobody is signed in."),
        N_("Nothing was done: say who asks, with a token or by signing in."),
        headers={"WWW-Authenticate": "Bearer"},
    )


def forbidden(permission: str) -> Problem:
    """Whoever asks may not ask for this."""
    return Problem(
        403,
        "forbidden",
        N_("This is not for you."),
        N_("Nothing was done: this needs the permission {permission}, which you or your token do not have."),
        {"permission": str(permission)},
    )


def too_large() -> Problem:
    """More than any command has to say."""
    return Problem(
        413,
        "too_large",
        N_("It was not asked as it must be."),
        N_("Nothing was done: the body is too large. Files do not belong into a command."),
        outcome="nothing_saved",
    )


def unknown_case(case: str) -> Problem:
    """There is no such case, or it is not theirs to see."""
    return not_there(Refused("unknown_case", case=case[:50]))


def not_there(refused: Refused) -> Problem:
    """What an address names is not there."""
    return RefusedProblem(404, refused)
