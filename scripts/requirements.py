"""Which rows of docs/requirements.txt have tests, and where each rule of a rule book is found; runs nothing."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import policies

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "docs" / "requirements.txt"
MUST_HAVE_TESTS = ("T-", "H-", "P-")
"""The groups that the rule books are about: time, hands, policy."""
A_FEW = 3


def main() -> int:
    """Print the tables. An unknown id, a row of the rule books without a test or without its place is an error."""
    titles = dict(line.split("\t", 1) for line in LIST.read_text().splitlines() if line and not line.startswith("#"))
    tests: dict[str, list[str]] = {requirement: [] for requirement in titles}
    unknown = []
    for requirement, test in marked():
        if requirement in tests:
            tests[requirement].append(test)
        else:
            unknown.append(f"{test} names {requirement}, which {LIST.relative_to(ROOT)} does not list")
    for requirement, title in titles.items():
        if shown := tests[requirement]:
            print(f"{requirement}  {title}")
            for test in shown:
                print(f"        {test}")
    print("\nWithout a test:")
    for requirement, title in titles.items():
        if not tests[requirement]:
            print(f"{requirement}  {title}")
    with_tests = sum(bool(shown) for shown in tests.values())
    print(f"\n{with_tests} of {len(titles)} requirements have tests.")
    wrong = [*unknown, *by_rule_book(tests)]
    wrong += [f"{row} has no test" for row in titles if row.startswith(MUST_HAVE_TESTS) and not tests[row]]
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def by_rule_book(tests: Mapping[str, list[str]]) -> Iterator[str]:
    """Print for each pack: place in the book → requirement → where in its sheets → tests. Yields what is wrong."""
    try:
        packs = policies.packs()
    except policies.SheetError as error:  # such as a row whose place is in no sheet
        yield str(error)
        return
    for pack in packs:
        if pack.rows:
            print(f"\n{pack.name}  {pack.title['en']} {pack.title['zh']}")
        for row in sorted(pack.rows, key=_in_the_book):
            print(
                f"{row.book:9} {', '.join(row.requirement):12} {'; '.join(_place(pack, where) for where in row.where)}"
            )
            if row.note:
                print(f"{'':22} ({row.note})")
            for requirement in row.requirement:
                if requirement not in tests:
                    yield f"pack {pack.name} names {requirement}, which {LIST.relative_to(ROOT)} does not list"
            shown = list(dict.fromkeys(test for requirement in row.requirement for test in tests.get(requirement, ())))
            for test in shown[:A_FEW]:
                print(f"{'':22} {test}")
            if len(shown) > A_FEW:
                print(f"{'':22} and {len(shown) - A_FEW} more, above")


def _in_the_book(row: policies.Row) -> tuple[bool, list[str | int]]:
    """The order of the book, in which 9.2 is before 10.1; what users need comes last."""
    parts = re.split(r"([0-9]+)", row.book)
    return row.book == "users", [int(part) if part.isdigit() else part for part in parts]


def _place(pack: policies.Pack, where: str) -> str:
    """A parameter with its value; any other place as it is."""
    parameter = pack.parameters.get(where)
    return f"{where} = {parameter.value} {parameter.unit}" if parameter else where


def marked() -> Iterator[tuple[str, str]]:
    """Every id and the test that shows it; a mark on a class or on the module counts for each test in it."""
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        name = file.relative_to(ROOT)
        tree = ast.parse(file.read_text())
        whole = [one for node in tree.body if _is_pytestmark(node) for one in ids(node)]
        for node, inherited in tests_in(tree, whole):
            own = [one for decorator in node.decorator_list for one in ids(decorator)]
            for requirement in dict.fromkeys([*inherited, *own]):
                yield requirement, f"{name}::{node.name}"


def tests_in(
    parent: ast.Module | ast.ClassDef, inherited: list[str]
) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, list[str]]]:
    """The test functions, each with the ids of what it stands in."""
    for node in parent.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node, inherited
        elif isinstance(node, ast.ClassDef):
            yield from tests_in(node, [*inherited, *(one for mark in node.decorator_list for one in ids(mark))])


def ids(node: ast.AST) -> Iterator[str]:
    """The texts inside every `pytest.mark.requirement(…)` of this piece of source."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "requirement":
            for argument in call.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
    )


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it ends
        code = 0
    sys.exit(code)
