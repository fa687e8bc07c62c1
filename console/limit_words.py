"""How long something may take, in words: ``40wh`` is 40 working hours."""

from __future__ import annotations

from datetime import timedelta

from console.words import N_, _
from domain.limits import Limit, Unit

ONE = {
    Unit.SECONDS: N_("1 second"),
    Unit.MINUTES: N_("1 minute"),
    Unit.HOURS: N_("1 hour round the clock"),
    Unit.WORKING_MINUTES: N_("1 working minute"),
    Unit.WORKING_HOURS: N_("1 working hour"),
    Unit.WORKING_DAYS: N_("1 working day"),
    Unit.DAYS: N_("1 calendar day"),
    Unit.WEEKS: N_("1 week"),
    Unit.MONTHS: N_("1 month"),
    Unit.YEARS: N_("1 year"),
}
MANY = {
    Unit.SECONDS: N_("{number} seconds"),
    Unit.MINUTES: N_("{number} minutes"),
    Unit.HOURS: N_("{number} hours round the clock"),
    Unit.WORKING_MINUTES: N_("{number} working minutes"),
    Unit.WORKING_HOURS: N_("{number} working hours"),
    Unit.WORKING_DAYS: N_("{number} working days"),
    Unit.DAYS: N_("{number} calendar days"),
    Unit.WEEKS: N_("{number} weeks"),
    Unit.MONTHS: N_("{number} months"),
    Unit.YEARS: N_("{number} years"),
}
HOURS = {N_("{number}h"): 3600, N_("{number}m"): 60, N_("{number}s"): 1}


def limit_words(text: str) -> str:
    """A limit of a sheet for people; one that a newer program wrote stands for itself."""
    try:
        limit = Limit.parse(text)
    except ValueError:
        return text
    if not limit.amount:
        return _("at once")
    return _(ONE[limit.unit]) if limit.amount == 1 else _(MANY[limit.unit], number=limit.amount)


def hours(time: timedelta | int) -> str:
    """Time that was counted, as hours and minutes: ``36h 30m``. A day of working time has no fixed length."""
    seconds = abs(int(time.total_seconds() if isinstance(time, timedelta) else time))
    parts = []
    for unit, size in HOURS.items():
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(_(unit, number=number))
    return " ".join(parts) or _("{number}m", number=0)
