"""Pages that cannot be shown: whatever goes wrong, whoever sits at a browser gets a page."""

from __future__ import annotations

import httpx
from fastapi import APIRouter

from api.app import create_app
from console.web.pages import mount
from console.web.problems import Page
from tests.console_web.conftest import Site
from tests.console_web.town import served

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
