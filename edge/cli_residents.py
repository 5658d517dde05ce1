"""`telecart residents ...`: who lives here. Imports a main only when it is asked for."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from pathlib import Path

import click

from edge import settings as settings_file


@click.group()
def residents() -> None:
    """The residents whom this cart knows."""


@residents.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def residents_import(context: click.Context, *, file: Path, as_json: bool) -> None:
    """Takes in the residents of FILE (CSV, separated by ; or ,), all of them or nobody.

    \b
    Columns: ipp;nom_naissance;prenoms;date_naissance;sexe;chambre
    and where they are known: nom_utilise;statut;attributs;matricule_ins;oid_ins;allergies;sortie;photo
    Allergies are separated by |; empty is unknown, "aucune" is none known. photo is a JPEG or PNG file, named from the
    folder of FILE; the picture is kept small. One that is not taken is told, its resident is taken in.
    """
    from edge.mains import residents as work

    config, data = context.find_root().obj
    done = asyncio.run(work.bring_in(settings_file.read(config, data), file))
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(done)))
    else:
        for one in (*done.wrong, *done.photos_wrong):
            click.echo(f"telecart: {file.name}, line {one.line}: {one.reason}", err=True)
        if done.wrong:
            click.echo("telecart: nobody was taken in; correct these lines and import the file again", err=True)
        else:
            click.echo(
                f"{done.residents} residents, {done.changed} of them new or changed"
                + (f"; {done.photos} new photos" if done.photos else "")
            )
    if done.wrong or done.photos_wrong:
        sys.exit(1)
