"""Every entry that some release has written is read by today's code, and means what it meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domain.evolve import replay
from domain.message import Event
from domain.streams import CASE
from ledger.codec import entry_as_json
from tests.golden import corpus
from tests.golden.samples import LIVES

RECORD = "run `python -m tests.golden.record` and commit what it adds"
EVERY = sorted(corpus.REGISTRY.events)


@pytest.mark.parametrize(
    "path", sorted(corpus.EVENTS.rglob("*.jsonl")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
@pytest.mark.requirement("L-01", "L-02")
def test_a_golden_entry_is_read_and_means_what_it_meant(path: Path) -> None:
    for row in corpus.load(path):
        today = entry_as_json(row.read())
        then = row.meaning
        assert {name: today[name] for name in then if name not in ("data", "class_version")} == {
            name: value for name, value in then.items() if name not in ("data", "class_version")
        }
        if today["class_version"] == then["class_version"]:
            assert {name: today["data"][name] for name in then["data"]} == then["data"]


@pytest.mark.parametrize("name", LIVES)
@pytest.mark.requirement("L-02")
def test_a_golden_life_still_folds_to_the_same_case(name: str) -> None:
    entries = [row.read() for row in corpus.load(corpus.LIVES / f"{name}.jsonl")]
    case = replay(entries)
    assert case.version == len(entries)
    assert case == CASE.fold([entry.event for entry in entries])
    assert (case.stage, case.over) == {
        "complaint": ("review", True),
        "after_sales": ("confirm", False),
        "inquiry": ("confirm", False),
    }[name]


@pytest.mark.parametrize("name", EVERY)
def test_every_event_of_today_is_in_the_corpus(name: str) -> None:
    event: type[Event] = corpus.REGISTRY.events[name]
    assert corpus.path_of(event).exists(), f"{name} v{event.class_version} has no golden entry: {RECORD}"


@pytest.mark.parametrize("name", EVERY)
def test_a_field_changes_only_with_a_new_version_of_its_event(name: str) -> None:
    event: type[Event] = corpus.REGISTRY.events[name]
    then = json.loads(corpus.shape_path(event).read_text(encoding="utf-8"))
    today = corpus.shape(event)
    for field, shape in then.items():
        assert today.get(field, {}).get("type") == shape["type"], f"{name}.{field} changed: raise class_version, upcast"
    for field in today.keys() - then.keys():
        assert not today[field]["required"], f"{name}.{field} is new and has no default: old entries lack it"


def test_no_golden_file_was_changed_or_removed() -> None:
    lines = [line.split() for line in corpus.SUMS.read_text().splitlines()]
    written = {name: digest for digest, name in lines}
    assert corpus.sums() == written, f"the corpus is add-only; for new files {RECORD}"
