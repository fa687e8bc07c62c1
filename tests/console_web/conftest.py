"""The pages as people meet them: a real server on a real PostgreSQL, and a real browser."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from domain.entry import Entry
from ledger.access import accesses
from tests.console_web.town import SUN, Town, pages_of, projecting, served, settle, town_of
from tests.ledgers import Ledger
from worker.stack.postgres import APPLICATION_LOGIN, PostgresServer

_numbers = itertools.count(1)
TEMPLATE = "casefold_template"


@dataclass(frozen=True)
class Site:
    """A town with its pages."""

    town: Town
    url: str
    cases: list[str]
    """In the order of `settle`."""

    def get(self, path: str, by: str = SUN, **headers: str) -> httpx.Response:
        """One page, as somebody gets it."""
        with self.client(by) as client:
            return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def looks(self, case: str) -> list[Entry]:
        """Who was shown something of this case alone, or took it out; the newest first."""
        found = (one.entry for one in accesses(self.town.house.ledger, case))
        return [entry for entry in found if entry.stream == f"access:{case}"]

    def client(self, by: str = SUN) -> httpx.Client:
        """Somebody at a browser that runs no scripts."""
        return httpx.Client(base_url=self.url, headers={"Actor": by}, timeout=20)


@pytest.fixture(scope="session")
def site(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One town for all tests of the pages: each test looks at a case of its own, or opens one."""
    name = f"pages_{os.getpid()}_{next(_numbers)}"
    postgres.create_database(name, template=TEMPLATE)
    with Ledger(postgres.url(APPLICATION_LOGIN, name)) as ledger:
        town = town_of(ledger, tmp_path_factory.mktemp("evidence"))
        cases = settle(town)
        with projecting(ledger), served(pages_of(town.house)) as url:
            yield Site(town, url, cases)
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Debian's Chromium, for the tests of one file: as long as it is driven, this process can run no event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


At = Callable[..., Page]


@pytest.fixture
def at(site: Site, browser: Browser) -> Iterator[At]:
    """``at("/new", "li:agent")``: this person's browser on this page. A failure of a page's script fails the test."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def opened(path: str, by: str = SUN, locale: str = "en-GB", width: int = 1280) -> Page:
        context = browser.new_context(
            base_url=site.url, extra_http_headers={"Actor": by}, locale=locale, viewport={"width": width, "height": 900}
        )
        context.set_default_timeout(8000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not wrong
