"""`telecart identity ...`: what a code says of a person. Imports a main only when it is asked for."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import BinaryIO

import click

from edge.domain.text import sanitise_line


@click.group()
def identity() -> None:
    """Identities as codes carry them; nothing of them is stored."""


@identity.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--allow-test", is_flag=True, help="Take a matricule of test or demonstration too.")
def parse(*, as_json: bool, allow_test: bool) -> None:
    """The traits in the payload of an INS Data Matrix, which is read from standard input."""
    from edge.mains import identity as main

    _tell(main.parse(sys.stdin.buffer.read(main.LONGEST_PAYLOAD + 1), allow_test=allow_test), as_json=as_json)


@identity.command()
@click.argument("image", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True)
@click.option("--allow-test", is_flag=True, help="Take a matricule of test or demonstration too.")
def read(*, image: BinaryIO, as_json: bool, allow_test: bool) -> None:
    """The traits of the INS Data Matrix in the picture IMAGE (JPEG, PNG)."""
    from edge.mains import identity as main

    _tell(main.read(image.read(main.LARGEST_PICTURE + 1), allow_test=allow_test), as_json=as_json)


def _tell(found: object, *, as_json: bool) -> None:
    """Exits 1 where it is no identity."""
    from edge.mains.identity import Refused, Traits

    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found), ensure_ascii=False))  # type: ignore[call-overload]
    elif isinstance(found, Traits):
        for name, value in dataclasses.asdict(found).items():
            click.echo(sanitise_line(f"{name:18} {' '.join(value) if isinstance(value, tuple) else value or ''}"))
    elif isinstance(found, Refused):
        what = "; ".join(f"{one.field}: {one.reason}" for one in found.errors)
        click.echo(f"telecart: no identity: {sanitise_line(what)}; read the code again, or type the traits", err=True)
    if isinstance(found, Refused):
        sys.exit(1)
