"""Who may see and begin what: roles and their permissions, scopes of tokens, and whose cases a person sees (H-01).

Which command somebody may give on a case is not decided here: the policy sheet and `domain.rights` do that, for each
command, when it is given. `docs/rights.md` shows this file as tables; ``python -m api.identity.rights_page`` writes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from api.words import N_
from domain.actor import OF_NO_USER, Role
from ledger.search import DEPARTMENTS_OR_OWN


class Permission(StrEnum):
    """What a person may see and begin."""

    SEE_WORKLIST = "see_worklist"
    SEE_CASE = "see_case"
    SEE_PERSONAL = "see_personal"
    OPEN_CASE = "open_case"
    WORK_CASE = "work_case"
    ASSIGN = "assign"
    APPROVE = "approve"
    IMPORT_CASES = "import_cases"
    SEE_POLICIES = "see_policies"
    CHANGE_POLICIES = "change_policies"
    SEE_DEPARTMENTS = "see_departments"
    CHANGE_DEPARTMENTS = "change_departments"
    SEE_FIGURES = "see_figures"
    EXPORT = "export"
    READ_LEDGER = "read_ledger"
    AUDIT = "audit"
    ADMINISTER = "administer"


MEANING: Mapping[Permission, str] = {
    Permission.SEE_WORKLIST: N_("See the worklist, and search."),
    Permission.SEE_CASE: N_("See a case and its history; personal data are masked."),
    Permission.SEE_PERSONAL: N_("See personal data unmasked; each time is recorded."),
    Permission.OPEN_CASE: N_("Open a new case; the policy sheet says who may."),
    Permission.WORK_CASE: N_("Give commands on a case; the policy sheet says which."),
    Permission.ASSIGN: N_("Assign several cases at once."),
    Permission.APPROVE: N_("See the proposals that wait for approval."),
    Permission.IMPORT_CASES: N_("Take over cases from another system."),
    Permission.SEE_POLICIES: N_("See policies, calendars and what-if."),
    Permission.CHANGE_POLICIES: N_("Suggest, draft and discuss policies; who may approve them, the domain says."),
    Permission.SEE_DEPARTMENTS: N_("See departments, their members and who is away."),
    Permission.CHANGE_DEPARTMENTS: N_("Look after members, leave and failed desks."),
    Permission.SEE_FIGURES: N_("See the figures of all departments."),
    Permission.EXPORT: N_("Take data out: dossiers, event logs, tables."),
    Permission.READ_LEDGER: N_("Follow the ledger from a position, entry by entry."),
    Permission.AUDIT: N_("Replay cases, check proofs, read the logs of readings and of sign-ins."),
    Permission.ADMINISTER: N_("Look after users, their rights, and webhooks."),
}

ADMINISTRATOR = "administrator"
"""Not a role of the rule books but an office beside them: who looks after users decides nothing about cases."""

EVERYBODY = tuple(role for role in Role if role not in OF_NO_USER)
WHO_WORK = tuple(role for role in EVERYBODY if role is not Role.AUDITOR)
"""Auditors only read: the domain refuses every command of theirs."""
STAFF = tuple(role for role in EVERYBODY if role is not Role.PARTNER)

RIGHTS: Mapping[Permission, tuple[Role, ...]] = {
    Permission.SEE_WORKLIST: EVERYBODY,
    Permission.SEE_CASE: EVERYBODY,
    Permission.SEE_PERSONAL: (
        *(Role.AGENT, Role.LEAD, Role.TECHNICIAN, Role.TECHNICAL_SUPPORT, Role.DEPARTMENT_HEAD),
        *(Role.INSPECTOR, Role.AUDITOR),
    ),
    Permission.OPEN_CASE: WHO_WORK,
    Permission.WORK_CASE: WHO_WORK,
    Permission.ASSIGN: (Role.AGENT, Role.LEAD, Role.DEPARTMENT_HEAD),
    Permission.APPROVE: (Role.LEAD, Role.DEPARTMENT_HEAD, Role.MANAGEMENT),
    Permission.IMPORT_CASES: (Role.DATA, Role.LEAD, Role.MANAGEMENT),
    Permission.SEE_POLICIES: EVERYBODY,
    Permission.CHANGE_POLICIES: WHO_WORK,
    Permission.SEE_DEPARTMENTS: STAFF,
    Permission.CHANGE_DEPARTMENTS: (Role.LEAD, Role.DEPARTMENT_HEAD, Role.MANAGEMENT, Role.HR),
    Permission.SEE_FIGURES: (
        *(Role.LEAD, Role.DEPARTMENT_HEAD, Role.INSPECTOR, Role.SUPERVISOR, Role.DATA, Role.MANAGEMENT, Role.HR),
        Role.AUDITOR,
    ),
    Permission.EXPORT: (
        *(Role.LEAD, Role.DEPARTMENT_HEAD, Role.INSPECTOR, Role.SUPERVISOR, Role.DATA, Role.MANAGEMENT, Role.AUDITOR),
    ),
    Permission.READ_LEDGER: (Role.INSPECTOR, Role.SUPERVISOR, Role.DATA, Role.MANAGEMENT, Role.AUDITOR),
    Permission.AUDIT: (Role.INSPECTOR, Role.SUPERVISOR, Role.MANAGEMENT, Role.AUDITOR),
    Permission.ADMINISTER: (),
}
"""Permission → the roles that have it. Only administrators administer."""


def permissions_of(roles: Iterable[Role], *, administrator: bool = False) -> frozenset[Permission]:
    """What these roles together allow."""
    mine = set(roles)
    found = {permission for permission, allowed in RIGHTS.items() if mine & set(allowed)}
    return frozenset(found | {Permission.ADMINISTER} if administrator else found)


# ── Tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Scope(StrEnum):
    """What a token may be limited to; it never allows more than the roles of its owner."""

    CASES_READ = "cases:read"
    CASES_WRITE = "cases:write"
    PERSONAL_READ = "personal:read"
    POLICIES_READ = "policies:read"
    POLICIES_WRITE = "policies:write"
    DEPARTMENTS_READ = "departments:read"
    DEPARTMENTS_WRITE = "departments:write"
    FIGURES_READ = "figures:read"
    EXPORTS_READ = "exports:read"
    LEDGER_READ = "ledger:read"
    AUDIT_READ = "audit:read"
    USERS_WRITE = "users:write"


SCOPES: Mapping[Scope, tuple[Permission, ...]] = {
    Scope.CASES_READ: (Permission.SEE_WORKLIST, Permission.SEE_CASE),
    Scope.CASES_WRITE: (
        *(Permission.OPEN_CASE, Permission.WORK_CASE, Permission.ASSIGN, Permission.APPROVE, Permission.IMPORT_CASES),
    ),
    Scope.PERSONAL_READ: (Permission.SEE_PERSONAL,),
    Scope.POLICIES_READ: (Permission.SEE_POLICIES,),
    Scope.POLICIES_WRITE: (Permission.CHANGE_POLICIES,),
    Scope.DEPARTMENTS_READ: (Permission.SEE_DEPARTMENTS,),
    Scope.DEPARTMENTS_WRITE: (Permission.CHANGE_DEPARTMENTS,),
    Scope.FIGURES_READ: (Permission.SEE_FIGURES,),
    Scope.EXPORTS_READ: (Permission.EXPORT,),
    Scope.LEDGER_READ: (Permission.READ_LEDGER,),
    Scope.AUDIT_READ: (Permission.AUDIT,),
    Scope.USERS_WRITE: (Permission.ADMINISTER,),
}
"""Scope → the permissions that a token with it may use."""


def scopes_of(permissions: Collection[Permission]) -> frozenset[Scope]:
    """The scopes that somebody with these permissions can give to a token: those of which they may use a part."""
    return frozenset(scope for scope, covered in SCOPES.items() if set(covered) & set(permissions))


def limited(permissions: Collection[Permission], scopes: Iterable[Scope]) -> frozenset[Permission]:
    """What is left of somebody's permissions within a token's scopes."""
    covered = {permission for scope in scopes for permission in SCOPES[scope]}
    return frozenset(permissions) & covered


# ── Whose cases ──────────────────────────────────────────────────────────────────────────────────────────────────────

SEE_ALL_CASES = (Role.INSPECTOR, Role.SUPERVISOR, Role.DATA, Role.MANAGEMENT, Role.HR, Role.AUDITOR)
SEE_UNASSIGNED = (Role.AGENT, Role.LEAD, Role.TECHNICIAN, Role.DEPARTMENT_HEAD)
"""They take cases in, so they see those that are not in any department yet."""


@dataclass(frozen=True)
class Sight:
    """Whose cases a person sees: all of them; or those of their department and those that they have to do with."""

    person: str
    department: str = ""
    everything: bool = False
    unassigned: bool = False

    @property
    def departments(self) -> frozenset[str] | None:
        """Whose cases they see; the empty name stands for cases in no department; None: all."""
        if self.everything:
            return None
        return frozenset(filter(None, [self.department])) | (frozenset([""]) if self.unassigned else frozenset())

    def sees(
        self, *, department: str, responsible: str = "", offered_to: str = "", asked: Collection[str] = ()
    ) -> bool:
        """Whether they see a case; ``asked``: the persons and departments that open questions of the case go to."""
        return (
            self.departments is None
            or department in self.departments
            or self.person in (responsible, offered_to, *asked)
            or bool(self.department and self.department in asked)
        )

    @property
    def condition(self) -> tuple[str, dict[str, Any]]:
        """The same for SQL over rows with ``department``, ``responsible`` and ``offered_to``, with its parameters."""
        if self.departments is None:
            return "true", {}
        return DEPARTMENTS_OR_OWN, {"sight_departments": sorted(self.departments), "sight_person": self.person}


def sight_of(person: str, roles: Iterable[Role], department: str) -> Sight:
    """Whose cases somebody with these roles sees."""
    mine = set(roles)
    return Sight(
        person,
        department,
        everything=bool(mine & set(SEE_ALL_CASES)),
        unassigned=bool(mine & set(SEE_UNASSIGNED)),
    )
