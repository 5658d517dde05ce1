"""How the controls of answers to requests for an opinion are switched off, for the runs in which their hazard tests have to fail."""

from __future__ import annotations

import datetime as dt

import pytest

from edge.acquire.recorder import Recorder
from edge.domain.answer import Came, named
from edge.domain.audit import Actor
from edge.domain.dossier import Document
from edge.domain.measurement import Instant
from edge.domain.operator import Operator
from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
from edge.store.keeping import documents as keeping
from edge.store.keeping.answers import Answers
from sync.fhir.canonical import Resource
from sync.record.fhir_answers import FhirAnswers


def an_answer_of_two_is_the_firsts(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: the first identifier in an answer is believed, whatever else it names."""

    def request(answers: Answers, came: Came) -> int | None:
        for name in named(came.names):
            row = answers._run("SELECT sequence FROM item WHERE id = ?", (name,)).fetchone()
            if row is not None:
                return int(row[0])
        return None

    monkeypatch.setattr(Answers, "_request", request)


def whoever_read_it_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: that somebody took note of an answer counts for whoever its request is of since."""

    def acknowledged(answers: Answers, number: int, _patient_id: str) -> tuple[dt.datetime | None, Operator | None]:
        row = answers._run(
            "SELECT at_utc, name FROM opinion_event WHERE answer = ? AND event = 'acknowledged'", (number,)
        ).fetchone()
        return (None, None) if row is None else (dt.datetime.fromisoformat(row[0]), Operator(row[1], "10003456789"))

    monkeypatch.setattr(Answers, "_acknowledged", acknowledged)


def the_next_page_is_wherever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """T10: a server sends the cart to any other, and it goes there."""

    def following(_source: FhirAnswers, page: Resource, _url: str) -> str | None:
        links = page.get("link")
        one = links[0] if isinstance(links, list) and links else None
        return str(one["url"]) if isinstance(one, dict) else None

    monkeypatch.setattr(FhirAnswers, "_next", following)


def an_answer_is_whoevers_is_on_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: nobody looks who is on screen, nor whose the answer is."""
    monkeypatch.setattr(Recorder, "who", lambda recorder, _encounter_id=None: recorder.on_screen)

    def acknowledge(answers: Answers, number: int, _encounter_id: str, now: Instant, by: Actor) -> None:
        with answers._database.write():
            patient_id, _, _ = answers._of(answers._stands(number))
            answers._event("acknowledged", now, by, answer=number, patient_id=patient_id)

    monkeypatch.setattr(Answers, "acknowledge", acknowledge)


def a_document_is_whoevers_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: nobody asks whose a document is."""

    def of_anybody(
        _database: Database, blobs: Blobs, _patient_id: str, documents: tuple[Document, ...]
    ) -> tuple[Document, ...]:
        return tuple(Document(one.role, one.sha256, one.added, blobs.get(one.sha256)) for one in documents)

    monkeypatch.setattr(keeping, "loaded", of_anybody)
