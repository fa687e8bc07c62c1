"""Templates with the words of the console: everything a template may call is listed here."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from console import words as w
from console.commands import PANELS
from console.needs import text_of
from console.offers import Offer
from console.output import as_plain
from console.web.navigation import places_for
from console.when import shown, span, zone
from domain.case import Proposal
from domain.commands import COMMANDS
from domain.words import Ending, Stage, Urgency

STATIC = Path(__file__).parent / "static"


def render(template: str, /, **given: Any) -> str:
    """The page as text."""
    return _environment().get_template(template).render(**given)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("console.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        _=w._,
        language=w.language,
        word=w.word,
        field_label=w.field_label,
        clock_label=w.clock_label,
        kind_label=w.kind_label,
        category_label=w.category_label,
        event_label=w.event_label,
        listed=w.listed,
        need=text_of,
        shown=shown,
        span=span,
        zone=zone,
        static=static,
        in_language=_in_language,
        navigation=places_for,
        command_label=command_label,
        command_sentence=lambda name: w.sentence(COMMANDS[name]),
        part_label=lambda part: w._(PANELS[part]) if part in PANELS else str(part),
        in_list=lambda stage: w.word(Stage(stage)),
        urgency_label=lambda urgency: w.word(Urgency(urgency)),
        ending_label=lambda ending: w.word(Ending(ending)),
        needed=lambda sheet: [w.field_label(name) for name in sheet.required],
        so_far=so_far,
        age=age,
        offers_data=_offers_data,
    )
    environment.filters.update(instant=as_plain, json_block=_json_block, pretty=_pretty)
    return environment


def static(name: str) -> str:
    """The address of a file that browsers keep for good: it changes when the file does."""
    return f"/static/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def command_label(name: str) -> str:
    """A command as the words on its button: the short name, not the sentence."""
    label = w.command_label(name)
    return label[:1].upper() + label[1:]


@pass_context
def _in_language(context: Context, code: str) -> str:
    """This page's address to come back to after the language was switched."""
    desk = context["desk"]
    return f"/language/{code}?next={desk.request.url.path}" if desk is not None else f"/language/{code}"


def so_far(proposal: Proposal) -> list[str]:
    """The steps that a proposal has behind it."""
    steps = {
        w._("told to the customer"): proposal.presented,
        w._("agreed"): proposal.accepted,
        w._("carried out"): bool(proposal.measures) and all(one.done for one in proposal.measures.values()),
        w._("customer satisfied"): proposal.satisfied,
    }
    return [step for step, done in steps.items() if done]


def age(time: timedelta) -> str:
    """How old, in the largest unit that fits."""
    size = next((size for size in (86400, 3600, 60) if time.total_seconds() >= size), 1)
    return span(time - time % timedelta(seconds=size))


def _offers_data(case: str, offered: list[Offer]) -> list[dict[str, str]]:
    """What may be done with a case, for the palette."""
    return [
        {"name": one.command, "label": command_label(one.command), "href": f"/cases/{case}/do/{one.command}"}
        for one in offered
        if one.command != "add_evidence"
    ]


def _pretty(value: Any) -> str:
    return json.dumps(as_plain(value), ensure_ascii=False, indent=2)


def _json_block(value: Any) -> Markup:
    """Data for the page's script, safe inside a script element."""
    text = json.dumps(as_plain(value), ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
