"""A dossier over HTTP: the same that the command line makes, in the reader's language, and recorded first."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from api.app import create_app
from api.identity.access import Access
from api.identity.local import LocalIdentity
from api.identity.log import TERMINAL
from api.identity.passwords import Passwords
from api.identity.rights import permissions_of, scopes_of
from api.identity.users import Users
from console.dossier.served import Served
from console.spoken import Spoken
from domain.actor import Role
from ledger.access import accesses
from tests.api.conftest import served
from tests.api.identity.conftest import CHEAP, PASSWORD
from tests.console.conftest import Casefold
from tests.exports.conftest import Archive
from worker.serve import open_served_house, put_together
from worker.settings import Settings


@pytest.mark.requirement("L-03", "L-05", "L-07")
async def test_a_dossier_is_had_over_http_proves_itself_and_is_recorded(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in archive.environment.items():
        monkeypatch.setenv(name, value)
    house = open_served_house(Settings())
    app = create_app(house, trust_actor_header=True, words=Spoken(), dossiers=Served())
    try:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x/api/v1") as client:
            answer = await client.get(
                f"/cases/{archive.case}/dossier?pdf=false&purpose=court",
                headers={"Actor": "qian:auditor", "Accept-Language": "zh"},
            )
        assert answer.headers["content-type"] == "application/zip", answer.text
        assert answer.headers["content-disposition"] == f'attachment; filename="{archive.case}.zip"'
        noted = next(iter(accesses(house.ledger, archive.case))).entry
        assert (noted.actor.id, noted.event.form) == ("qian", "dossier")  # type: ignore[attr-defined]
    finally:
        house.ledger.close()
    _proves_itself(answer.content, tmp_path, archive)


@pytest.fixture
def far(archive: Archive, casefold: Casefold) -> Iterator[dict[str, str]]:
    """The environment of an auditor who goes through a server, and cannot reach the database."""
    house = open_served_house(Settings())
    try:
        access = Access(house.ledger, passwords=Passwords(CHEAP))
        Users(access, "root", TERMINAL).add("qian", "qian", [Role.AUDITOR], password=PASSWORD)
        token = access.make_token("qian", "a script", scopes_of(permissions_of([Role.AUDITOR])), TERMINAL).secret
        # What the server logs would stand among what the commands print: both are in this process.
        with capture_logs(), served(put_together(house, identity=LocalIdentity(access))) as address:
            nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
            yield {"CASEFOLD_URL": address, "CASEFOLD_TOKEN": token, "DATABASE_URL": nowhere, "CASEFOLD_BY": ""}
    finally:
        house.ledger.close()


@pytest.mark.requirement("L-03", "L-05", "L-07")
def test_the_command_line_takes_exports_and_dossiers_over_http_in_the_same_words(
    casefold: Casefold, far: dict[str, str], archive: Archive, tmp_path: Path
) -> None:
    by = {"CASEFOLD_BY": "qian:auditor"}

    def both(*words: str, to: str) -> tuple[Path, Path]:
        """What is made next door and over HTTP, by commands that said the same."""
        told, places = [], []
        for name, environment in (("near", by), ("far", far)):
            (tmp_path / name).mkdir(exist_ok=True)
            places.append(place := tmp_path / name / to)
            answer = casefold(*words, "--to", place, **environment)
            text = f"{answer.out} {answer.err}".replace(str(tmp_path / name), "FOLDER")
            told.append((answer.code, re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", text)))
        assert told[0] == told[1], words
        return places[0], places[1]

    for to, *words in (
        *(("all.csv", "--json"), ("all.jsonl.gz", "--personal", "masked"), ("all.xes", "--kind", "inquiry")),
        *(("some.jsonocel", "--case", archive.case, "--purpose", "court"), ("none.csv", "--case", "C-1999-000001")),
        ("day.csv", "--received-to", "2026-11-01", "--over", "--urgency", "urgent"),
    ):
        near, through = both("export", *words, to=to)
        assert near.exists() is through.exists() is (to != "none.csv")
        if near.exists():
            assert _of_the_cases(near) == _of_the_cases(through), to
    assert sorted(path.name for path in (tmp_path / "far").iterdir()) == sorted(
        path.name for path in (tmp_path / "near").iterdir()
    )
    local = casefold("export", "--to", tmp_path / "all.sqlite", **far)
    assert (local.code, "not over HTTP" in local.err) == (2, True)
    another = casefold("export", "--to", tmp_path / "all.csv", "--by", "chen:lead", **far)
    assert (another.code, (tmp_path / "all.csv").exists()) == (2, False)

    near, through = both("dossier", archive.case, "--no-pdf", "--json", to="lamp.zip")
    with zipfile.ZipFile(near) as one, zipfile.ZipFile(through) as other:
        assert one.namelist() == other.namelist()
    near, through = both("dossier", archive.case, "--no-pdf", "--language", "zh", to=archive.case)
    both("dossier", "C-1999-000001", to="none")
    _verified(through, archive)


def _of_the_cases(path: Path) -> str:
    """What a file says of the cases, not of when it was made; a masked text, ‹32› over HTTP, as in any language."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return text[max(text.find("<trace"), 0) :].replace(" characters›", "›")


def _proves_itself(content: bytes, tmp_path: Path, archive: Archive) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        zipped.extractall(tmp_path)
    _verified(tmp_path / archive.case, archive)


def _verified(folder: Path, archive: Archive) -> None:
    assert "卷宗" in (folder / "README.txt").read_text(encoding="utf-8")
    assert not (folder / "dossier.pdf").exists()
    verified = subprocess.run(
        [sys.executable, str(next(folder.glob("casefold*verify.py"))), str(folder), "--key", archive.key],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
