"""Saved views: filters under a name, kept on the server; private, or shared with the department."""

from __future__ import annotations

import re

import httpx
import pytest

from ledger.saved_views import LONGEST_NAME, MOST
from tests.console_web.conftest import Site

GU = "gu:agent@engineering"
HAN = "han:agent@engineering"
LI = "li:agent@hotline"


def tabs(page: httpx.Response) -> list[str]:
    """The names of the saved views beside the lists that everybody has."""
    return re.findall(r'class="saved" href="/[?]q=[^>]*>.*?</svg>\s*(.*?)\s*<span', page.text, re.DOTALL)


def test_a_filter_is_kept_under_a_name_and_stands_beside_the_other_lists(site: Site) -> None:
    with site.client(GU) as gu:
        assert "view-name" in gu.get("/views/new", params={"q": "round:>1"}).text
        gone = gu.post("/views/new", data={"name": " Again  and again ", "query": "round:>1"})
        assert (gone.status_code, gone.headers["location"]) == (303, "/?q=round%3A%3E1")
        assert tabs(gu.get("/?q=")) == ["Again and again"]
        assert tabs(site.get("/?q=", HAN)) == [], "nobody else sees it"
        gu.post("/views/change", data={"before": "Again and again", "name": "再来", "query": "round:>1", "shared": "y"})
        assert tabs(gu.get("/?q=")) == ["再来"]
        assert tabs(site.get("/?q=", HAN)) == ["再来"], "shared with the department"
        assert tabs(site.get("/?q=", LI)) == [], "and with no other"
        with site.client(HAN) as han:
            assert han.post("/views/change", data={"before": "再来", "name": "Mine now"}).status_code == 409
            han.post("/views/remove", data={"name": "再来"})
        assert tabs(gu.get("/?q=")) == ["再来"], "only whoever saved it changes it"
        gu.post("/views/remove", data={"name": "再来"})
        assert tabs(gu.get("/?q=")) == []


def test_one_begins_with_the_view_that_one_chose_until_it_is_gone(site: Site) -> None:
    def begun(client: httpx.Client) -> str:
        found = re.search(r'name="q" type="text" value="([^"]*)"', client.get("/").text)
        assert found is not None
        return found[1]

    with site.client(HAN) as han:
        assert begun(han) == "owner:me"
        han.post("/views/new", data={"name": "Late", "query": "is:overdue", "start": "yes"})
        assert begun(han) == "is:overdue"
        han.post("/views/remove", data={"name": "Late"})
        assert begun(han) == "owner:me"


@pytest.mark.requirement("L-04")
def test_a_view_that_names_a_customers_number_is_not_kept_and_the_form_says_why(site: Site) -> None:
    with site.client(LI) as li:
        for query in ("13800138000", "138 0013 8000", "zhang@example.com"):
            answer = li.post("/views/new", data={"name": "Zhang", "query": query})
            assert answer.status_code == 409
            assert "Views are not erased with a person" in answer.text
            assert f'value="{query}"' in answer.text, "nothing that was typed is lost"
        assert li.post("/views/new", data={"name": "x" * (LONGEST_NAME + 1), "query": ""}).status_code == 409
        assert li.post("/views/new", data={"name": "November", "query": "age:<2w 2026-11-25"}).status_code == 303
        li.post("/views/remove", data={"name": "November"})


def test_programs_keep_the_same_views(site: Site) -> None:
    api = "/api/v1/views"
    with site.client(LI) as li:
        for _ in range(2):
            put = li.put(f"{api}/Urgent", json={"query": "urgency:urgent", "shared": True, "start": True})
            assert put.status_code == 200
            told = {"name": "Urgent", "mine": True, "shared": True, "start": True, "department": "hotline"}
            assert told.items() <= put.json().items()
        li.put(f"{api}/First", json={"query": "owner:me", "place": 0})
        assert [one["name"] for one in li.get(api).json()["items"]] == ["First", "Urgent"]
        assert li.put(f"{api}/Zhang", json={"query": "13800138000"}).json()["code"] == "view_names_somebody"
        for number in range(MOST - 2):
            assert li.put(f"{api}/{number}", json={"query": ""}).status_code == 200
        assert li.put(f"{api}/one more", json={"query": ""}).json()["code"] == "view_too_many"
        for name in ("First", "Urgent", *map(str, range(MOST - 2))):
            assert li.delete(f"{api}/{name}").status_code == 204
        missing = li.delete(f"{api}/Urgent")
        assert (missing.status_code, missing.json()["code"]) == (404, "unknown_view")
        assert site.get(api, "qian:auditor").json() == {"items": []}
