"""Instants as people write them: ISO, "2026-11-22 10:00", "2h ago", "+3d", and version numbers for "as of"."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

from console.words import N_, _

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}

_DURATION = r"(\d{1,6})\s*(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:ours?)?|d(?:ays?)?|w(?:eeks?)?)"
_AGO = re.compile(rf"{_DURATION}\s*ago|-{_DURATION}", re.IGNORECASE)
_AHEAD = re.compile(rf"\+\s*{_DURATION}", re.IGNORECASE)
_VERSION = re.compile(r"v?(\d{1,9})", re.IGNORECASE)


class NotATime(ValueError):
    """What was written is not an instant; the text says what would be."""


def now() -> datetime:
    """This machine's clock, with its time zone."""
    return datetime.now().astimezone()


def instant(text: str, *, end_of_day: bool = False) -> datetime:
    """The instant that a person means; without a time zone the machine's own. Raises NotATime.

    A date alone is its beginning; with ``end_of_day`` its end.
    """
    text = text.strip()
    try:
        if text.lower() == "now":
            return now()
        if match := _AGO.fullmatch(text):
            number, unit = (part for part in match.groups() if part)
            return now() - timedelta(seconds=int(number) * UNITS[unit[0].lower()])
        if match := _AHEAD.fullmatch(text):
            return now() + timedelta(seconds=int(match[1]) * UNITS[match[2][0].lower()])
        parsed = datetime.fromisoformat(text)
        if end_of_day and re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", text):
            parsed = datetime.combine(parsed.date(), time.max)
        aware = parsed.astimezone() if parsed.tzinfo is None else parsed
        aware.astimezone(UTC)  # outside of the calendar: OverflowError
        return aware
    except (ValueError, OverflowError):
        message = _("{text!r} is not a time. Write 2026-11-22 10:00, 2026-11-22T10:00+08:00, 2h ago or +3d.", text=text)
        raise NotATime(message) from None


def instant_or_version(text: str) -> datetime | int:
    """A point in the life of a case: an instant, or the number of an entry (``v12``, ``12``). Raises NotATime."""
    if match := _VERSION.fullmatch(text.strip()):
        return int(match[1])
    try:
        return instant(text, end_of_day=True)
    except NotATime:
        message = _(
            "{text!r} is neither a time nor a version. Write 2026-11-22 10:00, 2h ago, or v12 for the twelfth entry.",
            text=text,
        )
        raise NotATime(message) from None


def shown(moment: datetime | None, *, seconds: bool = False) -> str:
    """An instant on this machine's clock."""
    if moment is None:
        return ""
    try:
        local = moment.astimezone()
    except OverflowError:  # on the edge of the calendar there is no local time
        local = moment
    return local.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def time_of_day(moment: datetime) -> str:
    """An instant of the next minutes: 14:02:30."""
    return moment.astimezone().strftime("%H:%M:%S")


def zone() -> str:
    """This machine's time zone, for the heading of a column: ``+08:00``."""
    offset = now().strftime("%z")
    return f"{offset[:3]}:{offset[3:]}"


def span(duration: timedelta) -> str:
    """How long, in the largest two units: ``3d 4h``."""
    seconds = abs(int(duration.total_seconds()))
    units = {N_("{number}d"): 86400, N_("{number}h"): 3600, N_("{number}m"): 60, N_("{number}s"): 1}
    parts = []
    for unit, size in units.items():
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(_(unit, number=number))
    return " ".join(parts[:2]) or _("{number}s", number=0)


def away(moment: datetime, *, since: datetime | None = None) -> str:
    """How far away an instant is."""
    left = moment - (since or now())
    return _("{span} ago", span=span(left)) if left < timedelta(0) else _("in {span}", span=span(left))


def _whole_minute(moment: datetime) -> datetime:
    """Rounded up: a time that is not over yet is never shown as a minute that is."""
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)


def due(moment: datetime | None, *, since: datetime | None = None) -> str:
    """A due time, with how far away it is."""
    if moment is None:
        return ""
    left = moment - (since or now())
    moment = _whole_minute(moment)
    if left < timedelta(0):
        return _("{time}, {span} ago", time=shown(moment), span=span(left))
    return _("{time}, in {span}", time=shown(moment), span=span(left))
