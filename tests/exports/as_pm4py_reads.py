"""Reads event logs with pm4py, as a process of its own: how many cases, events and variants it finds in each.

Called with a folder: the exports in it, and ``original.csv``, which is read as pm4py reads any log in CSV.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")

import pandas  # type: ignore[import-untyped]  # noqa: E402
import pm4py  # type: ignore[import-untyped]  # noqa: E402

CASE, ACTIVITY, TIME = "case:concept:name", "concept:name", "time:timestamp"


def original(path: Path) -> Any:
    """The file as it came."""
    frame = pandas.read_csv(path, dtype=str)
    frame[TIME] = pandas.to_datetime(frame[TIME], utc=True, format="ISO8601")
    return pm4py.format_dataframe(frame, case_id=CASE, activity_key=ACTIVITY, timestamp_key=TIME)


def table(path: Path) -> Any:
    """Our own CSV."""
    frame = pandas.read_csv(path, dtype=str)
    frame["happened_at"] = pandas.to_datetime(frame["happened_at"], utc=True, format="ISO8601")
    return pm4py.format_dataframe(frame, case_id="case", activity_key="event", timestamp_key="happened_at")


def objects(ocel: Any) -> Any:
    """An object-centric log as one of its cases: pm4py gives its events by time, and wants them case by case."""
    return pm4py.format_dataframe(
        pm4py.ocel_flattening(ocel, "case"), case_id=CASE, activity_key=ACTIVITY, timestamp_key=TIME
    )


READ: dict[str, Callable[[Path], Any]] = {
    "original.csv": original,
    "export.csv": table,
    "export.xes": lambda path: pm4py.read_xes(str(path)),
    "export.jsonocel": lambda path: objects(pm4py.read_ocel2_json(str(path))),
    "export.xmlocel": lambda path: objects(pm4py.read_ocel2_xml(str(path))),
    "export.sqlite": lambda path: objects(pm4py.read_ocel2_sqlite(str(path))),
}


def counted(log: Any) -> dict[str, Any]:
    """Cases, events, and the variants with how often each occurs."""
    variants = {" → ".join(variant): number for variant, number in pm4py.get_variants(log).items()}
    return {"cases": log[CASE].nunique(), "events": len(log), "variants": variants}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    found = {name: counted(read(folder / name)) for name, read in READ.items() if (folder / name).exists()}
    Path(sys.argv[2]).write_text(json.dumps(found), encoding="utf-8")
