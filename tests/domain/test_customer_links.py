"""Links for customers 客户链接: who has sent one to the wrong person withdraws it."""

from __future__ import annotations

import pytest

from domain import commands as c
from domain import events as e
from tests.domain.story import CHEN, LI, received, story


@pytest.mark.requirement("H-02")
def test_links_are_withdrawn_with_a_reason_and_each_time_anew() -> None:
    withdraw = c.WithdrawCustomerLinks(reason="sent to a wrong number")
    then = received().accepts(withdraw, e.CustomerLinksWithdrawn(number=1, reason="sent to a wrong number"), by=LI)
    again = then.story.accepts(withdraw, by=CHEN)
    assert (then.case.links, again.case.links) == (1, 2)
    received().refuses(c.WithdrawCustomerLinks(reason=" "), "field_missing", field="reason")
    story("complaint").refuses(withdraw, "not_received")
