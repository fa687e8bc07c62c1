"""Links with which customers see their own case without signing in: signed, for one case, and only for a while."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

VALID_FOR = timedelta(days=90)
PATH = "/c/"
PURPOSE = b"casefold: links for customers, 1"


class LinkAltered(Exception):
    """This is no link of ours, or not any more: it was changed, or cut short on its way."""


class LinkTooOld(Exception):
    """The link was right, and its time is over."""


@dataclass(frozen=True)
class CustomerLink:
    """What a link says."""

    case: str
    language: str
    """In which language it was given: ``zh`` or ``en``."""


@dataclass(frozen=True)
class CustomerLinks:
    """Makes and reads links. Whoever has a link may do what its customer may: it is sent to them and to nobody else."""

    key: bytes = field(repr=False)
    hotline: str = ""
    """The number to call, for whoever comes with a link that does not work."""

    @classmethod
    def from_ledger_key(cls, key: bytes, hotline: str = "") -> CustomerLinks:
        """With a key of its own, derived from one that all processes of a ledger share and that is never shown."""
        return cls(hmac.digest(key, PURPOSE, "sha256"), hotline)

    def path(self, case: str, language: str) -> str:
        """The path of a link; a host goes before it."""
        return PATH + str(self._signer().dumps([case, language]))

    def read(self, token: str) -> CustomerLink:
        """What the link says. Raises LinkAltered and LinkTooOld."""
        from itsdangerous import BadData, SignatureExpired

        try:
            case, language = self._signer().loads(token, max_age=int(VALID_FOR.total_seconds()))
        except SignatureExpired as error:
            raise LinkTooOld from error
        except (BadData, ValueError, TypeError) as error:
            raise LinkAltered from error
        return CustomerLink(str(case), str(language))

    def _signer(self) -> Any:
        from itsdangerous import URLSafeTimedSerializer  # not above: most commands never make a link

        options = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        return URLSafeTimedSerializer(self.key, salt="customer link", signer_kwargs=options)
