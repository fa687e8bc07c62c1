"""Who did it: a pseudonymous id with the roles and the department of that moment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The roles of the rule books (H-01); what each may do is policy data."""

    AGENT = "agent"
    LEAD = "lead"
    EXPERT = "expert"
    TECHNICIAN = "technician"
    TECHNICAL_SUPPORT = "technical_support"
    DEPARTMENT_HEAD = "department_head"
    INSPECTOR = "inspector"
    SUPERVISOR = "supervisor"
    DATA = "data"
    MANAGEMENT = "management"
    HR = "hr"
    AUDITOR = "auditor"
    PARTNER = "partner"
    SYSTEM = "system"
    CUSTOMER = "customer"


@dataclass(frozen=True)
class Actor:
    """Who asked. Stored with each entry, as it was at that moment."""

    id: str
    roles: tuple[Role, ...] = (Role.AGENT,)
    department: str = ""

    @classmethod
    def parse(cls, text: str) -> Actor:
        """Read ``id[:role,role][@department]``, for example ``u17:lead,agent@hotline``.

        Raises ValueError with a sentence when the id is missing or a role is not known.
        """
        rest, _, department = text.partition("@")
        name, _, roles = rest.partition(":")
        if not name.strip():
            raise ValueError(f"{text!r} names nobody: write id[:role,role][@department].")
        known = {role.value for role in Role}
        wanted = [role.strip() for role in roles.split(",") if role.strip()] or [Role.AGENT.value]
        for role in wanted:
            if role not in known:
                raise ValueError(f"{role!r} is not a role. Roles are: {', '.join(sorted(known))}.")
        return cls(name.strip(), tuple(Role(role) for role in wanted), department.strip())

    def __str__(self) -> str:
        return f"{self.id}:{','.join(self.roles)}" + (f"@{self.department}" if self.department else "")


WORKFLOW = Actor("casefold", (Role.SYSTEM,))
"""The case's own workflow: whoever keeps time and sends notices."""

OF_NO_USER = (Role.SYSTEM, Role.CUSTOMER)
"""Roles that nobody who works here has: the program itself, and the customer at the other end of a link."""
CUSTOMER = "customer:"
"""How the id of a customer begins who answers for themselves; ids of users have no colon."""


def customer_of(subject: str) -> Actor:
    """The customer with this pseudonym, answering for themselves."""
    return Actor(f"{CUSTOMER}{subject}", (Role.CUSTOMER,))
