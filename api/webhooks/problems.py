"""Everything that can be wrong with a webhook: one sentence each, with what was saved and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from api.identity.problems import TITLES
from api.problems import Problem
from api.words import N_

PROBLEMS: Mapping[str, tuple[int, str]] = {
    "unknown_webhook": (404, N_("Nothing was done: there is no webhook {id}.")),
    "unknown_delivery": (404, N_("Nothing was done: this webhook has no delivery {number}.")),
    "webhook_disabled": (409, N_("Nothing was done: the webhook {id} is disabled. Enable it first.")),
    "webhook_label_wrong": (422, N_("Nothing was saved: say in 1 to 100 characters what the webhook is for.")),
    "webhook_url_wrong": (
        422,
        N_("Nothing was saved: the address must begin with https:// and name a host, as in https://example.com/hook."),
    ),
    "webhook_not_https": (
        422,
        N_(
            "Nothing was saved: {host} may only be reached by https. Whoever runs this server can allow http there "
            "(CASEFOLD_WEBHOOK_ALLOW)."
        ),
    ),
    "webhook_not_public": (
        422,
        N_(
            "Nothing was saved: {host} is an address of this machine or of a private network, which a webhook must not "
            "reach. Whoever runs this server can allow it (CASEFOLD_WEBHOOK_ALLOW)."
        ),
    ),
    "webhook_event_unknown": (
        422,
        N_("Nothing was saved: there is no event {event} of which a webhook could tell. Names are those of the feed."),
    ),
    "webhook_kind_unknown": (422, N_("Nothing was saved: there is no kind of case {kind}. Kinds are: {kinds}.")),
    "webhook_overlap_wrong": (422, N_("Nothing was saved: the overlap is 0 to {most} hours.")),
}
"""Code → HTTP status and sentence."""


def problem(code: str, **params: str | int) -> Problem:
    """What to raise."""
    status, sentence = PROBLEMS[code]
    return Problem(status, code, TITLES[status], sentence, params)
