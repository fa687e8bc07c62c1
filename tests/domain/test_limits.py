"""Limits: how people write them, and what comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.limits import WORKING, Limit, Unit


@pytest.mark.parametrize("text", ["30s", "5m", "24h", "90wm", "8wh", "3wd", "0d", "8w", "6mo", "2y", "999999999s"])
@pytest.mark.requirement("T-07")
def test_a_limit_that_was_read_is_written_the_same(text: str) -> None:
    assert str(Limit.parse(text)) == text


@pytest.mark.parametrize("unit", Unit)
def test_every_unit_can_be_read(unit: Unit) -> None:
    assert Limit.parse(f"12{unit}") == Limit(12, unit)


@pytest.mark.parametrize(
    "text",
    ["", "3", "wd", "3 wd", "3WD", "-3d", "+3d", "1.5h", "03d", "3d ", "3d\n", "٣d", "3dd", "1h30m", "1" * 10 + "d"],
)
def test_what_is_no_limit_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="is not a limit; write a number and a unit: 30s, 5m, 24h") as error:
        Limit.parse(text)
    assert repr(text) in str(error.value)


def test_a_limit_is_never_negative() -> None:
    with pytest.raises(ValueError, match="the amount is 0 or more"):
        Limit(-1, Unit.DAYS)


@pytest.mark.parametrize(
    ("text", "elapsed"),
    [("30s", timedelta(seconds=30)), ("5m", timedelta(minutes=5)), ("24h", timedelta(days=1)), ("0h", timedelta())],
)
def test_only_limits_round_the_clock_are_the_same_time_everywhere(text: str, elapsed: timedelta) -> None:
    assert Limit.parse(text).elapsed == elapsed


@pytest.mark.parametrize("text", ["90wm", "8wh", "3wd", "7d", "8w", "6mo", "1y"])
def test_all_others_need_a_calendar(text: str) -> None:
    assert Limit.parse(text).elapsed is None


def test_units_of_working_time_and_of_time_are_told_apart() -> None:
    assert {str(unit) for unit in WORKING} == {"wm", "wh", "wd"}
    assert {str(unit) for unit in Unit if Limit(1, unit).seconds is not None} == {"s", "m", "h", "wm", "wh"}
