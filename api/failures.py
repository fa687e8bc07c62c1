"""Everything that can go wrong in a request, turned into a problem with a sentence."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from api.problems import Problem, RefusedProblem, answer, too_large
from api.words import N_, Language, Words, language_of
from domain.refusal import Refused
from ledger.errors import KeysUnavailable, LedgerError, LedgerNotReady, LedgerUnavailable, NotWritable, UnknownStream

RETRY_AFTER = "2"
"""Seconds, until it is worth asking again whether the database is back."""

Handler = Callable[[Request, Any], Awaitable[Response]]


def add_handlers(app: FastAPI) -> None:
    """Let every failure in a route of this application become a problem."""
    app.add_exception_handler(Problem, _handler(lambda error: error))
    app.add_exception_handler(Refused, _handler(refused))
    app.add_exception_handler(RequestValidationError, _handler(_not_valid))
    app.add_exception_handler(HTTPException, _http_answer)
    app.add_exception_handler(
        UnknownStream, _handler(lambda error: refused(Refused("unknown_case", case=error.stream)))
    )
    app.add_exception_handler(NotWritable, _handler(_not_writable))
    app.add_exception_handler(KeysUnavailable, _handler(_keys_unavailable))
    app.add_exception_handler(LedgerUnavailable, _handler(_unavailable))
    app.add_exception_handler(LedgerNotReady, _handler(_not_ready))
    app.add_exception_handler(LedgerError, _handler(_ledger))


def _handler(problem_of: Callable[[Any], Problem]) -> Handler:
    async def handle(request: Request, error: Any) -> Response:
        state = request.state
        return answer(problem_of(error), state.parts.words, language_of(request), state.request_id)

    return handle


async def _http_answer(request: Request, error: Any) -> Response:
    """What the framework itself raises; of several routes with one address it names the methods of one only."""
    problem = _http(error)
    if error.status_code == 405:
        problem.headers["Allow"] = ", ".join(sorted(_methods_at(request)))
    return answer(problem, request.state.parts.words, language_of(request), request.state.request_id)


def _methods_at(request: Request) -> set[str]:
    """The methods that an address knows; one that is spelled out is not taken for a name in another one's place."""
    path, named, spelled_out = request.url.path, set[str](), set[str]()
    for route in iter_route_contexts(request.app.routes):
        methods = getattr(route, "methods", None)
        if methods and str(route.path) == path:
            spelled_out |= methods
        elif methods and re.fullmatch(re.sub(r"\{\w+(:path)?\}", "[^/]+", str(route.path)), path):
            named |= methods
    return spelled_out or named


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────

STATUS_OF = {
    "unknown_case": 404,
    "unknown_department": 404,
    "not_received": 404,
    "no_policy": 404,
    "version_moved": 412,
    "not_your_role": 403,
    "auditors_only_read": 403,
    "only_the_system": 403,
    "reserved_name": 403,
}
"""Refusals that HTTP has a word for; all others conflict with how things stand."""


def refused(refusal: Refused, **more: Any) -> Problem:
    """A refusal as a problem."""
    return RefusedProblem(STATUS_OF.get(refusal.code, 409), refusal, **more)


# ── What was asked wrongly ───────────────────────────────────────────────────────────────────────────────────────────

MISTAKES = {
    "missing": N_("{field} must be given."),
    "extra_forbidden": N_("{field} is not known here."),
    "string_type": N_("{field} must be text."),
    "string_too_short": N_("{field} must not be empty."),
    "string_too_long": N_("{field} is too long."),
    "string_pattern_mismatch": N_("{field} is not written as it should be."),
    "enum": N_("{field} must be one of the words that are allowed there."),
    "int_type": N_("{field} must be a whole number."),
    "int_parsing": N_("{field} must be a whole number."),
    "bool_type": N_("{field} must be true or false."),
    "bool_parsing": N_("{field} must be true or false."),
    "not_an_instant": N_("{field} must be an instant with its time zone, such as 2026-11-22T10:00:00+08:00."),
    "not_a_day": N_("{field} must be a day, such as 2026-11-25."),
    "not_an_amount": N_("{field} must be an amount as text, such as “120.50”."),
    "not_a_point": N_("{field} must be an instant with its time zone, or a version such as v12."),
    "nul_character": N_("{field} must not hold a NUL character."),
    "out_of_range": N_("{field} is too small or too large."),
    "json_invalid": N_("The body is not JSON."),
    "model_attributes_type": N_("{field} must be a JSON object."),
    "list_type": N_("{field} must be a list."),
}
"""What may be wrong with a field, in our words; what is not listed is said by the library."""
OTHER_MISTAKE = N_("{field} cannot be used as it is: {reason}.")
ASKED_WRONGLY = N_("It was not asked as it must be.")
NOTHING_DONE = N_("Nothing was done.")


NO_KEY = N_(
    "Nothing was done: send the header Idempotency-Key with a new id for each command, a UUID, say, and with the same "
    "id when you repeat the command."
)


def no_key() -> Problem:
    """The command has no id, or none that could be kept."""
    return Problem(400, "idempotency_key", ASKED_WRONGLY, NO_KEY, outcome="nothing_saved")


def wrong_header(name: str, code: str) -> Problem:
    """A header is not written as it should be."""
    return FieldsProblem(422, [{"in": "header", "field": name, "code": code, "reason": ""}])


def _not_valid(error: RequestValidationError) -> Problem:
    """Names each field. The values are not repeated: they may be personal data."""
    mistakes = list(_mistakes(error))
    bad_json = any(one["code"] == "json_invalid" for one in mistakes)
    return FieldsProblem(400 if bad_json else 422, mistakes)


class FieldsProblem(Problem):
    """Fields that are missing or wrong; each with a sentence."""

    def __init__(self, status: int, mistakes: list[dict[str, Any]]) -> None:
        super().__init__(status, "asked_wrongly", ASKED_WRONGLY, NOTHING_DONE, outcome="nothing_saved")
        self._mistakes = mistakes

    def sentence(self, words: Words, language: Language) -> str:
        """All of them, one after the other."""
        told = (one["message"] for one in self.told(words, language)["errors"])
        return " ".join([words.text(NOTHING_DONE, language), *told])

    def told(self, words: Words, language: Language) -> dict[str, Any]:
        """And one by one, for programs."""
        errors = [
            {
                "in": one["in"],
                "field": one["field"],
                "code": one["code"],
                "message": words.text(
                    MISTAKES.get(one["code"], OTHER_MISTAKE), language, field=one["field"], reason=one["reason"]
                ),
            }
            for one in self._mistakes
        ]
        return {**self.more, "errors": errors}


def _mistakes(error: RequestValidationError) -> Iterator[dict[str, Any]]:
    for one in error.errors()[:20]:
        place, *path = one["loc"]
        if one["type"] == "none_required":
            continue  # beside what is wrong with a value that may also be left out
        if place == "query":
            path = path[:1]  # what follows is how the program reads it
        kind = "json_invalid" if one["type"] == "json_invalid" else one["type"]
        yield {
            "in": str(place),
            "field": _name(str(place), [] if kind == "json_invalid" else path),
            "code": kind,
            "reason": str(one["msg"]),
        }


def _name(place: str, path: list[Any]) -> str:
    """``measures[0].due``; of a header the name as it is sent; of nothing the body itself."""
    if place == "header" and path:
        return "-".join(part.capitalize() for part in str(path[0]).split("-"))
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else str(part)
    return name or "body"


def _http(error: HTTPException) -> Problem:
    """What the framework itself answers: no such address, another method, too large a body."""
    status = error.status_code
    if status == 413:
        return too_large()
    code, detail = HTTP.get(status, ("http_error", N_("Nothing was done: the request cannot be understood.")))
    title = N_("There is nothing here.") if status == 404 else ASKED_WRONGLY
    return Problem(status, code, title, detail, headers=error.headers)


HTTP = {
    404: ("no_such_address", N_("There is nothing at this address.")),
    405: ("method_not_allowed", N_("Nothing was done: this address does not know that method.")),
    400: ("unreadable", N_("Nothing was done: the body cannot be read.")),
}


def _not_writable(error: NotWritable) -> Problem:
    """A value has no place in the ledger: the reason says which and why."""
    return Problem(
        422,
        "not_writable",
        ASKED_WRONGLY,
        N_("Nothing was done: {reason}."),
        {"reason": str(error)},
        outcome="nothing_saved",
    )


# ── What is not there ────────────────────────────────────────────────────────────────────────────────────────────────

LEDGER_AWAY = N_("The ledger cannot be reached.")
AWAY = N_("The ledger cannot be reached. Nothing was saved: repeat the request with the same Idempotency-Key.")
AWAY_UNKNOWN = N_(
    "The ledger cannot be reached, and whether the command was carried out is not known: repeat the request with the "
    "same Idempotency-Key. If it was carried out, you get its answer; if not, it is carried out then."
)


KEYS_AWAY = N_(
    "The keys of personal data cannot be reached. Nothing was saved: repeat the request with the same Idempotency-Key. "
    "What holds no personal data can be recorded meanwhile."
)


def _keys_unavailable(error: KeysUnavailable) -> Problem:
    title = N_("The keys of personal data cannot be reached.")
    return Problem(
        503, "keys_unavailable", title, KEYS_AWAY, headers={"Retry-After": RETRY_AFTER}, outcome="nothing_saved"
    )


def _unavailable(error: LedgerUnavailable) -> Problem:
    unknown = error.outcome_unknown
    return Problem(
        503,
        "ledger_unavailable",
        LEDGER_AWAY,
        AWAY_UNKNOWN if unknown else AWAY,
        headers={"Retry-After": RETRY_AFTER},
        outcome="unknown" if unknown else "nothing_saved",
    )


def _not_ready(error: LedgerNotReady) -> Problem:
    return Problem(
        503,
        "ledger_not_ready",
        LEDGER_AWAY,
        N_("Nothing was saved: the database holds no ledger that this program can work with. Run: casefold doctor"),
        headers={"Retry-After": "30"},
        outcome="nothing_saved",
    )


def _ledger(error: LedgerError) -> Problem:
    return Problem(
        500,
        "ledger_unreadable",
        N_("The ledger cannot be read."),
        N_("Nothing was saved: the ledger holds something that this program does not read. Run: casefold doctor"),
        outcome="nothing_saved",
    )
