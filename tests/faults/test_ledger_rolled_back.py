"""An older backup of the ledger is put back: followers stop with an alarm, the program tells, `restore` goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from domain import commands as c
from ledger.recorder import Recorder, Submission
from ledger.store import Ledger
from tests.faults.checks import agreed, examine, examine_folds
from tests.faults.house import House, eventually
from tests.faults.load import AGENT, opened, patiently

SINCE = 5
"""Cases received after the backup, of which nothing is left."""


def note(recorder: Recorder, case: str, name: str) -> None:
    """A note that must be accepted."""
    receipt = patiently(recorder, Submission(c.AddNote(text=name), AGENT, f"{case} {name}", stream=case))
    assert receipt.accepted, receipt.refusal


def followed(house: House, ledger: Ledger) -> bool:
    """Whether both followers have acknowledged the newest entry, and have written so outside of the database too."""
    with psycopg.connect(house.stack.owner_url) as connection:
        places: dict[str, int] = dict(connection.execute("SELECT name, position FROM casefold.follower").fetchall())
    for name in ("relay", "views"):
        mark = house.home.path / "followers" / f"{name}.json"
        marked = json.loads(mark.read_text())["position"] if mark.exists() else 0
        if not places.get(name) == marked == ledger.newest():
            return False
    return True


def alarms(house: House) -> dict[str, str]:
    """Who has stopped, and why."""
    found = {}
    folder = house.home.path / "alarms"
    for file in folder.iterdir() if folder.is_dir() else []:
        if not file.name.startswith("."):
            found[file.name] = file.read_text()
    return found


@pytest.mark.requirement("L-01")
@pytest.mark.parametrize("worker", ["goes on running", "is started afterwards"])
def test_followers_stop_with_an_alarm_when_an_older_backup_is_put_back_and_restore_begins_a_new_epoch(
    worker: str, house: House, say: Callable[[str], None]
) -> None:
    """The followers' positions go back with the data folder: a worker's memory tells, or its high-water marks."""
    ledger, recorder = house.ledger(), house.recorder()
    eventually(lambda: recorder.sheet_in_force("complaint"), 30, "the worker publishes its sheets")
    kept = [opened(recorder, f"kept {number}") for number in range(3)]
    eventually(lambda: all(recorder.load(case)[1].acknowledged for case in kept), 30, "receipts are acknowledged")
    data, backup = house.stack.postgres.data, house.stack.postgres.data.with_name("backup")
    with house.away("postgres"):
        copy(data, backup)
    at_backup = house.ledger().newest()
    for case in kept:
        note(recorder, case, "after the backup")
    lost = [opened(recorder, f"lost {number}") for number in range(SINCE)]
    eventually(lambda: all(recorder.load(case)[1].acknowledged for case in lost), 30, "receipts are acknowledged")
    eventually(lambda: agreed(house, ledger, recorder), 60, "workflows know the newest progress")
    eventually(lambda: followed(house, ledger), 30, "everything is followed")
    acted_upon = ledger.newest()
    eventually(lambda: house.casefold("status").returncode == 0, 60, "all is well")

    if worker == "is started afterwards":
        with house.away("worker"), house.away("postgres"):
            shutil.rmtree(data)
            backup.rename(data)
    else:
        with house.away("postgres"):
            shutil.rmtree(data)
            backup.rename(data)

    eventually(lambda: alarms(house).keys() >= {"relay", "projector"}, 60, "both followers sound the alarm")
    for part in ("relay", "projector"):
        sentence = alarms(house)[part]
        assert f"entry {acted_upon}" in sentence, sentence
        assert "casefold restore" in sentence
    assert ledger.newest() <= at_backup + 2, "the followers have not acted"
    doctor = house.casefold("doctor", "--json")
    assert doctor.returncode != 0
    wrong = [finding for finding in json.loads(doctor.stdout) if not finding["well"]]
    assert any(f"entry {acted_upon}" in finding["found"] for finding in wrong), wrong
    status = house.casefold("status")
    assert "rolled back" in status.stdout, status.stdout
    report = house.casefold_json("reconcile")
    kinds = {difference["case"]: difference["kind"] for difference in report["differences"]}
    assert all(kinds[case] == "ahead" for case in kept), kinds
    assert all(kinds[case] == "unknown" for case in lost), kinds

    old_epoch = ledger.epoch()
    restored = house.casefold_json("restore")
    assert restored["epoch"] > old_epoch
    assert restored["ended"] == SINCE
    assert "casefold seal --new-log" in restored["seals"]
    eventually(lambda: agreed(house, ledger, recorder), 60, "workflows know what the ledger says")
    eventually(lambda: alarms(house).keys() == {"sealer"}, 60, "the followers' alarms end, the sealer's goes on")
    assert "casefold seal --new-log" in alarms(house)["sealer"]
    with house.away("worker"):
        assert house.casefold("seal", "--new-log", "an older backup was put back").returncode == 0
    eventually(lambda: not alarms(house), 60, "the alarms end")
    assert house.casefold("verify").returncode == 0
    for case in kept:
        note(recorder, case, "after the restore")
    new = opened(recorder, "new")
    eventually(lambda: recorder.load(new)[1].acknowledged, 60, "a new case finds its workflow")
    eventually(lambda: agreed(house, ledger, recorder), 60, "workflows know the newest progress")
    eventually(lambda: not examine_folds(house.stack.owner_url, ledger, recorder).wrong, 60, "the views have followed")
    assert house.casefold("reconcile").returncode == 0
    again = house.casefold_json("restore")
    assert (again["started"], again["told"], again["ended"], again["epoch"]) == (0, 0, 0, "")
    examine(house.stack.owner_url, []).assert_well()
    say(f"followed to {acted_upon}, put back to {at_backup}: alarms of relay and views, restored with a new epoch")


def copy(source: Path, target: Path) -> None:
    """Copy a folder with its owners, as a backup does."""
    shutil.copytree(source, target)
    for path in (source, *source.rglob("*")):
        owner = path.lstat()
        twin = target / path.relative_to(source)
        shutil.chown(twin, owner.st_uid, owner.st_gid)
