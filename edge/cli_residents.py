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
    and where they are known: nom_utilise;statut;attributs;matricule_ins;oid_ins;allergies;sortie;photo;
    medecin_traitant;rpps_medecin;protection;representant;ald;lieu_naissance (INSEE)
    Allergies are separated by |; empty is unknown, "aucune" is none known. photo is a JPEG or PNG file, named from the
    folder of FILE; the picture is kept small. One that is not taken is told, its resident is taken in. Empty leaves the
    picture that is there, "aucune" takes it away.
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
                + (f"; {done.photos_gone} photos taken away" if done.photos_gone else "")
            )
    if done.wrong or done.photos_wrong:
        sys.exit(1)


@residents.command("photo")
@click.argument("resident_id", metavar="ID")
@click.option("--remove", is_flag=True, required=True, help="Takes it away.")
@click.pass_context
def residents_photo(context: click.Context, *, resident_id: str, remove: bool) -> None:
    """Takes the photo of the resident ID away; the resident stays.

    A photo is brought by a table: see telecart residents import.
    """
    from edge.mains import residents as work

    assert remove
    config, data = context.find_root().obj
    asyncio.run(work.take_photo_away(settings_file.read(config, data), resident_id))
    click.echo("the photo is gone")


@residents.group("movements", invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="The newest of all, not only what waits.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def residents_movements(context: click.Context, *, everything: bool, as_json: bool) -> None:
    """What the residents' record said and waits for a person: merges of residents who both have captures, and the like."""
    if context.invoked_subcommand is not None:
        return
    from edge.mains import movements as work

    config, data = context.find_root().obj
    found = asyncio.run(work.kept(settings_file.read(config, data), everything=everything))
    if as_json:
        click.echo(json.dumps([work.as_object(one) for one in found]))
        return
    for one in found:
        click.echo(work.as_line(one))
    if not found:
        click.echo("nothing waits" if not everything else "the record has said nothing yet")


@residents_movements.command("accept")
@click.argument("number", type=int)
@click.pass_context
def movements_accept(context: click.Context, *, number: int) -> None:
    """Does what movement NUMBER says. What was captured goes over; at the bedside, À QUI ? takes a merge back."""
    from edge.mains import movements as work

    config, data = context.find_root().obj
    click.echo(asyncio.run(work.accept(settings_file.read(config, data), number)))


@residents_movements.command("refuse")
@click.argument("number", type=int)
@click.pass_context
def movements_refuse(context: click.Context, *, number: int) -> None:
    """Leaves everything as it is, whatever movement NUMBER says."""
    from edge.mains import movements as work

    config, data = context.find_root().obj
    asyncio.run(work.refuse(settings_file.read(config, data), number))
    click.echo("refused; the record still says so, have it corrected there")
