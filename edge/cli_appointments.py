"""`telecart appointments ...`: when residents are seen from afar. Imports a main only when it is asked for."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import TYPE_CHECKING

import click

from edge import settings as settings_file
from edge.domain.opinion import Specialty, Urgency
from edge.domain.text import sanitise_line
from edge.settings import Settings

if TYPE_CHECKING:
    from edge.domain.appointment import Appointment

_WHEN = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M%z"])


def _settings(context: click.Context) -> Settings:
    config, data = context.find_root().obj
    return settings_file.read(config, data)


@click.group()
def appointments() -> None:
    """Calls that are planned with somebody afar. One allows nothing: the resident agrees when it begins."""


@appointments.command("list")
@click.option("--patient", default="", metavar="ID", help="Of this resident alone.")
@click.option("--open", "only_open", is_flag=True, help="Without those that are done, missed or cancelled.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def appointments_list(context: click.Context, *, patient: str, only_open: bool, as_json: bool) -> None:
    """By their time: all that are open, and the newest of what is over."""
    from edge.mains import appointments as work

    found = [
        one
        for one in asyncio.run(work.listed(_settings(context)))
        if patient in {"", one.patient_id} and (one.open or not only_open)
    ]
    if as_json:
        click.echo(json.dumps([_fields(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        click.echo(sanitise_line(_line(one)))


def _fields(one: Appointment) -> dict[str, str | int | None]:
    return {
        "id": one.id,
        "patient": one.patient_id,
        "starts": one.starts.isoformat(),
        "expected": one.expected.isoformat(),
        "minutes": int(one.lasts.total_seconds() // 60),
        "state": one.state.value,
        "why": one.why.value,
        "addressee": one.addressee.label,
        "rpps": one.addressee.rpps,
        "specialty": one.specialty.value if one.specialty else "",
        "urgency": one.urgency.value,
        "request": one.request_id,
        "delay_minutes": one.delay.minutes if one.delay else None,
        "delay_by": one.delay.by if one.delay else "",
        "source": one.source,
        "planned_by": one.planned_by,
    }


def _line(one: Appointment) -> str:
    minutes = int(one.lasts.total_seconds() // 60)
    state = f"{one.state} ({one.why})" if one.why else one.state.value
    parts = [one.id, one.patient_id, f"{one.starts.astimezone():%Y-%m-%d %H:%M}", f"{minutes} min", state]
    parts += [one.addressee.label] if one.addressee.label else []
    parts += [one.specialty.value] if one.specialty else []
    parts += [f"{one.delay.minutes} min late, says {one.delay.by or 'the doctor'}"] if one.delay else []
    return "  ".join(parts)


@appointments.command("plan")
@click.option("--patient", required=True, metavar="ID")
@click.option("--at", "starts", required=True, type=_WHEN, help="In the time of this cart: 2026-11-24T14:15.")
@click.option("--minutes", type=click.IntRange(5, 180), default=20, show_default=True)
@click.option(
    "--with", "addressee", default="", metavar="NAME", help="The doctor; of the settings where it is left out."
)
@click.option("--rpps", default="", metavar="NUMBER", help="Of the doctor.")
@click.option("--specialty", type=click.Choice([one.value for one in Specialty]))
@click.option("--urgency", type=click.Choice([one.value for one in Urgency]), default=Urgency.ROUTINE.value)
@click.option("--request", default="", metavar="ID", help="The request for an opinion that is its dossier.")
@click.pass_context
def appointments_plan(
    context: click.Context,
    *,
    patient: str,
    starts: dt.datetime,
    minutes: int,
    addressee: str,
    rpps: str,
    specialty: str | None,
    urgency: str,
    request: str,
) -> None:
    """One for a resident; the screen reminds of it."""
    from edge.mains import appointments as work

    done = asyncio.run(
        work.plan(
            _settings(context),
            patient,
            starts.astimezone(),
            minutes,
            (addressee.strip(), rpps),
            Specialty(specialty) if specialty else None,
            Urgency(urgency),
            request,
        )
    )
    click.echo(f"planned: {done.id}")


@appointments.command("move")
@click.argument("appointment_id", metavar="ID")
@click.option("--at", "starts", required=True, type=_WHEN)
@click.pass_context
def appointments_move(context: click.Context, *, appointment_id: str, starts: dt.datetime) -> None:
    """To another time."""
    from edge.mains import appointments as work

    asyncio.run(work.move(_settings(context), appointment_id, starts.astimezone()))
    click.echo("moved")


@appointments.command("delay")
@click.argument("appointment_id", metavar="ID")
@click.option("--minutes", required=True, type=click.IntRange(0, 240), help="After the time that was planned.")
@click.option("--by", default="", metavar="NAME", help="Who says so; the doctor where it is left out.")
@click.pass_context
def appointments_delay(context: click.Context, *, appointment_id: str, minutes: int, by: str) -> None:
    """The doctor telephoned: by how much he is late. The screen says it at once."""
    from edge.mains import appointments as work

    asyncio.run(work.delay(_settings(context), appointment_id, minutes, by.strip()))
    click.echo("noted")


@appointments.command("cancel")
@click.argument("appointment_id", metavar="ID")
@click.pass_context
def appointments_cancel(context: click.Context, *, appointment_id: str) -> None:
    """It stays in the list as cancelled."""
    from edge.mains import appointments as work

    asyncio.run(work.cancel(_settings(context), appointment_id))
    click.echo("cancelled")
