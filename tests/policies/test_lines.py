"""Lines: where a key or value of a TOML file stands, so that a mistake can be pointed at."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policies.lines import KeyPath, Lines, line_of

HERE = Path(__file__).resolve().parent.parent.parent / "policies"

TEXT = '''\
# A file with all that TOML has; "name" and path = [1] are not keys here.
name = "complaint"   # the name
title = { en = "Complaint", zh = "投诉" }
path = [
    "receive", "investigate",
    "close",  # "review" is only a comment, ] too
    "review",
]
a.b . "c d" = 1
'single quoted' = 2
story = """
name = "not a key"
[not.a.table] ""quotes"" \\""" \\
""""
raw = \'\'\'
clocks = [
it's \'\'\'
when = 2026-11-22 09:00:00
nested = [[1, 2], [
  3, 4,
], { deep = [
  "x" ] }]
empty = []
none = {}

[reminders]
after = "3d"

[endings.unfounded]
by = ["head"]

[endings."no answer"]
after_reminders = 2

[[clocks]]
name = "first"
limit = { ordinary = "5m",
  urgent = "1m" }

  [[clocks]]  # the second
  name = "second"
  [clocks.limit]
  ordinary = "24h"

  [[clocks.levels]]
  at = 80
  [[clocks.levels]]
  at = 100

[clocks.extra]
word = "of the second"
'''

PLACES: list[tuple[KeyPath, int]] = [
    (("name",), 2),
    (("title",), 3),
    (("title", "zh"), 3),
    (("path",), 4),
    (("path", 0), 5),
    (("path", 2), 6),
    (("path", 3), 7),
    (("a",), 9),
    (("a", "b", "c d"), 9),
    (("single quoted",), 10),
    (("story",), 11),
    (("raw",), 15),
    (("when",), 18),
    (("nested", 0, 1), 19),
    (("nested", 1), 19),
    (("nested", 1, 1), 20),
    (("nested", 2, "deep"), 21),
    (("nested", 2, "deep", 0), 22),
    (("empty",), 23),
    (("none",), 24),
    (("reminders",), 26),
    (("reminders", "after"), 27),
    (("endings",), 29),
    (("endings", "unfounded", "by", 0), 30),
    (("endings", "no answer"), 32),
    (("endings", "no answer", "after_reminders"), 33),
    (("clocks",), 35),
    (("clocks", 0), 35),
    (("clocks", 0, "name"), 36),
    (("clocks", 0, "limit", "ordinary"), 37),
    (("clocks", 0, "limit", "urgent"), 38),
    (("clocks", 1), 40),
    (("clocks", 1, "name"), 41),
    (("clocks", 1, "limit"), 42),
    (("clocks", 1, "limit", "ordinary"), 43),
    (("clocks", 1, "levels"), 45),
    (("clocks", 1, "levels", 0, "at"), 46),
    (("clocks", 1, "levels", 1), 47),
    (("clocks", 1, "levels", 1, "at"), 48),
    (("clocks", 1, "extra"), 50),
    (("clocks", 1, "extra", "word"), 51),
]


@pytest.mark.parametrize(("path", "line"), PLACES, ids=[".".join(map(str, path)) for path, _ in PLACES])
def test_every_key_has_its_line(path: KeyPath, line: int) -> None:
    assert Lines(TEXT).of(path) == line


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (("path",), "review", 7),
        (("path",), "close", 6),
        (("path",), "investigate", 5),
        (("nested",), 4, 20),
        (("nested",), "x", 22),
        (("clocks",), "24h", 43),
        (("clocks", 1), "second", 41),
        (("clocks", 0), "1m", 38),
        (("story",), 'name = "not a key"\n[not.a.table] ""quotes"" """ "', 11),
        ((), "head", 30),
    ],
)
def test_a_value_is_found_at_or_below_its_key(path: KeyPath, value: object, line: int) -> None:
    assert Lines(TEXT).of(path, value=value) == line


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (("no such key",), None, 1),
        (("reminders", "at_most"), None, 26),
        (("clocks", 1, "starts", 3), None, 40),
        (("path",), "clos", 4),
        (("path", 7), None, 4),
        ((), None, 1),
    ],
)
def test_what_is_not_there_is_looked_for_where_it_would_have_to_be(path: KeyPath, value: object, line: int) -> None:
    assert Lines(TEXT).of(path, value=value) == line


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment", "a = 1", 'a = "#"\n[b]\n'])
def test_small_files_are_read_too(text: str) -> None:
    assert Lines(text).of(("a",)) == 1


def test_dates_and_numbers_are_values_like_others() -> None:
    lines = Lines("days = [\n  2026-01-01,\n  2026-01-02, # one more\n  0x10\n]")
    assert lines.of(("days",), value=date(2026, 1, 2)) == 3
    assert lines.of(("days",), value=16) == 4


def test_lines_that_end_as_on_windows_are_counted_once() -> None:
    assert Lines('a = "x"\r\nb = [\r\n  "y",\r\n]\r\n').of(("b", 0)) == 3


def everything(data: Any, path: KeyPath = ()) -> list[KeyPath]:
    """The paths of all that a parsed file has."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(below for key, value in items for below in everything(value, (*path, key)))]


@pytest.mark.parametrize("file", sorted(HERE.rglob("*.toml")), ids=lambda file: file.stem)
def test_every_key_of_every_shipped_file_stands_on_a_line_that_names_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    lines, source = Lines(text), text.splitlines()
    paths = everything(tomllib.loads(text))[1:]
    assert paths
    for path in paths:
        if isinstance(path[-1], str):
            assert path[-1] in source[lines.of(path) - 1], path


@pytest.mark.parametrize(("text", "line"), [("a = 1\nb = = 2\n", 2), ("a = 1\nb = [", 2), ("=", 1), ('a = "', 1)])
def test_the_line_at_which_a_text_stops_being_toml_is_known(text: str, line: int) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as error:
        tomllib.loads(text)
    assert line_of(error.value, text) == line
