"""The customer's file, beside a new case and on a page of its own; and personal data shown to who chose to see it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import Request

from api.app import create_app
from api.identity.rights import Permission, permissions_of, sight_of
from api.person import ActorHeader, Person
from console.web.pages import mount
from domain import commands as c
from domain.access import PersonalDataRead
from domain.subject_messages import RestrictSubject
from domain.words import Channel
from tests.console_web.conftest import Site
from tests.console_web.town import AUDITOR, LI, served

CONTACT = "13955550001"
NUMBER = "K-5555"
ELSEWHERE = "zhao:expert@engineering"
DATA = "ma:data"


class Believing(ActorHeader):
    """Believes the header, and gives whoever it names the rights and the sight of their roles, as a session does."""

    async def person(self, request: Request) -> Person | None:
        """Whoever the header names."""
        found = await super().person(request)
        if found is None:
            return None
        who = found.actor
        return Person(who, frozenset(permissions_of(who.roles)), sight_of(who.id, who.roles, who.department))


@pytest.fixture(scope="module")
def url(site: Site) -> Iterator[str]:
    """The same town, where roles count."""
    app = create_app(site.town.house, identity=Believing())
    mount(app, site.town.house)
    with served(app) as url:
        yield url


def at(url: str, by: str, **cookies: str) -> httpx.Client:
    """Somebody at a browser that runs no scripts."""
    return httpx.Client(base_url=url, headers={"Actor": by}, cookies=cookies, timeout=20)


def got(url: str, by: str, path: str, **cookies: str) -> httpx.Response:
    """One page, as somebody gets it."""
    with at(url, by, **cookies) as client:
        return client.get(path)


def received(site: Site, matter: str, contact: str = CONTACT, number: str = NUMBER) -> str:
    """A case of the customer of these tests, or of another one."""
    return site.town.ask(
        LI,
        c.ReceiveCase(
            kind="complaint",
            channel=Channel.HOTLINE,
            customer_name="钱小七",
            contact=contact,
            customer=number,
            matter=matter,
            remedy_sought="修好",
        ),
    )


@pytest.fixture(scope="module")
def cases(site: Site) -> list[str]:
    """Two open cases of one customer, and one that ended."""
    found = [received(site, f"门坏了 {number}") for number in range(3)]
    site.town.ask(LI, c.WithdrawCase(reason="它又好了"), found[0])
    for case in found:
        site.town.house.views.project(site.town.house.ledger.history(case))
    return found


@pytest.mark.requirement("I-07", "L-04")
def test_while_a_contact_or_a_number_is_typed_the_customers_file_stands_beside(
    site: Site, url: str, cases: list[str]
) -> None:
    person = site.town.case(cases[0])[0].subject
    with at(url, LI) as li:
        for typed in ({"contact": "139 5555 0001"}, {"customer": NUMBER}, {"contact": CONTACT, "customer": NUMBER}):
            panel = li.post("/new/similar", data=typed).text
            assert [panel.count(f'href="/cases/{case}"') for case in cases] == [1, 1, 1], typed
            assert "2 open, 1 earlier" in panel, panel
            assert "139****0001" in panel
            assert f'href="/customers/{person}"' in panel
            assert "钱小七" not in panel
            assert CONTACT not in panel
        assert "The customer&#39;s file" not in li.post("/new/similar", data={"contact": "139"}).text
    with at(url, ELSEWHERE) as stranger:
        assert "/cases/" not in stranger.post("/new/similar", data={"contact": CONTACT}).text, "none is theirs to see"


@pytest.mark.requirement("I-07", "H-01")
def test_the_file_is_a_page_that_a_case_leads_to_and_only_who_sees_a_case_of_it_sees_it(
    site: Site, url: str, cases: list[str]
) -> None:
    person = site.town.case(cases[0])[0].subject
    assert f'href="/customers/{person}">2 other cases of this customer</a>' in got(url, LI, f"/cases/{cases[0]}").text
    page = got(url, LI, f"/customers/{person}").text
    assert re.findall(r'data-row="(C-[\d-]+)"', page) == [cases[2], cases[1], cases[0]], "open ones first"
    assert "casefold subject" not in page, "an operator decides nothing about a person's data"
    for path in (f"/customers/{person}", "/customers/P0000000000000000", "/customers/no%20such"):
        answer = got(url, ELSEWHERE, path)
        assert (answer.status_code, "none of their cases is yours to see" in answer.text) == (404, True), path
    site.town.ask(DATA, RestrictSubject(note="She asked for it."), f"subject:{person}")
    page = got(url, DATA, f"/customers/{person}").text
    assert f"casefold subject ask-release {person} --reason @- --by {DATA}" in page
    assert 'class="badge soon">restricted' in got(url, LI, f"/customers/{person}").text
    assert "She asked for it." not in page


@pytest.mark.requirement("L-04", "L-05")
def test_who_chose_to_see_personal_data_sees_it_in_each_case_until_the_session_ends_and_each_is_recorded(
    site: Site, url: str
) -> None:
    case, other = (received(site, matter, "13955550002", "") for matter in ("窗坏了", "灯坏了"))
    with at(url, LI, casefold_session="the first session") as li:
        assert "窗坏了" not in li.get(f"/cases/{case}").text
        sent = {"show": "yes", "next": f"/cases/{case}?tab=timeline"}
        answer = li.post("/account/unmasked", data=sent)
        assert (answer.status_code, answer.headers["location"]) == (303, sent["next"])
        assert "max-age" not in answer.headers["set-cookie"].lower()
        for one, matter in ((case, "窗坏了"), (other, "灯坏了")):
            assert matter in li.get(f"/cases/{one}").text
            assert matter not in li.get(f"/cases/{one}?reveal=no").text
            (read,) = site.looks(one)
            assert isinstance(read.event, PersonalDataRead)
            assert (read.actor.id, "matter" in read.event.fields) == ("li", True)
        assert 'class="unmasked"' in li.get("/").text, "a badge says so on every page"
        mark = {name: value for name, value in li.cookies.items() if name.endswith("-unmasked")}
        for by, session in ((LI, "another session"), (AUDITOR, "the first session")):
            assert "窗坏了" not in got(url, by, f"/cases/{case}", casefold_session=session, **mark).text, by
        li.post("/account/unmasked", data={"show": "no"})
        assert "窗坏了" not in li.get(f"/cases/{case}").text
        assert 'class="unmasked"' not in li.get("/").text


def test_who_may_not_see_personal_data_cannot_choose_it_and_is_told_so_in_words(url: str) -> None:
    with at(url, DATA) as data:
        answer = data.post("/account/unmasked", data={"show": "yes"})
        chinese = data.get("/users", headers={"Accept-Language": "zh"}).text
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert "“See personal data unmasked; each time is recorded”" in answer.text
    assert Permission.ADMINISTER not in chinese
