"""`casefold demo --keep`: a demonstration that stays: an organisation with its cases, served until Ctrl-C."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import policies
from console.progress import progress_bar
from domain.case import Case
from domain.words import Stage
from ledger.keys.store import KeyStore
from ledger.recorder import Recorder
from ledger.store import Ledger
from worker import logs
from worker.organisation.fill import fill
from worker.organisation.people import BY_ID, SHOWN
from worker.settings import Settings, default_home
from worker.stack.stack import Stack
from worker.up import Supervisor, program
from worker.wiring import customer_links

CASES = 200
FILE = "demonstration.json"
DONE, REFUSED, USAGE = 0, 1, 2
WORDS = (
    *("amber", "anchor", "basil", "beacon", "birch", "cedar", "cobalt", "copper", "coral", "crane", "dune", "ember"),
    *("falcon", "fern", "fjord", "garnet", "harbor", "hazel", "heron", "indigo", "island", "jasper", "kelp", "lantern"),
    *("lilac", "maple", "meadow", "nutmeg", "ocean", "olive", "otter", "pebble", "pepper", "quartz", "raven", "river"),
)


@dataclass(frozen=True)
class Demonstration:
    """What was made: kept in the home, so that it can be told again, and is not made twice."""

    cases: int
    password: str
    customer_page: str

    @classmethod
    def of(cls, home: Path) -> Demonstration | None:
        """The one in this home, when it is complete."""
        try:
            return cls(**json.loads((home / FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, home: Path) -> None:
        """Keep it; only its owner may read it."""
        with os.fdopen(os.open(home / FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(asdict(self), out)


def keep(cases: int = CASES) -> int:
    """Make the demonstration unless it is there, then serve it until Ctrl-C. Returns the exit code."""
    settings = home_of_its_own(Settings())
    home = settings.stack.path
    if settings.database_given or settings.temporal_given:
        print(
            "The demonstration runs on servers of its own: unset DATABASE_URL and TEMPORAL_ADDRESS. Nothing was done."
        )
        return USAGE
    there = Demonstration.of(home)
    if there is None:
        try:
            settings.stack.make()
            with settings.stack.locked("up", wait=False):
                there = _made(settings, cases)
        except BlockingIOError:
            print(
                f"Casefold is running in {home}, with a ledger of its own. Nothing was done: stop it, or choose another"
            )
            print("folder for the demonstration: CASEFOLD_HOME=FOLDER casefold demo --keep")
            return REFUSED
        if there is None:
            print(f"The ledger in {home} is not empty. Nothing was done: made-up cases do not belong beside others.")
            print(
                "Choose another folder (CASEFOLD_HOME=FOLDER), or remove this one if a demonstration was cut off here."
            )
            return REFUSED
    else:
        print(f"The demonstration is there already, with its {there.cases} cases in {home}: nothing is added.")
    return Supervisor(settings, say=_telling(settings, there)).run()


def home_of_its_own(settings: Settings) -> Settings:
    """The folder that was chosen; otherwise one beside the usual one, so that nothing real is ever mixed with it."""
    if os.environ.get("CASEFOLD_HOME"):
        return settings
    home = default_home()
    return Settings(home=home.with_name(f"{home.name}-demo"))


def _made(settings: Settings, cases: int) -> Demonstration | None:
    """Fill the ledger of this home; None when it is not empty. Nothing else runs meanwhile."""
    logs.configure(settings.log, "warning")  # not a line for each letter
    print("Starting PostgreSQL …")
    # Not durable while it is filled: an unfinished demonstration is thrown away anyhow.
    with Stack(settings.stack.path, parts=["postgres"], durable=False) as stack:
        keys = KeyStore(stack.postgres.keys_url, settings.master_keys)
        with Ledger(stack.database_url, keys=keys, application_name="casefold demo") as ledger:
            if ledger.newest():
                return None
            password = _password()
            print(f"The last six weeks of an organisation are lived, with {cases} cases …")
            with progress_bar("Steps of people") as told:
                filled = fill(
                    ledger,
                    stack.matter_key,
                    policies.load(settings.pack),
                    settings.stack.path,
                    datetime.now(UTC),
                    number=cases,
                    password=password,
                    told=told,
                )
            print(f"{filled.steps} steps of people became {filled.entries} entries.")
            made = Demonstration(filled.cases, password, _customer_page(settings, ledger, stack.matter_key))
    os.sync()
    made.write(settings.stack.path)
    return made


def _password() -> str:
    """One for all of them: nobody else's, and easy to type."""
    return "-".join(secrets.choice(WORDS) for _ in range(4)) + f"-{secrets.randbelow(90) + 10}"


def _customer_page(settings: Settings, ledger: Ledger, key: bytes) -> str:
    """The address, on this server, of a customer who is asked for an answer."""
    recorder = Recorder(ledger, key)
    for stream in ledger.streams("case"):
        case: Case = recorder.load(stream)[1]
        if case.stage is Stage.CONFIRM and case.proposal and case.proposal.presented and not case.proposal.accepted:
            return customer_links(settings).path(stream, case.language.value)
    return ""


def _telling(settings: Settings, there: Demonstration) -> Callable[[str], None]:
    """What the supervisor says, and once it runs, with whom to sign in."""

    def say(text: str) -> None:
        print(text, flush=True)
        url = str(settings.stack.state().get("server_url", ""))
        if url and url in text:  # it has said where it is
            print(sign_in(there, url, settings.stack.path), flush=True)

    return say


def sign_in(there: Demonstration, url: str, home: Path) -> str:
    """Where to sign in and with whom."""
    lines = [f"\nSign in at {url}/sign-in with the password {there.password} as"]
    lines += [f"  {person:<14}{BY_ID[person].name:<14}{what}" for person, what in SHOWN.items()]
    if there.customer_page:
        lines.append(f"What a customer sees who is asked for an answer: {url}{there.customer_page}")
    lines.append("People, numbers and addresses are invented; the password is of this folder alone.")
    lines.append(f"On the command line: CASEFOLD_HOME={home} {program()} list")
    lines.append("Ctrl-C stops it, the same command brings it back, and removing the folder removes everything.")
    return "\n".join(lines)
