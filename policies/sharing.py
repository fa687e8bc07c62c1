"""What the sheets of a pack share may name things that only one of them has; all must be known to one at least."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policies.checks import is_category
from policies.draft import Draft
from policies.errors import Mistake, not_known
from policies.parameters import never_used


def leave_to_other_kinds(draft: Draft) -> None:
    """Leave out of a sheet what a shared pause or assignment rule names and only sheets of other kinds have."""
    clocks = draft.names("clocks")
    for path, pause in draft.items("pauses"):
        if draft.is_shared(path) and isinstance(pause.get("clocks"), list):
            pause["clocks"] = [clock for clock in pause["clocks"] if clock in clocks]
            if not pause["clocks"]:
                del draft.data["pauses"][path[1]]
    categories = draft.data.get("categories")
    of_others = []
    for path, rule in draft.items("assignment"):
        wanted = rule.get("categories")
        if draft.is_shared(path) and isinstance(wanted, list) and isinstance(categories, dict):
            rule["categories"] = [category for category in wanted if is_category(str(category), categories)]
            if not rule["categories"]:
                of_others.append(rule)
    # Left with no category, a rule would fit every case.
    draft.drop_items("assignment", lambda rule: any(rule is other for other in of_others))


def known_to_no_sheet(pack: Mapping[str, Any], drafts: Sequence[Draft], used: set[str]) -> Iterator[Mistake]:
    """What the pack's own file names and no sheet of it has."""
    for name, table in _tables(pack.get("parameters")):
        if name not in used:
            yield from never_used(name, table)
    clocks = {clock for draft in drafts for clock in draft.names("clocks")}
    for name, pause in _tables(pack.get("pauses")):
        for number, clock in enumerate(_list(pause.get("clocks"))):
            if isinstance(clock, str) and clock not in clocks:
                path = ("pauses", name, "clocks", number)
                yield Mistake(path, not_known(clock, "a clock of any sheet of this pack", sorted(clocks)))
    taxonomies = [draft.data["categories"] for draft in drafts if isinstance(draft.data.get("categories"), dict)]
    for place, rule in enumerate(_list(pack.get("assignment"))):
        for number, category in enumerate(_list(rule.get("categories")) if isinstance(rule, dict) else ()):
            if not any(is_category(str(category), taxonomy) for taxonomy in taxonomies):
                known = [known for taxonomy in taxonomies for known in taxonomy]
                sentence = not_known(category, "a category of any sheet of this pack", known)
                yield Mistake(("assignment", place, "categories", number), sentence)


def _tables(value: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(name, item) for name, item in value.items() if isinstance(item, dict)] if isinstance(value, dict) else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
