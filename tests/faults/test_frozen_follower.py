"""Whoever follows the ledger freezes, or its machine loses power: nothing is closed, and still another takes over."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

import policies
from domain.actor import WORKFLOW
from ledger.errors import LeaseLost
from ledger.follow import Follower
from ledger.recorder import Recorder
from tests.faults.house import eventually
from tests.faults.proxy import FaultProxy
from tests.ledgers import Ledger


@pytest.mark.requirement("L-03")
def test_a_lease_whose_holder_says_nothing_any_more_goes_to_another_within_seconds(
    database_url: str, say: Callable[[str], None]
) -> None:
    with FaultProxy(database_url) as proxy, Ledger(proxy.url) as far, Ledger(database_url) as near:
        Recorder(near, b"k" * 32).publish(policies.load(), WORKFLOW)
        first, second = Follower("tester", far), Follower("tester", near)
        with first, second:
            assert first.acquire()
            position = first.next()[-1].position
            assert not second.acquire()
            proxy.frozen = True
            began = time.monotonic()
            eventually(second.acquire, 30, "the other takes over")
            seconds = time.monotonic() - began
            second.acknowledge(second.next()[-1].position)
            proxy.frozen = False
            with pytest.raises(LeaseLost):
                first.acknowledge(position)
            assert second.position == position
    say(f"another followed after {seconds:.1f} s")
    assert seconds < 15
