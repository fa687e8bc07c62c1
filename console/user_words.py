"""What happened to users, in words: states, occasions of the log and their details, problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from console.words import N_, _, listed, word
from domain.actor import Role

if TYPE_CHECKING:  # asking for help must not wait for the web framework
    from api.problems import Problem

STATES: Mapping[str, str] = {
    "invited": N_("invited"),
    "active": N_("active"),
    "disabled": N_("disabled"),
}
OCCASIONS: Mapping[str, str] = {
    "signed_in": N_("signed in"),
    "sign_in_failed": N_("tried to sign in, in vain"),
    "sign_in_delayed": N_("tried too often and had to wait"),
    "signed_out": N_("signed out"),
    "signed_out_everywhere": N_("was signed out everywhere"),
    "password_changed": N_("changed the password"),
    "user_added": N_("was added"),
    "user_changed": N_("was given other rights"),
    "user_disabled": N_("was disabled"),
    "user_enabled": N_("was enabled again"),
    "invited": N_("was invited"),
    "link_used": N_("chose a password by a link"),
    "token_made": N_("a token was made"),
    "token_used": N_("a token was used"),
    "token_refused": N_("a token was refused"),
    "token_revoked": N_("a token was revoked"),
    "webhook_added": N_("made a webhook"),
    "webhook_changed": N_("changed a webhook"),
    "webhook_enabled": N_("enabled a webhook"),
    "webhook_disabled": N_("disabled a webhook"),
    "webhook_rotated": N_("exchanged the secret of a webhook"),
    "webhook_redelivered": N_("had a webhook deliver once more"),
}
REASONS: Mapping[str, str] = {
    "wrong_password": N_("wrong password"),
    "unknown_user": N_("no such user"),
    "user_disabled": N_("the user is disabled"),
    "user_invited": N_("no password chosen yet"),
}


BROWSERS = (
    *(("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox")),
    *(("Chrome", "Chrome"), ("CriOS", "Chrome"), ("Safari", "Safari"), ("curl", "curl"), ("python-httpx", "Python")),
)
SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS")),
    ("Linux", "Linux"),
)
"""What a browser's own name has in it → what people call it; the first one counts, since many name others too."""


def browser(named: str) -> str:
    """A browser and its system, short enough to be recognised: Firefox, Windows."""
    found = (next((name for word, name in known if word in named), "") for known in (BROWSERS, SYSTEMS))
    return listed(filter(None, found)) or named[:40]


def told(problem: Problem) -> str:
    """The sentence of a problem in the reader's language."""
    return _(problem.detail, **problem.params)


def detail(details: Mapping[str, Any]) -> str:
    """What the log has besides, as short as it can be said."""
    parts = []
    if reason := details.get("reason"):
        parts.append(_(REASONS[reason]) if reason in REASONS else str(reason))
    if seconds := details.get("seconds"):
        parts.append(_("{seconds} s", seconds=seconds))
    if "token" in details:
        parts.append(_("token {number}", number=details["token"]))
    for name in ("webhook", "label", "url", "department"):
        if details.get(name):
            parts.append(str(details[name]))
    parts += [word(Role(role)) if role in set(Role) else str(role) for role in details.get("roles", ())]
    parts += map(str, details.get("scopes", ()))
    if details.get("administrator"):
        parts.append(_("administrator"))
    if "before" in details and "after" in details:
        parts.append(f"{detail(details['before']) or '—'} → {detail(details['after']) or '—'}")
    return listed(parts)
