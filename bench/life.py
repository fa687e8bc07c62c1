"""The life of a case in the benchmark: six commands of an inquiry, and the policy sheets for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import policies
from domain import commands as c
from domain.actor import Actor, Role
from domain.message import Command
from domain.policy import Sheet
from domain.words import Channel, Language

PLAIN = "bench_plain"
"""A kind of case whose workflow only follows and keeps time."""
EFFECTS = "bench_effects"
"""A kind of case in which one of the commands asks for a notice."""
AUTOMATIC = "bench_automatic"
"""A kind of case whose workflow itself asks for two notices."""

_NOTE = "The lamp is of the series of October; its data sheet is being looked for."

OPERATOR = Actor("bench", (Role.AGENT,), "hotline")

_MATTER = (
    "The lamp that I ordered two weeks ago flickers in the evening, also with another bulb and in another socket; "
    "I should like to know whether this model may be used with a dimmer, and what to do if it may not."
)
_ANSWER = (
    "This model may not be used with a dimmer: its driver expects the full voltage. Please use it with an ordinary "
    "switch, or exchange it for the model X2 within thirty days; the exchange is free of charge."
)


def sheets() -> Mapping[str, Sheet]:
    """The shipped sheet for inquiries, with its clocks, under three names."""
    inquiry = policies.load()["inquiry"]
    steps = {PLAIN: (), EFFECTS: (), AUTOMATIC: ("present_proposal",)}
    return {
        kind: replace(inquiry, name=kind, kind=kind, automatic=automatic, written_result=kind == AUTOMATIC)
        for kind, automatic in steps.items()
    }


def life(kind: str, number: str) -> Sequence[Command]:
    """What the operator does in one case, from its first day to its end; each case has a matter of its own."""
    return (
        c.ReceiveCase(
            kind=kind,
            channel=Channel.HOTLINE,
            language=Language.EN,
            customer_name="Jane Example (made up)",
            contact="jane@example.com",
            matter=f"{_MATTER} ({number})",
            product="lamp X1",
            category="product",
        ),
        c.TellProgress(text=_NOTE) if kind == EFFECTS else c.AddNote(text=_NOTE),
        c.LookUpKnowledge(query="dimmer lamp X1 flickers", article="KB-1204"),
        c.AnswerInquiry(text=_ANSWER, article="KB-1204"),
        c.AcceptProposal(words="Thank you, that helps."),
        c.CloseCase(reason="Answered from the knowledge base; the customer is content."),
    )


STEPS = len(life(PLAIN, ""))
"""Commands of an operator in one case; a bare workflow takes as many updates."""
