"""The life of a policy sheet in the ledger: for now it is published, version by version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from domain.context import Context
from domain.message import Command, Event
from domain.policy import Sheet
from domain.refusal import Refused


@dataclass(frozen=True, kw_only=True)
class PublishSheet(Command):
    """Put a policy sheet in force for new cases of its kind."""

    content: str
    """The resolved sheet as JSON."""


@dataclass(frozen=True, kw_only=True)
class SheetPublished(Event):
    """A policy sheet came into force for new cases of its kind."""

    name: str
    version: str
    digest: str
    content: str


@dataclass(frozen=True)
class Policy:
    """The sheets of one kind so far: version → digest."""

    version: int = 0
    published: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    in_force: str = ""


def evolve(policy: Policy, event: Event) -> Policy:
    """The policy after one more event."""
    policy = replace(policy, version=policy.version + 1)
    if isinstance(event, SheetPublished):
        published = MappingProxyType({**policy.published, event.version: event.digest})
        return replace(policy, published=published, in_force=event.digest)
    return policy


def decide(policy: Policy, command: Command, context: Context) -> list[Event]:
    """Publish a sheet once; a version stands for one content for ever, and an older one never comes back by itself."""
    assert isinstance(command, PublishSheet)
    sheet = Sheet.from_data(json.loads(command.content))
    if policy.in_force == sheet.digest:
        raise Refused("sheet_unchanged")
    if sheet.digest in policy.published.values():
        raise Refused("sheet_superseded", version=sheet.version)
    if sheet.version in policy.published:
        raise Refused("sheet_version_used", version=sheet.version)
    return [SheetPublished(name=sheet.name, version=sheet.version, digest=sheet.digest, content=command.content)]


def overdue(policy: Policy, now: datetime) -> list[Event]:
    """A policy has no clocks yet."""
    return []
