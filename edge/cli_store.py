"""`telecart store ...`: what a person does with the store. Imports a main only when it is asked for."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from edge import settings as settings_file
from edge.domain.fault import Fault, Reason
from edge.domain.retention import Certificate
from edge.domain.text import sanitise_line
from edge.settings import Settings


def _settings(context: click.Context) -> Settings:
    config, data = context.find_root().obj
    return settings_file.read(config, data)


@click.group()
def store() -> None:
    """The encrypted store of this cart."""


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        click.echo(sanitise_line(text), err=True)


@store.command()
@click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    help="The new key, or where it is written. The cart's own is left alone then.",
)
@click.option("--finish", is_flag=True, help="Encrypt anew what lies under a former key; the cart may work meanwhile.")
@click.pass_context
def rekey(context: click.Context, *, key_file: Path | None, finish: bool) -> None:
    """Another key for the store, while no process has it open."""
    from edge.mains import store as work

    if finish and key_file is not None:
        raise click.UsageError("--finish takes the cart's key")
    settings = _settings(context)
    said = work.finish_rekey(settings, _progress) if finish else work.rekey(settings, key_file, _progress)
    click.echo(sanitise_line(said))


@store.command()
@click.argument("to", type=click.Path(path_type=Path))
@click.pass_context
def backup(context: click.Context, *, to: Path) -> None:
    """An encrypted copy of the store in the new folder TO, while the cart works. The key is not in it."""
    from edge.mains import store as work

    made = work.backup(_settings(context), to, _progress)
    click.echo(f"{made.database_bytes} bytes and {len(made.blobs)} files; keep the key apart from it")


@store.command()
@click.argument("source", metavar="FROM", type=click.Path(path_type=Path))
@click.option("--key-file", type=click.Path(path_type=Path), help="The key of the backup.")
@click.pass_context
def restore(context: click.Context, *, source: Path, key_file: Path | None) -> None:
    """The backup in the folder FROM becomes the store of a cart that has none."""
    from edge.mains import store as work

    content = work.restore(_settings(context), source, key_file, _progress)
    click.echo(f"restored as it was at {content.made}, with {len(content.blobs)} files")


@store.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def stats(context: click.Context, *, as_json: bool) -> None:
    """How large the store is, and what it counts."""
    import msgspec

    from edge.mains import store as work

    found = work.stats(_settings(context))
    for line in [msgspec.json.encode(found).decode()] if as_json else work.as_lines(found):
        click.echo(line)


@store.command()
@click.argument("table", default="")
@click.pass_context
def schema(context: click.Context, *, table: str) -> None:
    """The tables, indexes and triggers of the store, or of TABLE alone, as they are; no row of it."""
    from edge.mains import store as work

    for statement in work.schema(_settings(context), table):
        click.echo(statement)


@store.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--settle", is_flag=True, help="What befell the store was seen: the screen says no more of it.")
@click.pass_context
def verify(context: click.Context, *, as_json: bool, settle: bool) -> None:
    """Reads all that is stored and compares it with what was written, while the cart works or not."""
    import msgspec

    from edge.mains import store_verify as work

    settings = _settings(context)
    found = work.verify(settings)
    for line in [msgspec.json.encode(found).decode()] if as_json else work.lines_of(found):
        click.echo(sanitise_line(line))
    if settle:
        work.settle(settings)
    if found.wrong:
        what = "telecart edge makes it anew, at once or when it starts" if found.is_damage else "call the fleet admin"
        raise Fault(Reason.STORE_DAMAGED, f"{len(found.wrong)} findings in the store", what)


@store.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def salvage(context: click.Context, *, as_json: bool) -> None:
    """Lays a damaged store aside and makes a new one of all that can be read. Nothing is deleted."""
    import msgspec

    from edge.mains import store_verify as work

    report = work.salvage(_settings(context))
    click.echo(msgspec.json.encode(report).decode() if as_json else sanitise_line(report.line()))


@store.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def remove(context: click.Context, *, names: tuple[str, ...], yes: bool) -> None:
    """Lets go for ever of copies NAMES that were kept of the store as it was: see `telecart store stats`."""
    from edge.mains import store as work

    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("without a terminal: --yes")
        click.confirm(f"{', '.join(map(sanitise_line, names))}: for ever?", abort=True, err=True)
    for line in work.remove(_settings(context), names):
        click.echo(sanitise_line(line))


@store.command()
@click.option("--dry-run", is_flag=True, help="Say what would go, and let nothing go.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def purge(context: click.Context, *, dry_run: bool, as_json: bool) -> None:
    """Lets go what is proven received and past its retention, with a certificate. Edge does the same by itself."""
    import msgspec

    from edge.mains import purging

    if dry_run:
        due = purging.due(_settings(context))
        click.echo(msgspec.json.encode({"due": due}).decode() if as_json else f"{due} items are past their retention")
        return
    made = asyncio.run(purging.purge(_settings(context)))
    if as_json:
        click.echo(msgspec.json.encode(made).decode())
        return
    for certificate in made:
        click.echo(_certificate_line(certificate))
    if not made:
        click.echo("nothing is past its retention")


@store.command()
@click.option("--json", "as_json", is_flag=True, help="Each certificate whole.")
@click.pass_context
def certificates(context: click.Context, *, as_json: bool) -> None:
    """The certificates of what was purged, the oldest first."""
    import msgspec

    from edge.mains import purging

    made = purging.certificates(_settings(context))
    if as_json:
        click.echo(msgspec.json.encode(made).decode())
        return
    for certificate in made:
        click.echo(_certificate_line(certificate))


def _certificate_line(certificate: Certificate) -> str:
    residents = f", {len(certificate.residents)} residents who left" if certificate.residents else ""
    return f"{certificate.made}  {certificate.id}  {len(certificate.items)} items{residents}"
