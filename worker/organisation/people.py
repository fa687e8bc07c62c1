"""Who works in the organisation of the demonstration, in which department and in which language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.actor import Actor, Role
from domain.words import Language


@dataclass(frozen=True)
class Colleague:
    """Somebody who can sign in."""

    id: str
    name: str
    department: str
    roles: tuple[Role, ...] = (Role.AGENT,)
    language: Language = Language.ZH
    administrator: bool = False

    @property
    def actor(self) -> Actor:
        """As their entries name them."""
        return Actor(self.id, self.roles, self.department)


ZH, EN = Language.ZH, Language.EN

STAFF: tuple[Colleague, ...] = (
    Colleague("li.na", "李娜", "customer-service"),
    Colleague("zhou.min", "周敏", "customer-service"),
    Colleague("chen.wei", "陈伟", "customer-service", (Role.LEAD,)),
    Colleague("emma.reed", "Emma Reed", "international", language=EN),
    Colleague("noah.ford", "Noah Ford", "international", language=EN),
    Colleague("kate.lowe", "Kate Lowe", "international", (Role.LEAD,), language=EN),
    Colleague("sun.tao", "孙涛", "logistics"),
    Colleague("zhao.lei", "赵磊", "logistics", (Role.DEPARTMENT_HEAD,)),
    Colleague("liu.yang", "刘洋", "billing"),
    Colleague("wang.jing", "王静", "after-sales"),
    Colleague("he.qing", "何晴", "after-sales", (Role.DEPARTMENT_HEAD,)),
    Colleague("wu.gang", "吴刚", "after-sales", (Role.TECHNICIAN,)),
    Colleague("gu.yan", "顾岩", "engineering", (Role.EXPERT,)),
    Colleague("martin.berg", "Martin Berg", "management", (Role.MANAGEMENT,), language=EN, administrator=True),
    Colleague("qian.hui", "钱慧", "audit", (Role.AUDITOR,)),
)
"""Everybody, in the order in which they were employed."""

BY_ID: Mapping[str, Colleague] = {one.id: one for one in STAFF}

SHOWN: Mapping[str, str] = {
    "li.na": "operator, in Chinese",
    "emma.reed": "operator, in English",
    "chen.wei": "lead: assigns, decides",
    "gu.yan": "expert: answers questions of others",
    "martin.berg": "manager and administrator, in English",
    "qian.hui": "auditor: replays, checks",
}
"""With whom to sign in to see what."""

AFTER_SALES = "wang.jing"
TECHNICIAN = "wu.gang"
EXPERT = "gu.yan"
MANAGER = "martin.berg"


def teams(team: str, language: str) -> tuple[str, ...]:
    """Who handles the complaints of a team, those in this language."""
    match team:
        case "logistics" if language == ZH:
            return ("sun.tao", "li.na")
        case "billing":
            return ("liu.yang", "li.na") if language == ZH else ("liu.yang", "emma.reed")
        case _:
            return ("li.na", "zhou.min", "li.na") if language == ZH else ("emma.reed", "noah.ford")


def lead_of(language: str) -> str:
    """Who assigns, and decides, in this language."""
    return "chen.wei" if language == ZH else "kate.lowe"
