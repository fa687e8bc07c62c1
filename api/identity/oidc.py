"""Signing in with an identity provider: OpenID Connect, code flow with PKCE; needs the extra ``oidc``."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core.claims import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.identity import accounts, log, sessions
from api.identity.access import Access, SignedIn
from api.identity.accounts import LONGEST_NAME, Account, State
from api.identity.log import Occasion, Whence
from api.identity.problems import problem
from api.identity.provider import Provider, safe
from api.identity.secret import new_secret
from api.identity.storage import Transaction
from api.problems import Problem

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
"""Signatures with a public key only: a secret that both sides know proves nothing to us."""
LEEWAY = 60
"""Seconds by which the provider's clock may be wrong."""
PATIENCE = 10.0


@dataclass(frozen=True)
class Errand:
    """What the browser keeps while it is at the provider, out of reach of scripts; only this browser can come back."""

    state: str
    nonce: str
    verifier: str
    next: str

    @property
    def text(self) -> str:
        """For the cookie."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Errand:
        """As the cookie has it. Raises a problem when there is none."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise problem("state_lost") from error


class SignInWithProvider:
    """Sends people to the provider and takes them in when they come back. It waits, so not on an event loop."""

    def __init__(self, provider: Provider, access: Access) -> None:
        self.provider = provider
        self.access = access
        self._lock = threading.Lock()
        self._known: dict[str, Any] | None = None
        self._keys: KeySet | None = None

    def begin(self, back: str, next_page: str) -> tuple[str, Errand]:
        """Where to go, and what to keep; ``back`` is where the provider sends people."""
        errand = Errand(new_secret(), new_secret(), new_secret(), next_page)
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": back,
            "scope": self.provider.scope,
            "state": errand.state,
            "nonce": errand.nonce,
            "code_challenge": create_s256_code_challenge(errand.verifier),
            "code_challenge_method": "S256",
        }
        address = self._about()["authorization_endpoint"]
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", errand

    def finish(self, kept: str, answer: Mapping[str, str], back: str, whence: Whence) -> tuple[SignedIn, str]:
        """Somebody has come back: find out who, and begin their session; and where they go on. Raises a problem."""
        errand = Errand.of(kept)
        if not hmac.compare_digest(errand.state.encode(), answer.get("state", "").encode()):
            raise problem("state_lost")
        if answer.get("iss", self.provider.issuer) != self.provider.issuer:
            raise _failed("another issuer")
        if "code" not in answer:
            raise _failed(answer.get("error", "no code"))
        return self._let_in(self._claims(errand, answer["code"], back), whence), errand.next

    # ── What the provider says ───────────────────────────────────────────────────────────────────────────────────────

    def _claims(self, errand: Errand, code: str, back: str) -> Mapping[str, Any]:
        tokens = self._exchange(errand, code, back)
        options: dict[str, Any] = {
            "iss": {"essential": True, "value": self.provider.issuer},
            "aud": {"essential": True, "value": self.provider.client_id},
        }
        known = {
            "nonce": errand.nonce,
            "client_id": self.provider.client_id,
            "access_token": tokens.get("access_token"),
        }
        try:
            token = self._decode(str(tokens.get("id_token", "")))
            claims = CodeIDToken(token.claims, token.header, options, known)
            claims.validate(int(self.access.storage.clock().timestamp()), LEEWAY)
        except (JoseError, ValueError) as error:
            raise _failed(getattr(error, "error", "") or "its token") from error
        found: Mapping[str, Any] = claims
        return found

    def _decode(self, id_token: str) -> jwt.Token:
        """The token, if it was signed with a key of today; the provider may just have changed it."""
        try:
            return jwt.decode(id_token, self._key_set(), ALGORITHMS)
        except (JoseError, ValueError):
            self._keys = None
            return jwt.decode(id_token, self._key_set(), ALGORITHMS)

    def _exchange(self, errand: Errand, code: str, back: str) -> Mapping[str, Any]:
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        given["code_verifier"] = errand.verifier
        who = None
        if self.provider.client_secret:
            who = httpx.BasicAuth(self.provider.client_id, self.provider.client_secret)
        else:
            given["client_id"] = self.provider.client_id
        return self._ask("POST", self._about()["token_endpoint"], data=given, auth=who)

    def _about(self) -> Mapping[str, Any]:
        """What the provider says about itself, asked once."""
        with self._lock:
            if self._known is None:
                address = self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
                found = self._ask("GET", address)
                needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                if found.get("issuer") != self.provider.issuer or not all(safe(str(found.get(n, ""))) for n in needed):
                    raise _failed("its description")
                self._known = dict(found)
            return self._known

    def _key_set(self) -> KeySet:
        if self._keys is None:
            found: Any = self._ask("GET", self._about()["jwks_uri"])
            self._keys = KeySet.import_key_set(found)
        return self._keys

    def _ask(self, method: str, address: str, **more: Any) -> Mapping[str, Any]:
        try:
            with httpx.Client(timeout=PATIENCE, follow_redirects=False) as client:
                answer = client.request(method, address, headers={"Accept": "application/json"}, **more)
            found = answer.json() if answer.content else {}
        except (httpx.HTTPError, ValueError) as error:
            raise _failed("no answer") from error
        if answer.status_code != 200 or not isinstance(found, dict):
            raise _failed(str(found.get("error", answer.status_code)) if isinstance(found, dict) else "its answer")
        return found

    # ── What follows from it ─────────────────────────────────────────────────────────────────────────────────────────

    def _let_in(self, claims: Mapping[str, Any], whence: Whence) -> SignedIn:
        provider = self.provider
        roles, administrator = provider.roles_of(_texts(claims.get(provider.roles_claim)))
        if not roles and not administrator:
            raise problem("provider_stranger")
        subject = str(claims["sub"])
        vouched: dict[str, Any] = {
            "name": str(claims.get("name") or claims.get("preferred_username") or subject)[:LONGEST_NAME],
            "roles": roles,
            "administrator": administrator,
        }
        if provider.department_claim:
            vouched["department"] = next(iter(_texts(claims.get(provider.department_claim))), "")

        def work(transaction: Transaction) -> SignedIn | None:
            account = self._account(transaction, subject, vouched, whence)
            if account.state is State.DISABLED:
                log.write(transaction, Occasion.SIGN_IN_FAILED, account.id, whence, reason="user_disabled")
                return None
            log.write(transaction, Occasion.SIGNED_IN, account.id, whence, browser=whence.browser, by_provider=True)
            return SignedIn(sessions.begin(transaction, account.id, whence), account)

        begun = self.access.storage.run(work)
        if begun is None:
            raise problem("sign_in_failed")
        return begun

    def _account(self, transaction: Transaction, subject: str, vouched: dict[str, Any], whence: Whence) -> Account:
        """The user with what the provider says of them today; made when they come for the first time."""
        issuer = self.provider.issuer
        was = accounts.of_provider(transaction, issuer, subject)
        if was is None:
            new = Account(_id_of(issuer, subject), state=State.ACTIVE, issuer=issuer, subject=subject, **vouched)
            accounts.insert(transaction, new)
            log.write(transaction, Occasion.USER_ADDED, new.id, whence, by="provider", **log.rights_of(new))
            return new
        now = replace(was, **vouched)
        if now != was and was.state is not State.DISABLED:
            accounts.update(transaction, was, now)
            if log.rights_of(now) != log.rights_of(was):
                told = {"before": log.rights_of(was), "after": log.rights_of(now)}
                log.write(transaction, Occasion.USER_CHANGED, was.id, whence, by="provider", **told)
        return now


def _id_of(issuer: str, subject: str) -> str:
    """The id that the ledger will name: it tells nobody who it is."""
    return "u-" + hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()[:12]


def _texts(claim: Any) -> list[str]:
    """A claim that is a text or a list of texts."""
    if isinstance(claim, str):
        return [claim]
    return [part for part in claim if isinstance(part, str)] if isinstance(claim, list) else []


def _failed(reason: str) -> Problem:
    """The provider's own words only as far as they are a code."""
    return problem("provider_failed", reason=re.sub(r"[^A-Za-z0-9_ -]", "", reason)[:60] or "unknown")
