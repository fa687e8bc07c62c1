"""The auditor's pages: how far the ledger is sealed, what was taken out of it, and who looked."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.identity.access import Access
from api.identity.log import Whence
from api.person import Permission, Person
from api.problems import Problem
from console.dossier.served import Served
from console.spoken import Spoken
from console.web.audit_tabs import tabs_for
from console.web.navigation import places_for
from console.web.pages import mount
from console.web.visitor import Visitor
from domain.access import Disclosure, Through
from domain.actor import Actor
from ledger.access import AccessLog, accesses
from ledger.read_log import Sought, look
from ledger.seal.folder import CHECKPOINT, Folder, witness_file
from ledger.seal.newest import newest_sealed
from ledger.seal.note import COSIGNATURE, Signer, Verifier
from ledger.seal.witness import Witness
from tests.console_web.conftest import At, Site
from tests.console_web.test_browser import serious
from tests.console_web.town import AUDITOR, LI, served
from tests.exports.conftest import Archive, archive  # noqa: F401 - a ledger that is sealed
from worker.serve import open_served_house
from worker.settings import Settings

PAGES = ("/proofs?case={case}", "/exports?case={case}", "/reads", "/sign-ins")


@pytest.fixture
def auditor(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:  # noqa: F811
    """An auditor before the pages of a sealed ledger."""
    for name, value in archive.environment.items():
        monkeypatch.setenv(name, value)
    house = open_served_house(Settings())
    app = create_app(house, trust_actor_header=True, words=Spoken(), dossiers=Served())
    mount(app, house)
    with served(app) as url, httpx.Client(base_url=url, headers={"Actor": AUDITOR}, timeout=20) as client:
        yield client
    house.ledger.close()


# ── Proofs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("L-02", "L-03")
def test_the_newest_checkpoint_its_signers_and_each_entry_s_leaf_are_shown(
    auditor: httpx.Client,
    archive: Archive,  # noqa: F811
    tmp_path: Path,
) -> None:
    settings = Settings()
    folder = Folder(settings.seals)
    signer = Signer.of_seed("audit.example", b"w" * 32, COSIGNATURE)
    cosigned = Witness(signer, tmp_path / "w.json").look(Verifier.parse(archive.key), folder.read)
    folder.replace({witness_file("audit.example", cosigned.checkpoint.size): cosigned.note.encode()})

    page = auditor.get(f"/proofs?case={archive.case}").text

    assert f"<b>{cosigned.checkpoint.size}</b>" in page
    assert f"{cosigned.checkpoint.root.hex()[:16]}…" in page
    assert re.search(r"audit\.example: up to \d+ entries, 20\d\d-", page), "who else has signed, and when"
    assert "+".join(archive.key.split("+")[:2]) in page, "how the key of the log begins"
    assert archive.key not in page, "the whole of it comes from somebody else"
    assert f"casefold bundle {archive.case} -o bundle" in page
    leaves = re.findall(r'<td class="num" data-label="leaf">(\d+)</td><td><span class="badge calm">sealed', page)
    assert len(leaves) == len(set(leaves)) == page.count(f"/cases/{archive.case}/replay?step=") > 10

    before = folder.read(CHECKPOINT)
    assert before is not None
    root = before.splitlines()[2]
    folder.replace({CHECKPOINT: before.replace(root, b"A" * 43 + b"=")})
    try:
        assert "is not what the database has" in auditor.get("/proofs").text
    finally:
        folder.replace({CHECKPOINT: before})
    assert 'role="alert"' not in auditor.get("/proofs").text


@pytest.mark.requirement("L-02")
def test_entries_that_nobody_seals_are_an_alarm(site: Site) -> None:
    assert newest_sealed(site.town.house.ledger) is None
    page = site.get(f"/proofs?case={site.cases[0]}", AUDITOR).text
    assert "Nothing is sealed" in page
    assert page.count("not sealed yet") == site.town.case(site.cases[0])[0].version
    assert site.get("/proofs?case=C-1999-000001", AUDITOR).status_code == 404


# ── Exports ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("L-03", "L-05", "L-07")
def test_the_dossier_from_the_form_proves_itself_and_stands_in_the_list(
    auditor: httpx.Client,
    archive: Archive,  # noqa: F811
    tmp_path: Path,
) -> None:
    asked = {"case": archive.case.lower(), "chosen": "zh", "headers": "yes", "personal": "masked", "purpose": "court 7"}

    answer = auditor.post("/exports/dossier", data=asked)

    assert answer.headers["content-disposition"] == f'attachment; filename="{archive.case}.zip"', answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as zipped:
        zipped.extractall(tmp_path)
    folder = tmp_path / archive.case
    for arguments in ((".",), ("headers", "--case", archive.case)):
        command = [sys.executable, "casefold_verify.py", *arguments, "--key", archive.key]
        verified = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert verified.returncode == 0, verified.stdout + verified.stderr
    page = auditor.get("/exports").text
    assert "court 7" not in page, "purposes are masked"
    assert "court 7" in auditor.get("/exports?reveal=yes").text
    looked = auditor.get("/reads?what=read").text
    assert re.search(r"qian.*shown personal data unmasked.*purpose", looked, re.DOTALL), "that it was shown is recorded"


@pytest.mark.requirement("L-03", "L-05")
def test_many_cases_leave_as_they_were_chosen_and_that_is_recorded_first(site: Site) -> None:
    today = datetime.now().astimezone().date()
    first = (today - timedelta(days=400)).isoformat()
    chosen = {"form": "csv", "kind": "complaint", "first": first, "last": today.isoformat(), "purpose": "figures"}
    with site.client(AUDITOR) as client:
        answer = client.post("/exports", data=chosen)
        nothing = client.post("/exports", data=chosen | {"last": (today - timedelta(days=399)).isoformat()})
    streams = site.town.house.ledger.streams("case")
    complaints = {stream for stream in streams if site.town.case(stream)[0].kind == "complaint"}
    assert answer.headers["content-disposition"] == 'attachment; filename="cases.csv"'
    assert set(re.findall(r"C-\d{4}-\d{6}", answer.text)) == complaints
    assert not re.findall(r"C-\d{4}-\d{6}", nothing.text)
    noted = [one.entry.event for one in look(site.town.house.ledger, Sought(actor="qian"), limit=2).items]
    assert [(one.form, one.personal, one.number) for one in noted] == [  # type: ignore[attr-defined]
        ("csv", Disclosure.WITHHELD, 0),
        ("csv", Disclosure.WITHHELD, len(complaints)),
    ]


def test_what_cannot_be_taken_out_is_said_beside_what_was_typed(site: Site) -> None:
    with site.client(AUDITOR) as client:
        unknown = client.post("/exports/dossier", data={"case": "C-1999-000001", "purpose": "for the court"})
        nowhere = client.post("/exports/dossier", data={"case": site.cases[0]})
        odd = client.post("/exports", data={"form": "pdf", "purpose": "for the court"})
        nameless = client.post("/exports/dossier", data={})
    assert (unknown.status_code, nowhere.status_code, odd.status_code, nameless.status_code) == (404, 409, 422, 422)
    assert all('role="alert"' in answer.text for answer in (unknown, nowhere, odd, nameless))
    assert 'value="for the court"' in unknown.text
    assert 'value="for the court"' in odd.text


# ── Who looked ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("L-05")
def test_the_read_log_is_found_by_person_case_and_period_and_older_links_stay_where_they_lead(site: Site) -> None:
    log, case = AccessLog(site.town.house.recorder), site.cases[2]
    reader = Actor.parse("ye:lead")
    begins = datetime.now(UTC)
    for number in range(110):
        log.read(reader, case if number % 2 else site.cases[3], [f"field-{number}-"], Through.CONSOLE)
    log.view(reader, case, "E1", Through.CONSOLE)
    with site.client(AUDITOR) as client:
        newest = client.get("/reads?person=ye").text
        older = re.search(r'rel="next" href="([^"]+)"', newest)
        assert older is not None
        address = older[1].replace("&amp;", "&")
        second = client.get(address).text
        log.read(reader, case, ["field-later-"], Through.CONSOLE)
        again = client.get(address).text
        last = re.search(r'rel="next" href="([^"]+)"', second)
        assert last is not None
        third = client.get(last[1].replace("&amp;", "&")).text
        evidence = client.get(f"/reads?person=ye&case={case}&what=evidence").text
        nobody = client.get("/reads?person=ye&to=2020-01-01").text

    def told(page: str) -> list[str]:
        return re.findall(r"field-(\d+)-", page)

    assert told(second) == told(again), "the same page tomorrow"
    assert told(newest) + told(second) + told(third) == [str(number) for number in reversed(range(110))]
    assert "opened a piece of evidence" in evidence
    assert not told(evidence)
    assert "Nothing in the log is like that." in nobody

    ledger = site.town.house.ledger
    everything = [one.entry for one in accesses(ledger, case, "ye")]
    middle = everything[len(everything) // 2].recorded_at
    before = look(ledger, Sought(case, "ye", until=middle), limit=500).items
    after = look(ledger, Sought(case, "ye", since=middle), limit=500).items
    assert [one.entry for one in (*after, *before)] == everything
    assert all(begins <= one.recorded_at for one in everything)


@pytest.mark.requirement("H-01")
def test_failed_sign_ins_stand_in_a_log_of_their_own(site: Site) -> None:
    with pytest.raises(Problem):
        Access(site.town.house.ledger).sign_in("mallory", "guess", Whence("10.1.2.3"))
    page = site.get("/sign-ins", AUDITOR).text
    assert re.search(r"tried to sign in, in vain.*no such user.*10\.1\.2\.3", page, re.DOTALL)
    assert "tried to sign in" not in site.get("/sign-ins?person=li", AUDITOR).text


@pytest.mark.requirement("H-01")
def test_sign_ins_of_a_period_are_found_both_days_included(site: Site) -> None:
    with pytest.raises(Problem):
        Access(site.town.house.ledger).sign_in("mallory", "guess", Whence("10.1.2.4"))
    today = site.town.house.ledger.now().astimezone().date()
    yesterday, tomorrow = (today + timedelta(days=number) for number in (-1, 1))

    def shown(first: object, last: object) -> bool:
        return "10.1.2.4" in site.get(f"/sign-ins?from={first}&to={last}", AUDITOR).text

    assert shown(today, today)
    assert shown(yesterday, "")
    assert shown("soon", "2026-13-01"), "what is not understood is as if it were not there"
    assert not shown("", yesterday)
    assert not shown(tomorrow, "")
    page = site.get(f"/sign-ins?from={today}&to={today}", AUDITOR).text
    assert page.count(f'value="{today}"') == 2, "the form says what is asked for"


def test_who_may_only_take_data_out_finds_exports_and_nothing_of_the_audit() -> None:
    exporter = Visitor(Person(Actor.parse("dai:data"), frozenset({Permission.EXPORT})))
    assert [place.path for place in places_for(exporter)] == ["/exports"]
    assert [tab.path for tab in tabs_for(exporter, "/exports")] == ["/exports"]
    auditor = Visitor(Person(Actor.parse(AUDITOR), frozenset({Permission.EXPORT, Permission.AUDIT})))
    assert [place.path for place in places_for(auditor)] == ["/proofs"]


# ── For everybody ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_auditor_s_pages_are_for_everybody_on_every_screen(site: Site, at: At) -> None:
    page = at(f"/cases/{site.cases[0]}", AUDITOR, locale="zh-CN")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/proofs")
    AccessLog(site.town.house.recorder).read(Actor.parse(LI), site.cases[3], ["contact"], Through.CONSOLE)
    for number, path in enumerate(PAGES):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="dark" if number % 2 else "light")
        page.goto(path.format(case=site.cases[0]))
        assert page.locator(".tabs a").count() == len(PAGES)
        assert serious(page) == [], path
        page.set_viewport_size({"width": 360, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
