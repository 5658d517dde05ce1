"""`telecart handover`: what changed since somebody last read it. Imports a main only when it is asked for."""

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


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For a program.")
@click.option("--csv", "as_csv", is_flag=True, help="For a spreadsheet: French, semicolons.")
@click.option("--hours", type=click.FloatRange(min=0.1, max=24 * 31), help="Of so many hours, whoever read what.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A new file, readable by its owner alone.")
@click.pass_context
def handover(context: click.Context, *, as_json: bool, as_csv: bool, hours: float | None, out: Path | None) -> None:
    """By resident what changed since the handover was last read on the screen, in French. Nothing is marked as read."""
    import msgspec

    from edge.mains import handover as work

    if as_json and as_csv:
        raise click.UsageError("give --json or --csv")
    settings = _settings(context)
    printed = work.changed(settings, hours)
    if as_json:
        text = json.dumps(msgspec.to_builtins(printed.card), ensure_ascii=False) + "\n"
    elif as_csv:
        text = work.as_csv(printed)
    else:
        text = "".join(f"{sanitise_line(row)}\n" for row in work.as_text(printed, settings.cart).splitlines())
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.touch(mode=0o600, exist_ok=False)
        # a spreadsheet takes it for UTF-8 by this mark
        out.write_bytes(text.encode("utf-8-sig" if as_csv else "utf-8"))
    except OSError as exc:
        raise Fault(Reason.NOT_ALLOWED, f"{out} cannot be written: {exc.strerror}", "give another --out") from exc
