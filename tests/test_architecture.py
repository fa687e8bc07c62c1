"""Who may import whom: the table of ARCHITECTURE.md as a test, from the source text alone."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MAY_IMPORT: dict[str, set[str]] = {
    "domain": set(),
    "policies": {"domain"},
    "ledger": {"domain", "policies"},
    "activities": {"domain", "ledger", "policies"},
    "workflows": {"domain.progress", "activities"},
    "api": {"domain", "ledger", "policies"},
    "client": set(),
    "console": {"domain", "ledger", "policies", "api", "client"},
    "worker": {"domain", "policies", "ledger", "activities", "workflows", "api", "client", "console"},
}
"""Package → what of this project it may import besides itself. Nothing imports worker; tests import what they like."""

LIBRARIES: dict[str, set[str]] = {
    "domain": set(),
    "policies": set(),
    "workflows": {"temporalio", "structlog"},
    "client": {"httpx"},
}
"""Package → the only libraries outside the standard library that it may import; packages not named may import any."""

BESIDES = {"tests", "bench", "examples", "scripts"}
"""What lies beside the program and is not part of it."""

WITHOUT_TEMPORAL = {"domain", "policies", "ledger", "api", "client", "console"}
"""Operators go on working when Temporal is away: nothing on their path may need it."""


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything that a module imports, also inside functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield node.lineno, "." * node.level + (node.module or "")
            else:
                for alias in node.names:
                    yield node.lineno, f"{node.module}.{alias.name}"


def broken_rules(package: str, name: str) -> Iterator[str]:
    """The sentences of the rules that this import breaks."""
    top = name.split(".")[0]
    if not top:
        yield "imports are written in full, so that they can be searched for"
    elif top == package or top == "__future__":
        return
    elif top in MAY_IMPORT:
        allowed = MAY_IMPORT[package]
        if not any(name == one or name.startswith(f"{one}.") for one in allowed):
            permitted = ", ".join(sorted(allowed)) or "nothing"
            yield f"{package} may import {permitted} of this project, not {top}"
    elif top in BESIDES:
        yield f"the program does not import {top}"
    elif top not in sys.stdlib_module_names:
        if top == "temporalio" and package in WITHOUT_TEMPORAL:
            yield f"{package} works without Temporal: it must not import temporalio"
        elif package in LIBRARIES and top not in LIBRARIES[package]:
            permitted = ", ".join(sorted(LIBRARIES[package]))
            yield f"{package} may import the standard library{' and ' + permitted if permitted else ' only'}, not {top}"


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_each_package_imports_only_what_the_architecture_allows(package: str) -> None:
    broken = [
        f"{file.relative_to(ROOT)}:{line} imports {name}: {rule}"
        for file in sorted((ROOT / package).rglob("*.py"))
        for line, name in imports(file.read_text())
        for rule in broken_rules(package, name)
    ]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("domain", "pydantic.BaseModel"),
        ("domain", "ledger.store.Ledger"),
        ("console", "temporalio.client.Client"),
        ("console", "worker.settings.Settings"),
        ("ledger", "temporalio.common"),
        ("workflows", "ledger.recorder.Recorder"),
        ("workflows", "domain.case.Case"),
        ("activities", "workflows.case.CaseWorkflow"),
        ("worker", "tests.conftest"),
        ("api", ".models"),
    ],
)
def test_a_forbidden_import_is_noticed(package: str, name: str) -> None:
    assert list(broken_rules(package, name))


def test_every_package_of_the_wheel_has_its_rules() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["tool"]["uv"]["build-backend"]["module-name"]) == {*MAY_IMPORT, "examples"}
    folders = {folder.parent.name for folder in ROOT.glob("*/__init__.py")}
    assert folders - BESIDES == set(MAY_IMPORT)


def test_every_module_says_in_its_first_line_what_it_is_for() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for package in (*MAY_IMPORT, "scripts", "bench")
        for file in (ROOT / package).rglob("*.py")
        if not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert not silent, f"no first line in {', '.join(silent)}"


def test_no_module_takes_the_name_of_a_standard_one() -> None:
    allowed = {"__init__"}
    taken = [
        str(file.relative_to(ROOT))
        for package in MAY_IMPORT
        for file in (ROOT / package).rglob("*.py")
        if file.stem in sys.stdlib_module_names - allowed
    ]
    assert not taken, f"named like a module of the standard library: {', '.join(taken)}"
