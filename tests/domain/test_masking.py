"""Personal data is masked so that whoever knows it recognises it, and masking it once more changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import events as e
from domain.masking import mask, shown_fields
from domain.personal import ERASED


@pytest.mark.requirement("L-04")
@pytest.mark.parametrize(
    ("field", "text", "shown"),
    [
        ("customer_name", "张三", "张*"),
        ("customer_name", "John Smith", "J*** S****"),
        ("contact", "138 0013 8000", "138****8000"),
        ("contact", "555-1234", "55****34"),
        ("contact", "m@example.com", "m***@example.com"),
        ("contact", "王", "王***"),
        ("matter", "灯坏了", "‹3›"),
        ("matter", ERASED, ERASED),
        ("matter", "", ""),
    ],
)
def test_what_is_shown_of_it(field: str, text: str, shown: str) -> None:
    assert mask(field, text) == shown


@given(st.sampled_from(["customer_name", "contact", "matter"]), st.text(max_size=30))
def test_masking_what_is_masked_changes_nothing(field: str, text: str) -> None:
    assert mask(field, mask(field, text)) == mask(field, text)


def test_a_field_that_another_names_is_masked_as_what_it_is() -> None:
    contact = e.IntakeSupplemented(field="contact", value="zhang@example.com")
    assert shown_fields(contact, reveal=False)["value"] == "z***@example.com"
    product = e.IntakeSupplemented(field="product", value="a lamp")
    assert shown_fields(product, reveal=False)["value"] == "a lamp"
