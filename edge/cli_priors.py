"""`telecart priors`: earlier photos and ECGs of a resident."""

from __future__ import annotations

import dataclasses
import json

import click

from edge import settings as settings_file
from edge.domain.body_site import SITES, Side
from edge.domain.prior import Prior, Search
from edge.domain.text import sanitise_line


@click.command()
@click.option("--patient", "patient_id", required=True, metavar="ID", help="Whose.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.pass_context
def priors(context: click.Context, *, patient_id: str, as_json: bool) -> None:
    """Earlier photos and ECGs of a resident: this cart's own, and those fetched from a PACS. The newest first."""
    from edge.mains.fetching import listing

    config, data = context.find_root().obj
    found = listing(settings_file.read(config, data), patient_id)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found)))
        return
    if not found.priors:
        click.echo("nothing earlier is here")
    for one in found.priors:
        click.echo(_line(one))
    for search in found.searches:
        click.echo(_searched(search))


def _line(one: Prior) -> str:
    where = SITES[one.site].english if one.site else one.region
    side = "" if one.side is None else "right" if one.side is Side.RIGHT else "left"
    parts = [
        one.taken[:16].replace("T", " ") or "no date",
        one.kind.value,
        one.title,
        " ".join(part for part in (where, side) if part),
        "intimate" if one.intimate else "",
        one.who,
        f"from {one.source}" if one.source else one.device,
    ]
    return sanitise_line("  ".join(part for part in parts if part))


def _searched(search: Search) -> str:
    left = f", {search.left_out} left out" if search.left_out else ""
    what = f": {search.what}" if search.what else ""
    return sanitise_line(f"{search.source} searched {search.at_utc[:16].replace('T', ' ')} UTC{left}{what}")
