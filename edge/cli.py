"""The `telecart` command. Imports a main only when it is asked for."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import BinaryIO

import click

from edge import (
    cli_appointments,
    cli_audit,
    cli_consent,
    cli_destinations,
    cli_handover,
    cli_identity,
    cli_opinions,
    cli_outbox,
    cli_priors,
    cli_release,
    cli_rendezvous,
    cli_report,
    cli_residents,
    cli_rounds,
    cli_store,
    cli_update,
    cli_users,
    settings as settings_file,
)
from edge.domain.body_site import BodySite, Side
from edge.domain.dossier import DocumentRole
from edge.domain.fault import Fault, Reason
from edge.domain.photo import Shows, View
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
    from edge.mains.lean import OF_SYNC, without

    with without(OF_SYNC):
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
@click.option("--browser", is_flag=True, help="For a browser on this machine: prints the address of the page.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Of the page for the browser; any free one if not said."
)
@click.pass_context
def ui(context: click.Context, *, browser: bool, port: int) -> None:
    """The bedside screen, on this terminal."""
    # what is imported stays: looking for garbage in it only keeps the first page waiting (ui/bedside/tidying.py goes on)
    gc.disable()
    from edge.mains import browser as served, ui as process

    if browser:
        gc.enable()
        served.run(_settings(context), _places(context), port)
    else:
        process.run(_settings(context))


def _places(context: click.Context) -> list[str]:
    """The options of `telecart` that a process of its own is given again."""
    config, data = context.obj
    return [*(("--config", str(config)) if config else ()), *(("--data", str(data)) if data else ())]


@main.command()
@click.option("--headless", is_flag=True, help="A scripted round instead of the screen, then a report.")
@click.option("--report", type=click.Path(path_type=Path), help="Write the report of the headless round there.")
@click.option("--pacs", metavar="AET@HOST:PORT", help="Send the DICOM objects to this PACS.")
@click.option("--browser", is_flag=True, help="Show the screen in a browser on this machine instead of this terminal.")
@click.pass_context
def demo(context: click.Context, *, headless: bool, report: Path | None, pacs: str | None, browser: bool) -> None:
    """The whole cart on simulated peripherals, an embedded PACS and a FHIR endpoint."""
    from edge.mains import demo as whole

    if headless and browser:
        raise click.UsageError("--headless shows no screen, so there is none for a browser")
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    headless = headless or not (on_terminal or browser)
    sys.exit(whole.main(context.obj[1], headless=headless, report=report, pacs=pacs, browser=browser))


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
    """Recorded bytes of a device (FILE, or - for standard input) to measurements as JSON lines, a recording to its leads."""
    from drivers import catalog
    from drivers.models.model import BleModel, FileModel, SerialModel
    from edge.mains import decode as frames, recordings

    match catalog.BY_NAME.get(model):
        case BleModel() | SerialModel() as found:
            for line in frames.decode(found, file.read(), as_hex=as_hex):
                click.echo(line)
        case FileModel() as found:
            for line in recordings.decode(found, file.read()):
                click.echo(line)
        case _:
            raise Fault(
                Reason.UNKNOWN_DEVICE, f"no device whose bytes can be decoded is called {model}", "see telecart models"
            )


@main.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--patient", "patient_id", required=True, metavar="ID", help="Whose they are.")
@click.option(
    "--view",
    type=click.Choice([view.value for view in View]),
    default=View.OVERVIEW.value,
    help="What photos show.",
)
@click.option("--site", type=click.Choice([site.value for site in BodySite]), help="Of which part of the body.")
@click.option("--side", type=click.Choice([side.value for side in Side]), help="The resident's right or left.")
@click.option("--intimate", is_flag=True, help="Marks photos as intimate whose site does not say it.")
@click.option(
    "--as",
    "role",
    type=click.Choice([role.value for role in DocumentRole]),
    help="A PDF that goes with requests for an opinion.",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def import_files(
    context: click.Context,
    *,
    files: tuple[Path, ...],
    patient_id: str,
    view: str,
    site: str | None,
    side: str | None,
    intimate: bool,
    role: str | None,
    as_json: bool,
) -> None:
    """Recordings and photos (SCP-ECG, EDF, DICOM ECG, JPEG) into the store, for one resident."""
    from edge.mains import importing

    if role is not None:
        cli_opinions.bring_documents(_settings(context), files, patient_id, role, as_json=as_json)
        return
    try:
        shows = Shows.of(view, site or "", side or "", intimate=intimate)
    except ValueError as exc:
        raise click.UsageError("--side is of a --site of which there are two") from exc

    async def all_of_them() -> bool:
        failed = False
        async for outcome in importing.bring_in(_settings(context), files, patient_id, shows):
            failed |= outcome.failed
            if as_json:
                row = {
                    "file": click.format_filename(outcome.file),
                    "outcome": "failed" if outcome.failed else outcome.said,
                }
                row |= {"kind": outcome.kind} if outcome.kind else {}
                click.echo(json.dumps(row | ({"reason": outcome.said} if outcome.failed else {}), ensure_ascii=False))
            if outcome.failed or not as_json:
                click.echo(sanitise_line(f"{click.format_filename(outcome.file)}: {outcome.said}"), err=outcome.failed)
        return failed

    if asyncio.run(all_of_them()):
        sys.exit(1)


@main.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--only", metavar="NAME", help="One figure instead of all.")
def bench(*, as_json: bool, only: str | None) -> None:
    """How fast this machine runs it: each figure beside its limit and a peer's."""
    from edge.mains.bench import run as figures

    found = figures.measure(only, _progress if sys.stderr.isatty() else lambda _: None)
    if as_json:
        click.echo(figures.as_json(found))
        return
    for line in figures.as_lines(found):
        click.echo(line)


@main.command()
@click.argument("model")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new file.")
@click.option("--port", default="", help="The serial line, or a socket:// or rfc2217:// address.")
@click.option("--seconds", type=float, help="How long; else until it is interrupted.")
@click.option("--stored", is_flag=True, help="The newest recording in its memory instead of what it measures now.")
@click.pass_context
def record(context: click.Context, *, model: str, out: Path, port: str, seconds: float | None, stored: bool) -> None:
    """What a real device says, ready to become a capture."""
    from drivers import catalog
    from drivers.models.model import BleModel, SerialModel
    from edge.mains import record as recording

    found = catalog.BY_NAME.get(model)
    if not isinstance(found, BleModel | SerialModel):
        raise Fault(Reason.UNKNOWN_DEVICE, f"no device that can be recorded is called {model}", "see telecart models")
    found = recording.from_memory(found) if stored else found
    work = recording.record(_settings(context), found, out, port, seconds, _progress)
    try:
        count = asyncio.run(work)
    except KeyboardInterrupt:
        _progress("stopped")
        return
    _progress(f"{count} lines")


def _progress(text: str) -> None:
    click.echo(sanitise_line(text), err=True)


def _say_of_device(work: Coroutine[None, None, str]) -> None:
    """What the bedside would say, in English."""
    from drivers.english import english

    try:
        click.echo(sanitise_line(english(asyncio.run(work))))
    except Fault as fault:
        raise Fault(fault.reason, english(fault.what), english(fault.do)) from fault


@main.group()
def devices() -> None:
    """The Bluetooth devices of this cart."""


@devices.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def devices_list(context: click.Context, *, as_json: bool) -> None:
    """What is on the list, and what is nearby."""
    import msgspec

    from edge.mains import devices as work

    known, nearby = asyncio.run(work.listing(_settings(context)))
    if as_json:
        click.echo(msgspec.json.encode({"devices": known, "nearby": nearby}).decode())
        return
    for card in known:
        state = "connected" if card.connected else "not connected"
        trust = "on the list" if card.trusted else "UNKNOWN"
        battery = "" if card.battery_percent is None else f"  battery {card.battery_percent} %"
        line = f"{card.id:20} {card.model:18} {card.label_en:31} {trust:12} {state}{battery}  {card.what_en}"
        click.echo(sanitise_line(line).rstrip())
    for one in nearby:
        line = f"{one.id:20} {one.model:18} {one.label_en:31} {'nearby':12} {one.rssi} dBm  {one.name}"
        click.echo(sanitise_line(line).rstrip())


@devices.command("pair")
@click.argument("device", default="")
@click.option("--user", type=click.IntRange(0, 254), help="The user slot on a scale that keeps users apart.")
@click.option("--consent", type=click.IntRange(0, 9999), help="The consent code of that slot.")
@click.pass_context
def devices_pair(context: click.Context, *, device: str, user: int | None, consent: int | None) -> None:
    """Takes DEVICE (its address) in, or the only new one that is switched on nearby."""
    from edge.mains import devices as work

    if (user is None) != (consent is None):
        raise click.UsageError("--user and --consent belong together")
    agreed = None if user is None or consent is None else (user, consent)

    async def passkey() -> int:
        typed: int = await asyncio.to_thread(click.prompt, "its six digits", type=click.IntRange(0, 999_999))
        return typed

    _say_of_device(work.pair(_settings(context), device.upper(), agreed, passkey, _progress))


@devices.command("forget")
@click.argument("device")
@click.pass_context
def devices_forget(context: click.Context, *, device: str) -> None:
    """Takes DEVICE off the list, and its bond away."""
    from edge.mains import devices as work

    _say_of_device(work.forget(_settings(context), device.upper()))


@devices.command("test")
@click.argument("device")
@click.pass_context
def devices_test(context: click.Context, *, device: str) -> None:
    """Connects to DEVICE and says what it answers."""
    from edge.mains import devices as work

    _say_of_device(work.test(_settings(context), device.upper()))


main.add_command(cli_audit.audit)
main.add_command(cli_identity.identity)
main.add_command(cli_residents.residents)
main.add_command(cli_consent.consent)
main.add_command(cli_appointments.appointments)
main.add_command(cli_store.store)
main.add_command(cli_users.users)
main.add_command(cli_outbox.outbox)
main.add_command(cli_handover.handover)
main.add_command(cli_rounds.rounds)
main.add_command(cli_opinions.opinions)
main.add_command(cli_priors.priors)
main.add_command(cli_report.report)
main.add_command(cli_rendezvous.rendezvous)
main.add_command(cli_release.release)
main.add_command(cli_update.update)
main.add_command(cli_destinations.destination)
main.add_command(cli_destinations.export)
main.add_command(cli_destinations.worklist)


if __name__ == "__main__":
    main()
