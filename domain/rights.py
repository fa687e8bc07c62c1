"""Who may give which command: the roles that a sheet names, and two rules that hold for all sheets (H-01)."""

from __future__ import annotations

from domain.actor import OF_NO_USER, WORKFLOW, Actor, Role
from domain.commands import OF_THE_CUSTOMER, OF_THE_SYSTEM
from domain.message import Command, snake
from domain.policy import Sheet
from domain.refusal import Refused


def refuse_without_right(command: Command, actor: Actor, sheet: Sheet) -> None:
    """Raises `Refused` when none of the actor's roles may give this command."""
    refusal = may(type(command), actor, sheet)
    if refusal is not None:
        raise refusal


def may(command: type[Command], actor: Actor, sheet: Sheet) -> Refused | None:
    """None when the actor may give this command under the sheet; otherwise the refusal."""
    name = snake(command.__name__)
    if Role.SYSTEM in actor.roles:
        return None
    if actor.id == WORKFLOW.id:
        return Refused("reserved_name", name=WORKFLOW.id)
    if name in OF_THE_SYSTEM:
        return Refused("only_the_system", command=name)
    if set(actor.roles) <= {Role.AUDITOR}:
        return Refused("auditors_only_read")
    roles = sheet.may.get(name)
    if set(actor.roles) == {Role.CUSTOMER}:  # what staff may say in their place, they may say themselves
        staff = roles or [role.value for role in Role if role not in OF_NO_USER]
        return None if name in OF_THE_CUSTOMER else Refused("not_your_role", command=name, roles=", ".join(staff))
    if roles is not None and not set(roles) & {role.value for role in actor.roles}:
        return Refused("not_your_role", command=name, roles=", ".join(roles))
    return None
