"""The command line over HTTP: what it does next door it does through a server, in the same words."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from api.house import House
from api.identity.access import Access
from api.identity.local import LocalIdentity
from api.identity.log import TERMINAL
from api.identity.passwords import Passwords
from api.identity.rights import permissions_of, scopes_of
from api.identity.users import Users
from domain import commands as c
from domain.actor import Actor, Role
from domain.words import Channel
from ledger.access import accesses
from ledger.evidence.evidence import Evidence
from ledger.evidence.file_keys import RingKeys
from ledger.evidence.store import FolderStore
from ledger.recorder import Recorder, Submission
from ledger.views import Views
from tests.api.conftest import project, served
from tests.api.identity.conftest import CHEAP, PASSWORD
from tests.console.conftest import MATTER_KEY, Answer, Casefold
from tests.faults.proxy import FaultProxy
from tests.ledgers import Ledger
from worker.serve import put_together

PEOPLE = {
    "li": (Role.AGENT, "customer-service"),
    "chen": (Role.LEAD, "customer-service"),
    "gao": (Role.MANAGEMENT, ""),
    "qian": (Role.AUDITOR, ""),
}
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?")
MOVES = re.compile(r'(\d+ ?(d|h|m|s|天|小时|分|秒) ?)+|("(position|left|working_left)": )-?\d+|  +')
"""What is another a moment later: spans of time, and the width of their columns."""


@dataclass(frozen=True)
class Far:
    """A server, tokens of the people who use it, and a proxy between it and its database."""

    address: str
    tokens: dict[str, str]
    proxy: FaultProxy
    house: House

    def by(self, person: str) -> dict[str, str]:
        """The environment of somebody who goes through the server, and cannot reach the database."""
        nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
        token = self.tokens.get(person, "")
        return {"CASEFOLD_URL": self.address, "CASEFOLD_TOKEN": token, "DATABASE_URL": nowhere, "CASEFOLD_BY": ""}


@pytest.fixture
def far(environment: dict[str, str], home: Path) -> Iterator[Far]:
    """A server as `casefold serve` puts it together, with little patience."""
    with FaultProxy(environment["DATABASE_URL"]) as proxy, Ledger(proxy.url, patience=0.5) as ledger:
        access = Access(ledger, passwords=Passwords(CHEAP))
        users, tokens = Users(access, "root", TERMINAL), {}
        for person, (role, department) in PEOPLE.items():
            users.add(person, person, [role], department=department, password=PASSWORD)
            tokens[person] = access.make_token(person, "a script", scopes_of(permissions_of([role])), TERMINAL).secret
        recorder = Recorder(ledger, MATTER_KEY.encode(), patience=0.5)
        evidence = Evidence(ledger, recorder, FolderStore(home / "evidence"), RingKeys(ledger.ring))
        house = House(ledger, recorder, Views(ledger), {}, evidence=lambda: evidence)
        # What the server logs would stand among what the commands print: both are in this process.
        with capture_logs(), served(put_together(house, identity=LocalIdentity(access))) as address:
            yield Far(address, tokens, proxy, house)


Ask = Callable[..., Answer]
SHEET = """
extends = "general"
kind = "complaint"
version = "2027-01"
"""


def told(answer: Answer, case: str = "\0") -> tuple[int, str, str]:
    """What was said, without what differs between two cases and two moments."""
    out, err = (MOVES.sub(" ", TIME.sub("TIME", text.replace(case, "CASE"))) for text in (answer.out, answer.err))
    return answer.code, out, err


def next_door(casefold: Casefold, person: str, *words: object) -> Answer:
    """What somebody is told who goes to the database."""
    role, department = PEOPLE[person]
    return casefold(*words, CASEFOLD_BY=f"{person}:{role}@{department}".rstrip("@"))


def a_morning(ask: Ask, name: str) -> list[tuple[int, str, str]]:
    """What somebody types on a morning, refusals and slips among it; what they are told."""
    opened = ask(
        "li", "open", "complaint", "--channel", "hotline", "--customer-name", "张三", "--matter", name, "--json"
    )
    assert opened.code == 0, opened
    case = opened.data["case"]
    found: list[tuple[int, str, str]] = []
    for person, *words in (
        ("li", "classify-case", "--category", "product", "--subcategory", "damage"),
        ("li", "classify-case", "--category", "nonsense"),
        ("li", "close-case", "--json"),
        ("chen", "assign-case", "--to", "li", "--department", "customer-service", "--expect-version", "99"),
        ("chen", "assign-case", "--to", "li", "--department", "customer-service", "--json"),
        ("li", "accept-assignment"),
        ("li", "supplement-intake", "--field", "contact", "--value", "zhang@example.com"),
        ("li", "add-note", "--text", "called back at noon", "--happened-at", "2999-01-01"),
        ("li", "pause-clocks", "--reason", "customer_deliberating"),
        ("li", "open-sesame"),
    ):
        command, *options = words
        given = () if command == "open-sesame" else (case,)
        found.append(told(ask(person, command, *given, *options, "--command-id", f"{name}-{len(found)}"), case))
    return [(code, out.replace(name, "NAME"), err.replace(name, "NAME")) for code, out, err in found]


@pytest.mark.requirement("L-01", "H-01")
def test_the_same_session_has_the_same_answers_next_door_and_over_http(
    casefold: Casefold, far: Far, ledger: Ledger
) -> None:
    def over_http(person: str, *words: object) -> Answer:
        return casefold(*words, **far.by(person))

    def near_by(person: str, *words: object) -> Answer:
        return next_door(casefold, person, *words)

    for through, direct in zip(a_morning(over_http, "far"), a_morning(near_by, "near"), strict=True):
        assert through == direct

    near, *_others = ledger.streams("case")
    project(far.house)
    for language, *words in (
        *(("en", "show", near), ("en", "show", near, "--at", "v2"), ("en", "history", near), ("zh", "why", near)),
        *(("zh", "show", near), ("en", "history", near, "--json"), ("en", "why", near, "--json"), ("zh", "list")),
        *(("en", "diff", near, "--from", "v1"), ("en", "deadline", "explain", near), ("en", "held", near)),
        *(("en", "show", near, "--json"), ("en", "deadline", "explain", near, "solution", "--json")),
        *(("en", "list", "--json"), ("en", "list", "--mine"), ("en", "list", "--all")),
        *(("en", "show", "C-1999-000001"), ("zh", "show", near, "--at", "v999"), ("en", "history", "policy:complaint")),
        ("en", "show", near, "--at", "2020-01-01"),
    ):
        at_home = casefold("--lang", language, *words, CASEFOLD_BY="li:agent@customer-service")
        far_away = casefold("--lang", language, *words, **far.by("li"))
        assert told(far_away, near) == told(at_home, near), words


@pytest.mark.requirement("L-05")
def test_over_http_the_server_says_who_may_and_writes_down_who_was_shown_what(
    casefold: Casefold, far: Far, complaint: str, ledger: Ledger, tmp_path: Path
) -> None:
    assert "138****8000" in casefold("show", complaint, **far.by("li")).out
    shown = casefold("show", complaint, "--reveal", **far.by("li"))
    assert "13800138000" in shown.out
    assert [one.entry.actor.id for one in accesses(ledger, complaint)] == ["li"]

    refused = casefold("add-note", complaint, "--text", "x", "--json", **far.by("qian"))
    assert (refused.code, refused.data["code"]) == (1, "not_permitted")
    kept = casefold("dossier", complaint, "--to", tmp_path / "kept", "--json", **far.by("li"))
    assert (kept.code, kept.data["code"]) == (1, "not_permitted")
    unsealed = casefold("dossier", complaint, "--to", tmp_path / "kept", **far.by("chen"))
    assert (unsealed.code, "without a place where seals are published" in unsealed.err) == (1, True)
    assert not list(tmp_path.iterdir())
    stranger = casefold("show", complaint, **far.by("nobody"))
    assert stranger.code == 1
    assert "CASEFOLD_TOKEN" in stranger.err
    another = casefold("add-note", complaint, "--text", "x", "--by", "chen:lead", **far.by("li"))
    assert another.code == 2
    assert "you ask as li" in " ".join(another.err.replace("│", " ").split())
    for words in (("subject", "status", complaint), ("audit", complaint), ("evidence", "check")):
        local = casefold(*words, **far.by("li"))
        assert local.code == 2, words
        assert "not over HTTP" in local.err


@pytest.mark.requirement("P-01", "P-02", "H-01", "L-01")
def test_policies_and_departments_are_read_and_changed_over_http_in_the_same_words(
    casefold: Casefold, far: Far, complaint: str, tmp_path: Path
) -> None:
    (tmp_path / "sheet.toml").write_text(SHEET, encoding="utf-8")
    sheet = str(tmp_path / "sheet.toml")
    later = ("--due", "2031-01-01")
    codes = []
    for number, (person, group, *words) in enumerate(
        (
            ("li", "policy", "suggest", "complaint", "--text", "too slow", "--case", complaint),
            ("li", "policy", "suggest", "nonsense", "--text", "x"),
            ("li", "policy", "suggest", "complaint", "--text", "x", "--case", "C-1999-000001"),
            ("li", "policy", "draft", sheet, "--reason", "Customers wait.", "--suggestion", "s1"),
            ("gao", "policy", "approve", "complaint", "2027-01", "--from", "now"),
            ("chen", "policy", "discuss", "complaint", "2027-01", "--text", "We can."),
            ("li", "policy", "approve", "complaint", "2027-01", "--from", "now"),
            ("gao", "policy", "approve", "complaint", "2027-01", "--from", "2031-01-01"),
            ("gao", "policy", "exception", "complaint", "--text", "late", "--owner", "chen", *later),
            ("chen", "department", "leave", "hotline", "wang"),
            ("chen", "department", "add-member", "hotline", "wang", "--skill", "lamps", "--role", "technician"),
            ("chen", "department", "add-member", "hotline", "sun"),
            ("chen", "department", "leave", "hotline", "wang", "--until", "2031-01-01", "--reason", "a child"),
            ("chen", "department", "fail-desk", "hotline", "--reason", "no power", "--to-department", "finance"),
            ("chen", "department", "remove-member", "hotline", "nobody"),
            ("chen", "department", "restore-desk", "hotline"),
            ("chen", "department", "return", "hotline", "wang"),
        )
    ):
        options = ("--command-id", f"asked-{number}", *(("--json",) if number % 3 == 0 else ()))
        first = casefold(group, *words, *options, **far.by(person))
        again = casefold(group, *words, *options, **far.by(person))
        # The recorder gives the first answer again only to the same person for the very same command.
        at_home = next_door(casefold, person, group, *words, *options)
        assert told(again) == told(at_home), words
        assert first_words(again) == first_words(first), words
        codes.append(first.code)
    assert "".join(map(str, codes)) == "01101010110000100", "what is refused is refused in the same words"

    for person, language, *words in (
        *(("li", one, "policy", "list") for one in ("en", "zh")),
        *(("li", one, "policy", "show", "complaint", "--version", "2027-01") for one in ("en", "zh")),
        *(("li", one, "department", "show", "hotline") for one in ("en", "zh")),
        *(("li", one, "department", "list") for one in ("en", "zh")),
        *(("li", "en", "policy", "show", "complaint"), ("li", "en", "policy", "list", "--json")),
        *(("li", "en", "policy", "show", "complaint", "--json"), ("li", "zh", "policy", "show", "nonsense")),
        *(("li", "zh", "policy", "diff", "complaint", "2027-01"), ("li", "en", "policy", "diff", "complaint", sheet)),
        *(("li", "en", "policy", "diff", "complaint", "1999"), ("li", "en", "department", "show", "nowhere")),
        *(("li", "en", "department", "list", "--json"), ("li", "en", "department", "show", "hotline", "--json")),
        *(("li", "en", "history", "department:hotline"), ("li", "en", "history", "policy:complaint", "--json")),
    ):
        at_home = next_door(casefold, person, "--lang", language, *words)
        assert at_home.out or at_home.err
        assert told(casefold("--lang", language, *words, **far.by(person))) == told(at_home), words

    refused = casefold("department", "return", "hotline", "wang", "--json", **far.by("li"))
    assert (refused.code, refused.data["code"]) == (1, "not_permitted")
    for asked in (
        ("policy", "list", "--reveal"),
        ("policy", "whatif", "--version", "2027-01", "--kind", "complaint"),
        ("department", "drill", "hotline"),
    ):
        local = casefold(*asked, **far.by("chen"))
        assert (local.code, "not over HTTP" in local.err) == (2, True), (asked, local)


def first_words(answer: Answer) -> tuple[int, str, str]:
    """An answer without what says whether it was given before; JSON in one order."""
    out = answer.out.replace(", recorded before: this is the first answer again", "")
    if out.startswith("{"):
        out = json.dumps(answer.data | {"repeated": False}, sort_keys=True)
    return told(replace(answer, out=out))


@pytest.mark.requirement("C-06")
def test_why_tells_of_what_is_held_back_so_that_it_can_be_undone_and_how_to_let_it_go(
    casefold: Casefold, far: Far
) -> None:
    li = Actor("li", (Role.AGENT,), "customer-service")
    opens = c.ReceiveCase(
        kind="inquiry", channel=Channel.HOTLINE, customer_name="张三", contact="13800138000", matter="灯亮吗"
    )
    case = far.house.recorder.record(Submission(opens, li, "opens", hold=100)).stream
    assert far.house.recorder.record(Submission(c.TellProgress(text="马上就好。"), li, "tells", case, hold=90)).accepted
    for language in ("en", "zh"):
        near_by = casefold("--lang", language, "why", case)
        assert told(casefold("--lang", language, "why", case, **far.by("li")), case) == told(near_by, case)
        for line in (
            *("acknowledge-receipt CASE", "resend-notice CASE --notice N1"),
            "cancel-notice CASE --notice N1 --reason …",
        ):
            assert f"casefold {line.replace('CASE', case)}" in near_by.out
    text = casefold("why", case).out
    assert re.search(r"Held back until \d\d:\d\d:\d\d so that it can be undone: acknowledge receipt\n", text)
    assert re.search(r"Held back until \d\d:\d\d:\d\d so that it can be undone: notice N1 \(progress\)\n", text)
    assert "Notices on their way" not in text

    def held() -> list[tuple[str, str]]:
        told_by_the_command = casefold("why", case, "--json", **far.by("li")).data["held_back"]
        token = {"Authorization": f"Bearer {far.tokens['li']}"}
        by_the_api = httpx.get(f"{far.address}/api/v1/cases/{case}/why", headers=token).json()["held_back"]
        found = [[(one["step"], one["notice"]) for one in some] for some in (told_by_the_command, by_the_api)]
        assert found[0] == found[1]
        return found[0]

    assert held() == [("", "N1"), ("acknowledge_receipt", "")], "what leaves first on top"
    assert casefold("resend-notice", case, "--notice", "N1", **far.by("li")).code == 0
    assert casefold("acknowledge-receipt", case, **far.by("li")).code == 0
    assert held() == []
    assert "Notices on their way: N2, N3" in casefold("why", case).out


@pytest.mark.requirement("C-01", "L-05")
def test_files_of_evidence_are_sent_and_fetched_over_http(
    casefold: Casefold, far: Far, complaint: str, ledger: Ledger, tmp_path: Path
) -> None:
    photo = tmp_path / "lamp.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + b"the lamp, in pieces" * 10)
    added = casefold("evidence", "add", complaint, photo, "--command-id", "photo", "--json", **far.by("li"))
    assert added.code == 0, added.err
    assert [one["evidence"] for one in added.data] == ["E1"]
    again = casefold("evidence", "add", complaint, photo, "--command-id", "photo", **far.by("li"))
    assert "recorded before" in again.out
    far_away = casefold("evidence", "list", complaint, "--json", **far.by("li"))
    assert far_away.data == casefold("evidence", "list", complaint, "--json").data
    got = casefold("evidence", "get", complaint, "E1", "--to", tmp_path / "got.png", **far.by("li"))
    assert got.code == 0, got.err
    assert (tmp_path / "got.png").read_bytes() == photo.read_bytes()
    assert "EvidenceViewed" in {type(one.entry.event).__name__ for one in accesses(ledger, complaint)}


@pytest.mark.requirement("L-01")
def test_while_the_database_is_away_the_command_is_repeated_and_one_case_comes_of_it(
    casefold: Casefold, far: Far, ledger: Ledger
) -> None:
    far.proxy.refusing = True
    far.proxy.cut()

    def back() -> None:
        far.proxy.refusing = False

    threading.Timer(1.5, back).start()
    opened = casefold(
        "open", "complaint", "--channel", "hotline", "--command-id", "only-once", "--json", **far.by("li")
    )
    assert opened.code == 0, opened.err
    assert list(ledger.streams("case")) == [opened.data["case"]]

    gone = {**far.by("li"), "CASEFOLD_URL": "http://127.0.0.1:9"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("console.remote.house.PATIENCE", 0.1)
        away = casefold("add-note", opened.data["case"], "--text", "x", "--command-id", "later", "--json", **gone)
    assert (away.code, away.data["outcome"]) == (3, "nothing_saved")
    assert "Nothing was saved: repeat with --command-id later" in away.err
