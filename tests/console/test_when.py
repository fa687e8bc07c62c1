"""Instants as people write them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from console import when
from console.masking import mask
from console.when import NotATime, instant, instant_or_version


@pytest.fixture(autouse=True)
def shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine in Shanghai whose reader reads English."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("CASEFOLD_LANG", "en")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22 10:00", datetime(2026, 11, 22, 2, 0, tzinfo=UTC)),
        ("2026-11-22T10:00:00+01:00", datetime(2026, 11, 22, 9, 0, tzinfo=UTC)),
        ("2026-11-22T02:00:00Z", datetime(2026, 11, 22, 2, 0, tzinfo=UTC)),
        ("2026-11-22", datetime(2026, 11, 21, 16, 0, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_local(text: str, expected: datetime) -> None:
    assert instant(text) == expected


@pytest.mark.parametrize(
    ("text", "away"),
    [
        ("2h ago", -timedelta(hours=2)),
        ("90 minutes ago", -timedelta(minutes=90)),
        ("3 days ago", -timedelta(days=3)),
        ("-5m", -timedelta(minutes=5)),
        ("+3d", timedelta(days=3)),
        ("+1w", timedelta(weeks=1)),
        ("now", timedelta(0)),
    ],
)
def test_a_time_may_be_said_from_now(text: str, away: timedelta) -> None:
    assert abs(instant(text) - datetime.now(UTC) - away) < timedelta(seconds=5)


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "25:00", "0001-01-01", "+999999w", "999999w ago", "９h"])
def test_what_is_no_time_says_what_would_be(text: str) -> None:
    with pytest.raises(NotATime, match="Write 2026-11-22"):
        instant(text)


def test_a_point_may_be_a_version_and_a_day_is_meant_to_its_end() -> None:
    assert instant_or_version("v12") == 12
    assert instant_or_version("3") == 3
    assert instant_or_version("2026-11-22") == datetime(2026, 11, 22, 15, 59, 59, 999999, tzinfo=UTC)
    with pytest.raises(NotATime, match="neither"):
        instant_or_version("v")


def test_a_span_is_said_in_two_units() -> None:
    assert when.span(timedelta(days=3, hours=4, minutes=5)) == "3d 4h"
    assert when.span(timedelta(seconds=-61)) == "1m 1s"
    assert when.span(timedelta(0)) == "0s"


@pytest.mark.parametrize(
    ("field", "value", "masked"),
    [
        ("customer_name", "张三", "张*"),
        ("customer_name", "Mary Major", "M*** M****"),
        ("contact", "13812345678", "138****5678"),
        ("contact", "+86 138-1234-5678", "861****5678"),
        ("contact", "62345678", "62****78"),
        ("contact", "mary@example.com", "m***@example.com"),
        ("contact", "wx: ok", "w***"),
        ("matter", "灯坏了", "‹3 characters›"),
        ("matter", "", ""),
    ],
)
def test_a_masked_value_is_recognised_only_by_whoever_knows_it(field: str, value: str, masked: str) -> None:
    assert mask(field, value) == masked
