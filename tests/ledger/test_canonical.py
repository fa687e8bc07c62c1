"""The one form of what is written: equal values are equal bytes, and what has no exact form is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import LARGEST, canonical, plain
from ledger.errors import NotWritable

names = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_the_canonical_form_is_that_of_rfc_8785(value: Any) -> None:
    assert canonical(plain(value)) == rfc8785.dumps(plain(value))


@given(values)
def test_writing_twice_gives_the_same_plain_values(value: Any) -> None:
    assert plain(plain(value)) == plain(value)


def test_text_is_written_in_one_normal_form() -> None:
    assert plain("e\u0301") == plain("\u00e9") == "\u00e9"


def test_an_instant_is_written_in_utc_with_microseconds() -> None:
    shanghai = timezone(timedelta(hours=8))
    assert plain(datetime(2026, 3, 1, 8, 0, tzinfo=shanghai)) == "2026-03-01T00:00:00.000000Z"
    assert plain(datetime(2026, 3, 1, tzinfo=UTC)) == "2026-03-01T00:00:00.000000Z"


@pytest.mark.parametrize(("amount", "written"), [("12.50", "12.50"), ("1E+2", "100"), ("-0.10", "-0.10"), ("0", "0")])
def test_money_is_written_as_text_with_its_places(amount: str, written: str) -> None:
    assert plain(Decimal(amount)) == written


@dataclass(frozen=True)
class Box:
    """Holds a value."""

    content: Any


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (1.0, "float"),
        (float("nan"), "float"),
        (Decimal("NaN"), "amount"),
        (Decimal("Infinity"), "amount"),
        (Decimal("1E+1000000"), "amount"),
        (datetime(2026, 3, 1), "no time zone"),  # noqa: DTZ001
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-8))), "outside the calendar"),
        ("a\0b", "NUL"),
        (2**53, "too large"),
        pytest.param(object(), "object", id="object"),  # its own words change from process to process
        ({"straße": 1}, "name"),
        ({1: 1}, "name"),
        (timedelta(1), "timedelta"),
        (b"bytes", "bytes"),
    ],
    ids=repr,
)
def test_what_has_no_exact_form_is_refused_with_the_field_s_name(value: object, why: str) -> None:
    with pytest.raises(NotWritable, match=f"content: .*{why}"):
        plain(Box(value))


def test_half_a_character_and_too_much_text_are_refused() -> None:
    with pytest.raises(NotWritable, match="half a character"):
        canonical(plain("\ud800"))
    with pytest.raises(NotWritable, match="too many"):
        canonical("x" * LARGEST)
