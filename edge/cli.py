"""The `telecart` command. Imports a main only when it is asked for."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import BinaryIO

import click

from edge import settings as settings_file
from edge.domain.fault import Fault, Reason
from edge.domain.text import sanitise_line
from edge.settings import Settings


class _Cart(click.Group):
    def invoke(self, ctx: click.Context) -> object:
        """As click does, and a Fault becomes one plain line on standard error and exit status 1."""
        try:
            return super().invoke(ctx)
        except Fault as fault:
            click.echo(f"telecart: {sanitise_line(str(fault))}", err=True)
            sys.exit(1)


@click.group(cls=_Cart)
@click.option("--data", type=click.Path(path_type=Path), envvar="TELECART_DATA", help="Where the cart's state is.")
@click.option("--config", type=click.Path(path_type=Path), envvar="TELECART_CONFIG", help="The settings file.")
@click.pass_context
def main(context: click.Context, data: Path | None, config: Path | None) -> None:
    """Software of a telemedicine cart."""
    context.obj = (config, data)


def _settings(context: click.Context) -> Settings:
    config, data = context.obj
    return settings_file.read(config, data)


@main.command()
@click.pass_context
def edge(context: click.Context) -> None:
    """Peripherals, store and door of this cart."""
    from edge.mains import edge as process
    from edge.mains.process import run

    run("edge", process.run(_settings(context)))


@main.command()
@click.pass_context
def sync(context: click.Context) -> None:
    """Brings what is saved to the PACS and the FHIR server."""
    from edge.mains import sync as process
    from edge.mains.process import run

    run("sync", process.run(_settings(context)))


@main.command()
@click.pass_context
def media(context: click.Context) -> None:
    """Cameras, sound and the consultation."""
    from edge.mains import media as process
    from edge.mains.process import run

    run("media", process.run(_settings(context)))


@main.command()
@click.pass_context
def ui(context: click.Context) -> None:
    """The bedside screen, on this terminal."""
    from edge.mains import ui as process

    process.run(_settings(context))


@main.command()
@click.option("--headless", is_flag=True, help="A scripted round instead of the screen, then a report.")
@click.option("--report", type=click.Path(path_type=Path), help="Write the report of the headless round there.")
@click.option("--pacs", metavar="AET@HOST:PORT", help="Send the DICOM objects to this PACS.")
@click.pass_context
def demo(context: click.Context, *, headless: bool, report: Path | None, pacs: str | None) -> None:
    """The whole cart on simulated peripherals, an embedded PACS and a FHIR endpoint."""
    from edge.mains import demo as whole

    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    sys.exit(whole.main(context.obj[1], headless=headless or not on_terminal, report=report, pacs=pacs))


@main.command()
@click.option("--json", "as_json", is_flag=True)
def models(*, as_json: bool) -> None:
    """The catalog of peripherals."""
    from drivers import catalog

    rows = [
        {
            "name": model.name,
            "label": model.label,
            "link": model.link,
            "facts": model.facts,
            "sure": model.sure.value,
            "tried_on_hardware": model.tried_on_hardware,
        }
        for model in catalog.MODELS
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        tried = "tried on hardware" if row["tried_on_hardware"] else "not tried on hardware"
        click.echo(f"{row['name']:16} {row['link']:7} {row['sure']:12} {tried:22} {row['facts']}")


@main.command()
@click.argument("model")
@click.argument("file", type=click.File("rb"))
@click.option("--hex", "as_hex", is_flag=True, help="FILE holds lines of hex instead of raw bytes.")
def decode(*, model: str, file: BinaryIO, as_hex: bool) -> None:
    """Recorded bytes of a device (FILE, or - for standard input) to measurements as JSON lines."""
    from drivers import catalog
    from drivers.models.model import BleModel, SerialModel
    from edge.mains import decode as frames

    match catalog.BY_NAME.get(model):
        case BleModel() | SerialModel() as found:
            for line in frames.decode(found, file.read(), as_hex=as_hex):
                click.echo(line)
        case _:
            raise Fault(
                Reason.UNKNOWN_DEVICE, f"no device whose bytes can be decoded is called {model}", "see telecart models"
            )


@main.command()
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


if __name__ == "__main__":
    main()
