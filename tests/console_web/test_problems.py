"""Pages that cannot be shown: whatever goes wrong, whoever sits at a browser gets a page."""

from __future__ import annotations

import re

import httpx
from fastapi import APIRouter

from api.app import create_app
from console.web.pages import mount
from console.web.problems import Page
from tests.console_web.conftest import Site
from tests.console_web.town import AUDITOR, LI, served

broken = APIRouter(route_class=Page)


@broken.get("/broken")
def breaks() -> None:
    """What nobody has foreseen."""
    raise ValueError("words that are nobody's business")


def test_what_nobody_has_foreseen_is_a_page_too_in_the_readers_language(site: Site) -> None:
    app = create_app(site.town.house, trust_actor_header=True)
    mount(app, site.town.house, (broken,))
    with served(app) as url:
        answer = httpx.get(f"{url}/broken", headers={"Accept-Language": "zh-CN"}, timeout=30)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert 'lang="zh-CN"' in answer.text
    assert "nobody's business" not in answer.text
    assert "Traceback" not in answer.text


def test_a_page_that_cannot_be_shown_leads_to_one_that_can(site: Site) -> None:
    def leads(path: str, by: str, **headers: str) -> tuple[int, list[str]]:
        answer = site.get(path, by, **headers)
        return answer.status_code, re.findall(r'class="button[^"]*" href="([^"]*)"', answer.text)

    case = site.cases[5]
    assert leads("/users", LI) == (403, ["/"])
    assert leads(f"/cases/{case}/do/add_note", AUDITOR) == (403, [f"/cases/{case}", "/"]), "back to the case"
    assert leads("/cases/C-1999-000001/replay", AUDITOR) == (404, ["/"]), "not to a case that there is not"
    drawer = site.get(f"/cases/{case}/do/add_note", AUDITOR, HX_Request="true").text
    assert "<html" not in drawer, "in the drawer it is a part of the page, and can be closed"
    assert "data-close" in drawer
