"""Publishes the schema of sheet files where editors find it: docs/policy-sheet.schema.json."""

from __future__ import annotations

import json
from pathlib import Path

from policies.schema import json_schema

FILE = Path(__file__).resolve().parent.parent / "docs" / "policy-sheet.schema.json"

if __name__ == "__main__":
    FILE.write_text(json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
