"""What goes with a request for an opinion: why somebody asks, and what the site has on paper of her and of nobody else (H1)."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.domain.audit import THE_CART
from edge.domain.capture import Capture
from edge.domain.dossier import LARGEST, Document, DocumentRole, Situation, missing, newest
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import uuid7
from edge.domain.measurement import Kind
from edge.domain.opinion import ASKED_HERE, SITUATIONS, Opinion, Question, Specialty, Urgency
from edge.store.keeping.documents import Documents
from edge.store.leaving.backup import naming_columns
from sync.fhir.dossier import CODE
from sync.fhir.requests import service_request
from sync.report.words_dossier import ROLES, SITUATIONS as WORDS
from tests.answer_mails import PDF
from tests.unit.test_answers import NURSE, Asked
from tests.unit.test_assigning import OTHER
from tests.unit.test_store import JEANNE, now
from ui.bedside.locales import LANGUAGES

AT: Final = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)


@pytest.fixture
def cart(tmp_path: Path) -> Iterator[Asked]:
    one = Asked(tmp_path)
    yield one
    one.store.database.close()


def document(role: DocumentRole, day: int = 0) -> Document:
    return Document(role, f"{role}{day}", AT + dt.timedelta(days=day))


def test_the_newest_of_each_goes_and_a_dlu_says_treatment_and_history() -> None:
    dlu, older = document(DocumentRole.DLU, 1), document(DocumentRole.DLU)
    assert newest([dlu, older]) == newest([older, dlu]) == (dlu,)
    assert missing(()) == (DocumentRole.TREATMENT, DocumentRole.HISTORY, DocumentRole.DIRECTIVES)
    assert missing((dlu,)) == (DocumentRole.DIRECTIVES,)
    assert missing([document(role) for role in DocumentRole]) == ()


def test_every_reason_and_document_has_words_everywhere() -> None:
    assert {one for offered in SITUATIONS.values() for one in offered} == set(Situation) == set(WORDS)
    assert set(CODE) == set(ROLES) == set(DocumentRole)
    for language in LANGUAGES.values():
        assert set(language.dossier_situations) == set(Situation)
        assert set(language.dossier_roles) == set(DocumentRole)


def asked(cart: Asked, **more: Any) -> str:
    request = Opinion(Specialty.WOUNDS, Question.CONDUCT, Urgency.SOON, True, **more)
    one = Capture(Kind.OPINION, request, ASKED_HERE, now(), f"opinion {uuid7()}")
    return cart.store.journal.save(one, cart.rounds[JEANNE.id]).item_id


@pytest.mark.hazard("H1", without="tests.controls_answers:a_document_is_whoevers_asks")
def test_a_document_goes_within_the_request_and_with_no_other_residents(cart: Asked) -> None:
    papers = Documents(cart.store.database, cart.store.blobs)
    assert papers.put(JEANNE.id, DocumentRole.DLU, PDF, now(), THE_CART)
    assert not papers.put(JEANNE.id, DocumentRole.DLU, PDF, now(), THE_CART)
    with pytest.raises(Fault) as refused:
        papers.put(OTHER.id, DocumentRole.DLU, PDF, now(), THE_CART)
    assert refused.value.reason is Reason.NOT_ALLOWED
    request = asked(
        cart,
        situation=Situation.NOT_HEALING,
        documents=papers.of(JEANNE.id),
        absent=(DocumentRole.DIRECTIVES,),
    )
    _, sent = service_request(cart.store.journal.load(request))
    (contained,) = sent["contained"]  # type: ignore[misc,union-attr]
    attachment = contained["content"][0]["attachment"]  # type: ignore[index,call-overload]
    assert base64.b64decode(attachment["data"]) == PDF  # type: ignore[index,call-overload,arg-type]
    assert {"reference": "#dlu"}.items() <= sent["supportingInfo"][-1].items()  # type: ignore[index,union-attr,call-overload]
    said = " ".join(one["text"] for one in (*sent["reasonCode"], *sent["note"]))  # type: ignore[misc,union-attr]
    for words in ("Situation : plaie qui ne cicatrise pas", "allergies", "Dossier de liaison d'urgence", "directives"):
        assert words in said
    cart.does.move(request, OTHER.id, now(), "TC", NURSE)
    (moved,) = (one for one in cart.standing().requests if one.patient_id == OTHER.id and one.opinion.situation)
    _, sent = service_request(cart.store.journal.load(moved.request_id))
    assert "contained" not in sent


def test_an_older_request_without_any_of_it_is_read_and_sent_as_it_was(cart: Asked) -> None:
    item = cart.store.journal.load(asked(cart))
    assert isinstance(item.payload, Opinion)
    assert (item.payload.situation, item.payload.documents) == (None, ())
    _, sent = service_request(dataclasses.replace(item))
    assert "contained" not in sent


def test_the_command_brings_in_a_pdf_and_nothing_else(cart: Asked, tmp_path: Path) -> None:
    good, picture, large = tmp_path / "dlu.pdf", tmp_path / "a.pdf", tmp_path / "b.pdf"
    good.write_bytes(PDF)
    picture.write_bytes(b"\xff\xd8\xff")
    large.write_bytes(b"%PDF-" + bytes(LARGEST))

    def run(file: Path, patient_id: str = JEANNE.id) -> tuple[int, str]:
        arguments = ["--data", str(tmp_path), "import", str(file), "--patient", patient_id, "--as", "dlu"]
        result = CliRunner().invoke(main, arguments)
        return result.exit_code, result.output

    assert run(good) == (0, f"{good}: imported\n")
    assert run(good) == (0, f"{good}: already there\n")
    for file, patient_id in (
        (picture, JEANNE.id),
        (large, JEANNE.id),
        (good, "nobody"),
        (tmp_path / "c.pdf", JEANNE.id),
    ):
        assert run(file, patient_id)[0] != 0
    papers = Documents(cart.store.database, cart.store.blobs)
    assert [one.role for one in papers.of(JEANNE.id)] == [DocumentRole.DLU]
    assert ("document", "blob_sha256") in {(t, c) for t, c, _ in naming_columns(cart.store.database.connection)}
