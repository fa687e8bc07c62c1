"""`docs/rights.md`, made from the matrix: ``python -m api.identity.rights_page`` writes it, a test compares it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from api.identity.rights import (
    ADMINISTRATOR,
    EVERYBODY,
    MEANING,
    RIGHTS,
    SCOPES,
    SEE_ALL_CASES,
    SEE_UNASSIGNED,
    Permission,
    permissions_of,
)
from domain.actor import Role

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rights.md"

HEAD = """\
# Who may see and begin what

Made from `api/identity/rights.py` by `python -m api.identity.rights_page`; a test compares the two, and another one
tries each role at each permission. The same for every route and page, one by one: [rights-routes.md](rights-routes.md).

**Commands are decided elsewhere.** Who may give which command on a case is written in the policy sheet (`[may]`,
[policies.md](policies.md)), and the domain decides each time. These tables are about pages and routes: what somebody
gets to see, and what they can begin. Nobody approves their own proposal, whatever their roles.

A user may have several roles; they add up. *Administrator* is not a role of the rule books but an office beside them:
who looks after users decides nothing about cases.
"""
ON_CASES = """
## Whose cases

Everybody sees the cases that they are responsible for, that are on their way to them, or that ask them something.
Beyond that:
"""
TOKENS = """
## What a token may be limited to

A token works in the name of its user, with the rights that this user has at the moment, and within its scopes.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_matrix(), ON_CASES, *_sights(), TOKENS, *_scopes(), ""])


def _matrix() -> Iterator[str]:
    columns = [*(role.value for role in EVERYBODY), ADMINISTRATOR]
    yield "| | " + " | ".join(name.replace("_", " ") for name in columns) + " | |"
    yield "|---" * (len(columns) + 2) + "|"
    for permission in Permission:
        marks = ["●" if role in RIGHTS[permission] else "" for role in EVERYBODY]
        marks.append("●" if permission in permissions_of((), administrator=True) else "")
        yield f"| `{permission}` | " + " | ".join(marks) + f" | {MEANING[permission]} |"


def _sights() -> Iterator[str]:
    yield "| role | of their department | in no department yet | all |"
    yield "|---|---|---|---|"
    for role in EVERYBODY:
        everything = role in SEE_ALL_CASES
        marks = (not everything, not everything and role in SEE_UNASSIGNED, everything)
        yield f"| {_words(role)} | " + " | ".join("●" if mark else "" for mark in marks) + " |"


def _scopes() -> Iterator[str]:
    yield "| scope | permissions |"
    yield "|---|---|"
    for scope, covered in SCOPES.items():
        yield f"| `{scope}` | " + ", ".join(f"`{permission}`" for permission in covered) + " |"


def _words(role: Role) -> str:
    return role.value.replace("_", " ")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
