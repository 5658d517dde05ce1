"""`telecart report`: the report of an encounter and what its billing needs. Imports a main only when it is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import click

from edge import settings as settings_file
from edge.domain.report import Language
from edge.domain.text import sanitise, sanitise_line


@click.command()
@click.option("--encounter", required=True, metavar="ID", help="Which round, by its id.")
@click.option("--to", metavar="FILE", type=click.Path(path_type=Path), help="A new PDF file, for its owner only.")
@click.option("--language", type=click.Choice(get_args(Language)), default="fr", show_default=True)
@click.option("--slip", is_flag=True, help="What the doctor's billing needs, in place of the report; as text too.")
@click.option("--send", is_flag=True, help="To every PACS, record and mailbox of the settings, in place of a file.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def report(
    context: click.Context,
    *,
    encounter: str,
    to: Path | None,
    language: Language,
    slip: bool,
    send: bool,
    as_json: bool,
) -> None:
    """The report of an encounter as one PDF. It is not encrypted."""
    from edge.mains import reporting as work

    if (send and (slip or to is not None)) or not (send or slip or to is not None):
        raise click.UsageError("give --to FILE, --send, or --slip with or without --to FILE")
    config, data = context.find_root().obj
    settings = settings_file.read(config, data)
    if send:
        number, names = work.send(settings, encounter, language)
        if as_json:
            click.echo(json.dumps({"item": number, "destinations": names}))
        else:
            click.echo(sanitise_line(f"{number}  goes to {', '.join(names)}"))
        return
    said = ""
    if slip:
        said = work.write_slip(settings, encounter, to, language)
    elif to is not None:
        work.write(settings, encounter, to, language)
    if as_json:
        click.echo(json.dumps({"file": str(to) if to else None, "text": said or None}, ensure_ascii=False))
    else:
        click.echo(sanitise(said) if said else sanitise_line(str(to)), nl=not said)
