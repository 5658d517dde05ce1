"""`telecart store ...` and `telecart outbox ...`: what a person does with the store. Imports a main only when it is asked for."""

from __future__ import annotations

import json

import click

from edge import settings as settings_file
from edge.domain.text import sanitise_line
from edge.settings import Settings


def _settings(context: click.Context) -> Settings:
    config, data = context.find_root().obj
    return settings_file.read(config, data)


@click.group()
def store() -> None:
    """The encrypted store of this cart."""


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def outbox(context: click.Context, *, as_json: bool) -> None:
    """What waits to be received, since when, and why."""
    from edge.mains import report as listing

    rows = listing.waiting(_settings(context))
    if as_json:
        click.echo(json.dumps(rows))
        return
    if not rows:
        click.echo("nothing waits")
    for row in rows:
        line = f"{row['taken']}  {row['kind']:15} to {row['destination']:10} {row['state']:13} {row['what']}"
        click.echo(sanitise_line(line))
