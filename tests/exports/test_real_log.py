"""A real log of another system, taken over and exported again, is the same log to an outside reader.

The import leaves cases out that have no end date, and rejects one that ends before it begins; it says so itself, case
by case. What is compared is the original file restricted to the cases that were taken over, and of the exports the
steps of that log (`--steps`): receipts, clocks and breaches that the ledger has besides them are not the log's own.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ledger.exports.ocel import Gathered
from ledger.exports.ocel_files import write_json, write_sqlite, write_xml
from ledger.exports.told import Selection, tell
from tests.console.conftest import Casefold
from tests.console.conftest import casefold as casefold
from tests.console.conftest import environment as environment
from tests.console.conftest import ledger as ledger
from tests.console.test_import_log import RECEIPT
from tests.ledgers import Ledger

READER = Path(__file__).parent / "as_pm4py_reads.py"
FORMS = ("xes", "jsonocel", "xmlocel", "sqlite", "csv")


def restricted(log: Path, left_out: set[str], target: Path) -> None:
    """The original file without these cases."""
    with log.open(encoding="utf-8", newline="") as source, target.open("w", encoding="utf-8", newline="") as file:
        reader = csv.DictReader(source)
        writer = csv.DictWriter(file, reader.fieldnames or ())
        writer.writeheader()
        writer.writerows(row for row in reader if row["case:concept:name"] not in left_out)


def told(account: Any) -> set[str]:
    """The cases that the import itself says it did not take over."""
    return {one["case"] for one in (*account["leavings"], *account["rejects"], *account["changes"])}


def steps_of(log: Path) -> dict[str, list[tuple[datetime, str, str, str]]]:
    """The steps of the original, by its own names of the cases, in the order of time."""
    found = defaultdict(list)
    with log.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["time:timestamp"])
            found[row["case:concept:name"]].append((at, row["concept:name"], row["org:resource"], row["org:group"]))
    return {case: sorted(steps) for case, steps in found.items()}


@pytest.mark.requirement("L-07", "I-08")
def test_pm4py_reads_the_same_cases_events_and_variants_from_every_export_as_from_the_original(
    sample_data: Path, casefold: Casefold, ledger: Ledger, tmp_path: Path
) -> None:
    log, folder = sample_data / "receipt.csv", tmp_path / "exports"
    folder.mkdir()
    (tmp_path / "map.toml").write_text(RECEIPT, encoding="utf-8")
    taking = ("import-log", log, "--map", tmp_path / "map.toml", "--rejects", tmp_path / "rejects.csv", "--json")
    account = casefold(*taking, CASEFOLD_BY="li:data").data
    assert (account["left_out"], account["rejected"], account["cases"]) == (82, 1, 1009)
    restricted(log, told(account), folder / "original.csv")

    for end in ("xes", "csv"):
        answer = casefold("export", "--to", folder / f"export.{end}", "--steps")
        assert answer.code == 0, answer.err
    with Gathered(folder) as gathered:  # once for the three forms of OCEL, as the program does it for one
        gathered.add(tell(ledger, Selection(steps=True), lambda event: {}))
        with (folder / "export.jsonocel").open("w", encoding="utf-8") as file:
            write_json(gathered, file)
        with (folder / "export.xmlocel").open("w", encoding="utf-8") as file:
            write_xml(gathered, file)
        write_sqlite(gathered, folder / "export.sqlite")
    command = [sys.executable, "-W", "ignore", str(READER), str(folder), str(tmp_path / "found.json")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))

    original = found.pop("original.csv")
    assert original["cases"] == account["imported"] == 926
    assert original["events"] == account["rows_of"]["imported"]
    assert len(original["variants"]) > 50
    assert set(found) == {f"export.{end}" for end in FORMS}
    for name, read in found.items():
        assert read == original, name

    # Not only as many: each step of each case, with its time, its person and its group.
    with (folder / "export.csv").open(encoding="utf-8-sig", newline="") as file:
        steps = defaultdict(list)
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["happened_at"])
            steps[row["case_reference"]].append((at, row["event"], row["actor"], row["department"]))
    assert steps == steps_of(folder / "original.csv")
