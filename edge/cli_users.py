"""`telecart users ...`: who works at the cart. Imports a main only when it is asked for."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path

import click

from edge import settings as settings_file
from edge.domain.text import sanitise_line
from edge.settings import Settings


def _settings(context: click.Context) -> Settings:
    config, data = context.find_root().obj
    return settings_file.read(config, data)


@click.group()
def users() -> None:
    """Who works at this cart."""


@users.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def users_import(context: click.Context, *, file: Path, as_json: bool) -> None:
    """Takes in the site's signed staff list FILE (TOML), whose signature lies beside it as FILE.sig."""
    from edge.mains import users as work

    taken = asyncio.run(work.take(_settings(context), file))
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(taken)))
    else:
        click.echo(
            f"list {taken.number}: {taken.people} people until {taken.expires}, {taken.gone} no longer on the list"
        )


@users.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def users_list(context: click.Context, *, as_json: bool) -> None:
    """The people of the newest list, and who was let in at the screen until the end of a shift."""
    from edge.mains import users as work

    found = asyncio.run(work.people(_settings(context)))
    listed = [dataclasses.asdict(one) for one in found.staff.members] if found.staff else []
    rows = listed + [dataclasses.asdict(one.member) | {"let_in_by": one.let_in_by} for one in found.let_in]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, default=str))
        return
    for row in rows:
        until = row["until"] or (f"{row['ends']:%m-%d %H:%M}Z" if row["ends"] else "")
        click.echo(sanitise_line(f"{row['id']:20} {row['role']:14} {row['rpps']:12} {until!s:10} {row['name']}"))


@users.command("reset-pin")
@click.argument("member_id", metavar="ID")
@click.pass_context
def users_reset_pin(context: click.Context, *, member_id: str) -> None:
    """ID chooses another PIN at the next sign-in."""
    from edge.mains import users as work

    asyncio.run(work.take_pin_away(_settings(context), member_id))


@users.command("invite")
@click.argument("member_id", metavar="ID")
@click.pass_context
def users_invite(context: click.Context, *, member_id: str) -> None:
    """Prints a start code for ID, who has no badge at hand: good for one choice of a PIN, within 24 hours."""
    from edge.mains import users as work

    click.echo(asyncio.run(work.invite(_settings(context), member_id)))


@users.command("key")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new file, for whoever signs the lists.")
def users_key(*, out: Path) -> None:
    """Makes the key that signs staff lists, and prints the line for the carts' settings. Not to be done on a cart."""
    from edge.mains import users as work

    click.echo(f'[staff]\npublic_key = "{work.make_key(out)}"')


@users.command("sign")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", "key_file", required=True, type=click.Path(path_type=Path))
def users_sign(*, file: Path, key_file: Path) -> None:
    """Signs the staff list FILE: writes FILE.sig."""
    from edge.mains import users as work

    click.echo(str(work.sign(file, key_file)))
