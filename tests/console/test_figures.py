"""`casefold figures`: the numbers of the page *Today*, for people and for programs."""

from __future__ import annotations

from tests.console.conftest import Casefold


def test_the_figures_are_printed_as_tables_and_as_json(casefold: Casefold) -> None:
    opened = casefold(
        *("open", "inquiry", "--channel", "hotline", "--customer-name", "Li", "--contact", "1380", "--matter", "Where?")
    )
    assert opened.code == 0, opened.err
    assert casefold("rebuild-views").code == 0
    data = casefold("figures", "--days", 7, "--json").data
    assert {"set": "opened", "part": "channel", "value": "hotline", "cases": 1} in data["figures"]
    assert {"set": "open", "part": "stage", "value": "receive", "cases": 1} in data["figures"]
    printed = casefold("figures", CASEFOLD_LANG="en").out
    assert "Open cases by stage" in printed
    assert "Satisfaction" not in printed, "what there is nothing of is left out"
    assert casefold("figures", "--until", "someday").code == 2
