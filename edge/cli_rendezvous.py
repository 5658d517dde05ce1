"""`telecart rendezvous`: the region's side of a call, and the keys by which it knows its carts."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(invoke_without_command=True)
@click.pass_context
def rendezvous(context: click.Context) -> None:
    """Where carts and browsers of a region meet. Its settings are --config, or /etc/telecart/rendezvous.toml."""
    if context.invoked_subcommand is not None:
        return
    from edge import rendezvous_settings
    from edge.mains import rendezvous as process
    from edge.mains.process import run

    config, _ = context.obj
    run("rendezvous", process.run(rendezvous_settings.read(config)))


@rendezvous.command()
@click.argument("file", type=click.Path(path_type=Path))
def key(file: Path) -> None:
    """Makes this cart's key of calls in FILE, or reads it there, and prints what the region lists."""
    from sync.meeting.keys import CartKey

    if file.exists():
        made = CartKey.read(file)
    else:
        made = CartKey.fresh()
        made.write(file)
    click.echo(made.public)
