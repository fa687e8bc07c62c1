"""Exports of any selection: XES, OCEL 2.0 in its three forms, CSV, JSON lines; as the standards want them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from lxml import etree  # type: ignore[import-untyped]

from domain.access import Disclosure, ExportMade, Through
from domain.entry import Entry
from domain.events import ActivityImported
from ledger.exports.files import Form, write
from ledger.exports.told import Line, Told
from tests.console.conftest import Casefold
from tests.domain.story import COMPLAINT, LI, story
from tests.exports.conftest import OTHER_NAME, Archive
from tests.exports.lamp import CONTACT, DEMAND, MATTER, NAME
from tests.ledgers import Ledger

SCHEMAS = Path(__file__).parent / "schemas"
ENDS = ("xes", "xes.gz", "jsonocel", "xmlocel", "sqlite", "csv", "jsonl")
XES = "{http://www.xes-standard.org/}"
READ: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("date", "time"), datetime.fromisoformat),
    **dict.fromkeys(("int", "integer"), int),
    "float": float,
    "boolean": ("true", "false").index,
    "string": str,
}
"""How a reader takes a value of each kind."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the exports of the whole ledger lie, each made once."""
    return tmp_path_factory.mktemp("exports")


@pytest.fixture
def exported(casefold: Casefold, files: Path) -> Any:
    """``exported("xes")``: the file of everything, without personal data."""

    def make(end: str) -> Path:
        path = files / f"all.{end}"
        if not path.exists():
            answer = casefold("export", "--to", path)
            assert answer.code == 0, answer.err
        return path

    return make


def in_the_ledger(archive: Archive) -> dict[str, list[Entry]]:
    """The entries of all cases."""
    with Ledger(archive.environment["DATABASE_URL"]) as ledger:
        return {case: ledger.history(case) for case in ledger.streams("case")}


# ── As the standards want them ───────────────────────────────────────────────────────────────────────────────────────


def attribute(element: Any, key: str) -> str:
    """An attribute of a trace or event in XES."""
    return str(next(one.get("value") for one in element if one.get("key") == key))


@pytest.mark.requirement("L-07")
def test_xes_follows_the_rules_of_its_standard_and_has_every_entry(exported: Any, archive: Archive) -> None:
    log = etree.parse(str(exported("xes"))).getroot()

    assert log.tag == f"{XES}log"
    assert float(log.get("xes.version")) == 1849.2016
    order = ["extension", "global", "classifier", "string", "trace"]
    tags = [child.tag.removeprefix(XES) for child in log]
    ranks = [order.index("string" if tag == "int" else tag) for tag in tags]
    assert ranks == sorted(ranks)
    assert {one.get("prefix") for one in log.iter(f"{XES}extension")} == {"concept", "time", "lifecycle", "org"}
    always = {scope.get("scope"): {one.get("key") for one in scope} for scope in log.iter(f"{XES}global")}
    for classifier in log.iter(f"{XES}classifier"):
        assert set(classifier.get("keys").split()) <= always["event"]
    for scope in ("trace", "event"):
        for element in log.iter(f"{XES}{scope}"):
            keys = [one.get("key") for one in element if one.tag != f"{XES}event"]
            assert len(keys) == len(set(keys)), "no key twice"
            assert always[scope] <= set(keys)
            for one in element:
                if one.tag != f"{XES}event":
                    READ[one.tag.removeprefix(XES)](one.get("value"))
    found = {
        attribute(trace, "concept:name"): {
            attribute(event, "concept:instance"): attribute(event, "concept:name")
            for event in trace.iter(f"{XES}event")
        }
        for trace in log.iter(f"{XES}trace")
    }
    assert found == {
        case: {f"{case}/{entry.version}": type(entry.event).__name__ for entry in entries}
        for case, entries in in_the_ledger(archive).items()
    }
    for trace in log.iter(f"{XES}trace"):
        times = [attribute(event, "time:timestamp") for event in trace.iter(f"{XES}event")]
        assert times == sorted(times)
    assert gzip.decompress(exported("xes.gz").read_bytes()).count(b"<event>") == sum(map(len, found.values()))


@pytest.mark.requirement("L-07")
def test_ocel_is_valid_against_the_published_schemas(exported: Any) -> None:
    schema = json.loads((SCHEMAS / "ocel20-schema-json.json").read_text(encoding="utf-8"))
    log = json.loads(exported("jsonocel").read_text(encoding="utf-8"))
    checker = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    assert not list(checker.iter_errors(log))

    xml_schema = etree.XMLSchema(etree.parse(str(SCHEMAS / "ocel20-schema-xml.xsd")))
    xml = etree.parse(str(exported("xmlocel")))
    assert xml_schema.validate(xml), xml_schema.error_log

    # What the schemas cannot say: every name that is used is declared, and every value is of its kind.
    for part, types in (("events", "eventTypes"), ("objects", "objectTypes")):
        declared = {one["name"]: {field["name"]: field["type"] for field in one["attributes"]} for one in log[types]}
        for one in log[part]:
            for field in one["attributes"]:
                kind = declared[one["type"]][field["name"]]
                READ[kind](field["value"])
    ids = {one["id"]: one["type"] for one in log["objects"]}
    assert len(ids) == len(log["objects"])
    relations = [relation for one in (*log["events"], *log["objects"]) for relation in one["relationships"]]
    assert all(relation["objectId"] in ids for relation in relations)
    assert len(xml.findall("events/event")) == len(log["events"])
    assert {one.get("id"): one.get("type") for one in xml.findall("objects/object")} == ids


RULES = {
    "every event has a row in the table of its type": """
        SELECT e.ocel_id FROM event AS e JOIN event_map_type AS m USING (ocel_type)
        WHERE m.ocel_type_map = '{map}'
          AND NOT EXISTS (SELECT 1 FROM "event_{map}" AS t WHERE t.ocel_id = e.ocel_id)""",
    "its time is one": """SELECT ocel_id FROM "event_{map}" WHERE datetime(ocel_time) IS NULL""",
}
INDEPENDENT = {
    "event": {"ocel_id", "ocel_type"},
    "object": {"ocel_id", "ocel_type"},
    "event_map_type": {"ocel_type", "ocel_type_map"},
    "object_map_type": {"ocel_type", "ocel_type_map"},
    "event_object": {"ocel_event_id", "ocel_object_id", "ocel_qualifier"},
    "object_object": {"ocel_source_id", "ocel_target_id", "ocel_qualifier"},
}


@pytest.mark.requirement("L-07")
def test_ocel_in_sqlite_keeps_the_rules_of_the_relational_form(exported: Any) -> None:
    with closing(sqlite3.connect(exported("sqlite"))) as database:
        assert not database.execute("PRAGMA foreign_key_check").fetchall()
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table, columns in INDEPENDENT.items():
            assert {row[1] for row in database.execute(f"PRAGMA table_info({table})")} == columns
        for sort, more in (("event", set()), ("object", {"ocel_changed_field"})):
            maps = [name for (name,) in database.execute(f"SELECT ocel_type_map FROM {sort}_map_type")]
            assert {f"{sort}_{name}" for name in maps} <= tables
            for name in maps:
                columns = {row[1] for row in database.execute(f'PRAGMA table_info("{sort}_{name}")')}
                assert {"ocel_id", "ocel_time"} | more <= columns
                if sort == "event":
                    for rule, query in RULES.items():
                        assert not database.execute(query.format(map=name)).fetchall(), rule
        stages = database.execute(
            "SELECT stage FROM object_case WHERE ocel_id LIKE 'C-%' AND (ocel_changed_field = 'stage' "
            "OR ocel_changed_field IS NULL) ORDER BY ocel_id, ocel_time LIMIT 7"
        ).fetchall()
        assert [stage for (stage,) in stages] == [
            *("receive", "investigate", "propose", "confirm", "propose", "confirm", "close")
        ]


@pytest.mark.requirement("L-07")
def test_ocel_relates_events_to_all_that_they_are_about(exported: Any, archive: Archive) -> None:
    log = json.loads(exported("jsonocel").read_text(encoding="utf-8"))
    types = {one["id"]: one["type"] for one in log["objects"]}
    about = {
        one["id"]: {(types[relation["objectId"]], relation["qualifier"]) for relation in one["relationships"]}
        for one in log["events"]
    }
    names = {one["id"]: one["type"] for one in log["events"]}
    (refused,) = (name for name, kind in names.items() if kind == "ProposalRejected")
    assert about[refused] == {
        *(("case", "case"), ("customer", "customer"), ("person", "by"), ("proposal", "proposal")),
        ("department", "department of who did it"),
    }
    (asked,) = (name for name, kind in names.items() if kind == "QuestionAsked")
    assert {("question", "question"), ("person", "to"), ("department", "department")} <= about[asked]
    proposals = [one for one in log["objects"] if one["id"].startswith(f"{archive.case}/proposal/")]
    assert [relation["objectId"] for one in proposals for relation in one["relationships"]] == [archive.case] * 2
    offered = [(field["name"], field["value"]) for field in proposals[1]["attributes"]]
    assert offered == [("amount", "50.00"), ("currency", "CNY")]


@pytest.mark.requirement("L-07")
def test_csv_and_json_lines_have_every_entry(exported: Any, archive: Archive) -> None:
    ledger = in_the_ledger(archive)
    known = {(case, entry.version): type(entry.event).__name__ for case, of in ledger.items() for entry in of}

    with exported("csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["case"], int(row["version"])): row["event"] for row in rows} == known
    lines = [json.loads(line) for line in exported("jsonl").read_text(encoding="utf-8").splitlines()]
    assert {(line["stream"], line["version"]): line["event"] for line in lines} == known
    data = {(row["case"], int(row["version"])): json.loads(row["data"] or "{}") for row in rows}
    for line in lines:
        told = {name: value for name, value in line["data"].items() if value not in ("", None, [])}
        assert data[line["stream"], line["version"]] == told


# ── Personal data, choice, record ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("L-04", "L-07")
@pytest.mark.parametrize("end", ENDS)
def test_personal_data_stays_in_the_house_unless_it_is_asked_for(
    casefold: Casefold, exported: Any, tmp_path: Path, end: str
) -> None:
    def holds(path: Path) -> set[str]:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        words = (NAME, CONTACT, OTHER_NAME, MATTER, DEMAND, "单层纸包装", "138****0001", "$enc1.")
        return {word for word in words if word.encode() in content or json.dumps(word)[1:-1].encode() in content}

    assert holds(exported(end)) == set()
    for personal, expected in (
        ("masked", {"138****0001"}),
        ("included", {NAME, CONTACT, OTHER_NAME, MATTER, DEMAND, "单层纸包装"}),
    ):
        answer = casefold("export", "--to", tmp_path / f"{personal}.{end}", "--personal", personal)
        assert answer.code == 0, answer.err
        assert holds(tmp_path / f"{personal}.{end}") == expected


@pytest.mark.requirement("L-05")
def test_that_something_was_exported_is_recorded_with_how_it_was_chosen(
    casefold: Casefold, archive: Archive, tmp_path: Path
) -> None:
    answer = casefold(
        *("export", "--to", tmp_path / "a.csv", "--kind", "complaint", "--open", "--personal", "masked"),
        *("--received-from", "2026-11-01T00:00+00:00", "--json"),
    )
    assert (answer.data["cases"], answer.code) == (1, 0)
    with Ledger(archive.environment["DATABASE_URL"]) as ledger:
        entry = ledger.history("access:ledger")[-1]
    assert entry.event == ExportMade(
        form="csv",
        through=Through.EXPORT,
        personal=Disclosure.MASKED,
        number=1,
        selection="--kind complaint --received-from 2026-11-01T00:00:00+00:00 --open",
    )
    assert entry.actor.id == "li"


@pytest.mark.parametrize(
    ("filters", "chosen"),
    [
        (["--kind", "complaint"], {"lamp", "other"}),
        (["--kind", "inquiry"], {"inquiry"}),
        (["--over"], {"lamp"}),
        (["--ending", "resolved"], {"lamp"}),
        (["--open", "--stage", "receive", "--kind", "complaint"], {"other"}),
        (["--department", "logistics"], {"lamp"}),
        (["--responsible", "sun"], {"lamp"}),
        (["--received-to", "2026-11-30"], {"lamp"}),
        (["--received-from", "2026-11-30"], {"inquiry", "other"}),
        (["--urgency", "urgent"], set()),
        (["--case", "c-2026-000001", "--case", "C-2026-000003"], {"lamp", "other"}),
        (["--steps"], set()),
    ],
)
def test_cases_are_chosen_by_how_they_are_now(
    casefold: Casefold, archive: Archive, tmp_path: Path, filters: list[str], chosen: set[str]
) -> None:
    names = {archive.case: "lamp", "C-2026-000002": "inquiry", archive.other: "other"}
    assert casefold("export", "--to", tmp_path / "a.jsonl", *filters).code == 0
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    assert {names[json.loads(line)["stream"]] for line in lines} == chosen


def test_what_cannot_be_exported_is_refused_and_leaves_nothing(casefold: Casefold, tmp_path: Path) -> None:
    (tmp_path / "there.xes").write_text("mine")
    for arguments in (
        ["--to", tmp_path / "a.docx"],
        ["--to", tmp_path / "a.sqlite.gz"],
        ["--to", tmp_path / "a.xes", "--format", "docx"],
        ["--to", tmp_path / "no" / "a.xes"],
        ["--to", tmp_path / "there.xes"],
        ["--to", tmp_path / "a.xes", "--received-from", "soon"],
        ["--to", tmp_path / "a.xes", "--case", "C-2020-000001"],
    ):
        assert casefold("export", *arguments).code in (1, 2), arguments
    assert [path.name for path in tmp_path.iterdir()] == ["there.xes"]
    assert (tmp_path / "there.xes").read_text() == "mine"
    assert casefold("export", "--to", tmp_path / "there.xes", "--replace").code == 0
    assert (tmp_path / "there.xes").read_text().startswith("<?xml")


# ── Many, and strange ones ───────────────────────────────────────────────────────────────────────────────────────────


def made_up(number: int) -> Iterator[Told]:
    """As many cases, of a received complaint's events."""
    entries = story("complaint").after(COMPLAINT, by=LI).entries
    for place in range(number):
        case = f"C-2026-{place:06d}"
        lines = [
            Line(
                id=f"{case}/{entry.version}",
                name=type(entry.event).__name__,
                happened_at=entry.happened_at + timedelta(seconds=place),
                resource=f"person {place % 50}",
                role="agent",
                group="hotline",
                data={"at": entry.recorded_at, "note": "x" * 50},
                entry=entry,
            )
            for entry in entries
        ]
        yield Told(case, {"kind": "complaint", "customer": f"S-{place}"}, lines, entries[0].event)


@pytest.mark.requirement("L-07")
@pytest.mark.parametrize("end", ["xes", "jsonocel", "sqlite", "csv", "jsonl"])
def test_the_memory_needed_does_not_grow_with_the_number_of_cases(tmp_path: Path, end: str) -> None:
    forms = {"xes": Form.XES, "csv": Form.CSV, "jsonl": Form.JSONL}
    peaks = []
    for number in (30, 300):
        path = tmp_path / f"{number}.{end}"
        tracemalloc.start()
        write(path, forms.get(end, Form.OCEL), made_up(number), {}, lambda event: {})
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 500_000, peaks


STRANGE = ("=1+1", "Ende & <Anfang>", 'say "so"', "T02 a", "t02-A", "重复", "one\ntwo\ttabs", "bell\x07", "object")


@pytest.mark.requirement("L-07")
def test_names_from_elsewhere_survive_every_form(tmp_path: Path) -> None:
    at = datetime(2026, 11, 25, tzinfo=UTC)
    first = story("complaint").after(COMPLAINT, by=LI).entries[0]
    lines = []
    for number, name in enumerate(STRANGE, 1):
        event = ActivityImported(activity=name, at=at + timedelta(hours=number), resource="who & why", department='"x"')
        entry = replace(first, version=number, event=event)
        lines.append(Line(f"C-1/{number}", name, event.at, event.resource, "", event.department, {}, entry, step=True))
    told = Told("C-1", {"kind": "complaint"}, lines, first.event)
    for end in ("xes", "jsonocel", "xmlocel", "sqlite", "csv"):
        form = {"xes": Form.XES, "csv": Form.CSV}.get(end, Form.OCEL)
        write(tmp_path / f"a.{end}", form, iter([told]), {"chosen": "<all>"}, lambda event: {})

    clean = [name.replace("\x07", "\N{REPLACEMENT CHARACTER}") for name in STRANGE]
    log = etree.parse(str(tmp_path / "a.xes")).getroot()
    assert [attribute(event, "concept:name") for event in log.iter(f"{XES}event")] == clean
    xml = etree.parse(str(tmp_path / "a.xmlocel"))
    assert [one.get("type") for one in xml.findall("events/event")] == clean
    data = json.loads((tmp_path / "a.jsonocel").read_text(encoding="utf-8"))
    assert [one["type"] for one in data["events"]] == list(STRANGE)
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as database:
        assert {name for (name,) in database.execute("SELECT ocel_type FROM event")} == set(STRANGE)
        maps = [name.lower() for (name,) in database.execute("SELECT ocel_type_map FROM event_map_type")]
        assert len(set(maps)) == len(STRANGE)
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        names = [row["event"] for row in csv.DictReader(io.StringIO(file.read()))]
    assert names == ["'=1+1", *STRANGE[1:]], "a spreadsheet must not take it for a formula"
    assert all(before.happened_at < after.happened_at for before, after in pairwise(lines))
