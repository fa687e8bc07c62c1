"""Verifies a live ledger against what was published of it: checkpoints, tiles, entries, commands, and its own seals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cryptography.x509 import Certificate
from psycopg import Connection

from ledger.seal.check_entries import check_entries
from ledger.seal.check_noted import check_noted
from ledger.seal.check_published import check_checkpoints, check_tiles
from ledger.seal.check_tables import check_tables
from ledger.seal.findings import Report
from ledger.seal.folder import Folder
from ledger.seal.leaf import Form
from ledger.seal.notary import short
from ledger.seal.note import Verifier
from ledger.seal.stamps import check_stamps


def verify(
    connection: Connection[Any],
    folder: Folder,
    key: Verifier,
    *,
    witnesses: Sequence[Verifier] = (),
    against: Sequence[tuple[str, bytes]] = (),
    authorities: Sequence[Certificate] = (),
    tick: Callable[[int], None] = lambda number: None,
) -> Report:
    """Run all checks within a transaction of this connection, which should see one moment only (REPEATABLE READ).

    ``against`` are checkpoints that the auditor has kept: name and content. ``authorities`` are certificates of those
    who must have time-stamped checkpoints; without any, stamps are not looked at.
    """
    report = Report()
    published = check_checkpoints(report, folder, key, witnesses, against)
    if published is None:
        return report
    newest = published.newest
    if authorities:
        check_stamps(report, folder, authorities, newest.size)
    report.size, report.root = newest.size, short(newest.root)
    with connection.transaction():
        found = connection.execute("SELECT log FROM casefold_seal.head WHERE origin = %s", [newest.origin]).fetchone()
        published.log = found[0] if found else None
        leaves = check_tiles(report, connection, folder, published)
        comparison = check_entries(report, connection, Form(newest.origin), leaves, published.log, tick)
        check_tables(report, connection, leaves, published, comparison)
        check_noted(report, connection, folder, key, newest.size)
    return report
