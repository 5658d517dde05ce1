"""A request for an opinion: what goes with it, what holds it up, and its way to a FHIR server and back, undone too."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from edge.contacts import Contact
from edge.domain.audit import Actor, KnownBy, Origin, Who
from edge.domain.capture import Capture, Saved
from edge.domain.delivery import State
from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.measurement import AS_FHIR, IMAGING, Kind
from edge.domain.opinion import (
    EXPECTED,
    NEXT,
    Gap,
    Held,
    Missing,
    Opinion,
    OpinionEvent,
    OpinionState,
    Question,
    Specialty,
    Urgency,
    gather,
    next_state,
    stands,
)
from edge.domain.photo import Photo
from edge.door import messages as m
from edge.door.opinion_desk import OpinionDesk, cards
from edge.store.consent_book import StoredConsents
from edge.store.ledger import EdgeStore, Places, StoredLedger, open_for_edge, open_for_sync
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from edge.store.whose_book import StoredWhose
from firmware_stubs.fhir_endpoint import FhirEndpoint
from sync.drain import Drain
from sync.fhir.client import FhirDestination
from sync.fhir.requests import service_request
from tests import items
from tests.unit.test_door import Cart

NURSE = Actor(Who(KnownBy.PROFESSIONAL, "10003456789", "C. LEROY"), Origin("edge", m.UI))
CONTACTS = (
    Contact(label="SAMU", role="emergency", number="15"),
    Contact(label="CHU, dermatologie", specialty="dermatology", rpps="10001234567"),
)
PATIENCE = 20.0
OTHER = dataclasses.replace(items.OTHER_PATIENT, status=items.PATIENT.status)


# --- pure


def test_a_request_goes_from_state_to_state_only_as_the_table_says() -> None:
    for state, event in itertools.product(OpinionState, OpinionEvent):
        if (state, event) in NEXT:
            assert next_state(state, event) is NEXT[state, event]
        else:
            with pytest.raises(ValueError, match="cannot happen"):
                next_state(state, event)
    assert not [event for (state, event) in NEXT if state in {OpinionState.ANSWERED, OpinionState.UNDONE}]
    assert {NEXT[state, OpinionEvent.OVERDUE] for state in (OpinionState.ASKED, OpinionState.READ)} == {
        OpinionState.TO_CHASE
    }


@pytest.mark.parametrize("urgency", Urgency)
def test_unanswered_past_its_delay_it_is_to_be_chased(urgency: Urgency) -> None:
    asked = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)
    one = Opinion(Specialty.WOUNDS, Question.CONDUCT, urgency, consent=True)
    on_time, late = asked + EXPECTED[urgency], asked + EXPECTED[urgency] + dt.timedelta(seconds=1)
    assert stands(one, asked, on_time, undone=False) is OpinionState.ASKED
    assert stands(one, asked, late, undone=False) is OpinionState.TO_CHASE
    assert stands(one, asked, late, undone=True) is OpinionState.UNDONE


def test_the_newest_of_each_vital_sign_and_every_picture_go_with_it() -> None:
    held = [
        Held("t-new", Kind.TEMPERATURE),
        Held("photo-2", Kind.PHOTO),
        Held("t-old", Kind.TEMPERATURE),
        Held("photo-1", Kind.PHOTO, Missing.BLURRED),
        Held("ecg", Kind.ECG),
        Held("asked-before", Kind.OPINION),
    ]
    dossier = gather(held, Specialty.DERMATOLOGY)
    assert dossier.attached == ("t-new", "photo-2", "photo-1", "ecg")
    assert dossier.gaps == ()


@pytest.mark.parametrize(
    ("specialty", "missing"),
    [
        (Specialty.DERMATOLOGY, Missing.PHOTO),
        (Specialty.WOUNDS, Missing.PHOTO),
        (Specialty.CARDIOLOGY, Missing.ECG),
        (Specialty.GERIATRICS, Missing.VITALS),
    ],
)
def test_what_a_specialty_looks_at_is_named_where_it_is_missing(specialty: Specialty, missing: Missing) -> None:
    assert gather([], specialty).gaps == (Gap(missing),)


def test_pictures_that_are_all_no_good_are_a_gap_and_go_all_the_same() -> None:
    held = [Held("a", Kind.PHOTO, Missing.BLURRED), Held("b", Kind.PHOTO, Missing.DARK)]
    dossier = gather(held, Specialty.WOUNDS)
    assert dossier.attached == ("a", "b")
    assert dossier.gaps == (Gap(Missing.BLURRED, "a"), Gap(Missing.DARK, "b"))


def test_without_consent_only_an_emergency_is_asked_about() -> None:
    for urgency in Urgency:
        if urgency is Urgency.EMERGENCY:
            assert not Opinion(Specialty.WOUNDS, Question.CONDUCT, urgency, consent=False).consent
        else:
            with pytest.raises(ValueError, match="without consent"):
                Opinion(Specialty.WOUNDS, Question.CONDUCT, urgency, consent=False)


def test_the_ins_goes_with_a_qualified_identity_only() -> None:
    asked = items.item(Kind.OPINION, Opinion(Specialty.CARDIOLOGY, Question.URGENT, Urgency.SOON, consent=True))
    qualified, _ = service_request(asked)
    unknown, _ = service_request(items.of(asked, items.OTHER_PATIENT))
    assert any("urn:oid:1.2.250.1.213.1.4.8" in str(one) for one in qualified["identifier"])  # type: ignore[union-attr]
    assert "urn:oid:1.2.250" not in str(unknown)


# --- through the desk, the store and the drain


class At:
    def __init__(self, thread: StoreThread, path: Path) -> None:  # type: ignore[type-arg]
        self.cart = Cart(StoredLedger(thread, "TC"), path)
        cart = self.cart
        self.desk = OpinionDesk(
            cart.recorder, cart.ledger, cart.clock, CONTACTS, cart.consents, cart.consent_desk.handle
        )
        self.whose = StoredWhose(thread, "TC", "EHPAD")

    @property
    def encounter_id(self) -> str:
        shown = self.cart.recorder.on_screen
        assert shown is not None
        return shown.encounter.id

    async def keep(self, made: Item) -> str:
        taken = self.cart.clock.now()
        capture = Capture(made.kind, made.payload, made.device, taken, f"identity {made.id}")
        return (await self.cart.recorder.keep(capture)).item_id

    async def ask(self, *, consent: bool = True, **more: object) -> None:
        if consent:
            await self.desk.handle(self.cart.agreed(), NURSE)
        command = m.AskOpinion(
            **{  # type: ignore[arg-type]
                "encounter_id": self.encounter_id,
                "specialty": "dermatology",
                "question": "conduct",
                "urgency": "soon",
                **more,
            }
        )
        await self.desk.handle(command, NURSE)

    async def asked(self) -> list[str]:
        overview = await self.cart.ledger.overview(self.encounter_id)
        return [line.item_id for line in overview.lines if line.kind is Kind.OPINION]

    async def state(self, item_id: str) -> State:
        overview = await self.cart.ledger.overview(self.encounter_id)
        return next(line.state for line in overview.lines if line.item_id == item_id)


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[At]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    to = dict.fromkeys(AS_FHIR, ("fhir",)) | dict.fromkeys(IMAGING, ())
    async with StoreThread(lambda: open_for_edge(places, to, "care")) as thread:
        at = At(thread, tmp_path / "door.sock")
        for one in (items.PATIENT, OTHER):
            await at.cart.ledger.put_patient(one)
        await at.desk.handle(m.SelectResident(patient_id=items.PATIENT.id), NURSE)
        yield at


async def _refused(asking: object) -> Reason:
    with pytest.raises(Fault) as caught:
        await asking  # type: ignore[misc]
    return caught.value.reason


async def test_it_is_asked_with_what_is_there_and_in_the_name_of_who_asks(at: At) -> None:
    photo, pressure = await at.keep(items.photo()), await at.keep(items.blood_pressure())
    await at.ask()
    (item_id,) = await at.asked()
    saved = await at.cart.ledger.load(item_id)
    assert isinstance(saved.payload, Opinion)
    assert set(saved.payload.attached) == {photo, pressure}
    assert {one.item_id for one in saved.payload.evidence} == {photo, pressure}
    assert saved.payload.addressee.label == "CHU, dermatologie"
    assert saved.operator is not None
    assert saved.operator.rpps == "10003456789"


async def test_what_is_missing_holds_it_up_until_a_person_says_that_it_goes(at: At) -> None:
    assert await _refused(at.ask()) is Reason.NOT_ALLOWED
    assert await at.asked() == []
    await at.ask(anyway=True)
    (item_id,) = await at.asked()
    saved = (await at.cart.ledger.load(item_id)).payload
    assert isinstance(saved, Opinion)
    assert saved.gaps == (Gap(Missing.PHOTO),)


async def test_an_emergency_goes_at_once_and_says_what_is_missing(at: At) -> None:
    await at.ask(urgency="emergency", consent=False)
    (item_id,) = await at.asked()
    _, request = service_request(await at.cart.ledger.load(item_id))
    assert request["priority"] == "stat"
    assert "aucune photo" in str(request["note"])
    assert "accord" in str(request["note"])


@pytest.mark.parametrize(
    "wrong", [{"consent": False}, {"specialty": "surgery"}, {"question": "?"}, {"urgency": "now"}], ids=str
)
async def test_what_is_no_request_is_refused_and_nothing_is_saved(at: At, wrong: dict[str, object]) -> None:
    await at.keep(items.photo())
    assert await _refused(at.ask(**wrong)) is Reason.NOT_ALLOWED
    assert await at.asked() == []


async def test_it_is_never_asked_about_whoever_came_on_screen_since(at: At) -> None:
    await at.keep(items.photo())
    before = at.encounter_id
    await at.desk.handle(m.SelectResident(patient_id=OTHER.id), NURSE)
    assert await _refused(at.ask(encounter_id=before)) is Reason.RESIDENT_CHANGED
    assert await at.asked() == []


async def test_a_disk_that_fails_while_a_request_is_saved_holds_up_nobody(at: At) -> None:
    """Nothing of it stands; who asked is told so, and what is asked next is done."""
    await at.keep(items.photo())

    def refusing(store: EdgeStore) -> None:
        store.run(
            "CREATE TEMP TRIGGER full BEFORE INSERT ON main.item BEGIN INSERT INTO gone_with_the_disk VALUES (1); END"
        )

    def working(store: EdgeStore) -> None:
        store.run("DROP TRIGGER full")

    await at.cart.ledger.thread.run(refusing)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(Fault):
            await at.ask()
    await at.desk.handle(m.Dialled(encounter_id=at.encounter_id, contact="SAMU"), NURSE)
    assert await at.asked() == []
    await at.cart.ledger.thread.run(working)
    await at.ask(consent=False)
    assert len(await at.asked()) == 1


async def _taken_down(at: At) -> tuple[list[str], list[str]]:
    """Bases of the resident on screen, and what the audit trail has of agreements and requests."""

    def read(store: EdgeStore) -> list[str]:
        found = store.run("SELECT act FROM audit WHERE act IN ('agreed', 'opinion') ORDER BY sequence").fetchall()
        return [str(act) for (act,) in found]

    bases = await StoredConsents(at.cart.ledger.thread).of(items.PATIENT.id)
    return [one.basis.value for one in bases], await at.cart.ledger.thread.run(read)


async def test_an_urgent_request_that_is_not_saved_leaves_no_emergency_behind(at: At) -> None:
    def refusing(store: EdgeStore) -> None:
        store.run(
            "CREATE TEMP TRIGGER full BEFORE INSERT ON main.item BEGIN INSERT INTO gone_with_the_disk VALUES (1); END"
        )

    await at.cart.ledger.thread.run(refusing)
    with pytest.raises(Fault):
        await at.ask(urgency="emergency", consent=False)
    assert await _taken_down(at) == ([], [])
    # and what is not urgent is still asked about with an agreement only
    await at.cart.ledger.thread.run(lambda store: store.run("DROP TRIGGER full"))
    assert await _refused(at.ask(consent=False, anyway=True)) is Reason.NOT_ALLOWED
    await at.ask(urgency="emergency", consent=False)
    assert await _taken_down(at) == (["emergency"], ["agreed", "opinion"])


@pytest.mark.hazard("H19", without="tests.controls_answers_whose:nobody_looks_again_before_it_is_written")
@pytest.mark.parametrize("urgency", ["emergency", "soon"])
async def test_a_refusal_that_comes_while_it_is_written_stops_it(
    at: At, monkeypatch: pytest.MonkeyPatch, urgency: str
) -> None:
    """As `telecart consent` takes one down beside the screen."""
    await at.keep(items.photo())
    book, refused = at.cart.consents.book, at.cart.agreed("refusal")
    agreed = urgency != "emergency"

    async def just_then(*parts: object) -> Saved:
        await at.desk.handle(refused, NURSE)
        return await StoredConsents.ask(book, *parts)  # type: ignore[arg-type]

    monkeypatch.setattr(book, "ask", just_then, raising=False)
    assert await _refused(at.ask(urgency=urgency, consent=agreed)) is Reason.NOT_ALLOWED
    assert await at.asked() == []
    bases, acts = await _taken_down(at)
    assert bases == [*(["person"] if agreed else []), "refusal"]
    assert "opinion" not in acts


async def test_a_number_that_was_dialled_is_traced_and_an_unknown_contact_is_refused(at: At) -> None:
    await at.desk.handle(m.Dialled(encounter_id=at.encounter_id, contact="SAMU"), NURSE)
    wrong = m.Dialled(encounter_id=at.encounter_id, contact="nobody")
    assert await _refused(at.desk.handle(wrong, NURSE)) is Reason.NOT_ALLOWED

    def trace(store: object) -> list[str]:
        found = store.database.connection.execute("SELECT detail FROM audit WHERE act = 'dialled'")  # type: ignore[attr-defined]
        return [str(detail) for (detail,) in found]

    assert await at.cart.ledger.thread.run(trace) == ["emergency"]


async def test_a_blurred_picture_is_named_on_the_screen_before_anything_is_asked(at: At) -> None:
    sharp = items.photo().payload
    assert isinstance(sharp, Photo)
    await at.keep(items.item(Kind.PHOTO, dataclasses.replace(sharp, sharpness=2.0), items.CAMERA))
    lines = (await at.cart.ledger.overview(at.encounter_id)).lines
    card = next(one for one in cards(lines, CONTACTS) if one.specialty == "wounds")
    assert [gap.missing for gap in card.gaps] == ["blurred"]


async def test_evidence_that_was_undone_or_was_another_residents_is_not_named(at: At) -> None:
    kept, undone = await at.keep(items.photo()), await at.keep(items.spo2())
    moved = await at.keep(items.blood_pressure())
    await at.ask()
    (item_id,) = await at.asked()
    await at.desk.handle(m.MarkEnteredInError(item_id=undone), NURSE)
    await at.whose.move(moved, OTHER.id, at.cart.clock.now(), NURSE)
    saved = (await at.cart.ledger.load(item_id)).payload
    assert isinstance(saved, Opinion)
    assert [one.item_id for one in saved.evidence] == [kept]


@contextlib.asynccontextmanager
async def _draining(folder: Path, destination: FhirDestination) -> AsyncIterator[None]:
    places = Places(folder / "store.db", folder / "blobs", folder / "key")
    async with StoreThread(lambda: open_for_sync(places)) as thread:
        drain = asyncio.create_task(Drain(StoredOutbox(thread), [destination], (0.01,)).run())
        try:
            yield
        finally:
            drain.cancel()
            await asyncio.wait([drain])


async def _until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = true()
            if await answer if asyncio.iscoroutine(answer) else answer:
                return
            await asyncio.sleep(0.02)


async def test_it_reaches_a_fhir_server_is_proven_there_and_can_be_undone(at: At, tmp_path: Path) -> None:
    """From the screen's command to what the far end holds; offline first."""
    await at.keep(items.photo())
    pressure = await at.keep(items.blood_pressure())
    await at.ask()
    (item_id,) = await at.asked()
    assert await at.state(item_id) is State.KEPT

    async def received() -> bool:
        return await at.state(item_id) is State.RECEIVED

    async with FhirEndpoint(tmp_path / "fhir") as endpoint, _draining(tmp_path, FhirDestination("fhir", endpoint.url)):
        await _until(received)
        held = endpoint.resources()
        request = held["ServiceRequest", item_id]
        assert (request["status"], request["intent"], request["priority"]) == ("active", "order", "urgent")
        assert ("Patient", request["subject"]["reference"].removeprefix("Patient/")) in held
        codings = {one["code"] for one in request["performerType"]["coding"]}
        assert codings == {"SM15", "394582007"}
        assert request["performer"][0]["identifier"]["value"] == "10001234567"
        assert request["requester"]["identifier"]["value"] == "10003456789"
        observation, study = request["supportingInfo"]
        assert observation["identifier"] == held["Observation", pressure]["identifier"][0]
        shown = at.cart.recorder.on_screen
        assert shown is not None
        assert study["identifier"] == {"system": "urn:dicom:uid", "value": f"urn:oid:{shown.encounter.study_uid}"}
        start, end = (dt.datetime.fromisoformat(request["occurrencePeriod"][key]) for key in ("start", "end"))
        assert end - start == EXPECTED[Urgency.SOON]

        await at.desk.handle(m.MarkEnteredInError(item_id=item_id), NURSE)
        await _until(lambda: endpoint.resources()["ServiceRequest", item_id]["status"] == "entered-in-error")
        await _until(received)
