"""`casefold webhook`: programs elsewhere that are told of entries; their secrets, and the log of deliveries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import options as o
from console.answers import at_work
from console.help import CommandHelp, GroupHelp
from console.output import REFUSED, fail, pairs, print_json, say, show, table
from console.user_desk import TERMINAL
from console.user_words import told
from console.webhook_words import FATES, answered, standing
from console.when import shown
from console.words import N_, _, listed

if TYPE_CHECKING:  # asking for help must not wait for the database's libraries
    from api.webhooks.desk import Seen, Webhooks
    from ledger.webhooks.deliveries import Delivery

ENDPOINTS = N_("Endpoints")
DELIVERIES = N_("Deliveries")

Which = Annotated[
    str, typer.Argument(metavar="WEBHOOK", help=N_("Id of the webhook: WH-0123456789ab."), show_default=False)
]
Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help=N_("Number of the delivery."), show_default=False)]
Events = Annotated[
    list[str] | None,
    typer.Option("--event", metavar="NAME", help=N_("Only these events, as RemedyProposed; may be repeated.")),
]
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", metavar="KIND", help=N_("Only cases of this kind; may be repeated."))
]


def add_webhook(app: typer.Typer, panel: str) -> None:
    """Add the group of commands."""
    group = typer.Typer(cls=GroupHelp, add_completion=False, no_args_is_help=True)
    for name, function, help_text, part in (
        ("list", _list, N_("List the webhooks, and how their deliveries stand."), ENDPOINTS),
        ("show", _show, N_("Show one webhook."), ENDPOINTS),
        ("add", _add, N_("Make a webhook; its secret is shown this once."), ENDPOINTS),
        ("change", _change, N_("Give a webhook another name, another address or other filters."), ENDPOINTS),
        ("disable", _disable, N_("Tell it nothing until it is enabled again."), ENDPOINTS),
        ("enable", _enable, N_("Tell it again, from now on, and of what still waits for it."), ENDPOINTS),
        ("rotate", _rotate, N_("Make another secret; for a while the one before signs too."), ENDPOINTS),
        ("ping", _ping, N_("Send a trial, which stands for no entry."), DELIVERIES),
        ("deliveries", _deliveries, N_("Show what was delivered, with which answer, the newest first."), DELIVERIES),
        ("redeliver", _redeliver, N_("Send a delivery once more, with the id that it had."), DELIVERIES),
        (
            "prune",
            _prune,
            N_("Remove what arrived, or was given up, long ago; the worker does it every hour."),
            DELIVERIES,
        ),
    ):
        group.command(name, help=help_text, rich_help_panel=part, cls=CommandHelp)(function)
    help_text = N_("Webhooks: programs elsewhere that are told of entries, signed; and the log of deliveries.")
    app.add_typer(group, name="webhook", help=help_text, rich_help_panel=panel)


@contextmanager
def _looking_after(by: str = "", *, as_json: bool = False) -> Iterator[Webhooks]:
    """The webhooks for one command; what cannot be becomes a sentence and an exit code."""
    who = o.actor(by).id if by.strip() else TERMINAL
    with at_work(as_json=as_json) as house:
        from api.identity.log import TERMINAL as HERE  # not above: asking for help must not wait for it
        from api.problems import Problem
        from api.webhooks.desk import Webhooks

        try:
            yield Webhooks(house, who, HERE)
        except Problem as problem:
            sentence = told(problem)
            if as_json:
                print_json({"done": False, "code": problem.code, "params": problem.params, "sentence": sentence})
            raise fail(sentence, REFUSED) from problem


# ── Endpoints ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _list(as_json: o.AsJson = False) -> None:
    with _looking_after(as_json=as_json) as webhooks:
        found = webhooks.all()
    if as_json:
        print_json([data_of(seen) for seen in found])
        return
    if not found:
        show(_("There is no webhook yet. Make one: casefold webhook add https://example.com/hook --label TEXT"))
        return
    headings = ("", _("what for"), _("address"), _("state"), _("waiting"), _("given up"))
    table(headings, [_line(seen) for seen in found], flexible=2)


def _line(seen: Seen) -> tuple[str, ...]:
    one, count = seen.endpoint, seen.count
    return (one.id, one.label, one.url, standing(seen), str(count.waiting), str(count.failed))


def data_of(seen: Seen) -> dict[str, Any]:
    """A webhook for programs."""
    return {**vars(seen.endpoint), **vars(seen.count)}


def _show(webhook: Which, as_json: o.AsJson = False) -> None:
    with _looking_after(as_json=as_json) as webhooks:
        seen = webhooks.get(webhook)
    if as_json:
        print_json(data_of(seen))
    else:
        _tell(seen)


def _tell(seen: Seen) -> None:
    one, count = seen.endpoint, seen.count
    pairs(
        (
            ("", one.id),
            (_("what for"), one.label),
            (_("address"), one.url),
            (_("events"), listed(one.events) or _("all")),
            (_("kinds of cases"), listed(one.kinds) or _("all")),
            (_("state"), standing(seen)),
            (_("waiting"), str(count.waiting)),
            (_("given up"), str(count.failed)),
            (_("made"), f"{shown(one.made_at)}, {one.made_by}"),
        )
    )


def _add(
    url: Annotated[
        str,
        typer.Argument(metavar="ADDRESS", help=N_("Where messages go: https://example.com/hook."), show_default=False),
    ],
    label: Annotated[str, typer.Option("--label", metavar="TEXT", help=N_("What it is for."), show_default=False)],
    event: Events = None,
    kind: Kinds = None,
    by: o.By = "",
    as_json: o.AsJson = False,
) -> None:
    with _looking_after(by, as_json=as_json) as webhooks:
        made = webhooks.add(label, url, event or (), kind or ())
    if as_json:
        print_json({**vars(made.endpoint), "secret": made.secret})
        return
    say(
        _(
            "{id} was made. It is told of what is recorded from now on. Its secret is shown this once:",
            id=made.endpoint.id,
        )
    )
    show(made.secret)
    say(_("Try it out: casefold webhook ping {id}", id=made.endpoint.id))


def _change(
    webhook: Which,
    label: Annotated[str | None, typer.Option("--label", metavar="TEXT", help=N_("What it is for."))] = None,
    url: Annotated[str | None, typer.Option("--address", metavar="ADDRESS", help=N_("Where messages go."))] = None,
    event: Events = None,
    kind: Kinds = None,
    all_events: Annotated[bool, typer.Option("--all-events", help=N_("Tell it of all events."))] = False,
    all_kinds: Annotated[bool, typer.Option("--all-kinds", help=N_("Tell it of all kinds of cases."))] = False,
    by: o.By = "",
    as_json: o.AsJson = False,
) -> None:
    events, kinds = _filter(event, everything=all_events), _filter(kind, everything=all_kinds)
    if label is None and url is None and events is None and kinds is None:
        raise typer.BadParameter(_("Say what is to be different: --label, --address, --event …"), param_hint="--label")
    with _looking_after(by, as_json=as_json) as webhooks:
        from api.webhooks.desk import Wish

        webhooks.change(webhook, Wish(label, url, events, kinds))
        seen = webhooks.get(webhook)
    if as_json:
        print_json(data_of(seen))
    else:
        _tell(seen)


def _filter(words: Sequence[str] | None, *, everything: bool) -> tuple[str, ...] | None:
    return () if everything else tuple(words) if words is not None else None


def _disable(webhook: Which, by: o.By = "", as_json: o.AsJson = False) -> None:
    with _looking_after(by, as_json=as_json) as webhooks:
        endpoint = webhooks.disable(webhook)
    if as_json:
        print_json(endpoint)
    else:
        show(_("{id} is told nothing until it is enabled again.", id=endpoint.id))


def _enable(webhook: Which, by: o.By = "", as_json: o.AsJson = False) -> None:
    with _looking_after(by, as_json=as_json) as webhooks:
        endpoint = webhooks.enable(webhook)
    if as_json:
        print_json(endpoint)
    else:
        show(_("{id} is told again of what is recorded from now on. What it missed is in the feed.", id=endpoint.id))


def _rotate(
    webhook: Which,
    hours: Annotated[
        int, typer.Option("--overlap", metavar="HOURS", help=N_("So many hours the secret before signs too."))
    ] = 24,
    by: o.By = "",
    as_json: o.AsJson = False,
) -> None:
    with _looking_after(by, as_json=as_json) as webhooks:
        made = webhooks.rotate(webhook, hours)
    if as_json:
        print_json({**vars(made.endpoint), "secret": made.secret})
        return
    say(_("The new secret of {id}, shown this once:", id=made.endpoint.id))
    show(made.secret)
    if hours:
        say(_("For {hours} hours the one before signs too.", hours=hours))


# ── Deliveries ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _ping(webhook: Which, by: o.By = "", as_json: o.AsJson = False) -> None:
    with _looking_after(by, as_json=as_json) as webhooks:
        made = webhooks.ping(webhook)
    if as_json:
        print_json(made)
    else:
        show(_("A trial is on its way: casefold webhook deliveries {id}", id=made.endpoint))


def _deliveries(
    webhook: Which,
    number: Annotated[
        int | None, typer.Option("--number", min=1, help=N_("One delivery, with every try."), show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help=N_("How many lines at most."))] = 20,
    as_json: o.AsJson = False,
) -> None:
    if number is not None:
        _tries(webhook, number, as_json)
        return
    with _looking_after(as_json=as_json) as webhooks:
        found = webhooks.deliveries(webhook, limit=limit)
    if as_json:
        print_json(found)
        return
    if not found:
        show(_("Nothing was delivered yet. Try it out: casefold webhook ping {id}", id=webhook))
        return
    headings = ("", _("when"), _("event"), _("of"), _("state"), _("answer"), _("tries"), _("next try"))
    table(headings, [_delivery_line(one) for one in found], flexible=3)


def _delivery_line(one: Delivery) -> tuple[str, ...]:
    return (
        str(one.number),
        shown(one.made_at),
        one.event,
        one.stream,
        _(FATES[one.state]),
        answered(one.status, one.error),
        str(one.attempts),
        shown(one.next_at) if one.next_at else "—",
    )


def _tries(webhook: str, number: int, as_json: bool) -> None:
    with _looking_after(as_json=as_json) as webhooks:
        delivery, tries = webhooks.delivery(webhook, number)
    if as_json:
        print_json({**vars(delivery), "tries": tries})
        return
    table(("", "", "", "", "", "", "", ""), [_delivery_line(delivery)], flexible=3)
    headings = ("", _("when"), _("answer"), _("milliseconds"))
    lines = [(str(one.number), shown(one.at), answered(one.status, one.error), str(one.milliseconds)) for one in tries]
    table(headings, lines)


def _redeliver(webhook: Which, number: Number, by: o.By = "", as_json: o.AsJson = False) -> None:
    with _looking_after(by, as_json=as_json) as webhooks:
        made = webhooks.redeliver(webhook, number)
    if as_json:
        print_json(made)
    else:
        show(_("Delivery {number} is on its way once more, with the same id.", number=made.number))


def _prune(
    days: Annotated[int, typer.Option("--days", min=1, help=N_("What is older than so many days is removed."))] = 30,
    as_json: o.AsJson = False,
) -> None:
    with _looking_after(as_json=as_json) as webhooks:
        removed = webhooks.prune(days)
    if as_json:
        print_json({"removed": removed})
    else:
        show(_("Deliveries removed: {number}", number=removed))
