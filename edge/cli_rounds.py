"""`telecart rounds`: what was done in a round, for the residents' record. Imports a main only when it is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import click

from edge import settings as settings_file
from edge.domain.fault import Fault, Reason
from edge.domain.text import sanitise_line


@click.group()
def rounds() -> None:
    """What was done in a round, for the residents' record."""


@rounds.command()
@click.option("--encounter", default="", metavar="ID", help="Of this round.")
@click.option("--resident", default="", metavar="ID", help="Of this resident's newest round.")
@click.option(
    "--hours", type=click.FloatRange(min=0.1, max=24 * 31), help="With --resident: of all rounds of so many hours."
)
@click.option("--json", "as_json", is_flag=True, help="For a program.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A new file, readable by its owner alone.")
@click.pass_context
def text(
    context: click.Context, *, encounter: str, resident: str, hours: float | None, as_json: bool, out: Path | None
) -> None:
    """To be pasted as transmissions ciblées (cible, données, actions, résultats), in French."""
    from edge.mains import rounds as work

    if bool(encounter) == bool(resident):
        raise click.UsageError("give --encounter or --resident")
    if hours is not None and not resident:
        raise click.UsageError("--hours goes with --resident")
    config, data = context.find_root().obj
    found = work.texts(settings_file.read(config, data), encounter, resident, hours)
    if as_json:
        told = [
            {
                "encounter": one.encounter_id,
                "resident": one.patient_id,
                "opened": one.opened.isoformat(),
                "text": one.text,
            }
            for one in found
        ]
        written = json.dumps(told, ensure_ascii=False) + "\n"
    else:
        written = "\n".join("".join(f"{sanitise_line(row)}\n" for row in one.text.splitlines()) for one in found)
    if out is None:
        click.echo(written, nl=False)
        return
    try:
        out.touch(mode=0o600, exist_ok=False)
        out.write_text(written, encoding="utf-8")
    except OSError as exc:
        raise Fault(Reason.NOT_ALLOWED, f"{out} cannot be written: {exc.strerror}", "give another --out") from exc
