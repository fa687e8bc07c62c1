"""Policies and calendars as managers meet them: read by all, drafted, discussed, and approved by somebody else."""

from __future__ import annotations

import re
import time

import pytest

import policies
from console.policy_text import Mistakes, as_text, read_text
from console.web.policies_whatif import Run
from console.whatif_run import Period
from tests.console_web.conftest import At, Site
from tests.console_web.test_browser import serious
from tests.console_web.test_pages import hidden
from tests.console_web.town import AUDITOR, CHEN, LI

HEAD = "zhao:management"
PAGES = (
    "/policies/complaint",
    "/policies/complaint/diff",
    "/policies/complaint/do/draft_policy",
    "/policies/complaint/what-if",
    "/calendars/cn-house?year=2026",
)


def sends(site: Site, by: str, path: str, **typed: str) -> tuple[int, str]:
    """What becomes of a form that somebody fills in."""
    with site.client(by) as client:
        form = client.get(path)
        assert form.status_code == 200, path
        answer = client.post(path, data={"command_id": hidden(form, "command_id"), **typed})
        return answer.status_code, answer.text


def started(site: Site, kind: str, by: str = LI) -> str:
    """The text from which a new version starts."""
    page = site.get(f"/policies/{kind}/do/draft_policy", by).text
    match = re.search(r'name="sheet"[^>]*>([^<]*)</textarea>', page)
    assert match is not None
    return match[1].replace("&#34;", '"')


@pytest.mark.requirement("P-01", "P-02")
def test_a_version_is_drafted_discussed_and_approved_by_somebody_else(site: Site) -> None:
    text = started(site, "inquiry")
    version = re.findall(r'version = "([^"]*)"', text)[0]
    changed = re.sub(r'ordinary = "[^"]*"', 'ordinary = "77m"', text, count=1)
    do = "/policies/inquiry/do/"
    assert sends(site, LI, f"{do}draft_policy", sheet=changed, reason="It takes too long.")[0] == 303
    page = site.get(f"/policies/inquiry?version={version}", HEAD).text
    assert "still missing: a discussion by somebody other than its author" in page
    assert "approve_policy" not in page
    status, answer = sends(site, HEAD, f"{do}approve_policy?about={version}", in_force_from="+30d")
    assert status == 409
    assert "30d" in answer, "what was typed is still there"
    assert sends(site, CHEN, f"{do}discuss_policy?about={version}", text="Let us try it.")[0] == 303
    own, answer = sends(site, LI.replace("agent", "management"), f"{do}approve_policy?about={version}")
    assert own == 409
    assert "Nobody approves their own draft" in answer
    assert sends(site, HEAD, f"{do}approve_policy?about={version}", in_force_from="+30d")[0] == 303
    policy = site.town.house.recorder.papers.policy("inquiry")
    assert (policy.versions[version].author, policy.versions[version].approved_by) == ("li", "zhao")

    differs = site.get(f"/policies/inquiry/diff?to={version}", AUDITOR).text
    assert "<ins>77m</ins>" in differs
    history = site.get(f"/policies/inquiry?tab=history&version={version}", CHEN).text
    assert "Let us try it." not in history, "masked until somebody asks"
    for reader in (CHEN, HEAD):  # whoever approves must be able to read what was said, though they see no customer
        assert "Let us try it." in site.get(f"/policies/inquiry?tab=history&version={version}&reveal=yes", reader).text


@pytest.mark.requirement("H-01")
def test_auditors_read_policies_and_are_offered_nothing(site: Site) -> None:
    page = site.get("/policies/complaint", AUDITOR).text
    assert "Time limits" in page
    assert "/do/" not in page
    assert site.get("/policies/complaint/do/suggest_change", AUDITOR).status_code == 403
    assert site.get("/policies/nothing", AUDITOR).status_code == 404
    assert site.get("/policies/complaint?version=nothing", AUDITOR).status_code == 404
    assert site.get("/policies/complaint/do/publish_sheet", HEAD).status_code == 404


def test_mistakes_in_a_sheet_are_named_with_their_lines_and_nothing_typed_is_lost(site: Site) -> None:
    wrong = started(site, "complaint").replace('ordinary = "2h"', 'ordinary = "two hours"')
    status, page = sends(site, LI, "/policies/complaint/do/draft_policy", sheet=wrong, reason="Slower.")
    assert status == 422
    assert re.search(r"sheet\.toml:\d+: ", page)
    assert "two hours" in page
    assert "Slower.</textarea>" in page
    with pytest.raises(Mistakes, match="not a pack"):
        read_text('extends = "../../../etc"\nkind = "complaint"\nversion = "1"\n')


def test_what_a_new_version_starts_from_is_the_sheet_itself(site: Site) -> None:
    for sheet in site.town.house.sheets.values():
        again = read_text(as_text(sheet, "of-its-own"))
        assert (again.clocks, again.parameters, again.may) == (sheet.clocks, sheet.parameters, sheet.may)


@pytest.mark.requirement("P-04")
def test_a_what_if_lives_past_cases_again_and_writes_nothing(site: Site) -> None:
    ledger = site.town.house.ledger
    text = started(site, "complaint").replace('"5m"', '"1s"').replace('"24h"', '"1m"')
    before = ledger.newest()
    with site.client(CHEN) as client:
        answer = client.post("/policies/complaint/what-if", data={"sheet": text, "until": "2026-99-99"})
        assert answer.status_code == 422
        assert "2026-99-99" in answer.text
        address = client.post("/policies/complaint/what-if", data={"sheet": text}).headers["location"]
        deadline = time.monotonic() + 20
        while "data-progress" in (page := client.get(address).text):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert site.get(address, LI).status_code == 404, "it is theirs who asked"
    number = re.search(r"<b>(\d+) → (\d+)</b>", page)
    assert number is not None
    assert int(number[2]) > int(number[1]), "with limits of a minute more cases would have been late"
    assert 'data-chart="across"' in page
    assert ledger.newest() == before


def test_a_what_if_says_how_long_it_will_still_take_at_the_pace_so_far() -> None:
    run = Run("complaint", "chen", policies.load()["complaint"], Period(None, None), began=100.0)
    assert run.left(103.0) == "", "nobody can say yet"
    run.done, run.total, run.told_at = 500, 10_000, 104.0
    assert run.left(104.0) == "about 1m 20s left"
    assert run.left(120.0) == "about 1m left"
    run.total = 100_000
    assert run.left(104.0) == "about 13m left", "no more exact than a guess can be"
    run.done, run.told_at = 99_500, 900.0
    assert run.left(900.0) == "a few seconds left"
    run.done = run.total
    assert run.left(905.0) == ""


@pytest.mark.requirement("T-08")
def test_a_year_of_a_calendar_shows_holidays_and_make_up_days_in_words_and_whose_notice_it_is(site: Site) -> None:
    page = site.get("/calendars/cn-house?year=2026", AUDITOR).text
    assert 'class="day holiday" title="2026-10-01, holiday, National Day, not open">1<small>off</small>' in page
    assert 'title="2026-10-10, make-up working day, National Day, 09:00–12:00, 13:30–18:00">10<small>on</small>' in page
    assert "2026-02-15 Sun – 2026-02-23 Mon" in page
    assert "国办发明电" in page
    assert "provisional" in site.get("/calendars/cn-house?year=2028", AUDITOR).text
    assert site.get("/calendars/nothing").status_code == 404


def test_the_pages_are_for_everybody_on_every_screen(site: Site, at: At) -> None:
    page = at("/calendars", CHEN, locale="zh-CN")
    for path in PAGES:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="dark" if "complaint" in path else "light")
        page.goto(path)
        assert serious(page) == [], path
        page.set_viewport_size({"width": 360, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
