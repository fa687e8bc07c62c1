"""What is hashed of an entry: exactly canonical JSON, exactly these members, for ever."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import canonical
from ledger.seal.leaf import Form, recorded_at
from ledger.seal.merkle import leaf_hash
from tests.golden import corpus

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
numbers = st.integers(0, 2**53 - 1)
AT = "2026-11-22T03:46:00.000000Z"
STATE = canonical({"n": 1, "recorded_at": AT, "salt": "AAAAAAAAAAAAAAAAAAAAAA==", "v": 2})


@pytest.mark.requirement("L-03")
@given(text, numbers, text, numbers, text, st.binary(max_size=50), st.sampled_from([b"", b"\xab" * 32]))
def test_the_template_writes_what_the_canonical_form_is(
    origin: str, position: int, stream: str, version: int, topic: str, state: bytes, prev: bytes
) -> None:
    entry = Form(origin).entry(position, stream, version, topic, state, prev)
    members: Any = {
        "at": "",
        "id": stream,
        "log": origin,
        "pos": position,
        "prev": prev.hex(),
        "state": sha256(state).hexdigest(),
        "topic": topic,
        "v": 1,
        "ver": version,
    }
    assert entry == rfc8785.dumps(members)
    assert Form(origin).leaf(position, stream, version, topic, state, prev) == leaf_hash(entry)


def test_what_a_damaged_row_lacks_is_null() -> None:
    entry = Form("log").entry(1, "a", 1, None, None, b"")
    assert entry == b'{"at":"","id":"a","log":"log","pos":1,"prev":"","state":null,"topic":null,"v":1,"ver":1}'


def test_the_form_never_changes() -> None:
    """Frozen: when this fails, every ledger in the world has become unverifiable."""
    form = Form("casefold.example/log")
    first = form.leaf(7, "C-2026-000001", 1, "CaseReceived", STATE, b"")
    second = form.leaf(9, 'refused:a/"b"', 2, "接收", STATE[:-1], first)
    assert first.hex() == "acc12a8a65c31981799fd014621ad94051f36f04a6dd912a6c45fc9491878fa0"
    assert second.hex() == "83a200dfc0f2fa2ce9f185f5e6698816beec92e54d1d2b5c2e659465c40b1556"


def test_the_time_is_read_from_every_golden_entry() -> None:
    rows = [row for path in corpus.files() if path.suffix == ".jsonl" for row in corpus.load(path)]
    assert rows
    for row in rows:
        assert recorded_at(row.state.encode()) == row.meaning["recorded_at"]


@pytest.mark.parametrize(
    "state",
    [
        b"",
        STATE[:-1],
        STATE + b" ",
        STATE.replace(b"Z", b"z"),
        STATE.replace(b"==", b"="),
        STATE.replace(b'"v":2', b'"v":1'),
        STATE.replace(b"2026-11", b'2026"11'),
        STATE.replace(b'"recorded_at"', b'"recorded_as"'),
    ],
)
def test_bytes_that_end_otherwise_have_no_time(state: bytes) -> None:
    assert recorded_at(STATE) == AT
    assert recorded_at(state) == ""
