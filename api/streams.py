"""What the routes of policies and of departments share: what is read, and one route for each command on a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter

from api.commands import Route, add_route
from api.description import OF_READING, PREFIX, problems
from api.house import House
from api.person import Permission, Person
from domain.message import Command, snake
from ledger.canonical import LARGEST

Reading = tuple[str, Callable[..., Any], Any, str]
"""Path, function, model of the answer, summary."""
StreamOf = Callable[[House, Person, str], str]


@dataclass(frozen=True)
class Streams:
    """Streams of one kind: what they are called, and who may change them."""

    tag: str
    """Also the first part of their paths: ``policies``."""
    parameter_name: str
    parameter: Any
    """The annotation of the part of the path that names one of them."""
    permission: Permission
    known: StreamOf
    """(house, person, what the path names) → a stream that is there. Raises a problem."""
    new_or_known: StreamOf
    begins: type[Command]
    """The command that may be the first one of a stream."""
    read: Mapping[type[Command], Mapping[str, Any]] = field(default_factory=dict)
    """Command → the fields that its body has otherwise (see `Route.read`)."""

    def router(self, readings: Iterable[Reading], commands: Iterable[type[Command]]) -> APIRouter:
        """The routes: readings as they come, then a route for each command."""
        found = APIRouter(prefix=PREFIX, tags=[self.tag], max_body_size=LARGEST)
        for path, function, answer, summary in readings:
            found.add_api_route(
                path,
                function,
                operation_id=function.__name__,
                summary=summary,
                response_model=answer,
                responses=problems(*OF_READING),
            )
        for command in commands:
            add_route(found, self._route(command))
        return found

    def _route(self, command: type[Command]) -> Route:
        name = snake(command.__name__)
        return Route(
            command=command,
            path=f"/{self.tag}/{{{self.parameter_name}}}/{name.replace('_', '-')}",
            name=name,
            permission=self.permission,
            stream_of=self.new_or_known if command is self.begins else self.known,
            parameter=self.parameter,
            parameter_name=self.parameter_name,
            tag=self.tag,
            read=self.read.get(command, {}),
        )
