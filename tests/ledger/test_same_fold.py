"""Whatever is asked, the state is the same in memory, in a cache and read anew from PostgreSQL."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.message import Command
from ledger.recorder import Recorder, Submission
from tests.ledger.conftest import KEY, OPERATOR
from tests.ledger.test_recorder import open_counter
from tests.ledger.toy import LIMIT, TOYS, Count, CountOften, DoNothing
from tests.ledgers import Ledger

numbers = itertools.count()
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)
commands = st.lists(
    st.builds(Count, by=st.integers(-50, 400), note=texts.filter(lambda text: text != "bug"))
    | st.builds(CountOften, times=st.integers(0, 4))
    | st.builds(DoNothing),
    max_size=12,
)


@pytest.mark.requirement("L-02")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commands, st.integers(1, 5))
def test_a_stream_folds_to_the_same_state_wherever_it_is_folded(
    counting: Recorder, toys: Ledger, database_url: str, asked: list[Command], together: int
) -> None:
    stream = open_counter(counting, f"open{next(numbers)}", seconds=10**6)
    total = 0
    for start in range(0, len(asked), together):
        batch = [
            Submission(command, OPERATOR, f"c{next(numbers)}", stream) for command in asked[start : start + together]
        ]
        for submission, receipt in zip(batch, counting.record_all(batch), strict=True):
            command = submission.command
            by = command.by if isinstance(command, Count) else getattr(command, "times", 0)
            assert receipt.accepted == (not isinstance(command, Count) or total + by <= LIMIT)
            total += by if receipt.accepted else 0
    version, counter = counting.load(stream)
    history = toys.history(stream)
    assert counter.total == total
    assert (version, counter) == (len(history), TOYS["counter"].fold([entry.event for entry in history]))
    with Ledger(database_url, stream_types=TOYS, pool_size=1) as other:
        assert Recorder(other, KEY, matter_of=lambda _: None).load(stream) == (version, counter)
