"""What each page asks of whoever comes: the list that docs/rights-routes.md shows and a test tries, role by role.

The pages ask for it themselves (`Desk.need`); whoever adds a page adds its line here.
"""

from __future__ import annotations

from collections.abc import Mapping

from api.person import Permission

ANYBODY = "anybody"
"""Nobody has to be signed in: signing in itself, and links that customers got."""
SIGNED_IN = "signed in"
"""Whoever is signed in, whatever their roles: their own account."""

ENTRANCES: Mapping[Permission | str, tuple[str, ...]] = {
    ANYBODY: (
        "GET /language/{code}",
        "GET /sign-in",
        "POST /sign-in",
        "GET /sign-in/provider",
        "GET /sign-in/provider/back",
        "POST /sign-out",
        "GET /welcome/{secret}",
        "POST /welcome/{secret}",
        "GET /c/{token}",
        "POST /c/{token}/{answer}",
        "GET /{path:path}",
    ),
    SIGNED_IN: (
        "GET /account",
        "POST /account/password",
        "POST /account/sessions/end",
        "POST /account/sessions/end-others",
        "POST /account/tokens",
        "POST /account/tokens/revoke",
    ),
    Permission.SEE_WORKLIST: (
        "GET /",
        "GET /list",
        "GET /list/more",
        "GET /palette",
        "GET /live",
        "GET /views",
        "GET /views/new",
        "POST /views/new",
        "POST /views/change",
        "POST /views/remove",
        "POST /views/start",
    ),
    Permission.SEE_CASE: (
        "GET /cases/{case}",
        "GET /cases/{case}/clocks/{clock}",
        "GET /customers/{person}",
    ),
    Permission.WORK_CASE: (
        "GET /cases/{case}/customer-link",
        "GET /cases/{case}/do/{command}",
        "POST /cases/{case}/do/{command}",
        "POST /cases/{case}/undo/{command_id}",
        "POST /cases/{case}/evidence",
    ),
    Permission.SEE_PERSONAL: ("GET /cases/{case}/evidence/{number}", "POST /account/unmasked"),
    Permission.OPEN_CASE: ("GET /new", "POST /new/similar", "GET /new/{kind}", "POST /new/{kind}"),
    Permission.AUDIT: ("GET /cases/{case}/replay", "GET /proofs", "GET /reads", "GET /sign-ins"),
    Permission.EXPORT: ("GET /exports", "POST /exports", "POST /exports/dossier"),
    Permission.ASSIGN: ("GET /assign", "POST /assign"),
    Permission.SEE_FIGURES: ("GET /today", "GET /today/cases"),
    Permission.SEE_POLICIES: (
        "GET /policies",
        "GET /policies/{kind}",
        "GET /policies/{kind}/diff",
        "GET /policies/{kind}/what-if",
        "POST /policies/{kind}/what-if",
        "GET /policies/{kind}/what-if/{name}",
        "GET /calendars",
        "GET /calendars/{name}",
    ),
    Permission.CHANGE_POLICIES: ("GET /policies/{kind}/do/{command}", "POST /policies/{kind}/do/{command}"),
    Permission.ADMINISTER: (
        "GET /users",
        "POST /users",
        "GET /users/{user}",
        "POST /users/{user}",
        "POST /users/{user}/invite",
        "POST /users/{user}/{act}",
        "GET /webhooks",
        "POST /webhooks",
        "GET /webhooks/{webhook}",
        "POST /webhooks/{webhook}",
        "POST /webhooks/{webhook}/rotate",
        "POST /webhooks/{webhook}/{act}",
        "GET /webhooks/{webhook}/deliveries/{number}",
        "POST /webhooks/{webhook}/deliveries/{number}/redeliver",
    ),
}
"""What is asked → the pages that ask for it. On a case, what somebody may give the policy sheet says besides."""
