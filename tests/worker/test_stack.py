"""The embedded stack with real servers: started, killed, started over what was left, and stopped without a trace."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.conftest import new_home
from worker.stack.background import NICENESS
from worker.stack.home import StackHome
from worker.stack.process import Identity, StackError, spawn, wait_until
from worker.stack.stack import Part, Stack
from worker.stack.temporal import Ports


@pytest.fixture(scope="module")
def shared() -> Iterator[Stack]:
    """One stack for the tests of this file: it must survive all that they do to it."""
    home = new_home()
    home.chmod(0o711)
    with Stack(home, temporary=True) as stack:
        yield stack


@pytest.fixture
def stack(shared: Stack) -> Stack:
    """A running stack in which no note has been written."""
    shared.start()  # whatever the test before has killed or stopped
    with psycopg.connect(shared.owner_url) as connection:
        connection.execute("DROP TABLE IF EXISTS note")
    return shared


def processes_of(home: Path) -> list[str]:
    """Everything on this machine that was started for this folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        mine = [*(process.info["cmdline"] or []), process.info["cwd"] or ""]
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(str(home) in word for word in mine):
            found.append(f"{process.pid} {' '.join(mine)}")
    return found


def write(url: str, text: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        connection.execute("INSERT INTO note VALUES (%s)", [text])


def read(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM note ORDER BY text")]


@pytest.mark.parametrize("part", ["postgres", "temporal"])
def test_a_part_that_was_killed_starts_again_where_it_was(stack: Stack, part: Part) -> None:
    write(stack.owner_url, "before")
    addresses = (stack.database_url, stack.temporal_address, stack.ui_url)
    stack.kill(part)
    assert not stack.running(part)
    stack.start_part(part)
    assert stack.running(part)
    assert addresses == (stack.database_url, stack.temporal_address, stack.ui_url)
    assert read(stack.owner_url) == ["before"]


def test_starting_over_a_stack_whose_every_process_was_killed_recovers_it(stack: Stack) -> None:
    write(stack.owner_url, "before")
    with psycopg.connect(stack.database_url):  # somebody is connected in the middle of it
        stack.kill("temporal")
        stack.kill("postgres")
        with Stack(stack.home.path) as again:
            assert read(again.owner_url) == ["before"]
            assert again.temporal_address == stack.temporal_address


def test_what_runs_in_the_background_steps_back_with_all_of_its_session(tmp_path: Path) -> None:
    def started(name: str, *, background: bool) -> Identity:
        log = tmp_path / f"{name}.log"
        return spawn(["sleep", "60"], log=log, environment=os.environ, cwd=tmp_path, background=background)

    plain, behind = started("plain", background=False), started("behind", background=True)
    try:
        ours = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, plain.pid) == ours
        assert wait_until(lambda: os.getpriority(os.PRIO_PROCESS, behind.pid) == min(ours + NICENESS, 19), 5)
        session = Path(f"/proc/{behind.pid}/autogroup")
        if session.exists():
            assert session.read_text().endswith(f"nice {NICENESS}\n")
    finally:
        plain.stop()
        behind.stop()


def test_starting_what_already_runs_takes_it_over(stack: Stack) -> None:
    state = stack.home.state()
    again = Stack(stack.home.path)
    again.start()
    assert again.home.state() == state


def test_a_process_id_that_now_belongs_to_a_stranger_stops_nobody_from_starting(stack: Stack) -> None:
    """After a crash and a restart of the machine, the numbers in the marks left behind may be anybody's."""
    stack.kill("postgres")
    stack.kill("temporal")
    stranger = subprocess.Popen(["sleep", "300"], user=_owner_of(stack.postgres.data))
    try:
        mark = stack.postgres.data / "postmaster.pid"
        mark.write_text("\n".join([str(stranger.pid), *mark.read_text().splitlines()[1:]]))
        stack.home.update(
            postgres={"pid": stranger.pid, "started": 1.0}, temporal={"pid": stranger.pid, "started": 1.0}
        )
        stack.start()
        assert stack.running("postgres")
        assert stack.running("temporal")
        assert stranger.poll() is None, "the stranger was stopped"
    finally:
        stranger.kill()
        stranger.wait()


def test_an_interrupted_first_start_is_not_taken_for_a_database(home: Path) -> None:
    unfinished = home / "postgres" / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with Stack(home, parts=["postgres"], temporary=True) as stack:
        write(stack.owner_url, "works")


def test_a_state_file_cut_short_is_as_good_as_none(home: Path) -> None:
    StackHome(home).state_file.write_text('{"postgres": {"pid"')
    assert StackHome(home).state() == {}


def test_a_port_taken_by_somebody_else_is_passed_over() -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert Ports.choose(taken, None, None).grpc != taken


def test_secrets_and_data_are_closed_to_others(stack: Stack) -> None:
    key = stack.home.matter_key_file
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(stack.matter_key) == 64
    assert stack.matter_key == Stack(stack.home.path).matter_key
    for folder in (key.parent, stack.home.logs, stack.home.postgres, stack.postgres.socket):
        assert not stat.S_IMODE(folder.stat().st_mode) & 0o077, folder


def test_the_application_may_append_and_may_not_change_or_remove(stack: Stack) -> None:
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute("SELECT FROM casefold.stored_events")
        for forbidden in ("DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET topic = ''", "DROP TABLE {}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden.format("casefold.stored_events").encode())


def test_a_home_too_deep_for_a_socket_works_too(home: Path) -> None:
    deep = home / ("d" * 60) / ("e" * 60)
    for folder in (deep.parent, deep):
        folder.mkdir()
        folder.chmod(0o711)
    with Stack(deep, parts=["postgres"], temporary=True) as stack:
        assert len(str(stack.postgres.socket)) < 90
        write(stack.owner_url, "works")
    assert not stack.postgres.socket.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_a_home_that_postgresql_cannot_reach_is_refused_with_the_remedy(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(StackError, match="CASEFOLD_HOME"):
        Stack(closed / "stack", parts=["postgres"]).start()


def test_a_temporary_stack_goes_when_its_starter_is_killed(home: Path) -> None:
    program = f"""
import pathlib, time
from worker.stack.stack import Stack
stack = Stack(pathlib.Path({str(home)!r}), temporary=True)
stack.start()
print("started", flush=True)
time.sleep(300)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "started\n"
        assert processes_of(home)
        starter.kill()
    assert wait_until(lambda: not processes_of(home) and not home.exists(), 60, every=0.1), processes_of(home)


@pytest.fixture
def up(home: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """`casefold up` in a home of its own, with its output in a file."""
    output = home / "up.out"
    with output.open("w") as out:
        supervisor = subprocess.Popen(
            casefold("up"),
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment(home),
            start_new_session=True,
            text=True,
        )
    try:
        assert wait_until(lambda: "home" in output.read_text() or supervisor.poll() is not None, 120), (
            output.read_text()
        )
        yield supervisor, output
    finally:
        if supervisor.poll() is None:
            supervisor.terminate()
            supervisor.wait(60)
    assert not processes_of(home)


def casefold(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "worker.main", *arguments]


def environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "CASEFOLD_HOME": str(home)}


def pid_of(home: Path, part: str) -> int:
    return int(StackHome(home).state()[part]["pid"])


def test_up_says_where_everything_is_and_a_second_one_points_to_it_and_ctrl_c_stops_it_in_seconds(
    up: tuple[subprocess.Popen[str], Path], home: Path
) -> None:
    supervisor, output = up
    assert "http://127.0.0.1:" in output.read_text()
    niceness = {part: os.getpriority(os.PRIO_PROCESS, pid_of(home, part)) for part in ("worker", "projector", "server")}
    assert niceness["worker"] > niceness["projector"] == niceness["server"], "lists and answers come first"

    second = subprocess.run(casefold("up"), capture_output=True, text=True, env=environment(home), timeout=90)
    assert second.returncode == 0
    assert f"already running here (process {supervisor.pid})" in second.stdout
    assert "http://127.0.0.1:" in second.stdout
    assert supervisor.poll() is None

    started = time.monotonic()
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(60) == 0
    assert time.monotonic() - started < 30
    assert not processes_of(home)
    assert not {"postgres", "temporal", "worker", "projector", "up"} & StackHome(home).state().keys()


def test_up_starts_each_part_again_that_was_killed(up: tuple[subprocess.Popen[str], Path], home: Path) -> None:
    for part in ("postgres", "temporal", "worker", "projector"):
        before = pid_of(home, part)
        os.kill(before, signal.SIGKILL)

        def replaced(part: str = part, before: int = before) -> bool:
            identity = Identity.from_data(StackHome(home).state().get(part))
            return identity is not None and identity.pid != before and identity.alive

        assert wait_until(replaced, 60), up[1].read_text()


def test_up_after_up_was_killed_takes_over_what_it_left(up: tuple[subprocess.Popen[str], Path], home: Path) -> None:
    first, output = up
    left = pid_of(home, "postgres")
    first.kill()
    first.wait()
    with subprocess.Popen(casefold("up"), stdout=subprocess.PIPE, env=environment(home), text=True) as second:
        assert second.stdout is not None
        assert wait_until(lambda: StackHome(home).state().get("up", {}).get("pid") == second.pid, 60)
        assert wait_until(lambda: "worker" in StackHome(home).state(), 60)
        assert pid_of(home, "postgres") == left
        second.terminate()
        assert "Everything has stopped." in second.stdout.read()
    assert not processes_of(home), output.read_text()


def _owner_of(path: Path) -> int | None:
    return path.stat().st_uid if os.geteuid() == 0 else None
