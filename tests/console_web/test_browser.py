"""The pages in a real browser: everything from the keyboard, live, with nothing lost, and readable for everybody."""

from __future__ import annotations

import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Locator, Page, expect

from domain import commands as c
from domain.words import Channel
from tests.console_web.conftest import At, Site
from tests.console_web.town import CHEN, LI, SUN


def opened(site: Site, contact: str) -> str:
    """A complaint of the test's own."""
    return site.town.ask(
        LI,
        c.ReceiveCase(
            kind="complaint",
            channel=Channel.HOTLINE,
            customer_name="李四",
            contact=contact,
            matter="门坏了",
            remedy_sought="修好",
        ),
    )


def events(site: Site, case: str) -> list[str]:
    """What the ledger has of a case."""
    return [type(entry.event).__name__ for entry in site.town.house.ledger.history(case)]


@pytest.mark.requirement("I-01", "I-03")
def test_a_complaint_is_received_from_the_keyboard_alone(site: Site, at: At) -> None:
    page = at("/", LI)
    began = time.monotonic()
    page.keyboard.press("n")
    page.wait_for_url("**/new")
    page.keyboard.press("1")
    page.wait_for_url("**/new/complaint")
    expect(page.get_by_label("customer name")).to_be_focused()
    page.keyboard.type("王五")
    page.keyboard.press("Tab")
    page.keyboard.type("13712345678")
    page.keyboard.press("Tab")
    page.keyboard.type("hotl")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("The lamp arrived broken.")
    page.keyboard.press("Tab")
    page.keyboard.type("A new one")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/cases/C-*")
    assert time.monotonic() - began < 30
    expect(page.locator(".done")).to_contain_text("The case was received and registered.")
    case = page.locator("[data-case]").get_attribute("data-case")
    assert case
    assert "done" not in page.url, "reloading does not tell of it again"
    assert site.town.case(case)[0].intake.channel == "hotline"


@pytest.mark.requirement("L-08")
def test_a_note_is_written_beside_the_case_and_looks_like_nothing_that_a_customer_gets(site: Site, at: At) -> None:
    case = opened(site, "13700000001")
    page = at(f"/cases/{case}", LI)
    page.keyboard.press("m")
    drawer = page.locator("#drawer")
    expect(drawer).to_contain_text("Only colleagues read this.")
    expect(drawer.get_by_label("internal note")).to_be_focused()
    expect(page.locator("h1")).to_be_visible()
    page.keyboard.type("She is a judge.")
    page.keyboard.press("Control+Enter")
    note = page.locator(".act.note")
    expect(note).to_contain_text("internal note")
    page.keyboard.press("t")
    expect(drawer).to_contain_text("The customer gets this, word for word.")
    expect(drawer).to_contain_text("To 137****0001, in zh.")
    expect(drawer.get_by_role("button", name="Send to the customer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    assert "ProgressTold" not in events(site, case)


def test_what_was_typed_is_kept_until_it_is_recorded(site: Site, at: At) -> None:
    case = opened(site, "13700000002")
    page = at(f"/cases/{case}", LI)
    page.keyboard.press("m")
    expect(page.get_by_label("internal note")).to_be_focused()
    page.keyboard.type("Half a thought")
    page.reload()
    page.keyboard.press("m")
    expect(page.get_by_label("internal note")).to_have_value("Half a thought")
    expect(page.locator("#drawer")).to_contain_text("Your draft is back.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".done")).to_be_visible()
    page.keyboard.press("m")
    expect(page.get_by_label("internal note")).to_have_value("")
    page.keyboard.type("Of no use to who comes next")
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('casefold:draft:')).length"
    assert page.evaluate(kept) == 1
    page.keyboard.press("Escape")
    page.route("**/sign-out", lambda route: route.fulfill(body="gone"))  # a header says who asks here
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("body")).to_have_text("gone")
    assert page.evaluate(kept) == 0, "whoever signs out leaves no drafts behind"


def test_two_browsers_on_one_case_see_each_other_within_a_second_and_nobody_overwrites(site: Site, at: At) -> None:
    case = opened(site, "13700000003")
    first, second = at(f"/cases/{case}", LI), at(f"/cases/{case}", CHEN)
    second.get_by_role("link", name="Classify case").first.click()
    expect(second.locator("#drawer select").first).to_be_visible()
    first.keyboard.press("m")
    expect(first.get_by_label("internal note")).to_be_focused()
    first.keyboard.type("Seen by both.")
    first.keyboard.press("Control+Enter")
    expect(second.locator(".act.note")).to_be_visible(timeout=6000)
    expect(second.locator("#drawer .moved")).to_contain_text("The case has moved on while you were typing.")
    second.locator("#drawer select").first.select_option("product")
    second.keyboard.press("Control+Enter")
    expect(second.locator("#drawer .changed")).to_contain_text("An important fact or special circumstance was noted.")
    expect(second.locator("#drawer select").first).to_have_value("product")
    assert "CaseClassified" not in events(site, case)
    second.get_by_role("button", name="Record it all the same").click()
    expect(second.locator(".done")).to_be_visible()
    assert "CaseClassified" in events(site, case)
    expect(first.locator("#live")).to_contain_text("The case was given its type", timeout=6000)


def test_what_is_recorded_shows_on_open_pages_within_a_second_of_its_commit(site: Site, at: At) -> None:
    """The quickest of a few times: the machine is busy with other tests, and slows whatever is measured."""
    case = opened(site, "13700000004")
    site.get(f"/cases/{case}")  # a template that is read for the first time takes long
    site.get("/?q=is:unassigned")
    page, worklist = at(f"/cases/{case}", LI), at("/?q=is:unassigned", CHEN)
    expect(worklist.locator("tr[data-row]").first).to_be_visible()
    on_case, on_list = [], []
    for turn in range(1, 5):
        site.town.ask(LI, c.AddNote(text="Seen at once."), case)
        note = page.locator(".act.note").nth(turn - 1)
        on_case.append(seconds_until(note))
        new = opened(site, f"1370000010{turn}")
        on_list.append(seconds_until(worklist.locator(f"[data-row='{new}']")))
    print(f"\nseconds from commit to page: case {on_case}, worklist {on_list}")
    assert min(on_case) < 1
    assert min(on_list) < 1


def seconds_until(seen: Locator) -> float:
    """How long it takes from now, which is right after a commit."""
    began = time.monotonic()
    expect(seen).to_be_visible(timeout=6000)
    return round(time.monotonic() - began, 2)


@pytest.mark.requirement("H-02")
def test_a_list_is_worked_through_with_j_k_x_and_assigned_in_bulk(site: Site, at: At) -> None:
    opened(site, "13700000005")
    page = at("/?q=is:unassigned", CHEN)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    marked = page.locator("tr.at")
    expect(marked).to_have_count(1)
    case = marked.get_attribute("data-row")
    page.keyboard.press("x")
    expect(page.locator("[data-bulk]")).to_contain_text("1 selected")
    page.get_by_role("button", name="Assign…").click()
    expect(page).to_have_url(re.compile(f"/assign\\?case={case}"))


def test_a_filter_is_typed_saved_as_a_view_and_found_again(at: At) -> None:
    page = at("/", SUN)
    page.keyboard.press("/")
    page.keyboard.type("stage:investigate kind:complaint")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=stage*")
    expect(page.locator("tbody tr").first).to_contain_text("investigate")
    page.get_by_role("link", name="Save view").click()
    expect(page.get_by_label("name", exact=True)).to_be_focused()
    page.keyboard.type("To investigate")
    page.keyboard.press("Control+Enter")
    saved = page.get_by_role("link", name="To investigate")
    expect(saved).to_have_attribute("aria-current", "page")
    page.goto("/new")
    page.goto("/?q=")
    saved.click()
    page.wait_for_url("**/?q=stage*")
    expect(page.locator("#q")).to_have_value("stage:investigate kind:complaint")


def test_the_palette_finds_cases_pages_and_what_can_be_done(site: Site, at: At) -> None:
    case = site.cases[5]
    page = at(f"/cases/{case}", SUN)
    page.keyboard.press("Control+k")
    page.keyboard.type("note")
    page.keyboard.press("Enter")
    expect(page.get_by_label("internal note")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type(str(int(site.cases[0].rpartition("-")[2])))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{site.cases[0]}")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_the_language_changes_in_place(at: At) -> None:
    page = at("/?q=stage:receive", SUN)
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page).to_have_url(re.compile(r"q=stage(:|%3A)receive"))


def serious(page: Page) -> list[str]:
    """What a checker of accessibility finds that would keep somebody out."""
    wanted = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
    found = [one for one in Axe().run(page, options=wanted).response["violations"] if one["impact"] in SERIOUS]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


SERIOUS = ("serious", "critical")


@pytest.mark.parametrize(("scheme", "paths"), [("light", ["/?q=", "/new/complaint", "/sign-in"]), ("dark", ["/?q="])])
def test_nobody_is_kept_out(site: Site, at: At, scheme: str, paths: list[str]) -> None:
    page = at(f"/cases/{site.cases[5]}", SUN)
    page.emulate_media(color_scheme="light" if scheme == "light" else "dark", reduced_motion="reduce")
    page.keyboard.press("m")
    expect(page.locator("#drawer form")).to_be_visible()
    assert serious(page) == [], "a case with a form beside it"
    for path in paths:
        page.goto(path)
        assert serious(page) == [], path


@pytest.mark.parametrize("width", [360, 640])
def test_nothing_runs_over_the_edge_on_a_phone_or_at_twice_the_size(site: Site, at: At, width: int) -> None:
    page = at("/?q=", SUN, width=width)
    for path in ("/?q=", f"/cases/{site.cases[1]}", "/new/after_sales", f"/cases/{site.cases[5]}/do/add_note"):
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
