"""The pages that the navigation leads to: whoever adds a page adds its line here."""

from __future__ import annotations

from dataclasses import dataclass

from console.words import N_


@dataclass(frozen=True)
class Place:
    """A page that can be reached from everywhere."""

    path: str
    title: str
    keys: str
    """What to press: ``g w``."""
    icon: str
    """Its name in templates/_icons.html."""


PLACES = (
    Place("/", N_("Worklist"), "g w", "list"),
    Place("/new", N_("New case"), "n", "plus"),
)
