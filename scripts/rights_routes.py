"""Writes docs/rights-routes.md, every route with the roles that it lets in: ``python -m scripts.rights_routes``.

A test compares the file with this, and tries each role at each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from api.house import House
from api.identity.access import Access
from api.identity.local import LocalIdentity
from api.identity.rights import ADMINISTRATOR, EVERYBODY, RIGHTS, Permission
from console.web.entrances import ANYBODY, ENTRANCES, SIGNED_IN
from ledger.store import Ledger
from worker.serve import put_together

FILE = Path(__file__).resolve().parents[1] / "docs" / "rights-routes.md"
COLUMNS = (*(role.value for role in EVERYBODY), ADMINISTRATOR)
OPEN = frozenset({"/api/v1/openapi.json", "/health/live", "/health/ready"})
"""They hold nothing of anybody's."""
MINE = "/api/v1/me"
HEAD = """\
# Who is let in where

Every route of the API and every page, with the roles that it lets in: made by `python -m scripts.rights_routes`; a test
compares the two, and tries each role at each of them, and whoever is not signed in. What the permissions mean is in
[rights.md](rights.md).

Being let in is the first door. Whose cases somebody sees is the second ([rights.md](rights.md)), and which command they
may give on a case the third: the policy sheet and the domain decide that, each time.
"""


@dataclass(frozen=True)
class Entrance:
    """One route."""

    method: str
    path: str
    asks: Permission | str

    @property
    def lets_in(self) -> frozenset[str]:
        """The roles, and `administrator`, that come in."""
        if not isinstance(self.asks, Permission):
            return frozenset(COLUMNS)
        if self.asks is Permission.ADMINISTER:
            return frozenset({ADMINISTRATOR})
        return frozenset(role.value for role in RIGHTS[self.asks])


def everything() -> FastAPI:
    """All that is served, without a database."""
    ledger = Ledger("postgresql://nobody@127.0.0.1:1/nothing")
    nothing = cast("Any", None)
    return put_together(House(ledger, nothing, nothing, {}), identity=LocalIdentity(Access(ledger)))


def entrances(app: FastAPI) -> list[Entrance]:
    """Every method and address with what it asks for. Raises LookupError for a page that is not in the list."""
    pages = {place: asks for asks, places in ENTRANCES.items() for place in places}
    found = []
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, APIRoute):
            continue  # files that hold nothing of anybody's
        path = str(route.path)
        calls: list[Any] = [dependency.call for dependency in route.dependant.dependencies]
        asked = next((call.permission for call in calls if hasattr(call, "permission")), None)
        for method in sorted(route.methods or ()):
            if path.startswith(("/api/", "/health/")):
                asks = asked or (ANYBODY if path in OPEN else SIGNED_IN if path.startswith(MINE) else "")
            else:
                asks = pages.get(f"{method} {path}", "")
            if not asks:
                raise LookupError(f"{method} {path} stands in no list: console/web/entrances.py is for pages")
            found.append(Entrance(method, path, asks))
    return found


def page(app: FastAPI) -> str:
    """The whole page."""
    all_ = entrances(app)
    parts = [
        ("## Pages", [one for one in all_ if not one.path.startswith(("/api/", "/health/"))]),
        ("## The API: reading", [one for one in all_ if _is_api(one) and one.method == "GET"]),
        ("## The API: changing", [one for one in all_ if _is_api(one) and one.method != "GET"]),
    ]
    lines = [HEAD]
    for title, some in parts:
        lines += [title, "", *_table(some), ""]
    return "\n".join(lines)


def _is_api(one: Entrance) -> bool:
    return one.path.startswith(("/api/", "/health/"))


def _table(entrances_: list[Entrance]) -> Iterator[str]:
    yield "| | " + " | ".join(name.replace("_", " ") for name in COLUMNS) + " | asks for |"
    yield "|---" * (len(COLUMNS) + 2) + "|"
    for one in sorted(entrances_, key=lambda one: (one.path, one.method)):
        marks = ["●" if name in one.lets_in else "" for name in COLUMNS]
        asks = f"`{one.asks}`" if isinstance(one.asks, Permission) else one.asks
        yield f"| `{one.method} {one.path}` | " + " | ".join(marks) + f" | {asks} |"


if __name__ == "__main__":
    FILE.write_text(page(everything()), encoding="utf-8")
