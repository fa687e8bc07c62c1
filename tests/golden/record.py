"""Adds to the golden corpus what today's code writes and the corpus lacks; changes nothing that is there."""

from __future__ import annotations

import json
from collections.abc import Sequence

from domain.actor import Actor, Role
from domain.entry import Entry
from domain.message import Event
from ledger.codec import Origin
from tests.golden import corpus
from tests.golden.samples import LIVES, NOON, sample
from tests.ledgers import seal_for

SOMEBODY = Actor("u-17", (Role.AGENT, Role.LEAD), "热线")


def main() -> None:
    """Record every event and life that has no file yet."""
    for event in corpus.REGISTRY.events.values():
        if not corpus.path_of(event).exists():
            corpus.save(corpus.path_of(event), _rows("C-2026-000001", [sample(event)]))
        if not corpus.shape_path(event).exists():
            text = json.dumps(corpus.shape(event), ensure_ascii=False, indent=1, sort_keys=True)
            corpus.shape_path(event).write_text(text + "\n", encoding="utf-8")
    for name, life in LIVES.items():
        path = corpus.LIVES / f"{name}.jsonl"
        if not path.exists():
            corpus.save(path, _rows("C-2026-000002", life().events))
    lines = [f"{digest}  {name}\n" for name, digest in sorted(corpus.sums().items())]
    corpus.SUMS.write_text("".join(lines), encoding="utf-8")


def _rows(stream: str, events: Sequence[Event]) -> list[corpus.Golden]:
    rows = []
    for version, event in enumerate(events, 1):
        draft = corpus.CODEC.draft(event, seal_for(stream, version))
        origin = Origin(NOON, NOON, SOMEBODY, f"golden-{version}", b"\x00" * 32)
        entry = Entry(stream, version, draft.event, NOON, NOON, SOMEBODY, origin.command_id)
        rows.append(corpus.golden(entry, corpus.CODEC.encode(draft, origin)))
    return rows


if __name__ == "__main__":
    main()
