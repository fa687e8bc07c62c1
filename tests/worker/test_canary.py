"""Canaries: a made-up word in every personal field of commands, searched for where personal data must not be."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from temporalio.api.sdk.v1 import WorkflowMetadata

from domain import commands as c
from domain.actor import Actor
from domain.message import Command
from domain.personal import personal_fields
from tests.domain.story import CHEN, COMPLAINT, LI, WANG
from tests.workflows.conftest import world as world  # the fixture
from tests.workflows.world import World, a_complaint
from worker import logs
from worker.settings import LogFormat

CANARY = "zqxcanary"
SOON = datetime.now(UTC) + timedelta(days=2)


def planted(message: Any) -> Any:
    """The same with a canary in each field that holds personal data; each is another one, to tell where it got out."""
    marked = personal_fields(type(message))
    changes: dict[str, Any] = {}
    for field in fields(message):
        value = getattr(message, field.name)
        if isinstance(value, tuple):
            changes[field.name] = tuple(planted(item) if is_dataclass(item) else item for item in value)
        elif field.name in marked and isinstance(value, str):
            changes[field.name] = f"{CANARY}-{type(message).__name__}-{field.name}"
    return replace(message, **changes)


def a_talkative_complaint(stream: str) -> Iterator[tuple[Actor, Command]]:
    """A complaint in which people say much, and are sometimes refused."""
    steps = list(a_complaint(stream))
    yield from steps[:3]
    yield WANG, c.SupplementIntake(field="customer_name", value="x")
    yield WANG, c.AddNote(text="x")
    yield WANG, c.TellProgress(text="x")
    yield WANG, c.ContactCustomer(channel=COMPLAINT.channel, note="x")
    yield WANG, c.AddEvidence(name="x", sha256="a" * 64, size=1)
    yield WANG, c.TakeStatement(of="driver", text="x")
    yield WANG, c.AskQuestion(to="sun", text="x", due=SOON)
    yield WANG, c.AnswerQuestion(question="Q1", text="x")
    yield WANG, c.OfferHandOver(to="li", department="customer-service", reason="x")
    yield LI, c.RefuseHandOver(reason="x")
    yield WANG, c.CloseCase(reason="x")  # refused: nobody has agreed
    yield WANG, c.RejectProposal(new_demand="x")  # refused: there is none
    yield from steps[3:7]
    yield WANG, c.RejectProposal(new_demand="x")
    yield WANG, steps[6][1]
    yield WANG, c.AcceptProposal(words="x")
    yield WANG, c.RejectResult(new_demand="x")
    yield from steps[6:12]
    yield CHEN, c.OpenImprovement(action="x", owner="sun", due=SOON)
    yield CHEN, c.CompleteImprovement(improvement="I1", effect="x")
    yield WANG, c.AnswerSurvey(process=5, result=4, attitude=5, words="x")


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """All log lines of this process, as they would be written in production, debugging included."""
    root, kept = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    heard = io.StringIO()
    with redirect_stderr(heard):
        logs.configure(LogFormat.JSON, "debug")
        handler = root.handlers[0]
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(heard)
        try:
            yield heard
        finally:
            root.handlers[:], root.level = handlers, level
            structlog.configure(**kept)
            logging.captureWarnings(False)


@pytest.mark.requirement("L-04")
async def test_no_canary_gets_into_temporal_or_a_log_line(world: World) -> None:
    with listening() as heard:
        opening = planted(replace(COMPLAINT, fault="x"))
        stream = await world.accepted(LI, opening)
        outcomes = set()
        for by, command in a_talkative_complaint(stream):
            receipt = await world.do(by, planted(command), stream)
            outcomes.add(receipt.refusal.code if receipt.refusal else "accepted")
            if not world.progress(stream).over:
                await world.settled(stream)
                await told(world, stream)
        await world.completed(stream)
    assert {"accepted", "no_consent", "wrong_stage"} <= outcomes

    handle = world.handle(stream)
    history = await handle.fetch_history()
    description = await handle.describe()
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    listed = [execution async for execution in world.client.list_workflows(f"WorkflowId = '{stream}'")]
    places = {
        "history": history.to_json(),
        "description": str(description.raw_description),
        "memo": str(await description.memo()),
        "search attributes": str(description.typed_search_attributes),
        "list": str([execution.raw_info for execution in listed]),
        "details": metadata.current_details,
        "log lines": heard.getvalue(),
    }
    for place, text in places.items():
        assert CANARY not in text.casefold(), f"{place}: {text[max(0, text.casefold().find(CANARY) - 200) :][:400]}"
    assert heard.getvalue().count("notice_settled") >= 6, "the log was listened to"

    letters = " ".join(path.read_text() for path in world.outbox.iterdir())
    for field in ("ReceiveCase-contact", "SupplementIntake-value", "TellProgress-text", "ProposeRemedy-summary"):
        assert f"{CANARY}-{field}" in letters, "letters are written with what people said"
    entries = str(world.ledger.opened(world.ledger.history(stream)))
    assert entries.count(CANARY) > 20, "they were planted"


async def told(world: World, stream: str) -> None:
    """What Temporal's pages show at this moment."""
    metadata = await world.handle(stream).query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert CANARY not in metadata.current_details


@pytest.mark.requirement("L-04")
async def test_no_canary_gets_out_when_sending_fails(world: World) -> None:
    """The outbox cannot be written: the failure that Temporal keeps and the log line name a code only."""
    world.outbox.parent.mkdir(parents=True, exist_ok=True)
    world.outbox.write_text("a file where a folder should be")
    with listening() as heard:
        stream = await world.accepted(LI, planted(COMPLAINT))
        for _ in range(600):
            description = await described(world, stream)
            pending = description.pending_activities if description else []
            if any(activity.HasField("last_failure") for activity in pending):
                break
            await asyncio.sleep(0.05)
        failures = str(pending)
        world.outbox.unlink()
        await world.settled(stream)
    history = (await world.handle(stream).fetch_history()).to_json()
    assert "os_error" in failures
    for text in (failures, history, heard.getvalue()):
        assert CANARY not in text.casefold()
    assert "activity_failed" in heard.getvalue()
    assert world.events(stream).count("NoticeSent") == 2


async def described(world: World, stream: str) -> Any:
    """What Temporal knows of the workflow; None before it was started."""
    if not await world.courier.runs(stream):
        return None
    return (await world.handle(stream).describe()).raw_description


def test_every_personal_field_of_every_command_can_be_planted() -> None:
    """A field that is neither text nor a list of records would escape the canaries."""
    for command in c.COMMANDS.values():
        for name in personal_fields(command):
            hint = str(command.__dataclass_fields__[name].type)  # type: ignore[attr-defined]
            known = ("Customers[str]", "Staffs[str]", "IntakeValue", "tuple[Measure, ...]")
            assert hint in known, (command, name, hint)
