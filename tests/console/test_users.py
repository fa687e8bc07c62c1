"""`casefold users`: from the first link to the log, for people and for programs."""

from __future__ import annotations

import re

import pytest

from console.user_words import browser
from tests.console.conftest import Casefold

LINK = re.compile(r"https://cases\.example/welcome/[\w-]{43}")


@pytest.mark.requirement("H-01")
def test_users_are_added_invited_given_roles_and_disabled(casefold: Casefold) -> None:
    assert "casefold users bootstrap" in casefold("users", "list").out
    first = casefold("users", "bootstrap", "--url", "https://cases.example/")
    assert LINK.fullmatch(first.out.strip())
    assert "works once" in first.err

    added = casefold(
        "users", "add", "li", "--name", "Li Wei", "--role", "agent", "--role", "lead", "--url", "https://cases.example"
    )
    assert LINK.search(added.out)
    assert "already" in casefold("users", "bootstrap").out
    assert LINK.fullmatch(
        casefold("users", "invite", "li", "--json", CASEFOLD_ORIGIN="https://cases.example").data["link"]
    )

    changed = casefold("users", "roles", "li", "--role", "expert", "--department", "hotline", "--administrator")
    assert re.search(r"li\s+Li Wei\s+expert\s+hotline\s+administrator\s+invited", changed.out)
    (user,) = casefold("users", "list", "--json").data
    assert (user["id"], user["roles"], user["department"], user["state"]) == ("li", ["expert"], "hotline", "invited")
    assert casefold("users", "sign-out", "li").code == 0
    assert "disabled" in casefold("users", "disable", "li").out
    assert "Invite them" in casefold("users", "enable", "li").out

    log = casefold("users", "log", "--json").data
    assert [line["what"] for line in log][::-1] == [
        *("user_added", "invited", "invited", "user_changed", "signed_out_everywhere", "user_disabled", "user_enabled"),
    ]
    assert {(line["by"], line["address"]) for line in log} == {("li", "terminal")}  # as CASEFOLD_BY says
    shown = casefold("users", "log", "--user", "li").out
    assert "was given other rights" in shown
    assert "agent, lead → hotline, expert, administrator" in shown


def test_a_token_is_shown_once_listed_and_revoked(casefold: Casefold) -> None:
    assert "casefold users token make" in casefold("users", "token", "list").out
    casefold("users", "add", "li", "--name", "Li Wei", "--password-file", "-", typed="correct horse battery staple\n")

    made = casefold("users", "token", "make", "li", "--label", "export", "--scope", "cases:read")
    number = casefold("users", "token", "list", "li", "--json").data[0]["number"]
    beyond = casefold("users", "token", "make", "li", "--label", "x", "--scope", "audit:read", "--json")

    assert re.fullmatch(r"cfs_[\w-]{43}", made.out.strip())
    assert (beyond.code, beyond.data["code"]) == (1, "scope_beyond")
    assert made.out.strip() not in casefold("users", "token", "list").out
    assert casefold("users", "token", "revoke", number).code == 0
    assert "revoked" in casefold("users", "token", "list").out
    assert casefold("users", "token", "revoke", number).code == 1


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
            "Chrome, Linux",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit Chrome/130 Mobile Safari MicroMessenger/8.0", "WeChat, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("something else", "something else"),
        ("", ""),
    ],
)
def test_a_browser_is_told_by_the_name_that_people_call_it(named: str, told: str) -> None:
    assert browser(named) == told


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("users", "disable", "nobody"), 1, "there is no user nobody"),
        (("users", "add", "Li Wei", "--name", "x"), 1, "an id has 2 to 40 small letters"),
        (("users", "add", "li", "--name", "x", "--role", "system"), 1, "no user has the role system or customer"),
        (("users", "roles", "li"), 2, "Say what is to be different"),
        (("users", "token", "make", "li", "--label", "x", "--scope", "everything"), 1, "there is no user li"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    casefold: Casefold, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    answer = casefold(*arguments, COLUMNS="300")

    assert (answer.code, sentence in answer.err) == (code, True), answer.err
