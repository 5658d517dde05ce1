"""`telecart update`: signed updates of this cart."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click
import msgspec

from edge import settings as settings_file
from edge.domain.text import sanitise_line
from edge.settings import Settings

if TYPE_CHECKING:
    from edge.mains.update import Updates


def _settings(context: click.Context) -> Settings:
    config, data = context.obj
    return settings_file.read(config, data)


def _updates(context: click.Context, come_from: str = "") -> Updates:
    from edge.mains.update import Systemd, Updates

    config, data = context.obj
    options = [*(("--config", str(config)) if config else ()), *(("--data", str(data)) if data else ())]
    settings = _settings(context)
    return Updates(settings, Systemd(settings, options), come_from)


def _say(text: str) -> None:
    click.echo(sanitise_line(text), err=True)


_FROM = click.option(
    "--from",
    "come_from",
    default="",
    metavar="PLACE",
    help="A repository (https://..., a folder) instead of the settings'.",
)


@click.group()
def update() -> None:
    """Signed updates of this cart."""


@update.command()
@_FROM
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def check(context: click.Context, *, come_from: str, as_json: bool) -> None:
    """What the region offers to this cart. Nothing of it is fetched."""
    updates = _updates(context, come_from)
    found, running = updates.check(), updates.status().running
    offered = found.release.id if found.release else ""
    if as_json:
        debian = found.offer.debian if found.offer else ""
        click.echo(json.dumps({"running": running, "offered": offered, "debian": debian}))
    elif not offered or offered == running:
        click.echo(f"nothing new; {running or 'no release'} runs")
    else:
        click.echo(f"{offered} is offered; {running or 'no release'} runs")


@update.command()
@_FROM
@click.option("--again", is_flag=True, help="Also a release that was bad once.")
@click.pass_context
def apply(context: click.Context, *, come_from: str, again: bool) -> None:
    """Brings in what is offered, and switches to it unless somebody is served."""
    from sync.update.switching import Outcome

    told = _updates(context, come_from).apply(_say, again=again)
    click.echo(sanitise_line(told.what))
    if told.outcome is Outcome.TAKEN_BACK:
        sys.exit(1)


@update.command()
@click.pass_context
def rollback(context: click.Context) -> None:
    """Back to the release before, unless somebody is served. The one that runs is not taken again by itself."""
    click.echo(sanitise_line(_updates(context).back().what))


@update.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def status(context: click.Context, *, as_json: bool) -> None:
    """What runs, what is installed, and what was bad."""
    found = _updates(context).status()
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    click.echo(f"{found.running or 'no release'} runs" + (f", on trial after {found.back}" if found.trial else ""))
    for name in found.installed:
        if name != found.running:
            click.echo(f"{name} is installed" + (", to go back to" if name == found.back else ""))
    for name, why in found.bad.items():
        click.echo(sanitise_line(f"{name} was bad: {why}"))


@update.command(hidden=True)
@click.pass_context
def settle(context: click.Context) -> None:
    """Judges a release that is on trial since an updater was ended."""
    told = _updates(context).settle()
    if told is not None:
        click.echo(sanitise_line(told.what))


@update.command(hidden=True)
@click.pass_context
def selftest(context: click.Context) -> None:
    """This release tries itself on a copy of the store."""
    from edge.mains import logs, update as work

    logs.configure("update")  # standard output is for the answer
    click.echo(json.dumps(work.selftest(_settings(context))))
