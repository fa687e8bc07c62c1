"""Where objects lie: a folder and an S3-compatible store keep the same promises."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from ledger.evidence.check import compare
from ledger.evidence.errors import EvidenceMissing, EvidenceUnavailable
from ledger.evidence.s3 import S3Store
from ledger.evidence.store import Area, FolderStore, Store, open_store
from tests.evidence.conftest import Desk, add, content_of, files
from tests.evidence.samples import PNG

CONTENT = bytes(range(256)) * 1000
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a bucket, on a server that speaks S3 over HTTP."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "tests")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
        address = f"s3://evidence/of/casefold?endpoint=http://{host}:{port}&region=eu-central-1"
        store = open_store(address)
        assert isinstance(store, S3Store)
        place = {"LocationConstraint": "eu-central-1"}
        store._client.create_bucket(Bucket="evidence", CreateBucketConfiguration=place)
        yield address
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each kind of store, empty."""
    place = str(tmp_path / "evidence") if request.param == "folder" else request.getfixturevalue("s3")
    store = open_store(place)
    yield store
    for one in store.all():
        store.remove(one.name, one.area)


def put(store: Store, content: bytes = CONTENT, area: Area = Area.OBJECTS) -> str:
    """Write an object."""
    with store.draft() as draft:
        draft.write(content[:1000])
        draft.write(content[1000:])
        return draft.keep(area)


def read(store: Store, name: str, area: Area = Area.OBJECTS) -> bytes:
    """Read an object to its end."""
    object_ = store.open(name, area)
    try:
        return b"".join(iter(lambda: object_.read(10_000), b""))
    finally:
        object_.close()


@pytest.mark.requirement("C-01")
def test_an_object_is_whole_or_not_there_and_its_name_is_the_digest_of_its_bytes(any_store: Store) -> None:
    assert list(any_store.all()) == []
    with any_store.draft() as draft:
        draft.write(CONTENT)
    assert list(any_store.all()) == []
    assert put(any_store) == put(any_store) == NAME
    (one,) = any_store.all()
    assert (one.name, one.area, one.size) == (NAME, Area.OBJECTS, len(CONTENT))
    assert abs(one.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert read(any_store, NAME) == CONTENT

    any_store.move(NAME, Area.OBJECTS, Area.QUARANTINE)
    any_store.move(NAME, Area.OBJECTS, Area.QUARANTINE)
    assert [any_store.has(NAME, area) for area in Area] == [False, True]
    assert read(any_store, NAME, Area.QUARANTINE) == CONTENT
    with pytest.raises(EvidenceMissing):
        any_store.open(NAME, Area.OBJECTS)
    any_store.remove(NAME, Area.QUARANTINE)
    any_store.remove(NAME, Area.QUARANTINE)
    assert list(any_store.all()) == []
    assert any_store.remove_drafts(datetime.now(UTC) + timedelta(hours=1)) == 0


@pytest.mark.requirement("C-01")
def test_an_object_is_on_the_disk_before_it_has_its_name_and_its_name_is_there_before_it_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    store = FolderStore(tmp_path / "evidence")
    put(store, b"another, so that the folders are there")
    fsync = os.fsync

    def spy(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        synced.append((path.parent.name, store.has(NAME, Area.OBJECTS)))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", spy)
    put(store)
    assert synced == [("incoming", False), ("evidence", False), ("objects", True)]  # its bytes, a folder, its name


@pytest.mark.requirement("C-01")
def test_evidence_lies_in_a_bucket_as_it_lies_in_a_folder(own_desk: Desk, s3: str) -> None:
    evidence = own_desk.evidence(open_store(s3))
    case = own_desk.case()
    content = PNG + os.urandom(200_000)
    add(evidence, case, content)
    add(evidence, case, content)
    assert content_of(evidence, case, "E2") == content
    assert compare(evidence).well
    (one,) = evidence.store.all()
    evidence.store.remove(one.name, one.area)
    assert [item.number for item in compare(evidence).missing] == ["E1", "E2"]


@pytest.mark.requirement("C-01")
def test_a_store_that_is_away_says_so_and_nothing_is_recorded(desk: Desk, s3: str, tmp_path: Path) -> None:
    case = desk.case()
    before = desk.recorder.load(case)[0]
    shut = tmp_path / "shut"
    shut.write_text("not a folder")
    away = "s3://evidence/x?endpoint=http://127.0.0.1:1&region=eu-central-1"
    for place in (str(shut), "s3://nobodys" + s3[len("s3://evidence") :], away):
        with pytest.raises(EvidenceUnavailable, match=r"cannot be used \(.+\)\. No file was saved or changed: repeat"):
            add(desk.evidence(open_store(place)), case, PNG)
    assert desk.recorder.load(case)[0] == before
    assert files(tmp_path) == ["shut"]
