"""A dossier over HTTP: the same that the command line makes, in the reader's language, and recorded first."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from console.dossier.served import Served
from console.spoken import Spoken
from ledger.access import accesses
from tests.exports.conftest import Archive
from worker.serve import open_served_house
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


def _proves_itself(content: bytes, tmp_path: Path, archive: Archive) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        zipped.extractall(tmp_path)
    folder = tmp_path / archive.case
    assert "卷宗" in (folder / "README.txt").read_text(encoding="utf-8")
    assert not (folder / "dossier.pdf").exists()
    verified = subprocess.run(
        [sys.executable, str(next(folder.glob("casefold*verify.py"))), str(folder), "--key", archive.key],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
