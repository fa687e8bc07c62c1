"""Names where the ledger has ids: people, departments, types; and a list that misses nothing while it is opened."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection
from dataclasses import replace

import pytest

import policies
from api.identity.accounts import Account, insert
from api.identity.names import names_of
from api.identity.storage import Storage
from console.web.feed import views_at
from console.web.naming import Naming
from console.words import Language, category_label, speaking
from domain import commands as c
from domain.words import Channel
from ledger.store import Ledger
from tests.console_web.conftest import Site
from tests.console_web.test_undo import WANG, proposing

BAI = "bai:agent@hotline"


@pytest.fixture(scope="module")
def case(site: Site) -> str:
    """A question that Bai, who is a user with a name, took in and answers."""
    Storage(site.town.house.ledger).run(lambda transaction: insert(transaction, Account("bai", "白 <洁>")))
    case = site.town.ask(BAI, c.ReceiveCase(kind="inquiry", channel=Channel.HOTLINE, contact="bai's", matter="灯亮吗"))
    until(lambda: case in site.get("/?q=owner:bai", BAI).text)
    return case


def until(holds: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_people_are_shown_by_name_and_their_id_is_told_besides(site: Site, case: str) -> None:
    named = '<span title="bai">白 &lt;洁&gt;</span>'
    assert re.search(r'class="person" title="bai">.*?</span>白 &lt;洁&gt;</span>', site.get("/?q=owner:bai", BAI).text)
    assert named in site.get("/palette?q=owner:bai", BAI).text
    page = site.get(f"/cases/{case}", BAI).text
    assert f'class="meta"><span>{named}</span>' in page, "who did what"
    assert page.count("白 &lt;洁&gt;") >= 3
    assert 'title="li"' in site.get("/?q=", "qian:auditor").text, "whoever is no user keeps the id"


@pytest.mark.requirement("C-03", "L-02")
def test_replay_says_names_with_ids_and_what_changed_meanwhile_says_who(site: Site, case: str) -> None:
    replay = site.get(f"/cases/{case}/replay?step=1", "qian:auditor").text
    assert '白 &lt;洁&gt; <span class="dim small">bai</span>' in replay, "who did it"
    assert "<ins>白 &lt;洁&gt; (bai)</ins>" in replay, "who registered it"

    form = site.get(f"/cases/{case}/do/add_note", BAI).text
    typed = dict(re.findall(r'name="(command_id|version)" value="([^"]*)"', form))
    site.town.ask(BAI, c.AddNote(text="Meanwhile."), case)
    with site.client(BAI) as client:
        answer = client.post(f"/cases/{case}/do/add_note", data={**typed, "text": "Too late."})
    assert answer.status_code == 412
    changed = answer.text.partition('id="changed-title"')[2].partition("</section>")[0]
    assert '<span title="bai">白 &lt;洁&gt;</span>' in changed


def test_a_sentence_keeps_every_sign_around_the_ids_that_become_names(site: Site) -> None:
    naming = Naming(replace(site.town.house, sheets=policies.load("douyin")))
    naming.know(["bai", "li"])
    for text in ("The case is with bai: offer it.", "（第1条，bai）", "‹6›; bai; 2026-11-23", "bai", ""):
        assert naming.within(text, departments=False) == text.replace("bai", "白 <洁>")
    with speaking(Language.ZH):
        assert naming.within("bai@hotline, li.na, baid") == "白 <洁>@热线客服, li.na, baid"
        assert naming.with_ids("bai@hotline") == "白 <洁> (bai)@热线客服 (hotline)"


def test_one_query_finds_all_names_of_a_page(site: Site, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Collection[str]] = []

    def counted(ledger: Ledger, people: Collection[str]) -> dict[str, str]:
        asked.append(people)
        return names_of(ledger, people)

    monkeypatch.setattr("console.web.naming.names_of", counted)
    for path in ("/?q=", f"/cases/{site.cases[5]}", f"/cases/{case}", f"/cases/{case}/replay", "/sign-ins"):
        asked.clear()
        site.get(path, "qian:auditor").raise_for_status()
        assert len(asked) == 1, path


def test_departments_and_kinds_have_the_titles_of_their_sheets_and_other_words_stay(site: Site) -> None:
    house = replace(site.town.house, sheets=policies.load("douyin"))
    with speaking(Language.ZH):
        naming = Naming(house)
        assert [naming.department(name) for name in ("hotline", "our-own", "")] == ["热线客服", "our-own", ""]
        assert naming.kind("after_sales") == "售后"
        assert category_label("a-type-of-our-own") == "a-type-of-our-own"
    with speaking(Language.EN):
        assert (Naming(house).department("hotline"), Naming(house).kind("after_sales")) == ("Hotline", "after sales")


@pytest.mark.requirement("H-02")
def test_what_moves_between_making_a_list_and_opening_its_stream_is_told_at_once(site: Site, case: str) -> None:
    found = re.search(r'data-seen="(\d+)"', site.get("/?q=owner:bai", BAI).text)
    assert found is not None
    site.town.ask(BAI, c.AddNote(text="Meanwhile."), case)
    until(lambda: views_at(site.town.house.ledger) > int(found[1]))
    began = time.monotonic()
    with site.client(BAI) as client, client.stream("GET", "/live", params={"seen": found[1]}) as answer:
        assert "event: list" in answer.iter_lines()
    assert time.monotonic() - began < 3


@pytest.mark.requirement("C-03")
def test_who_is_to_carry_out_a_measure_has_a_name_also_where_what_they_do_is_masked(site: Site, case: str) -> None:
    proposed = proposing(site)
    measure = c.Measure(text="Ask bai for it", owner="bai")
    site.town.ask(WANG, c.ProposeRemedy(summary="A new lamp.", measures=(measure,)), proposed)
    masked = site.get(f"/cases/{proposed}?reveal=no", WANG).text
    assert "‹14 characters›; 白 &lt;洁&gt;" in masked
    assert "Ask bai for it" not in masked
    shown = site.get(f"/cases/{proposed}?reveal=yes", WANG).text
    assert "Ask bai for it; 白 &lt;洁&gt;</span>" in shown, "what was written stays as it was written"
