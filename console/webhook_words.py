"""How webhooks and their deliveries stand, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.words import N_, _

if TYPE_CHECKING:  # asking for help must not wait for the database's libraries
    from api.webhooks.desk import Seen

FATES: Mapping[str, str] = {
    "waiting": N_("waiting"),
    "delivered": N_("delivered"),
    "failed": N_("given up"),
}
ERRORS: Mapping[str, str] = {
    "timeout": N_("no answer in time"),
    "not_reached": N_("not reached"),
    "tls_failed": N_("its certificate is not valid"),
    "broken_off": N_("the connection broke off"),
    "entry_gone": N_("the entry is no longer in the ledger"),
    "cannot_be_made": N_("the message could not be made"),
    "webhook_host_unknown": N_("no such host"),
    "webhook_not_public": N_("the host has a private address"),
    "webhook_not_https": N_("the address is not https"),
    "webhook_url_wrong": N_("the address is none"),
}
"""Why a try had no answer."""


def answered(status: int | None, error: str) -> str:
    """What came of a try."""
    if status is not None:
        return str(status)
    return _(ERRORS[error]) if error in ERRORS else error or "—"


def standing(seen: Seen) -> str:
    """How an endpoint stands, in a few words."""
    endpoint = seen.endpoint
    if not endpoint.enabled:
        return _("disabled: it answered that it is gone (410)") if endpoint.reason == "gone" else _("disabled")
    if endpoint.failing_since is not None:
        return _("deliveries were given up")
    return _("deliveries fail, and are tried again") if seen.count.failing else _("enabled")
