"""Dossiers for whoever asks over HTTP (`api.exports`)."""

from __future__ import annotations

from pathlib import Path

from api.exports import NoDossier, Order
from console import words
from console.dossier.folder import make, ready
from console.dossier.page import Made
from console.dossier.paper import NoPaper
from console.house import House
from console.words import N_, _
from ledger.seal.errors import NoSeals, SealRefused

NO_PLACE = N_("This server was put together without a place where seals are published.")


class Served:
    """Makes them, in the language that is asked for."""

    def ready(self, house: House, order: Order) -> None:
        """Look whether it can be made at all. Raises NoDossier."""
        with words.speaking(words.Language(order.language)):
            try:
                ready(_made(order), _seals(house))
            except (NoPaper, NoSeals) as error:
                raise NoDossier(str(error)) from error

    def make(self, house: House, case: str, target: Path, order: Order) -> None:
        """Make it, as a zip at this place. Raises NoDossier."""
        with words.speaking(words.Language(order.language)):
            try:
                make(house, case, target, _made(order), _seals(house))
            except (NoPaper, SealRefused, NoSeals) as error:
                raise NoDossier(str(error)) from error


def _made(order: Order) -> Made:
    return Made(by=order.by, personal=order.personal, headers=order.headers, pdf=order.pdf)


def _seals(house: House) -> Path:
    if house.seals is None:
        raise NoDossier(_(NO_PLACE))
    return house.seals
