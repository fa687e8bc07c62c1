"""From a checked draft to the plain data of a sheet: durations in seconds, tables of settings as fields."""

from __future__ import annotations

from typing import Any

from policies.shapes import seconds_of

SETTINGS = {"reminders", "survey", "warranty", "happened_at_window"}
"""Tables of a sheet file that are plain fields of `Sheet`."""
NOT_KEPT = {"include", "set", "extends", "parameters", "calendars"}


def resolved(data: dict[str, Any], parameters: dict[str, Any], pack: str) -> dict[str, Any]:
    """What `Sheet.from_data` takes."""
    plain = {key: value for key, value in data.items() if key not in SETTINGS | NOT_KEPT}
    plain |= {"pack": pack, "parameters": parameters}
    plain["clocks"] = [_clock(clock) for clock in data.get("clocks", ())]
    windows = data.get("happened_at_window", {})
    plain["happened_at_window_seconds"] = {name: seconds_of(text) for name, text in windows.items()}
    reminders, survey, warranty = (data.get(name, {}) for name in ("reminders", "survey", "warranty"))
    if "after" in reminders:
        plain["remind_after_seconds"] = seconds_of(reminders["after"])
        plain["remind_at_most"] = reminders.get("at_most", 1)
    if "lapse_after" in survey:
        plain["survey_lapse_seconds"] = seconds_of(survey["lapse_after"])
    if "low_score" in survey:
        plain["low_score"] = survey["low_score"]
    if "repair_days" in warranty:
        plain["repair_warranty_days"] = warranty["repair_days"]
    return plain


def _clock(clock: dict[str, Any]) -> dict[str, Any]:
    """Dates may be written with quotes or without."""
    days: dict[str, Any] = {key: str(clock[key]) for key in ("effective_from", "effective_to") if key in clock}
    return {**clock, **days}
