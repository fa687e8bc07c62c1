"""What if: past cases are lived again under other limits, in the background; nothing is written (P-04)."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.exceptions import HTTPException
from fastapi.responses import HTMLResponse, Response

from api.house import House
from console.policy_text import Mistakes, as_text, read_text
from console.policy_words import version_of
from console.web.desk import AtDesk, Desk
from console.web.policies import Looked, looked_at
from console.web.problems import Page
from console.whatif_figures import MEASURES, PERSONS, SIDES, Answer
from console.whatif_run import Period, compare
from console.when import NotATime, instant, span
from console.words import N_, Language, _, clock_label, language, refusal, speaking
from domain.comparison import ALL
from domain.policy import Sheet
from domain.refusal import Refused
from ledger.errors import LedgerError

router = APIRouter(route_class=Page)

KEPT = 20
"""Results that are kept at hand, of all people."""
WAITING = 3
"""So many runs may be under way or wait for their turn: each reads all cases."""
TOO_MANY = N_("Several what-ifs are being worked out already. Wait until one of them is done, and ask again.")
FEW = 10
"""Seconds that are not worth counting."""
NAMELESS = "what-if"
"""The version that a sheet has which is only tried."""


@dataclass
class Run:
    """One what-if, and how far it is."""

    kind: str
    by: str
    sheet: Sheet
    period: Period
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    done: int = 0
    total: int = 0
    began: float = 0.0
    """When its turn came, and, below, when it was last told how far it is: by the clock that only counts seconds."""
    told_at: float = 0.0
    answer: Answer | None = None
    problem: str = ""

    @property
    def over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.answer is not None or bool(self.problem)

    @property
    def percent(self) -> int:
        """How far it is."""
        return min(100, self.done * 100 // self.total) if self.total else 0

    def left(self, now: float) -> str:
        """How long it will still take at the pace so far, in words; empty while nobody can say."""
        if not self.done or self.done >= self.total:
            return ""
        pace = (self.told_at - self.began) / self.done
        return in_words(pace * (self.total - self.done) - (now - self.told_at))


def in_words(seconds: float) -> str:
    """A guess at a time, no more exact than it can be."""
    if seconds < FEW:
        return _("a few seconds left")
    step = FEW if seconds < 120 else 60
    return _("about {span} left", span=span(timedelta(seconds=round(seconds / step) * step)))


class Runs:
    """The what-ifs of one server: one is worked out at a time, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def get(self, name: str) -> Run | None:
        """A run that is not forgotten yet."""
        return self._runs.get(name)

    def start(self, house: House, run: Run) -> bool:
        """Begin with it, in a thread; False when too many are under way."""
        with self._lock:
            if sum(not one.over for one in self._runs.values()) >= WAITING:
                return False
            self._runs[run.name] = run
            over = [name for name, one in self._runs.items() if one.over]
            for name in over[: max(0, len(self._runs) - KEPT)]:
                del self._runs[name]
        threading.Thread(target=self._work, args=[house, run, language()], name="what-if", daemon=True).start()
        return True

    def _work(self, house: House, run: Run, spoken: Language) -> None:
        def told(done: int, total: int) -> None:
            run.told_at, run.done, run.total = monotonic(), done, total

        with self._turn, speaking(spoken):
            run.began = monotonic()
            try:
                found = compare(house, {run.kind: run.sheet}, run.period, house.ledger.now(), told)
                run.answer = Answer(run.kind, run.sheet, found[run.kind])
            except Refused as error:
                run.problem = refusal(error)
            except LedgerError as error:
                run.problem = str(error)
            except Exception:
                run.problem = _("This could not be worked out, which is our mistake. Nothing was changed.")
                raise


def runs_of(request: Request) -> Runs:
    """The what-ifs of the server that a request came to."""
    state = request.app.state
    if not hasattr(state, "what_ifs"):
        state.what_ifs = Runs()
    runs: Runs = state.what_ifs
    return runs


@router.get("/policies/{kind}/what-if", include_in_schema=False)
def form(at: AtDesk, kind: str, version: str = "") -> HTMLResponse:
    """The form: a version of the policy, or other numbers."""
    found = looked_at(at, kind)
    return _form(at, found, version=version, text=as_text(found.chosen.sheet, NAMELESS))


Text = Annotated[str, Form(max_length=300_000)]


@router.post("/policies/{kind}/what-if", include_in_schema=False)
def start(at: AtDesk, kind: str, version: Text = "", sheet: Text = "", since: Text = "", until: Text = "") -> Response:
    """Begin; the answer is the page on which it goes on."""
    found = looked_at(at, kind)
    given: dict[str, Any] = {"version": version, "text": sheet, "since": since, "until": until}
    try:
        period = Period(_instant(since), _instant(until, end_of_day=True))
        wanted = _version(at, found, version) if version else read_text(sheet)
    except (Mistakes, NotATime, Refused) as error:
        return _form(at, found, 422, **given, mistakes=_sentences(error))
    if wanted.kind != kind:
        problem = Refused("sheet_of_another_kind", kind=wanted.kind)
        return _form(at, found, 422, **given, mistakes=[refusal(problem)])
    run = Run(kind, at.visitor.actor.id, wanted, period)
    if not runs_of(at.request).start(at.house, run):
        return _form(at, found, 503, **given, mistakes=[_(TOO_MANY)])
    return at.go(f"/policies/{kind}/what-if/{run.name}")


@router.get("/policies/{kind}/what-if/{name}", include_in_schema=False)
def progress(at: AtDesk, kind: str, name: str) -> Response:
    """How far it is, and in the end what would have been otherwise."""
    found = looked_at(at, kind)
    run = runs_of(at.request).get(name)
    if run is None or run.kind != kind or run.by != at.visitor.actor.id:
        raise HTTPException(404)
    over = run.over  # asked first: it may come to its end at any moment
    answer = run.answer
    if at.is_part and over:
        return Response(headers={"HX-Refresh": "true"})
    result = tables(answer) if answer is not None else {"panels": []}
    return at.page(
        "policy_whatif_run.html", found=found, run=run, answer=answer, over=over, left=run.left(monotonic()), **result
    )


def tables(answer: Answer) -> dict[str, Any]:
    """What would have been otherwise, as tables, without lines of nothing: a chart is drawn from each."""
    comparison = answer.comparison
    both = [_(side) for side in SIDES.values()]
    rows = list(comparison.rows())
    panels = [
        {
            "name": measure,
            "title": _(title),
            "columns": both,
            "rows": [
                (clock_label(limit), getattr(promised, measure), getattr(draft, measure))
                for limit, department, promised, draft in rows
                if department == ALL and (getattr(promised, measure) or getattr(draft, measure))
            ],
        }
        for measure, title in MEASURES.items()
    ]
    approvals = {
        "name": "approvals",
        "title": _("Proposals to approve"),
        "columns": both,
        "rows": [
            (_(title), getattr(promised, persons), getattr(draft, persons))
            for department, promised, draft in comparison.approvals()
            if department == ALL
            for persons, title in PERSONS.items()
            if getattr(promised, persons) or getattr(draft, persons)
        ],
    }
    departments = [
        (clock_label(limit), department or _("all"), promised, draft) for limit, department, promised, draft in rows
    ]
    return {"panels": [*panels, approvals], "departments": departments, "not_told": _not_told(answer)}


def _not_told(answer: Answer) -> list[str]:
    return [f"{clock_label(limit)} ({number})" for limit, number in answer.comparison.not_told.items()]


def _form(at: Desk, found: Looked, status: int = 200, **given: Any) -> HTMLResponse:
    names = [name for name in found.line.policy.versions if name != found.line.in_force]
    shown: Mapping[str, Any] = {"version": "", "text": "", "since": "", "until": "", "mistakes": [], **given}
    return at.page("policy_whatif.html", status, found=found, names=names[::-1], **shown)


def _version(at: Desk, found: Looked, name: str) -> Sheet:
    return version_of(at.house, found.line.policy, found.line.kind, name, found.line.now).sheet


def _instant(text: str, *, end_of_day: bool = False) -> datetime | None:
    return instant(text, end_of_day=end_of_day) if text.strip() else None


def _sentences(error: Exception) -> list[str]:
    match error:
        case Mistakes():
            return error.sentences
        case Refused():
            return [refusal(error)]
        case _:
            return [str(error)]
