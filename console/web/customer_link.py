"""Making the customer's link on the case page: to copy into a message, in either language."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from fastapi.responses import HTMLResponse

from api.customer_links import VALID_FOR
from console.offers import would
from console.web.case import worked_at
from console.web.desk import AtDesk
from console.web.problems import Page
from console.words import Language

router = APIRouter(route_class=Page)


@router.get("/cases/{case}/customer-link", include_in_schema=False)
def link(at: AtDesk, case: str) -> HTMLResponse:
    """The link, in the customer's language first."""
    found = worked_at(at, case)
    links = at.house.customer_links
    if links is None:
        raise HTTPException(404)
    host = str(at.request.base_url).rstrip("/")
    first = Language(found.case.language.value)
    languages = sorted(Language, key=lambda one: one is not first)
    made = [(one, host + links.path(found.id, one, found.case.links)) for one in languages]
    may = would("withdraw_customer_links", found, at.visitor.actor)
    return at.page("customer_link.html", found=found, links=made, days=VALID_FOR.days, may_withdraw=may)
