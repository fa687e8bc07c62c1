"""The shape of a policy sheet: what an organisation promises for one kind of case, resolved and content-addressed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from domain.words import Complexity, Ending, Stage, Urgency


@dataclass(frozen=True, kw_only=True)
class ClockRule:
    """A time limit: which events start and stop it, and how long it is."""

    name: str
    starts: tuple[str, ...]
    stops: tuple[str, ...]
    limit_seconds: Mapping[str, int]
    """By urgency, or by complexity (``complex``, ``major``); ``ordinary`` is the limit of all that are not named."""
    warn_percent: int = 80
    per: str = "case"
    """``case``: one clock; ``round``: one for each round."""
    binds: str = ""

    def limit(self, urgency: Urgency, complexity: Complexity) -> timedelta:
        """The limit for a case of this urgency and complexity; urgency goes first (C-09)."""
        if urgency is not Urgency.ORDINARY and urgency in self.limit_seconds:
            return timedelta(seconds=self.limit_seconds[urgency])
        return timedelta(seconds=self.limit_seconds.get(complexity, self.limit_seconds["ordinary"]))


@dataclass(frozen=True, kw_only=True)
class EndingRule:
    """Who may end a case this way, and what must have happened first (C-05)."""

    by: tuple[str, ...] = ()
    """Roles; empty: everyone who may close."""
    reason_required: bool = True
    after_reminders: int = 0


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

    @property
    def answers(self) -> bool:
        """Whether cases of this kind are answered rather than remedied: an inquiry."""
        return "answer_found" in self.needs.get(Stage.INVESTIGATE, ())

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the resolved content: two sheets with one digest promise the same."""
        canonical = json.dumps(self.to_data(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_data(self) -> dict[str, Any]:
        """Plain data with all defaults filled in: what the ledger keeps."""
        data: dict[str, Any] = json.loads(json.dumps(asdict(self)))
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
            Ending(key).value: EndingRule(**{**rule, "by": tuple(rule.get("by", ()))})
            for key, rule in values.get("endings", {}).items()
        }
        values["clocks"] = tuple(
            ClockRule(**{**clock, "starts": tuple(clock["starts"]), "stops": tuple(clock["stops"])})
            for clock in values.get("clocks", ())
        )
        return cls(**values)
