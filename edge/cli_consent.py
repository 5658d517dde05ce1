"""`telecart consent ...`: what residents agreed to. Imports a main only when it is asked for."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge import settings as settings_file
from edge.domain.consent import Basis
from edge.domain.fault import Fault, Reason
from edge.domain.operator import Operator
from edge.domain.text import sanitise_line
from edge.settings import Settings

if TYPE_CHECKING:
    from edge.domain.consent import Consent

_BROUGHT = tuple(basis.value for basis in Basis if basis is not Basis.EMERGENCY)
_PDF = click.Path(path_type=Path, dir_okay=False)


def _settings(context: click.Context) -> Settings:
    config, data = context.find_root().obj
    return settings_file.read(config, data)


@click.group()
def consent() -> None:
    """On which basis residents are seen, heard or told about. What is said here is traced."""


@consent.command("list")
@click.option("--patient", default="", metavar="ID", help="Of this resident alone.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def consent_list(context: click.Context, *, patient: str, as_json: bool) -> None:
    """All that was taken down, the oldest first; what was withdrawn stays in the list."""
    from edge.mains import consent as work

    found = asyncio.run(work.listed(_settings(context), patient))
    if as_json:
        import msgspec

        click.echo(json.dumps(msgspec.to_builtins(found), ensure_ascii=False))
        return
    for one in found:
        click.echo(sanitise_line(_line(one)))


def _line(one: Consent) -> str:
    who = one.collected_by.name or one.collected_by.rpps if one.collected_by else "nobody signed in"
    parts = [one.id, one.patient_id, one.basis.value, one.scope.value, f"{one.collected:%Y-%m-%d %H:%M} UTC by {who}"]
    parts += [one.other] if one.other else []
    parts += ["with a document"] if one.document_id else []
    parts += [f"withdrawn {one.withdrawn:%Y-%m-%d %H:%M} UTC"] if one.withdrawn else []
    return "  ".join(parts)


@consent.command("add")
@click.option("--patient", required=True, metavar="ID")
@click.option("--basis", required=True, type=click.Choice(_BROUGHT))
@click.option("--other", default="", metavar="NAME", help="Who assisted, authorised or was consulted.")
@click.option("--by", required=True, metavar="NAME", help="Who took it down.")
@click.option("--rpps", default="", metavar="NUMBER", help="Of who took it down, where she has one.")
@click.option("--document", type=_PDF, help="A PDF that shows it, up to 20 MB.")
@click.pass_context
def consent_add(
    context: click.Context, *, patient: str, basis: str, other: str, by: str, rpps: str, document: Path | None
) -> None:
    """One that stands until it is withdrawn: as the authorisation of a legal representative, with its document."""
    from edge.mains import consent as work

    try:
        who = Operator(by, rpps)
    except ValueError as exc:
        raise Fault(Reason.NOT_ALLOWED, f"not noted: {exc}", "give --by and --rpps as they are") from exc
    done = asyncio.run(work.add(_settings(context), patient, Basis(basis), other, who, document))
    click.echo(f"noted: {done.id}")


@consent.command("complete")
@click.argument("consent_id", metavar="ID")
@click.option("--other", default="", metavar="NAME", help="Who assisted, authorised or was consulted, by name.")
@click.option("--document", type=_PDF, help="A PDF that shows it, up to 20 MB.")
@click.pass_context
def consent_complete(context: click.Context, *, consent_id: str, other: str, document: Path | None) -> None:
    """Adds what was not at hand at the bedside: a name, a document."""
    from edge.mains import consent as work

    if not other and document is None:
        raise click.UsageError("give --other or --document")
    asyncio.run(work.complete(_settings(context), consent_id, other, document))
    click.echo("added")


@consent.command("withdraw")
@click.argument("consent_id", metavar="ID")
@click.pass_context
def consent_withdraw(context: click.Context, *, consent_id: str) -> None:
    """It counts no more from now on; a call that rests on it ends."""
    from edge.mains import consent as work

    asyncio.run(work.withdraw(_settings(context), consent_id))
    click.echo("withdrawn")


@consent.command("document")
@click.argument("consent_id", metavar="ID")
@click.option("--out", required=True, type=_PDF, help="A new file, readable by its owner alone.")
@click.pass_context
def consent_document(context: click.Context, *, consent_id: str, out: Path) -> None:
    """Writes the document of one to a file."""
    from edge.mains import consent as work

    content = asyncio.run(work.document(_settings(context), consent_id))
    try:
        out.touch(mode=0o600, exist_ok=False)
        out.write_bytes(content)
    except OSError as exc:
        raise Fault(Reason.NOT_ALLOWED, f"{out} cannot be written: {exc.strerror}", "give another --out") from exc
    click.echo(f"written: {len(content)} bytes")
