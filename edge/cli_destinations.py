"""`telecart destination ...` and `telecart export`: to where things go, and what goes there. Imports a main only when it is asked for."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from pathlib import Path

import click

from edge import settings as settings_file
from edge.domain.text import sanitise_line
from edge.domain.worklist import Listed
from edge.settings import Settings


def _settings(context: click.Context) -> Settings:
    config, data = context.find_root().obj
    return settings_file.read(config, data)


@click.group()
def destination() -> None:
    """The destinations of this cart."""


@destination.command("test")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def destination_test(context: click.Context, *, name: str | None, as_json: bool) -> None:
    """Asks each destination, or NAME, whether it answers and admits this cart; nothing is sent."""
    from edge.mains import reaching

    found = asyncio.run(reaching.examine(_settings(context), name))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], ensure_ascii=False))
    else:
        for one in found:
            told = f"{one.what} ({one.do})" if one.do else one.what
            click.echo(sanitise_line(f"{one.name:12} {'ok' if one.ok else 'FAILED':7} {told}"))
    if not all(one.ok for one in found):
        sys.exit(1)


@click.command()
@click.option("--study", "study_uid", required=True, metavar="UID", help="The Study Instance UID.")
@click.option("--to", required=True, metavar="DIR", type=click.Path(path_type=Path), help="A new folder.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def export(context: click.Context, *, study_uid: str, to: Path, as_json: bool) -> None:
    """The files of a study into DIR, not encrypted: DICOM as it was or would be sent, vital signs as one FHIR Bundle."""
    from edge.mains import exporting

    made = exporting.export(_settings(context), study_uid, to)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(made), ensure_ascii=False))
    else:
        for name in made.files:
            click.echo(sanitise_line(str(to / name)))
    for line in made.left_out:
        click.echo(sanitise_line(f"left out: {line}"), err=True)
    for line in made.failed:
        click.echo(sanitise_line(f"telecart: {line}"), err=True)
    if made.failed:
        sys.exit(1)


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def worklist(context: click.Context, *, as_json: bool) -> None:
    """What is asked for today, as the worklist told it last, and which of it a round has taken."""
    from edge.mains import worklist as work

    found = work.listed(_settings(context))
    if as_json:
        rows = [{**dataclasses.asdict(one.scheduled), **_seen(one)} for one in found]
        click.echo(json.dumps(rows, ensure_ascii=False, default=str))
        return
    for one in found:
        order, step = one.scheduled.order, one.scheduled
        state = "gone" if one.gone else "taken" if one.taken_by else "open"
        whose = f"{step.patient_id} ({step.issuer or 'nobody says whose'})  {step.name}"
        line = f"{step.start}  {order.accession_number:16} {state:6} {step.modality:4} {whose}  {order.description}"
        click.echo(sanitise_line(line).rstrip())
    if not found:
        click.echo("nothing is asked for")


def _seen(one: Listed) -> dict[str, str | None]:
    return {"first_seen": one.first_seen, "last_seen": one.last_seen, "gone": one.gone, "taken_by": one.taken_by}
