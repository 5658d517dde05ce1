"""`telecart outbox ...`: what waits, and what a person does about it. Imports a main only when it is asked for."""

from __future__ import annotations

import datetime as dt
import json

import click

from edge import settings as settings_file
from edge.domain.body_site import BodySite, Side
from edge.domain.photo import View
from edge.domain.text import sanitise_line
from edge.settings import Settings


def _settings(context: click.Context) -> Settings:
    config, data = context.find_root().obj
    return settings_file.read(config, data)


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def outbox(context: click.Context, *, as_json: bool) -> None:
    """What waits to be received, since when, why, and what a person can do."""
    if context.invoked_subcommand is not None:
        return
    from edge.mains import outbox as work

    rows = work.waiting(_settings(context))
    if as_json:
        click.echo(json.dumps(rows))
        return
    if not rows:
        click.echo("nothing waits")
    now = dt.datetime.now(dt.UTC)
    for row in rows:
        since = work.age(str(row["taken"]), now)
        line = f"{row['item']}  {row['kind']:15} to {row['destination']:10} {row['state']:13} {since:>6}  {row['what']}"
        click.echo(sanitise_line(line).rstrip())
        click.echo(sanitise_line(f"{'':38}{row['do']}"))


@outbox.command()
@click.argument("item", default="")
@click.option("--to", "destination", metavar="NAME", help="Only at this destination.")
@click.option("--all", "everything", is_flag=True, help="Whatever waits for a person.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def release(context: click.Context, *, item: str, destination: str | None, everything: bool, as_json: bool) -> None:
    """Sends ITEM again as it is, once what kept it from being received is put right."""
    from edge.mains import outbox as work

    if bool(item) == everything:
        raise click.UsageError("name one ITEM, or give --all")
    _say(
        [(one.item_id, one.destination) for one in work.let_go(_settings(context), item or None, destination)], as_json
    )


@outbox.command()
@click.argument("item", default="")
@click.option("--resident", metavar="ID", help="Everything of a resident whose name, birth date or sex was corrected.")
@click.option("--view", type=click.Choice([view.value for view in View]), help="What the photo shows.")
@click.option("--site", type=click.Choice([site.value for site in BodySite]), help="Of which part of the body it is.")
@click.option("--side", type=click.Choice([side.value for side in Side]), help="The resident's right or left.")
@click.option("--lead", "leads", metavar="OLD=NEW", multiple=True, help="Another name for a lead of the ECG.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def correct(
    context: click.Context,
    *,
    item: str,
    resident: str | None,
    view: str | None,
    site: str | None,
    side: str | None,
    leads: tuple[str, ...],
    as_json: bool,
) -> None:
    """Corrects what is said of ITEM and sends it anew under an identifier of its own; what was sent before is withdrawn.

    With --resident, instead of an ITEM, all that was built under former traits is built anew.
    """
    from edge.mains import outbox as work

    if bool(item) == bool(resident) or (resident and (view or site or side or leads)):
        raise click.UsageError("name one ITEM, or give --resident alone")
    if resident:
        _say([(one.item_id, one.destination) for one in work.correct_resident(_settings(context), resident)], as_json)
        return
    pairs = [lead.partition("=") for lead in leads]
    if not all(old and new for old, _, new in pairs):
        raise click.UsageError("write --lead OLD=NEW")
    names = {old: new for old, _, new in pairs}
    shown = work.Shown(View(view) if view else None, BodySite(site) if site else None, Side(side) if side else None)
    released = work.correct(_settings(context), item, shown, names)
    _say([(one.item_id, one.destination) for one in released], as_json)


def _say(released: list[tuple[str, str]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([{"item": item, "destination": destination} for item, destination in released]))
        return
    for item, destination in released:
        click.echo(sanitise_line(f"{item}  goes to {destination} again"))
    if not released:
        click.echo("nothing waits for a person")
