"""What becomes of the cases of the demonstration: which kinds of life there are, and how many of each."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Plan:
    """A life: how far it has come, how long ago the last thing happened, and what is special about it."""

    kind: str
    until: str
    """The last step that was taken, by its mark in `worker.organisation.lives`."""
    quiet: tuple[float, float]
    """Hours since that step: between these two."""
    share: int = 1
    rounds: int = 1
    score: str = "good"
    ending: str = "resolved"
    extras: tuple[str, ...] = ()
    urgency: str = "ordinary"


WEEK = 168.0
LONG_AGO = (20.0, 5 * WEEK)

PLANS: tuple[Plan, ...] = (
    # ── Complaints that are open ─────────────────────────────────────────────────────────────────────────────────────
    Plan("complaint", "received", (0.1, 9), 3),
    Plan("complaint", "received", (2, 60), 2, extras=("incomplete",)),
    Plan("complaint", "classified", (0.2, 30), 2),
    Plan("complaint", "assigned", (0.2, 1.5), 2),
    Plan("complaint", "assigned", (5, 40), 1),
    Plan("complaint", "contacted", (1, 80), 3, extras=("evidence",)),
    Plan("complaint", "contacted", (130, 200), 2),
    Plan("complaint", "asked", (2, 20), 2, extras=("question", "evidence")),
    Plan("complaint", "asked", (30, 60), 1, extras=("question",)),
    Plan("complaint", "paused", (10, 110), 3, extras=("pause", "evidence")),
    Plan("complaint", "handing_over", (0.5, 9), 2, extras=("hand_over",)),
    Plan("complaint", "decided", (1, 15), 2, extras=("evidence",)),
    Plan("complaint", "decided", (27, 80), 1),
    Plan("complaint", "proposed", (2, 90), 3, extras=("evidence",)),
    Plan("complaint", "rejected", (1, 20), 2, rounds=2),
    Plan("complaint", "proposed", (2, 70), 2, rounds=2),
    Plan("complaint", "proposed", (80, 100), 1, rounds=3, extras=("evidence",)),
    Plan("complaint", "agreed", (1, 60), 3),
    Plan("complaint", "carried", (1, 12), 2),
    Plan("complaint", "result_rejected", (3, 20), 1, extras=("result_rejected",)),
    Plan("complaint", "satisfied", (0.5, 4), 1),
    Plan("complaint", "contacted", (0.5, 5), 1, urgency="urgent", extras=("evidence",)),
    Plan("complaint", "decided", (1, 3), 1, urgency="urgent"),
    Plan("complaint", "contacted", (26, 60), 1, urgency="urgent"),
    Plan("complaint", "contacted", (0.3, 2), 1, urgency="safety", extras=("evidence",)),
    # ── Complaints in review, and over ───────────────────────────────────────────────────────────────────────────────
    Plan("complaint", "closed", (2, 150), 3),
    Plan("complaint", "surveyed", (10, 100), 3),
    Plan("complaint", "surveyed", (175, 200), 1),
    Plan("complaint", "improving", (10, 200), 3, score="low", rounds=2),
    Plan("complaint", "improved", (10, 300), 2, score="low"),
    Plan("complaint", "reported", LONG_AGO, 17),
    Plan("complaint", "reported", LONG_AGO, 9, score="fair", extras=("evidence", "question")),
    Plan("complaint", "reported", LONG_AGO, 6, rounds=2, extras=("handed_over",)),
    Plan("complaint", "reported", LONG_AGO, 3, rounds=3, score="fair"),
    Plan("complaint", "reported", LONG_AGO, 2, urgency="urgent", extras=("evidence",)),
    Plan("complaint", "reported", LONG_AGO, 1, urgency="safety", extras=("evidence",)),
    Plan("complaint", "reported", LONG_AGO, 3, ending="unfounded"),
    Plan("complaint", "reported", LONG_AGO, 3, ending="withdrawn"),
    Plan("complaint", "reported", LONG_AGO, 2, ending="referred"),
    Plan("complaint", "reported", LONG_AGO, 2, ending="no_answer"),
    # ── After-sales ──────────────────────────────────────────────────────────────────────────────────────────────────
    Plan("after_sales", "received", (0.2, 14), 2),
    Plan("after_sales", "contacted", (1, 40), 2),
    Plan("after_sales", "contacted", (55, 80), 1),
    Plan("after_sales", "judged", (1, 60), 2),
    Plan("after_sales", "proposed", (1, 70), 3),
    Plan("after_sales", "agreed", (1, 90), 2),
    Plan("after_sales", "under_way", (2, 150), 4, extras=("evidence",)),
    Plan("after_sales", "carried", (1, 40), 2),
    Plan("after_sales", "closed", (2, 200), 3),
    Plan("after_sales", "surveyed", LONG_AGO, 18),
    Plan("after_sales", "surveyed", LONG_AGO, 6, score="fair"),
    Plan("after_sales", "improving", (10, 100), 1, score="low"),
    Plan("after_sales", "closed", LONG_AGO, 4, ending="not_eligible"),
    Plan("after_sales", "closed", LONG_AGO, 2, ending="withdrawn"),
    # ── Inquiries ────────────────────────────────────────────────────────────────────────────────────────────────────
    Plan("inquiry", "received", (0.1, 12), 3),
    Plan("inquiry", "received", (26, 60), 1),
    Plan("inquiry", "asked", (0.5, 9), 2, extras=("question",)),
    Plan("inquiry", "answered", (1, 60), 3),
    Plan("inquiry", "answered", (1, 50), 1, rounds=2),
    Plan("inquiry", "closed", (2, 80), 3),
    Plan("inquiry", "surveyed", LONG_AGO, 21),
    Plan("inquiry", "surveyed", LONG_AGO, 7, score="fair", rounds=2),
    Plan("inquiry", "surveyed", LONG_AGO, 3, extras=("question",)),
    Plan("inquiry", "improving", (20, 100), 1, score="low"),
)


def chosen(number: int, chance: Random) -> list[Plan]:
    """So many lives: each plan once while there is room, the rest as their shares say; shuffled."""
    by_share = [plan for turn in range(max(plan.share for plan in PLANS)) for plan in PLANS if plan.share > turn]
    found = [by_share[place % len(by_share)] for place in range(number)]
    chance.shuffle(found)
    return found
