"""A crowd of made-up cases for the read models: kinds, stages, departments, people and languages mixed, as in life.

The cases of `casefold demo` are begun again and again with other names, goods and numbers, and each is taken a few
steps or many. Everything goes through the recorder, many commands in one transaction; a clock lets cases have begun
weeks ago.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

import policies
from domain.actor import WORKFLOW, Actor
from domain.commands import COMMANDS, ImportCase, ReceiveCase, ReportCase, WithdrawCase
from domain.message import Command
from domain.progress import wanted
from domain.words import Ending, Stage
from ledger.recorder import Receipt, Recorder, Submission
from ledger.store import Ledger
from worker.demo import EXAMPLES
from worker.play import Script, Step, read_scripts

AT_ONCE = 250
"""Cases that are walked side by side; their commands of one round are one transaction."""
PACE = timedelta(hours=3)
"""Between two steps of a case."""
OLDEST = timedelta(days=40)
DEPARTMENTS = ("logistics", "after-sales", "billing", "hotline", "engineering", "content", "sales", "online")
PEOPLE = tuple(f"p{number:02}" for number in range(1, 49))
"""Those who work on cases; each belongs to one department."""
WEIGHTS = (6, 6, 6, 3, 4, 8, 4, 8, 5, 5, 4, 4, 3)
"""How often each script is played."""
STEPS = ((0, 34), (1, 18), (2, 18), (3, 14), (4, 6), (6, 4), (8, 3), (11, 2), (99, 1))
"""How many steps are taken, and how often."""
IMPORTED, OPEN_THERE = 0.85, 0.45
"""How many were taken over from another system, and how many of them were still open there."""
FEW_STEPS = ((0, 40), (1, 20), (2, 20), (3, 20))
"""Steps of those that were taken over open."""
RECENT = timedelta(days=8)
WITHDRAWN, WITHDRAWN_SOON = 0.7, 0.2
"""Of those that are taken a few steps only: how many the customer then withdraws, of the older and of the recent."""
ZH_GOODS = ("台灯", "冰箱", "洗衣机", "电饭煲", "吸尘器", "空调", "耳机", "路由器", "热水器", "显示器", "键盘")
ZH_TROUBLE = ("灯罩已碎", "噪音很大", "不能开机", "漏水", "少了配件", "颜色不对", "充不进电", "按键失灵", "有异味")
EN_GOODS = ("lamp", "fridge", "washer", "cooker", "vacuum", "headphones", "router", "heater", "monitor", "keyboard")
EN_TROUBLE = ("arrived broken", "is loud", "does not start", "leaks", "lacks a part", "has the wrong colour", "smells")
FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华"
EN_NAMES = ("Anna Weber", "Jane Example", "Sam Sample", "Ada Moss", "Tom Reed", "Lena Vogt", "Marc Petit", "Ines Costa")
WITHDRAW = WithdrawCase(reason="It is settled.")
REPORT = ReportCase(cause="none", course="The customer called again.", result="Withdrawn.", lessons="None.")
RARE = "琉璃"
"""A word of two characters that one case in a thousand says."""


@dataclass
class Walk:
    """One case on its way through a script."""

    number: int
    script: Script
    steps: int
    owner: str
    department: str
    withdrawn: bool
    opening: Command
    by: Actor
    stream: str = ""

    @property
    def rounds(self) -> int:
        """Steps to take, the withdrawal included."""
        return min(self.steps, len(self.script.steps)) + 2 * self.withdrawn


@dataclass
class Crowd:
    """Makes cases on one ledger."""

    ledger: Ledger
    matter_key: bytes
    seed: int = 7
    outcomes: Counter[str] = field(default_factory=Counter)
    """How many commands were accepted, and which were refused why."""

    def make(self, cases: int, told: Callable[[int], None] = lambda done: None, first: int = 0) -> int:
        """Make so many cases, the oldest first, with numbers from this one on; how many commands that took."""
        chance = random.Random(self.seed)
        newest = self.ledger.now()
        moment = [newest - OLDEST]
        recorder = Recorder(self.ledger, self.matter_key, clock=lambda: moment[0], cached=4 * AT_ONCE)
        recorder.publish(policies.load(), WORKFLOW)
        scripts = [_accepted(script) for script in read_scripts(EXAMPLES)]
        number = first
        for begun in range(0, cases, AT_ONCE):
            began = newest - OLDEST * (1 - begun / cases)
            withdrawn = WITHDRAWN if newest - began > RECENT else WITHDRAWN_SOON
            size = min(AT_ONCE, cases - begun)
            walks = [self._walk(chance, scripts, number + n, withdrawn, began) for n in range(size)]
            number += len(walks)
            moment[0] = began
            self._open(recorder, walks)
            for turn in range(max(walk.rounds for walk in walks)):
                moment[0] = min(began + PACE * (turn + 1), newest)
                self._turn(recorder, [walk for walk in walks if walk.rounds > turn], turn, moment[0])
            told(number - first)
        return self.outcomes.total()

    def _walk(
        self, chance: random.Random, scripts: Sequence[Script], number: int, withdrawn: float, began: datetime
    ) -> Walk:
        script = chance.choices(scripts, WEIGHTS)[0]
        (steps,) = chance.choices([n for n, _ in STEPS], [weight for _, weight in STEPS])
        owner = chance.choice(PEOPLE)
        chinese = chance.random() < 0.6
        given: dict[str, Any] = {**script.open.with_, **_texts(chance, number, chinese=chinese)}
        given["language"] = "zh" if chinese else "en"
        if chance.random() < 0.08:
            given["urgency"] = chance.choice(["urgent", "urgent", "safety"])
        department = DEPARTMENTS[PEOPLE.index(owner) % len(DEPARTMENTS)]
        if chance.random() < IMPORTED:
            still_open = chance.random() < OPEN_THERE
            (steps,) = chance.choices([n for n, _ in FEW_STEPS], [weight for _, weight in FEW_STEPS])
            opening = _imported(chance, script, given, began, still_open=still_open)
            by = Actor.parse("ma:data")
            return Walk(number, script, steps * still_open, owner, department, False, opening, by)
        return Walk(
            number,
            script,
            steps,
            owner,
            department,
            steps < 8 and chance.random() < withdrawn,
            _command("receive_case", given, datetime.now(UTC)),
            Actor.parse(script.open.by),
        )

    def _open(self, recorder: Recorder, walks: Sequence[Walk]) -> None:
        asked = [Submission(walk.opening, walk.by, f"open/{walk.number}") for walk in walks]
        for walk, receipt in zip(walks, self._record(recorder, asked), strict=True):
            walk.stream = receipt.stream
        self._automatic(recorder, walks, "open")

    def _turn(self, recorder: Recorder, walks: Sequence[Walk], turn: int, now: datetime) -> None:
        """The next step of each, and what their workflows would do by themselves then."""
        asked = [
            Submission(command, by, f"turn/{walk.stream}/{turn}", walk.stream)
            for walk in walks
            for command, by in _next(walk, turn, now)
        ]
        self._record(recorder, asked)
        self._automatic(recorder, walks, str(turn))

    def _automatic(self, recorder: Recorder, walks: Sequence[Walk], name: str) -> None:
        asked = []
        for walk in walks:
            if walk.stream:
                case = _state(recorder, walk.stream)
                steps = wanted(case, self.ledger.sheet(case.sheet))
                asked += [
                    Submission(COMMANDS[step](), WORKFLOW, f"auto/{walk.stream}/{name}/{step}", walk.stream)
                    for step in steps
                ]
        self._record(recorder, asked)

    def _record(self, recorder: Recorder, asked: Sequence[Submission]) -> list[Receipt]:
        receipts = recorder.record_all(asked)
        for one, receipt in zip(asked, receipts, strict=True):
            refused = f"{type(one.command).__name__}: {receipt.refusal.code}" if receipt.refusal else "accepted"
            self.outcomes[refused] += 1
        return receipts


def _state(recorder: Recorder, stream: str) -> Any:
    """What was just recorded is in memory: nothing is read for it."""
    fold = recorder._folds.get(stream)
    return fold.state if fold is not None else recorder.load(stream)[1]


def _next(walk: Walk, turn: int, now: datetime) -> Iterator[tuple[Command, Actor]]:
    """The step of a script, by this case's own people."""
    if turn >= min(walk.steps, len(walk.script.steps)):
        yield (WITHDRAW, REPORT)[turn - min(walk.steps, len(walk.script.steps))], walk.by
        return
    step = walk.script.steps[turn]
    if not step.do:
        return
    given = dict(step.with_)
    by = Actor.parse(step.by)
    if step.do == "assign_case":
        given |= {"to": walk.owner, "department": walk.department}
    elif by.id == _assigned(walk.script):
        by = replace(by, id=walk.owner, department=walk.department)
    elif "department_head" in by.roles:
        by = replace(by, department=walk.department)
    yield _command(step.do, given, now), by


def _imported(
    chance: random.Random, script: Script, given: Mapping[str, Any], now: datetime, *, still_open: bool
) -> Command:
    """A case from elsewhere, open or closed there; of the customer the old system keeps nothing."""
    closed = now - timedelta(days=chance.random() * 60)
    known = {name: given[name] for name in ("kind", "reference", "order", "language", "urgency") if name in given}
    command = ImportCase(
        **known,
        source="the old desk",
        product=f"{given['product']} {given['matter'][:20]}",
        category=chance.choice(("product", "service", "billing")),
        department=chance.choice(DEPARTMENTS),
        received_at=closed - timedelta(days=1 + chance.random() * 9),
        closed_at=closed,
        ending=chance.choice((Ending.RESOLVED, Ending.RESOLVED, Ending.WITHDRAWN, Ending.UNFOUNDED)),
    )
    if not still_open:
        return command
    stage = chance.choice((Stage.RECEIVE, Stage.RECEIVE, Stage.INVESTIGATE, Stage.PROPOSE, Stage.CONFIRM))
    return replace(command, received_at=now - timedelta(hours=2), closed_at=None, ending=None, stage=stage)


def _accepted(script: Script) -> Script:
    """The same script, in which whoever is assigned also accepts."""
    steps = list(script.steps)
    place = next((n for n, step in enumerate(steps) if step.do == "assign_case"), None)
    if place is not None and not any(step.do == "accept_assignment" for step in steps):
        steps.insert(place + 1, Step(f"{_assigned(script)}:agent", "accept_assignment", {}, ""))
    return replace(script, steps=tuple(steps))


def _assigned(script: Script) -> str:
    return next((str(step.with_["to"]) for step in script.steps if step.do == "assign_case"), "")


def _texts(chance: random.Random, number: int, *, chinese: bool) -> Mapping[str, Any]:
    """What this customer says."""
    phone = f"1380{chance.randrange(30_000) * 331:07}" if chance.random() < 0.8 else ""
    goods = chance.choice(ZH_GOODS if chinese else EN_GOODS)
    trouble = chance.choice(ZH_TROUBLE if chinese else EN_TROUBLE)
    if chinese:
        name = chance.choice(FAMILY) + "".join(chance.choices(GIVEN, k=2)) + "（虚构）"
        matter = f"{goods}{trouble}，收到已经{chance.randrange(2, 30)}天，客服一直没有回复。"
    else:
        name = chance.choice(EN_NAMES) + " (made up)"
        matter = f"The {goods} {trouble}; I have waited for {chance.randrange(2, 30)} days and nobody called back."
    return {
        "customer_name": name,
        "contact": phone or f"c{number}@example.com",
        "matter": f"{matter} {RARE}灯" if number % 1000 == 0 else matter,
        "order": f"SO-2026-{number:06}",
        "product": f"{goods} X{chance.randrange(1, 40)}",
        "reference": f"R-{number}",
    }


def _command(name: str, given: Mapping[str, Any], now: datetime) -> Command:
    kind = ReceiveCase if name == "receive_case" else COMMANDS[name]
    if name not in _ADAPTERS:
        _ADAPTERS[name] = TypeAdapter(kind)
    command: Command = _ADAPTERS[name].validate_python(_instants(given, now))
    return command


_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


def _instants(value: Any, now: datetime) -> Any:
    """``+3d`` as an instant."""
    if isinstance(value, Mapping):
        return {name: _instants(part, now) for name, part in value.items()}
    if isinstance(value, list):
        return [_instants(part, now) for part in value]
    if isinstance(value, str) and value[:1] == "+" and value[1:-1].isdigit():
        return now + timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[value[-1]]: int(value[1:-1])})
    return value
