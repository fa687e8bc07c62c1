"""*Today*: figures that are what the ledger says, and lead to exactly the cases that they count."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from html import unescape

import pytest
from playwright.sync_api import expect

from api.identity.rights import sight_of
from domain import events as e
from domain.actor import Role
from ledger.figures import Asked, cases
from ledger.today import COUNTED, Today, today
from tests.console_web.conftest import At, Site
from tests.console_web.test_browser import serious
from tests.console_web.town import CHEN

NUMBER = re.compile(r'<a href="(/today/cases\?[^"]*)">(?:<b>)?(\d+)')


def listed(page: str) -> list[str]:
    """The cases on a list."""
    return re.findall(r'data-row="(C-[\d-]+)"', page)


def found(site: Site, asked: Asked | None = None) -> Today:
    """The figures of the last four weeks."""
    house = site.town.house
    return today(house.ledger, house.recorder.papers, asked or Asked.of(house.ledger.now(), 28))


@pytest.mark.requirement("R-04")
def test_every_number_leads_to_exactly_as_many_cases(site: Site) -> None:
    site.town.house.views.rebuild()
    page = site.get("/today", CHEN).text
    numbers = {unescape(href): int(number) for href, number in NUMBER.findall(page)}
    assert len(numbers) > 25
    assert {href.partition("of=")[2].partition("&")[0] for href in numbers} >= {"opened", "closed", "open", "breached"}
    with site.client(CHEN) as client:
        for href, number in numbers.items():
            answer = client.get(href)
            assert answer.status_code == 200, href
            assert len(set(listed(answer.text))) == len(listed(answer.text)) == number, href
            assert f'data-number="{number}"' in answer.text, href


@pytest.mark.requirement("T-11", "R-01")
def test_the_figures_are_what_the_histories_of_the_cases_say(site: Site) -> None:
    ledger = site.town.house.ledger
    site.town.house.views.rebuild()
    figures = found(site)
    begins, ends = figures.asked.days[0], figures.asked.days[-1]
    opened: Counter[str] = Counter()
    late: Counter[str] = Counter()
    scores: Counter[str] = Counter()
    stages: Counter[str] = Counter()
    closed = 0
    for stream in ledger.streams("case"):
        case, _sheet = site.town.case(stream)
        assert case.received_at is not None
        opened[case.kind] += begins <= case.received_at < ends
        closed += case.closed_at is not None and begins <= case.closed_at < ends
        stages[case.stage] += not case.over
        events = [entry.event for entry in ledger.history(stream)]
        late.update(
            {one.clock.partition("#")[0].partition(":")[0] for one in events if isinstance(one, e.ClockBreached)}
        )
        scores.update(
            str(min(one.process, one.result, one.attitude)) for one in events if isinstance(one, e.SurveyAnswered)
        )
    assert figures.parts("opened", "kind") == {kind: number for kind, number in opened.items() if number}
    assert figures.number("closed") == closed == sum(figures.parts("closed", "taken").values())
    assert figures.parts("open", "stage") == {stage: number for stage, number in stages.items() if number}
    assert late
    assert figures.parts("breached", "name") == dict(late)
    assert figures.parts("answered", "score") == dict(scores)
    assert sum(number for _limit, _day, number in figures.breaches) == late.total()


@pytest.mark.requirement("H-01")
def test_who_sees_only_some_cases_counts_only_those(site: Site) -> None:
    ledger = site.town.house.ledger
    sight = sight_of("chen", [Role.LEAD], "logistics")
    asked = Asked.of(ledger.now(), 28, sight=sight.condition)
    mine, everybodys = found(site, asked), found(site)
    assert 0 < mine.number("open") < everybodys.number("open")
    for name in COUNTED:
        rows = cases(ledger, asked, name, {})
        assert len(rows) == mine.number(name), name
        people = [{part: str(row[part]) for part in ("department", "responsible", "offered_to")} for row in rows]
        assert all(sight.sees(**one) for one in people), name


@pytest.mark.requirement("T-08")
def test_the_time_to_close_is_told_in_working_time_where_limits_are_counted_in_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = site.town.house.recorder.papers
    assert all(not one.calendar for one in found(site).taken), "these sheets count round the clock"
    monkeypatch.setattr("ledger.today.house_calendar", lambda *_: papers.calendar("cn-house"))
    taken = found(site).taken
    spans = {(one.kind, one.calendar): one for one in taken}
    kinds = {one.kind for one in taken if one.kind}
    assert kinds
    for kind in kinds:
        around, worked = spans[kind, ""], spans[kind, "cn-house"]
        assert around.cases == worked.cases
        assert worked.median <= around.median <= around.ninetieth
        assert worked.ninetieth < around.ninetieth


def test_where_there_is_nothing_to_count_one_sentence_says_so(site: Site) -> None:
    page = site.get("/today?department=nowhere", CHEN).text
    assert "There is nothing to count" in page
    assert 'class="panels"' not in page


def test_kind_department_and_period_stand_in_the_address(site: Site) -> None:
    everything = site.get("/today", CHEN).text
    some = site.get("/today?days=7&kind=complaint", CHEN).text
    assert '<option value="7" selected>' in some
    assert '<option value="complaint" selected>' in some
    assert all("kind=complaint" in unescape(href) for href, _number in NUMBER.findall(some))
    assert len(NUMBER.findall(some)) < len(NUMBER.findall(everything))
    assert site.get("/today?days=x&until=never&kind=nonsense", CHEN).status_code == 200
    assert site.get("/today/cases?of=nothing", CHEN).status_code == 404
    earlier = found(site, Asked.of(site.town.house.ledger.now() - timedelta(days=400), 7))
    assert earlier.number("opened") == 0


BEGINS = """(box, place) => {
    const chart = echarts.getInstanceByDom(box), {xAxis, yAxis} = chart.getOption();
    const lies = yAxis[0].type === "category";
    return chart.convertToPixel({seriesIndex: 0}, lies ? [0, yAxis[0].data.length - 1 - place] : [place, 0]);
}"""
"""Where a bar begins; bars lie where their labels would be broken within words."""


WHOLE = """() => [...document.querySelectorAll("figure[data-chart=bar], figure[data-chart=across]")].every(figure => {
    const chart = echarts.getInstanceByDom(figure.querySelector(".canvas"));
    const shown = chart.getZr().storage.getDisplayList(true).flatMap(one => (one.style.text || "").split(" "));
    return [...figure.querySelectorAll("tbody th")].flatMap(cell => cell.textContent.trim().split(" "))
        .every(word => shown.includes(word));
})"""
"""Whether each word of each label stands unbroken in one line."""


def test_a_chart_is_drawn_from_its_table_and_a_bar_leads_where_its_number_leads(site: Site, at: At) -> None:
    page = at("/today", CHEN)
    panel = page.locator("section[aria-labelledby=panel-stages]")
    expect(panel.locator("canvas")).to_be_visible()
    expect(panel.locator("table")).to_be_hidden()
    panel.locator("summary").click()
    row = panel.locator("tbody tr").filter(has=page.locator("a")).first
    number = row.locator("a").inner_text()
    place = row.evaluate("row => row.sectionRowIndex")
    assert serious(page) == []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(WHOLE)
    spot = panel.locator(".canvas").evaluate(BEGINS, place)
    panel.locator("canvas").click(position={"x": spot[0] + 3, "y": spot[1] - 3})
    page.wait_for_url("**/today/cases?*of=open*")
    expect(page.locator("h1 .count")).to_have_text(number)
