"""What the specialist of a call gets: stills, what is here of the resident of that call and of nobody else, a note."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.english import english
from edge.domain.audit import Act
from edge.domain.capture import Capture
from edge.domain.fault import Reason
from edge.domain.measurement import Kind
from edge.domain.photo import Photo
from edge.domain.specialist_note import LONGEST_NOTE, SpecialistNote, readable
from edge.domain.visitor import Visitor
from edge.door import messages as m, sight
from edge.door.earlier_desk import cards
from edge.door.specialist_desk import MOST_STILLS, SpecialistDesk
from edge.store.keeping import audit, notes, reporting
from edge.store.ledger import Places, StoredLedger, open_for_edge
from edge.store.note_book import StoredNotes
from edge.store.thread import StoreThread
from tests import items
from tests.unit.test_door import JPEG, At, Cart, refused, still
from tests.unit.test_earlier import photo, take
from tests.unit.test_recorder import patient

DOCTOR = Visitor("Claire MARTIN", "10001234567", False, "")


@pytest.fixture
async def cart(tmp_path: Path) -> AsyncIterator[Cart]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")
    async with StoreThread(lambda: open_for_edge(places, {Kind.PHOTO: ("pacs",)}, "demonstration")) as thread:
        ledger = StoredLedger(thread, "TC")
        for number in (1, 2):
            await ledger.put_patient(patient(number))
        cart = Cart(ledger, tmp_path / "door.sock")

        def noted(note: SpecialistNote) -> None:
            cart.desk.call = dataclasses.replace(cart.desk.call, note=note.text, note_by=note.author)

        specialist = SpecialistDesk(
            cart.recorder,
            cart.consents,
            cart.earlier,
            StoredNotes(ledger.thread),
            cart.clock,
            lambda: cart.desk.call,
            cart.desk.take_photo,
            lambda said: cart.server.to_media(said),
            noted,
            cart.desk.handle,
        )
        cart.consent_desk._inner = specialist.handle
        async with cart.server.open():
            yield cart


@asynccontextmanager
async def talking(cart: Cart, visitor: Visitor = DOCTOR) -> AsyncIterator[tuple[At, At, str]]:
    """Screen, media and the call of resident 1, in which ``visitor`` is."""
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        await screen.ask(cart.agreed())
        await screen.ask(m.StartCall())
        call = cart.desk.call.call_id
        for state in ("lobby", "waiting"):
            await media.ask(m.CallProgress(call_id=call, state=state, visitor=visitor))
        await screen.ask(m.AdmitSpecialist())
        await media.ask(m.CallProgress(call_id=call, state="connected", visitor=visitor))
        yield screen, media, call


async def got(media: At, ask: int) -> m.ForSpecialist:
    said = await media.until(lambda one: isinstance(one, m.ForSpecialist) and one.ask == ask)
    assert isinstance(said, m.ForSpecialist)
    return said


async def test_a_still_is_saved_for_the_resident_of_the_call_in_the_doctor_s_name_and_its_very_bytes_come_back(
    cart: Cart,
) -> None:
    async with talking(cart) as (screen, media, call):
        await media.ask(m.SpecialistStill(call_id=call, ask=7, view="dermoscopy"))
        wanted = await media.until(lambda one: isinstance(one, m.StillWanted))
        assert isinstance(wanted, m.StillWanted)
        assert wanted.view == "dermoscopy"
        await media.ask(still(wanted.request_id))
        said = await got(media, 7)
        (line,) = (await cart.publish()).items
        shown = await screen.until(lambda one: isinstance(one, m.Snapshot) and bool(one.items))
    item = await cart.ledger.load(line.item_id)
    assert isinstance(item.payload, Photo)
    assert said.jpeg == item.payload.jpeg == JPEG
    assert said.sha256 == hashlib.sha256(item.payload.jpeg).hexdigest()
    assert item.patient is not None
    assert item.patient.id == "P1"
    assert item.operator is not None
    assert (item.operator.name, item.operator.rpps) == (DOCTOR.name, DOCTOR.rpps)
    assert line.state == "kept", "it is promised to the PACS as any photo"
    assert isinstance(shown, m.Snapshot)
    assert shown.notice == "Le médecin a pris une photo : elle est enregistrée."
    assert shown.notice_en == "The doctor took a photo: it is saved."


async def test_a_camera_that_gives_nothing_is_told_to_the_page(cart: Cart) -> None:
    async with talking(cart) as (_, media, call):
        await media.ask(m.SpecialistStill(call_id=call, ask=1, view="otoscopy"))
        wanted = await media.until(lambda one: isinstance(one, m.StillWanted))
        assert isinstance(wanted, m.StillWanted)
        await media.ask(m.StillFailed(request_id=wanted.request_id, what="aucun otoscope"))
        assert (await got(media, 1)).refused == "camera"


async def test_one_call_takes_no_more_stills_than_a_disk_bears(cart: Cart) -> None:
    async with talking(cart) as (_, media, call):
        for ask in range(MOST_STILLS):
            await media.ask(m.SpecialistStill(call_id=call, ask=ask, view="overview"))
        too_many = m.SpecialistStill(call_id=call, ask=99, view="overview")
        assert await refused(media.ask(too_many)) is Reason.NO_ROOM


async def test_earlier_pictures_and_ecgs_of_the_resident_come_on_demand_and_are_noted(cart: Cart) -> None:
    old = await take(cart, photo(), days_ago=9)
    now = cart.clock.now()
    _, encounter = await cart.ledger.open_encounter("P1", now)
    recorded = Capture(Kind.ECG, items.mortara(), items.RECORDER, now, "ecg")
    ecg_id = (await cart.ledger.save(recorded, encounter)).item_id
    async with talking(cart) as (_, media, call):
        await media.ask(m.SpecialistFetch(call_id=call, ask=1, prior_id=old))
        await media.ask(m.SpecialistFetch(call_id=call, ask=2, prior_id=ecg_id))
        picture, ecg = await got(media, 1), await got(media, 2)
    assert picture.jpeg == photo().jpeg
    assert picture.sha256 == hashlib.sha256(picture.jpeg).hexdigest()
    assert ecg.ecg is not None
    assert ecg.ecg.waveform == items.mortara()
    assert ecg.sha256 == hashlib.sha256(ecg.ecg.samples).hexdigest()
    acts = await cart.ledger._store.run(lambda s: list(audit.entries(s.database)))
    assert [one.patient_id for one in acts if one.act == Act.SHOWN] == ["P1", "P1"]


async def test_a_picture_of_another_resident_is_not_handed_out(cart: Cart) -> None:
    hers = await take(cart, photo(), number=2, days_ago=3)
    async with talking(cart) as (_, media, call):
        assert await refused(media.ask(m.SpecialistFetch(call_id=call, ask=1, prior_id=hers))) is Reason.PURGED
        assert not any(isinstance(one, m.ForSpecialist) for one in media.said)


@pytest.mark.hazard("H1", without="tests.controls_specialist:any_call_will_do")
async def test_nothing_of_another_resident_is_asked_for_by_a_call_that_is_over(cart: Cart) -> None:
    hers = await take(cart, photo(), number=2, days_ago=3)
    async with talking(cart) as (screen, media, call):
        await screen.ask(m.EndCall())
        await screen.ask(m.SelectResident(patient_id="P2"))
        commands = [
            m.SpecialistFetch(call_id=call, ask=1, prior_id=hers),
            m.SpecialistStill(call_id=call, ask=2, view="overview"),
            m.SpecialistNote(call_id=call, text="A note"),
            m.SpecialistPoint(call_id=call, x=1, y=1),
        ]
        for command in commands:
            assert await refused(media.ask(command)) is Reason.CALL
        assert not any(isinstance(one, m.ForSpecialist | m.StillWanted) for one in media.said)


@pytest.mark.hazard("H19", without="tests.controls_specialist:any_call_will_do")
@pytest.mark.parametrize("admitted", [False, True])
async def test_nothing_is_told_before_admission_nor_once_consent_is_taken_back(cart: Cart, admitted: bool) -> None:
    old = await take(cart, photo(), days_ago=3)
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        await screen.ask(cart.agreed())
        await screen.ask(m.StartCall())
        call = cart.desk.call.call_id
        for state in ("lobby", "waiting"):
            await media.ask(m.CallProgress(call_id=call, state=state))
        if admitted:
            await screen.ask(m.AdmitSpecialist())
            # by a command beside the screen: the call has not been ended yet
            cart.consents._records = ()
        assert await refused(media.ask(m.SpecialistFetch(call_id=call, ask=1, prior_id=old))) is Reason.CALL


@pytest.mark.hazard("H19", without="tests.controls_specialist:any_call_will_do")
async def test_a_guest_sees_no_record(cart: Cart) -> None:
    old = await take(cart, photo(), days_ago=3)
    async with talking(cart, Visitor("Paul, son fils", "", True, "")) as (_, media, call):
        asked = m.SpecialistFetch(call_id=call, ask=1, prior_id=old)
        assert await refused(media.ask(asked)) is Reason.NOT_ALLOWED


@pytest.mark.hazard("H19", without="tests.controls_specialist:the_list_is_for_every_call")
async def test_media_is_told_what_is_here_of_her_only_while_the_call_is_open_and_never_for_a_guest(cart: Cart) -> None:
    await take(cart, photo(), days_ago=3)
    earlier = cards(await cart.ledger.earlier("P1"))
    assert earlier

    async def told() -> tuple[m.EarlierCard, ...]:
        bedside = sight.msgspec.structs.replace(await cart.publish(), earlier=earlier)
        return sight.for_media(bedside, cart.desk.call, cart.consents.of(cart.desk.call.encounter_id)).earlier

    assert await told() == ()
    async with talking(cart) as (screen, _, _call):
        assert await told() == earlier
        await screen.ask(m.EndCall())
        assert await told() == ()
    async with talking(cart, Visitor("Paul, son fils", "", True, "")):
        assert await told() == ()


async def test_a_note_is_part_of_the_report_with_its_author_and_of_no_log_or_trail(cart: Cart) -> None:
    text = "Érythème du talon.\nPansement gras, revoir à 48 h.\u202e"
    async with talking(cart) as (_, media, call):
        await media.ask(m.SpecialistNote(call_id=call, text=text))
        shown = await cart.publish()
    assert shown.notice_en == "The doctor wrote a note for the report."
    assert (shown.call.note, shown.call.note_by) == (
        ("Érythème du talon.", "Pansement gras, revoir à 48 h."),
        DOCTOR.name,
    )
    encounter_id = shown.encounter_id or ""
    store = cart.ledger._store
    report = await store.run(
        lambda s: reporting.gather(s.database, s.blobs, encounter_id, "number", cart.clock.now(), None)
    )
    (note,) = report.notes
    assert note.text == "Érythème du talon.\nPansement gras, revoir à 48 h."
    assert (note.author, note.rpps) == (DOCTOR.name, DOCTOR.rpps)
    acts = await store.run(lambda s: list(audit.entries(s.database)))
    (noted,) = [one for one in acts if one.act == Act.NOTE]
    assert noted.patient_id == "P1"
    assert not any("Érythème" in one.detail for one in acts)


async def test_a_note_of_who_is_forgotten_is_gone(cart: Cart) -> None:
    async with talking(cart) as (_, media, call):
        await media.ask(m.SpecialistNote(call_id=call, text="Pansement gras"))
        encounter_id = (await cart.publish()).encounter_id or ""

    def forget(store: object) -> tuple[object, ...]:
        database = store.database  # type: ignore[attr-defined]
        with database.write():
            notes.forget_of(database, "P1")
        return notes.of(database, encounter_id)

    assert await cart.ledger._store.run(forget) == ()


@pytest.mark.parametrize("text", ["", " \n ", "\u202e\x1b", "x" * (LONGEST_NOTE + 1)])
def test_a_note_that_says_nothing_or_too_much_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        readable(text)


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [(0, 0, "en haut, à gauche"), (500, 500, "au milieu, au centre"), (1000, 1000, "en bas, à droite")],
)
async def test_the_nurse_reads_where_the_doctor_points(cart: Cart, x: int, y: int, said: str) -> None:
    async with talking(cart) as (_, media, call):
        await media.ask(m.SpecialistPoint(call_id=call, x=x, y=y))
        notice = (await cart.publish()).notice
        assert notice == f"Le médecin montre : {said} de l'image."
        assert not set(english(notice).split()) & {"haut", "bas", "montre", "gauche", "droite", "médecin", "image"}
        await media.ask(m.SpecialistPoint(call_id=call, shown=False))
        assert (await cart.publish()).notice == "Le médecin ne montre plus rien."
