"""`telecart audit ...`: who did what. Imports a main only when it is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import click

from edge import settings as settings_file
from edge.domain.fault import Fault, Reason
from edge.domain.text import sanitise_line
from edge.settings import Settings


def _settings(context: click.Context) -> Settings:
    config, data = context.find_root().obj
    return settings_file.read(config, data)


@click.group()
def audit() -> None:
    """Who did what on this cart, on whom, when and from where."""


@audit.command("list")
@click.option(
    "--last", default=50, type=click.IntRange(1), show_default=True, help="How many entries, the newest ones."
)
@click.option("--json", "as_json", is_flag=True, help="JSON lines, as in an export.")
@click.pass_context
def audit_list(context: click.Context, *, last: int, as_json: bool) -> None:
    """The newest entries. Residents are named by their ids."""
    from edge.mains import audit as work

    for link in work.newest(_settings(context), last):
        click.echo(work.as_json(link) if as_json else sanitise_line(work.as_line(link)))


@audit.command("export")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new file.")
@click.pass_context
def audit_export(context: click.Context, *, out: Path) -> None:
    """The whole trail, signed by this cart. Carry it away: what is rewritten here later shows against it."""
    from edge.mains import audit as work

    done = work.export(_settings(context), out)
    click.echo(f"{done.entries} entries, signed by {done.public_key}")


@audit.command("key")
@click.pass_context
def audit_key(context: click.Context) -> None:
    """The public key that verifies the exports of this cart. Note it where nobody at the cart can change it."""
    from edge.mains import audit as work

    click.echo(work.public_key(_settings(context)))


@audit.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", default="", metavar="HEX", help="The cart's public key; without it the file vouches for itself.")
@click.option("--alone", is_flag=True, help="The file only: this is not the cart that it comes from.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def audit_verify(context: click.Context, *, file: Path, key: str, alone: bool, as_json: bool) -> None:
    """Whether an export is as it was signed, and whether the trail of this cart goes on from it."""
    from edge.mains import audit as work

    found = work.verify(_settings(context), file, key, alone=alone)
    if as_json:
        row = {
            "cart": found.cart,
            "made": found.made,
            "entries": found.entries,
            "public_key": found.public_key,
            "key_given": bool(key),
            "compared": found.compared,
            "newer": found.newer,
            "findings": found.findings,
        }
        click.echo(json.dumps(row, ensure_ascii=False))
    else:
        vouched = "" if key else ", as it says itself: give --key"
        click.echo(
            sanitise_line(
                f"{found.entries} entries of {found.cart}, {found.made}, signed by {found.public_key}{vouched}"
            )
        )
        if found.compared and not found.findings:
            click.echo(f"the trail of this cart goes on from it, with {found.newer} entries since")
        for finding in found.findings:
            click.echo(sanitise_line(finding))
    if found.findings:
        raise Fault(
            Reason.STORE_DAMAGED,
            f"this trail is not what was written: {found.findings[0]}",
            "keep the file and the store as they are, call the fleet admin",
        )
