"""The history as one file of HTML that needs nothing else: no script, no font, no picture, nothing from anywhere."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from console.dossier.page import Page


def html_of(page: Page) -> str:
    """The page as HTML."""
    here = files("console.dossier")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(here.joinpath("dossier.html.jinja").read_text(encoding="utf-8"))
    style = Markup(here.joinpath("dossier.css").read_text(encoding="utf-8"))
    return template.render(page=page, style=style)
