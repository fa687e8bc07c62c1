"""Links with which customers see their own case without signing in: signed, for one case, and only for a while."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

VALID_FOR = timedelta(days=90)
PATH = "/c/"
PURPOSE = b"casefold: links for customers, 1"


class LinkAltered(Exception):
    """This is no link of ours, or not any more: it was changed, or cut short on its way."""


class LinkTooOld(Exception):
    """The link was right, and its time is over."""


class LinkWithdrawn(Exception):
    """The link was right, and somebody has withdrawn it."""


@dataclass(frozen=True)
class CustomerLink:
    """What a link says."""

    case: str
    language: str
    """In which language it was given: ``zh`` or ``en``."""
    number: int = 0
    """How often the links of this case had been withdrawn when it was made."""


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

    def path(self, case: str, language: str, number: int = 0, at: datetime | None = None) -> str:
        """The path of a link; a host goes before it. ``number`` is the case's ``links``.

        Made twice for the same instant it is the same link; without one it is made now.
        """
        return PATH + str(self._signer(at).dumps([case, language, number]))

    def read(self, token: str) -> CustomerLink:
        """What the link says. Raises LinkAltered and LinkTooOld."""
        from itsdangerous import BadData, SignatureExpired

        try:
            case, language, number = self._signer().loads(token, max_age=int(VALID_FOR.total_seconds()))
        except SignatureExpired as error:
            raise LinkTooOld from error
        except (BadData, ValueError, TypeError) as error:
            raise LinkAltered from error
        return CustomerLink(str(case), str(language), int(number))

    def _signer(self, at: datetime | None = None) -> Any:
        from itsdangerous import TimestampSigner, URLSafeTimedSerializer  # not above: most commands never make a link

        class Signer(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(at.timestamp()) if at is not None else super().get_timestamp()

        options = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        return URLSafeTimedSerializer(self.key, salt="customer link", signer=Signer, signer_kwargs=options)
