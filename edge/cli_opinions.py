"""`telecart opinions`: requests for an opinion, the worst first, and the answers that nobody could place."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any

import click

from edge import settings as settings_file
from edge.domain.answer import Arrived, Loose
from edge.domain.dossier import DocumentRole
from edge.domain.fault import Fault, Reason
from edge.domain.followed import Followed
from edge.domain.text import sanitise_line
from edge.settings import Settings

_WHY = {
    None: "to a request that nobody knows",
    Loose.UNNAMED: "names no request of this cart",
    Loose.SEVERAL: "names several requests",
    Loose.SUBJECT: "is about another resident than its request, or about whom cannot be told",
}


def _settings(context: click.Context) -> Settings:
    config, data = context.find_root().obj
    return settings_file.read(config, data)


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.option("--open", "only_open", is_flag=True, help="Without those about which nothing is to be done.")
@click.pass_context
def opinions(context: click.Context, *, as_json: bool, only_open: bool) -> None:
    """Requests for an opinion and what came back: unanswered in time first, then answers that nobody took note of."""
    if context.invoked_subcommand is not None:
        return
    from edge.mains import answering

    found, aside = answering.listing(_settings(context)), answering.aside(_settings(context))
    requests = [one for one in found.requests if not (only_open and one.over)]
    if as_json:
        told = {
            "requests": [_request(one) for one in requests],
            "loose": [_arrived(one) for one in found.loose],
            "aside": [_arrived(one) for one in aside],
        }
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    if not requests and not found.loose and not aside:
        click.echo("no request is open" if only_open else "no request was made")
    for one in requests:
        click.echo(_line(one))
    for loose in (*found.loose, *aside):
        number, given = loose.number, _when(loose.answer.given)
        said = "  somebody said that it is for nobody here" if loose.aside else ""
        click.echo(sanitise_line(f"answer {number}  {given}  {loose.answer.kind}  {_WHY[loose.why]}{said}"))
    if found.loose or aside:
        click.echo("say which one it answers, at the bedside or with: telecart opinions match ANSWER REQUEST")


@opinions.command()
@click.argument("answer", type=click.IntRange(min=1))
@click.argument("request")
@click.pass_context
def match(context: click.Context, *, answer: int, request: str) -> None:
    """Says that ANSWER (its number) answers REQUEST (its id). It has then to be taken note of at the bedside."""
    from edge.mains import answering

    answering.match(_settings(context), answer, request)
    click.echo(f"answer {answer} answers {request}")


@opinions.command()
@click.argument("answer", type=click.IntRange(min=1))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="A new file.")
@click.pass_context
def document(context: click.Context, *, answer: int, out: Path) -> None:
    """Writes the PDF that came with ANSWER to a new file that its owner alone may read."""
    from edge.mains import answering

    content = answering.pdf(_settings(context), answer)
    try:
        out.touch(mode=0o600, exist_ok=False)
        out.write_bytes(content)
    except OSError as exc:
        raise Fault(Reason.NOT_ALLOWED, f"{out} cannot be written: {exc.strerror}", "give another --out") from exc


def bring_documents(settings: Settings, files: tuple[Path, ...], patient_id: str, role: str, *, as_json: bool) -> None:
    """`telecart import --as`: one PDF after another; the first that cannot be taken ends it. Raises Fault."""
    from edge.mains import documents

    for file in files:
        new = asyncio.run(documents.bring_in(settings, file, patient_id, DocumentRole(role)))
        said = "imported" if new else "already there"
        name = click.format_filename(file)
        if as_json:
            click.echo(json.dumps({"file": name, "outcome": said, "kind": role}, ensure_ascii=False))
        else:
            click.echo(sanitise_line(f"{name}: {said}"))


def _line(one: Followed) -> str:
    parts = [
        one.stands.state.value,
        f"since {_when(one.stands.since)}",
        f"expected {_when(one.stands.due)}",
        one.opinion.urgency.value,
        one.opinion.specialty.value,
        one.opinion.addressee.label,
        f"resident {one.patient_id or '-'}",
        f"request {one.request_id}",
        f"chased {one.stands.chased} times" if one.stands.chased else "",
        "an answer waits for somebody to take note of it" if one.waits else "",
        "undone" if one.undone else "",
    ]
    return sanitise_line("  ".join(part for part in parts if part))


def _request(one: Followed) -> dict[str, Any]:
    return {
        "request": one.request_id,
        "resident": one.patient_id,
        "state": one.stands.state.value,
        "since": one.stands.since.isoformat(),
        "asked": one.asked.isoformat(),
        "expected": one.stands.due.isoformat(),
        "chased": one.stands.chased,
        "urgency": one.opinion.urgency.value,
        "specialty": one.opinion.specialty.value,
        "addressee": one.opinion.addressee.label,
        "undone": one.undone,
        "to_take_note_of": one.waits,
        "answers": [_arrived(arrived) for arrived in one.arrived],
    }


def _arrived(one: Arrived) -> dict[str, Any]:
    by = one.answer.acknowledged_by
    return {
        "answer": one.number,
        "kind": one.answer.kind.value,
        "author": one.answer.author.name,
        "given": one.answer.given.isoformat(),
        "received": one.received.isoformat(),
        "text": one.answer.text,
        "document_bytes": one.pdf_bytes,
        "superseded": one.superseded,
        "why_nobody_knows": one.why.value if one.why else None,
        "acknowledged": one.answer.acknowledged.isoformat() if one.answer.acknowledged else None,
        "acknowledged_by": by.name or by.rpps if by else None,
    }


def _when(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
