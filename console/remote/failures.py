"""What the client raises, as the exceptions that commands expect of a house."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import client
from console.house import ToldOtherwise
from console.words import N_, _
from domain.refusal import Refused
from ledger.errors import LedgerUnavailable, NotWritable, UnknownStream

NOT_KNOWN = N_(
    "{url} does not know who asks. Nothing was done: make a token (casefold users token make), and put it into "
    "CASEFOLD_TOKEN."
)


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turns what the client raises within into what a house raises."""
    try:
        yield
    except client.Unavailable as error:
        raise LedgerUnavailable(error.detail, outcome_unknown=error.outcome_unknown) from error
    except client.NotFound as error:
        if error.code == "unknown_case":
            raise UnknownStream(str(error.params.get("case", ""))) from error
        if error.code in ("not_received", "unknown_evidence"):
            raise Refused(error.code, **error.params) from error
        raise ToldOtherwise(error.sentence, error.code, error.params) from error
    except client.WronglyAsked as error:
        raise NotWritable(error.sentence) from error
    except client.Problem as error:
        sentence = _(NOT_KNOWN, url=url) if error.status == 401 else error.sentence
        raise ToldOtherwise(sentence, error.code, error.params) from error
