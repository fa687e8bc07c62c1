"""The shape of a policy sheet: what an organisation promises for one kind of case, resolved and content-addressed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from domain.rules import (
    ApprovalRule,
    AssignmentRule,
    ClockRule,
    CounterRule,
    EndingRule,
    Escalation,
    Family,
    Parameter,
    PauseKind,
    PauseRule,
    UpwardRule,
)
from domain.words import Ending, Stage


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What is promised for one kind of case; stored resolved, kept by a case from its first day (P-02)."""

    name: str
    version: str
    kind: str
    title: Mapping[str, str]
    path: tuple[Stage, ...]
    required: tuple[str, ...]
    """Fields of the intake record without which a case cannot leave *receive* (I-02)."""
    categories: Mapping[str, tuple[str, ...]]
    """The taxonomy: type → sub-types; empty: any word (I-05)."""
    needs: Mapping[str, tuple[str, ...]]
    """Stage → what must be so before it is left, as names of `domain.needs`."""
    pack: str = ""
    """The pack that it comes from, or was drawn up from."""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    """The rule book's ``[X]``, by name; limits were filled in from them."""
    automatic: tuple[str, ...] = ()
    """Steps that the workflow takes by itself, as command names."""
    written_result: bool = False
    """Whether every closing is told to the customer in writing (C-07)."""
    back_to: Stage = Stage.PROPOSE
    """Where a new round begins."""
    may: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Command → the roles that may give it; a command that is not named is open to all roles but auditor (H-01)."""
    endings: Mapping[str, EndingRule] = field(default_factory=dict)
    clocks: tuple[ClockRule, ...] = ()
    pauses: Mapping[str, PauseRule] = field(default_factory=dict)
    """The reasons for which clocks may stand still (T-09)."""
    counters: tuple[CounterRule, ...] = ()
    approval: ApprovalRule | None = None
    assignment: tuple[AssignmentRule, ...] = ()
    substitutes: Mapping[str, str] = field(default_factory=dict)
    """Department → the department that takes its cases when its desk fails (H-07)."""
    departments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The organisation's departments, with their names in each language."""
    upward: Mapping[str, UpwardRule] = field(default_factory=dict)
    """Urgency or complexity → who is told and asked to help (H-06)."""
    phrases: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    """Kind of notice → language → ``subject`` and ``body``, where they differ from those of the program."""
    ping_pong_at: int = 1
    """At how many returns to a department that had it before a case is flagged (H-04); 0: never."""
    happened_at_window_seconds: Mapping[str, int] = field(default_factory=dict)
    """Command → how far back its reported time may move a clock; ``*`` for all others."""
    remind_after_seconds: int = 0
    """0: no reminders."""
    remind_at_most: int = 0
    survey_lapse_seconds: int = 14 * 86400
    low_score: int = 2
    """A survey score at or below it asks for an improvement (R-02)."""
    repair_warranty_days: int = 90
    eligibility_rules: tuple[str, ...] = ()
    """The rules that may decide an application; empty: any (A-01)."""
    default_department: str = ""
    review_months: int = 12
    """After so many months the policy itself must be reviewed (P-03); 0: never."""
    supervision_months: int = 0
    """After so many months the supervisory body must check that it is kept (P-05); 0: never."""

    @property
    def answers(self) -> bool:
        """Whether cases of this kind are answered rather than remedied: an inquiry."""
        return "answer_found" in self.needs.get(Stage.INVESTIGATE, ())

    @cached_property
    def calendars(self) -> frozenset[str]:
        """The names of the calendars that its clocks count on."""
        return frozenset(rule.calendar for rule in self.clocks)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the resolved content: two sheets with one digest promise the same."""
        canonical = json.dumps(self.to_data(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_data(self) -> dict[str, Any]:
        """Plain data with all defaults filled in: what the ledger keeps."""
        data: dict[str, Any] = json.loads(json.dumps(asdict(self), default=str))
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Sheet:
        """Read plain data back. Raises ValueError or TypeError when a field is unknown or of the wrong shape."""
        values = dict(data)
        values["path"] = tuple(Stage(stage) for stage in values["path"])
        values["back_to"] = Stage(values.get("back_to", Stage.PROPOSE))
        for name in ("required", "automatic", "eligibility_rules"):
            values[name] = tuple(values.get(name, ()))
        for name in ("categories", "needs", "may"):
            values[name] = {key: tuple(words) for key, words in values.get(name, {}).items()}
        values["endings"] = {
            Ending(key).value: EndingRule(**_tuples(rule, "by")) for key, rule in values.get("endings", {}).items()
        }
        values["clocks"] = tuple(_clock(clock) for clock in values.get("clocks", ()))
        values["pauses"] = {
            key: PauseRule(**{**_tuples(rule, "clocks"), "kind": PauseKind(rule["kind"])})
            for key, rule in values.get("pauses", {}).items()
        }
        values["counters"] = tuple(CounterRule(**_tuples(rule, "counts")) for rule in values.get("counters", ()))
        values["approval"] = _approval(values.get("approval"))
        values["assignment"] = tuple(
            AssignmentRule(**_tuples(rule, "categories", "urgencies", "complexities"))
            for rule in values.get("assignment", ())
        )
        values["upward"] = {
            key: UpwardRule(**_tuples(rule, "tell", "support")) for key, rule in values.get("upward", {}).items()
        }
        values["parameters"] = {
            key: Parameter(**_tuples(rule, "book", "requirement")) for key, rule in values.get("parameters", {}).items()
        }
        return cls(**values)


def _tuples(rule: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The rule with these lists as tuples."""
    return {**rule, **{name: tuple(rule.get(name, ())) for name in names}}


def _clock(data: Mapping[str, Any]) -> ClockRule:
    values = _tuples(data, "starts", "stops")
    values["warn"] = tuple(data.get("warn", ClockRule.warn))
    values["escalate"] = tuple(Escalation(**step) for step in data.get("escalate", ()))
    values["family"] = Family(data.get("family", Family.HOUSE))
    return ClockRule(**values)


def _approval(data: Mapping[str, Any] | None) -> ApprovalRule | None:
    if data is None:
        return None
    two_above = data.get("two_above")
    return ApprovalRule(
        **{
            **_tuples(data, "by"),
            "above": Decimal(str(data["above"])),
            "two_above": None if two_above is None else Decimal(str(two_above)),
        }
    )
