"""`casefold doctor`: examines servers, rights and settings, and names the command that mends what is wrong."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from rich.console import Console

from ledger.errors import LedgerError
from ledger.keys.store import KeyStore
from ledger.migrate import KEYS, OLDEST_SERVER, pending
from ledger.webhooks import health as webhooks
from worker import alarms
from worker.sealing import waiting
from worker.settings import NothingRuns, Settings
from worker.stack.process import Identity
from worker.stack.temporal import SEARCH_ATTRIBUTES
from worker.status import workers_polling

if TYPE_CHECKING:
    from temporalio.client import Client

ENOUGH_SPACE = 1_000_000_000
EVENTS = "casefold.stored_events"
NEEDED = ("SELECT", "INSERT", "MAINTAIN")
FORBIDDEN = ("UPDATE", "DELETE", "TRUNCATE")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    about: str
    well: bool
    found: str
    mend: str = ""
    """The command, or the one thing to do, that puts it right."""

    def to_data(self) -> dict[str, Any]:
        """For programs."""
        return vars(self)


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; a look that fails is itself a finding."""
    findings: list[Finding] = []
    looks = {"home": _home, "ledger": _ledger, "key store": _keys, "evidence": _evidence, "temporal": _temporal}
    for about, look in looks.items():
        findings += _guarded(about, look, settings)
    return findings


def show(findings: list[Finding]) -> None:
    """For people."""
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        mark = "[green]ok   [/]" if finding.well else "[red]wrong[/]"
        console.print(f"{mark} {finding.about:<18} ", finding.found, sep="", markup=True)
        if finding.mend:
            console.print(f"      {'':<18} → {finding.mend}", markup=False)


def _guarded(about: str, look: Callable[[Settings], Iterator[Finding]], settings: Settings) -> Iterator[Finding]:
    try:
        yield from look(settings)
    except NothingRuns as error:
        yield Finding(about, False, str(error), "casefold up")
    except Exception as error:
        yield Finding(about, False, f"Looking failed: {type(error).__name__}: {error}")


def _home(settings: Settings) -> Iterator[Finding]:
    home = settings.stack
    existing = next(folder for folder in (home.path, *home.path.parents) if folder.exists())
    writable = os.access(existing, os.W_OK | os.X_OK)
    yield Finding(
        "home", writable, str(home.path), "" if writable else f"set CASEFOLD_HOME, or: chown $(id -u) {existing}"
    )
    free = shutil.disk_usage(existing).free
    yield Finding(
        "disk space",
        free >= ENOUGH_SPACE,
        f"{free / 1e9:.1f} GB free at {existing}",
        "" if free >= ENOUGH_SPACE else "make room: below 1 GB PostgreSQL and Temporal may stop",
    )
    state = home.state()
    dead = [name for name in ("up", "projector", "worker", "temporal", "postgres") if _died(state.get(name))]
    yield Finding(
        "left behind",
        not dead,
        f"{home.state_file} names processes that have died: {', '.join(dead)}" if dead else "nothing",
        "" if not dead else "casefold up" if "up" in dead or "up" not in state else f"see {home.logs / dead[0]}.log",
    )
    for name, sentence in alarms.sounding(home).items():
        yield Finding(f"alarm of {name}", False, sentence)
    if settings.tsa_url:
        yield _stamps(settings)
    key_is_there = settings.given_matter_key is not None or (home.path / "secrets" / "matter_key").exists()
    fresh = not key_is_there and not settings.database_given
    yield Finding(
        "matter key",
        key_is_there or fresh,
        "present"
        if key_is_there
        else "made at the first start"
        if fresh
        else "missing: the same matter would not be recognised",
        "" if key_is_there or fresh else "set CASEFOLD_MATTER_KEY (32 characters or more) to the key of this ledger",
    )


def _stamps(settings: Settings) -> Finding:
    """Where an authority is named, checkpoints must have its time stamps."""
    from worker.stamping import Stamping

    stamping = Stamping(settings)
    last = stamping.last
    well = last is not None and stamping.clock() < last + 2 * stamping.every
    found = f"the newest is of {last:%Y-%m-%d %H:%M} UTC" if last else "no checkpoint has one"
    return Finding("time stamps", well, found, "" if well else "casefold seal --stamp, or see the log of the sealer")


def _died(data: object) -> bool:
    identity = Identity.from_data(data)
    return identity is not None and not identity.alive


def _ledger(settings: Settings) -> Iterator[Finding]:
    mend = "look at the server that DATABASE_URL names" if settings.database_given else "casefold up"
    try:
        connection = psycopg.connect(settings.database_url, connect_timeout=5)
    except psycopg.OperationalError as error:
        yield Finding("PostgreSQL", False, f"cannot be reached: {' '.join(str(error).split())}", mend)
        return
    with connection:
        version = connection.info.server_version
        new_enough = version >= OLDEST_SERVER
        yield Finding(
            "PostgreSQL",
            new_enough,
            f"version {version // 10000}.{version % 10000}",
            ""
            if new_enough
            else "upgrade the server to 17 or newer: only there may an application append but not change",
        )
        if not new_enough:
            return
        try:
            lacking = _pending(settings)
        except LedgerError as error:
            yield Finding("schema", False, str(error))
            return
        except psycopg.errors.InsufficientPrivilege:
            yield Finding(
                "rights", False, "this login may not read the ledger", "as a superuser: GRANT casefold_app TO <login>;"
            )
            return
        migrate = "casefold migrate (with DATABASE_OWNER_URL)" if settings.database_given else "casefold up"
        yield Finding(
            "schema",
            not lacking,
            "up to date" if not lacking else f"lacks {', '.join(lacking)}",
            migrate if lacking else "",
        )
        if not lacking:
            yield _rights(connection)
            yield _seals(connection)
            yield from _webhooks(connection)


def _keys(settings: Settings) -> Iterator[Finding]:
    """The key store answers, and every key in it can be unwrapped by a master key that is here."""
    master = settings.master_keys()
    try:
        lacking = pending(settings.keys_url, KEYS)
        epochs = {} if lacking else KeyStore(settings.keys_url, lambda: master).epochs()
    except LedgerError as error:
        yield Finding("key store", False, str(error), "look at the server that DATABASE_KEYS_URL names")
        return
    missing = sorted(set(epochs) - set(master.keys))
    well = not lacking and not missing
    if lacking:
        found, mend = f"lacks {', '.join(lacking)}", "casefold migrate"
    elif missing:
        found = f"master keys {', '.join(map(str, missing))} are missing: what they wrap cannot be opened"
        mend = f"put them back into {settings.master_keys_file}, or CASEFOLD_MASTER_KEYS"
    else:
        found, mend = f"{sum(epochs.values())} keys, master key {master.newest}", ""
    yield Finding("key store", well, found, mend)


def _evidence(settings: Settings) -> Iterator[Finding]:
    """The evidence store answers and can be written to; nothing of the attempt is left there."""
    from ledger.evidence.errors import EvidenceUnavailable
    from ledger.evidence.store import Area, open_store

    if not settings.given_evidence and not Path(settings.evidence).exists():
        yield Finding("evidence", True, "its folder is made with the first file")
        return
    try:
        store = open_store(settings.evidence)
        store.has("0" * 64, Area.OBJECTS)
        with store.draft() as draft:
            draft.write(b"casefold doctor")
    except EvidenceUnavailable as error:
        yield Finding("evidence", False, str(error), "look at the place that CASEFOLD_EVIDENCE names")
        return
    yield Finding("evidence", True, f"can be stored in {store.where}")


def _pending(settings: Settings) -> list[str]:
    try:
        return pending(settings.database_url)
    except psycopg.errors.InsufficientPrivilege:
        if settings.owner_url == settings.database_url:
            raise
        return pending(settings.owner_url)


def _rights(connection: psycopg.Connection) -> Finding:
    """The application must be able to append, and unable to change or remove."""
    role = connection.info.user
    rights = {
        right
        for right in (*NEEDED, *FORBIDDEN)
        if connection.execute("SELECT has_table_privilege(%s, %s)", [EVENTS, right]).fetchone() == (True,)
    }
    if lacking := [right for right in NEEDED if right not in rights]:
        return Finding(
            "rights", False, f"{role} lacks {', '.join(lacking)}", f"as a superuser: GRANT casefold_app TO {role};"
        )
    if too_many := [right for right in FORBIDDEN if right in rights]:
        return Finding(
            "rights",
            False,
            f"{role} may {', '.join(too_many)} entries of the ledger",
            "let DATABASE_URL name a login that is only a member of casefold_app, and DATABASE_OWNER_URL the owner",
        )
    return Finding("rights", True, f"{role} may append, and may not change or remove")


def _seals(connection: psycopg.Connection) -> Finding:
    """Somebody must be sealing: what is not sealed can be changed unnoticed."""
    found = waiting(connection)
    mend = "" if found.well else "casefold worker --part sealer (with DATABASE_SEALER_URL), or see its log"
    return Finding("seals", found.well, found.sentence, mend)


def _webhooks(connection: psycopg.Connection) -> Iterator[Finding]:
    """Somebody must be sending. That a receiver takes nothing is said, but it is not our server that is unwell."""
    found = webhooks.look(connection)
    if found is not None:
        see = "casefold webhook list" if found.failing else ""
        yield Finding("webhooks", found.sent, found.sentence, see if found.sent else "casefold worker --part webhooks")


def _temporal(settings: Settings) -> Iterator[Finding]:
    yield from asyncio.run(_ask_temporal(settings))


async def _ask_temporal(settings: Settings) -> list[Finding]:
    address = str(settings.temporal().get("target_host"))
    mend = f"look at the server at {address}" if settings.temporal_given else "casefold up"
    try:
        client = await asyncio.wait_for(settings.connect(), 10)
    except (RuntimeError, TimeoutError) as error:
        reason = " ".join(str(error).split())[:200] or "no answer"
        return [Finding("Temporal", False, f"{address} cannot be reached: {reason}", mend)]
    findings = [Finding("Temporal", True, address)]
    namespace = await _namespace(client)
    findings.append(namespace)
    if namespace.well:
        findings.append(await _search_attributes(client))
        polling = await workers_polling(settings)
        findings.append(
            Finding(
                "worker",
                polling > 0,
                f"{polling} asking the task queue {settings.task_queue} for work",
                "" if polling else "casefold worker" if settings.temporal_given else "casefold up",
            )
        )
    return findings


async def _namespace(client: Client) -> Finding:
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
    from temporalio.service import RPCError, RPCStatusCode

    try:
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            create = f"temporal operator namespace create --namespace {client.namespace} --retention 30d"
            return Finding("namespace", False, f"{client.namespace} does not exist", create)
        return Finding(
            "namespace",
            False,
            f"{client.namespace} cannot be read ({error.status.name})",
            "check TEMPORAL_NAMESPACE and rights",
        )
    return Finding("namespace", True, client.namespace)


async def _search_attributes(client: Client) -> Finding:
    """An unregistered one makes a workflow wait for ever, without an error that anybody sees."""
    from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest

    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    lacking = {name: kind for name, kind in SEARCH_ATTRIBUTES.items() if name not in answer.custom_attributes}
    if not lacking:
        return Finding("search attributes", True, ", ".join(SEARCH_ATTRIBUTES))
    wanted = " ".join(f"--name {name} --type {kind}" for name, kind in lacking.items())
    create = f"temporal operator search-attribute create --namespace {client.namespace} {wanted}"
    return Finding("search attributes", False, f"not registered: {', '.join(lacking)}", create)
