"""How webhooks stand as a whole: whether somebody sends, and which receivers do not take what is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

LATE = 120.0
"""Seconds that something may be due, before it is said that nobody sends."""
STANDS = """
SELECT e.id, e.label, e.failing_since IS NOT NULL
       OR EXISTS (SELECT FROM casefold_webhook.delivery AS d
                  WHERE d.endpoint = e.id AND d.state = 'waiting' AND d.tries > 0),
       (SELECT extract(epoch FROM clock_timestamp() - min(d.next_at))::float8 FROM casefold_webhook.delivery AS d
        WHERE d.endpoint = e.id AND d.state = 'waiting')
FROM casefold_webhook.endpoint AS e WHERE e.state = 'enabled' ORDER BY e.made_at, e.id
"""


@dataclass(frozen=True)
class Health:
    """The endpoints that are enabled, at this moment."""

    endpoints: int
    failing: tuple[str, ...]
    """Those to which deliveries fail: id and label."""
    late: float
    """For how many seconds something has been due."""

    @property
    def sent(self) -> bool:
        """Whether somebody sends what is due."""
        return self.late < LATE

    @property
    def sentence(self) -> str:
        """The same in words."""
        if not self.sent:
            return f"deliveries have been due for {self.late / 60:.0f} minutes, and nobody sends them"
        if self.failing:
            return f"deliveries fail, and are tried again: {', '.join(self.failing)}"
        return f"{self.endpoints} enabled; all takes its way"


def look(connection: Connection[Any]) -> Health | None:
    """How they stand; None when no endpoint is enabled."""
    found = connection.cursor(row_factory=tuple_row).execute(STANDS).fetchall()
    if not found:
        return None
    failing = tuple(f"{label} ({endpoint})" for endpoint, label, fails, _late in found if fails)
    return Health(len(found), failing, max(late or 0.0 for *_, late in found))
