"""The published schema of sheet files: it is up to date, all shipped sheets keep it, and wrong ones do not."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

import policies
from policies.reader import PACKS, sheet_files
from policies.schema import json_schema

PUBLISHED = Path(__file__).resolve().parent.parent.parent / "docs" / "policy-sheet.schema.json"
EXAMPLE = Path(__file__).parent / "example.toml"
SHEETS = [file for pack in sorted(PACKS.iterdir()) for file in sheet_files(pack)]
VALIDATOR = jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text(encoding="utf-8")))


def test_the_published_schema_is_up_to_date() -> None:
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    assert published == json_schema(), "run: python scripts/policy_schema.py"
    jsonschema.Draft202012Validator.check_schema(published)


@pytest.mark.parametrize("file", [*SHEETS, EXAMPLE], ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_shipped_sheet_keeps_the_schema(file: Path) -> None:
    VALIDATOR.validate(read(file.read_text(encoding="utf-8")))


def test_a_sheet_that_extends_another_needs_little() -> None:
    VALIDATOR.validate({"extends": "douyin", "kind": "complaint", "version": "1", "set": {"first_response_minutes": 2}})


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('kind = "complaint"', 'kynd = "complaint"'),
        ('version = "2026-11-25"\n', ""),
        ('"confirm", "close", "review"]', '"confirm", "clos", "review"]'),
        ('{answer_minutes}m"', '{answer_minutes} min"'),
        ("warn = [50, 80]", "warn = [50, 100]"),
        ('stops = ["RemedyProposed"]\n', ""),
        ('urgent = "0m"', 'hurried = "0m"'),
        ('["department_head"]\n', '["head"]\n'),
        ('zh = "投诉" }', 'fr = "Plainte" }'),
        ('zh = { subject = "已收到 {case}", body = "{name}，您好" }\n', ""),
        ("written_result = true", 'written_result = "yes"'),
        ('two_above = "5000"', "two_above = 5000.5"),
        ("at = 2", "at = 0"),
    ],
)
def test_a_wrong_sheet_is_refused_by_the_schema_as_by_the_reader(right: str, wrong: str, tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert right in text
    changed = text.replace(right, wrong, 1)
    assert not VALIDATOR.is_valid(read(changed))
    path = tmp_path / "sheet.toml"
    path.write_text(changed, encoding="utf-8")
    assert policies.check(path)


def read(text: str) -> Any:
    """As an editor sees the file."""
    return json.loads(json.dumps(tomllib.loads(text), default=str))
