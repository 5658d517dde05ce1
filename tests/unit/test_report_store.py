"""When a round gets a report, what stands in it, and that none outlives what it tells."""

from __future__ import annotations

import dataclasses
import json
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.domain.answer import AnswerKind, Came
from edge.domain.audit import THE_CART
from edge.domain.body_site import BodySite, Side
from edge.domain.capture import Capture
from edge.domain.delivery import State
from edge.domain.fault import Fault, Reason
from edge.domain.item import Item, Report
from edge.domain.measurement import AS_FHIR, IMAGING, Instant, Kind
from edge.domain.operator import Operator
from edge.domain.opinion import Opinion, Question, Specialty, Urgency
from edge.domain.patient import Encounter
from edge.domain.photo import Photo, View
from edge.domain.report import EncounterReport, Mishap, Part
from edge.store.keeping import movements
from edge.store.keeping.answers import Answers
from edge.store.keeping.reporting import gather, load
from edge.store.ledger import EdgeStore, Places, open_for_edge
from edge.store.sending import outbox
from tests import items, reports
from tests.unit.test_store import now

TO = dict.fromkeys(IMAGING, ("pacs",)) | dict.fromkeys(AS_FHIR, ("fhir",)) | {Kind.REPORT: ("pacs", "fhir", "mailbox")}
NURSE = reports.NURSE
ASKED = Opinion(Specialty.WOUNDS, Question.CONDUCT, Urgency.SOON, consent=True)
OTHER = dataclasses.replace(items.OTHER_PATIENT, status=items.PATIENT.status.PROVISIONAL)


class Cart:
    def __init__(self, folder: Path) -> None:
        self.places = Places(folder / "store.db", folder / "blobs", folder / "store.key")
        self.store: EdgeStore = open_for_edge(self.places, TO, "care")
        for patient in (reports.PATIENT, OTHER):
            self.store.journal.put_patient(patient)
        self.encounter = self.open()

    def open(self, patient_id: str = reports.PATIENT.id) -> Encounter:
        return self.store.journal.open_encounter(patient_id, now(), "TC")[1]

    def save(self, item: Item, operator: Operator | None = NURSE) -> str:
        capture = Capture(item.kind, item.payload, item.device, now(), item.id, operator=operator)
        return self.store.journal.save(capture, self.encounter).item_id

    def ask(self) -> str:
        return self.save(items.item(Kind.OPINION, ASKED))

    def call(self, *events: str) -> None:
        for event in events:
            self.store.journal.note_consultation("call-1", self.encounter.id, event, now())

    def close(self) -> None:
        self.store.journal.leave_encounter(self.encounter.id, now())

    def reports(self, encounter: Encounter | None = None) -> list[tuple[str, bool]]:
        """(id, whether it counts) of those of the round."""
        return self.store.run(
            "SELECT id, entered_in_error IS NULL FROM item WHERE kind = 'report' AND encounter_id = ? ORDER BY sequence",
            ((encounter or self.encounter).id,),
        ).fetchall()

    def standing(self, encounter: Encounter | None = None) -> list[str]:
        return [name for name, counts in self.reports(encounter) if counts]

    def states(self, item_id: str) -> dict[str, State]:
        return next(dict(one.states) for one in outbox.items(self.store) if one.item_id == item_id)

    def loaded(self, item_id: str, destination: str = "mailbox") -> EncounterReport:
        payload = load(self.store.database, self.store.blobs, item_id, destination).payload
        assert isinstance(payload, Report)
        assert payload.content is not None
        return payload.content

    def left(self, item_id: str) -> None:
        """As if it had been sent everywhere."""
        self.store.run(
            "UPDATE outbox SET state = 'sent', frozen_sha256 = ?, handed_out = 1, lease_until = 0"
            " WHERE item = (SELECT sequence FROM item WHERE id = ?)",
            (self.store.blobs.put(b"report " + item_id.encode()), item_id),
        )


@pytest.fixture
def cart(tmp_path: Path) -> Cart:
    return Cart(tmp_path)


def test_a_round_with_an_opinion_gets_a_report_once_it_is_closed(cart: Cart) -> None:
    cart.ask()
    assert cart.reports() == []
    cart.close()
    (name,) = cart.standing()
    assert cart.states(name) == dict.fromkeys(("pacs", "fhir", "mailbox"), State.KEPT)


def test_so_does_a_round_in_which_somebody_was_spoken_to(cart: Cart) -> None:
    cart.call("consent", "lobby", "admitted", "connected", "ended")
    cart.open()
    assert len(cart.standing()) == 1


@pytest.mark.parametrize("events", [(), ("consent", "lobby", "failed")])
def test_no_other_round_does(cart: Cart, events: tuple[str, ...]) -> None:
    cart.save(items.blood_pressure())
    cart.call(*events)
    cart.close()
    assert cart.reports() == []


def test_an_opinion_that_was_undone_makes_none(cart: Cart) -> None:
    cart.store.journal.mark_entered_in_error(cart.ask(), cart.encounter.id, now())
    cart.close()
    assert cart.reports() == []


def test_what_was_recorded_stands_in_it(cart: Cart) -> None:
    cart.save(items.blood_pressure())
    cart.save(items.ecg())
    shown = items.photo(view=View.CLOSE_UP).payload
    assert isinstance(shown, Photo)
    cart.save(items.item(Kind.PHOTO, dataclasses.replace(shown, site=BodySite.HEEL, side=Side.LEFT), items.CAMERA))
    cart.save(items.sound())
    undone = cart.save(items.spo2())
    cart.store.journal.mark_entered_in_error(undone, cart.encounter.id, now())
    asked = cart.ask()
    cart.call("consent", "lobby", "admitted", "connected", "failed")
    came = Came("k", "o", (asked,), AnswerKind.REPORT, reports.SPECIALIST, now().utc, "décharge du talon", b"%PDF-1.7")
    Answers(cart.store.database, cart.store.blobs).take(came, "mailbox", now(), THE_CART)
    cart.close()
    found = cart.loaded(cart.standing()[0])
    assert [one.reading.kind for one in found.values] == [Kind.BLOOD_PRESSURE]
    assert [one.waveform.leads[0] for one in found.traces] == ["I"]
    assert [(one.photo.site, one.photo.side, one.photo.jpeg) for one in found.pictures] == [
        (BodySite.HEEL, Side.LEFT, b"")
    ]
    assert found.pictures[0].file.size == len(shown.jpeg)
    assert found.sounds == 1
    assert [one.opinion.specialty for one in found.asked] == [Specialty.WOUNDS]
    assert [(one.text, one.opinion_id, one.key in found.enclosed) for one in found.answers] == [
        ("décharge du talon", asked, True)
    ]
    assert found.spoken[0].failed
    assert set(found.of_part(Part.BEDSIDE)) == {NURSE}
    assert found.of_part(Part.ANSWERED) == (reports.SPECIALIST,)
    assert {one.mishap: one.count for one in found.incidents} == {Mishap.UNDONE: 1, Mishap.CALL_FAILED: 1}
    assert found.patient == reports.PATIENT
    assert found.closed is not None


def test_a_photo_whose_file_is_gone_is_an_incident_and_no_end(cart: Cart) -> None:
    cart.ask()
    cart.save(items.photo())
    cart.close()
    for file in cart.places.blobs.rglob("*"):
        if file.is_file():
            file.unlink()
    found = cart.loaded(cart.standing()[0])
    assert found.pictures == ()
    assert {one.mishap for one in found.incidents} == {Mishap.UNREADABLE}


@pytest.mark.hazard("H1", without="tests.controls_reports:nobody_looks_at_reports")
def test_a_round_that_was_another_residents_takes_its_report_back(cart: Cart) -> None:
    cart.save(items.blood_pressure())
    cart.ask()
    cart.close()
    (first,) = cart.standing()
    cart.left(first)
    cart.store.assigning.move_round(cart.encounter.id, OTHER.id, now(), "TC", THE_CART)
    assert cart.standing() == []
    states = cart.states(first)
    assert states == {"pacs": State.WITHDRAWN, "fhir": State.KEPT, "mailbox": State.KEPT}
    assert cart.loaded(first).void
    notes = [one for one in outbox.items(cart.store) if one.kind == Kind.WITHDRAWAL]
    assert {name for one in notes for name, _ in one.states} == {"pacs", "fhir"} - {"fhir"}
    (moved,) = cart.store.run(
        "SELECT encounter_id FROM item WHERE kind = 'report' AND entered_in_error IS NULL"
    ).fetchall()
    whose = cart.store.run("SELECT patient_id FROM encounter WHERE id = ?", moved).fetchone()
    assert whose == (OTHER.id,)


def test_a_report_that_never_left_is_not_sent_when_it_is_out_of_date(cart: Cart) -> None:
    value = cart.save(items.blood_pressure())
    cart.ask()
    cart.close()
    (first,) = cart.standing()
    cart.store.journal.mark_entered_in_error(value, cart.encounter.id, now())
    (second,) = cart.standing()
    assert second != first
    assert set(cart.states(first).values()) == {State.WITHDRAWN}
    assert cart.loaded(second).replaces == first
    assert cart.loaded(second).values == ()


def test_asked_for_it_is_made_of_any_round_and_replaces_the_one_before(cart: Cart) -> None:
    cart.save(items.blood_pressure())
    ask = cart.store.journal.reports.ask
    with cart.store.database.write():
        first = ask(cart.encounter.id, "en", now())
    with cart.store.database.write():
        second = ask(cart.encounter.id, "fr", now())
    assert cart.standing() == [second]
    assert cart.loaded(second).replaces == first
    cart.save(items.spo2())
    cart.close()
    (third,) = cart.standing()
    assert third != second
    assert len(cart.loaded(third).values) == 2


def test_a_round_that_is_not_there_has_no_report(cart: Cart) -> None:
    with pytest.raises(Fault) as caught:
        gather(cart.store.database, cart.store.blobs, "nowhere", "n", now())
    assert caught.value.reason is Reason.NOT_ALLOWED


def test_what_was_taken_by_a_clock_that_was_not_right_is_told(cart: Cart) -> None:
    at = now()
    wrong = Instant(at.utc, at.boot_id, at.monotonic_ns, clock_trusted=False)
    made = items.spo2()
    cart.store.journal.save(Capture(made.kind, made.payload, made.device, wrong, "wrong clock"), cart.encounter)
    found = gather(cart.store.database, cart.store.blobs, cart.encounter.id, "n", now())
    assert {one.mishap for one in found.incidents} == {Mishap.CLOCK}


# --- the command


def test_the_command_writes_sends_and_says_what_billing_needs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    cart = Cart(data)
    cart.ask()
    encounter = cart.encounter.id
    cart.store.database.close()
    config = tmp_path / "telecart.toml"
    config.write_text(
        '[site]\nname = "EHPAD Les Tilleuls"\nfiness = "380012345"\n[[fhir]]\nurl = "http://127.0.0.1:1/r4"\n'
    )

    def run(*arguments: str) -> str:
        words = ["--data", str(data), "--config", str(config), "report", "--encounter", encounter, *arguments]
        done = CliRunner().invoke(main, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    file, slip = tmp_path / "report.pdf", tmp_path / "slip.pdf"
    assert run("--to", str(file)).strip() == str(file)
    assert file.read_bytes().startswith(b"%PDF-")
    assert file.stat().st_mode & 0o777 == 0o600
    told = run("--slip", "--to", str(slip), "--language", "en")
    assert "The cart bills nothing" in told
    assert "380012345" in told
    assert slip.read_bytes().startswith(b"%PDF-")
    promised = json.loads(run("--send", "--json"))
    assert promised["destinations"] == ["fhir"]
    again = CliRunner().invoke(main, ["--data", str(data), "report", "--encounter", encounter, "--to", str(file)])
    assert again.exit_code == 1
    assert CliRunner().invoke(main, ["--data", str(data), "report", "--encounter", encounter]).exit_code == 2
    store = open_for_edge(cart.places, TO, "care")
    try:
        acts = [act for (act,) in store.run("SELECT act FROM audit WHERE act = 'reported'").fetchall()]
        # that of the copy that could not be written too: no copy without its trace
        assert len(acts) == 4
        kinds = [name for (name,) in store.run("SELECT id FROM item WHERE kind = 'report'").fetchall()]
        assert kinds == [promised["item"]]
    finally:
        store.database.close()


@pytest.mark.parametrize("sent", [False, True])
def test_a_report_of_a_talk_alone_stays_under_no_name_that_was_given_up(tmp_path: Path, sent: bool) -> None:
    """H1: nothing was captured in the round that turns out to be another resident's."""
    cart = Cart(tmp_path)
    cart.call("consent", "lobby", "admitted", "connected", "ended")
    cart.close()
    (name,) = cart.standing()
    if sent:
        cart.left(name)
    with cart.store.database.write():
        cart.store.assigning.join(reports.PATIENT.id, OTHER.id, now(), "TC", THE_CART)
    assert cart.standing() == []
    cart.store.journal.reports.touched(cart.encounter.id, now())
    assert cart.standing() == [], "nor is there a new one under it"
    cart.store.assigning.take_back(reports.PATIENT.id, now(), THE_CART)
    assert len(cart.standing()) == 1


def test_two_that_became_a_third_one_are_taken_back_in_turn(tmp_path: Path) -> None:
    """H1: what was captured ends with whom it was captured for."""
    cart = Cart(tmp_path)
    third = dataclasses.replace(OTHER, id="THIRD")
    cart.store.journal.put_patient(third)
    cart.ask()
    cart.close()

    def whose() -> list[tuple[str]]:
        return cart.store.run(
            "SELECT patient_id FROM item WHERE kind = 'opinion' AND entered_in_error IS NULL"
        ).fetchall()

    for gone, stays in ((reports.PATIENT.id, OTHER.id), (OTHER.id, third.id)):
        with cart.store.database.write():
            cart.store.assigning.join(gone, stays, now(), "TC", THE_CART)
    with pytest.raises(Fault):
        cart.store.assigning.take_back(reports.PATIENT.id, now(), THE_CART)
    assert whose() == [(third.id,)]
    cart.store.assigning.take_back(OTHER.id, now(), THE_CART)
    assert whose() == [(OTHER.id,)]
    cart.store.assigning.take_back(reports.PATIENT.id, now(), THE_CART)
    assert whose() == [(reports.PATIENT.id,)]


def test_no_round_is_opened_under_an_identifier_that_is_given_up_at_that_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cart = Cart(tmp_path)
    cart.close()
    write = cart.store.database.write

    def just_before() -> AbstractContextManager[None]:
        with write():
            cart.store.assigning.join(reports.PATIENT.id, OTHER.id, now(), "TC", THE_CART)
        monkeypatch.undo()
        return write()

    monkeypatch.setattr(cart.store.database, "write", just_before)
    with pytest.raises(Fault) as refused:
        cart.open()
    assert refused.value.reason is Reason.NO_RESIDENT


def test_who_gave_her_identifier_up_and_was_erased_does_not_come_again_under_it(tmp_path: Path) -> None:
    cart = Cart(tmp_path)
    cart.close()
    with cart.store.database.write():
        cart.store.assigning.join(reports.PATIENT.id, OTHER.id, now(), "TC", THE_CART)
    cart.store.run("UPDATE patient SET erased = ? WHERE id = ?", (now().utc.isoformat(), reports.PATIENT.id))
    known = movements.known(cart.store.database, reports.PATIENT.id)
    assert (known.patient, known.erased, known.became) == (None, True, OTHER.id)
