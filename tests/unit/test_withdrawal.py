"""What was undone or corrected: nothing more of it is sent, and where it may be, a note withdraws it."""

from __future__ import annotations

import dataclasses
import io
import uuid
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pydicom
import pytest

from edge.domain.audit import THE_CART
from edge.domain.capture import Capture, Standing
from edge.domain.delivery import Event, State
from edge.domain.fault import Fault, Reason
from edge.domain.item import Frozen, Paper, Withdrawal
from edge.domain.measurement import IMAGING, NOT_CAPTURED, Kind
from edge.domain.patient import Encounter
from edge.domain.photo import Photo, View
from edge.domain.ports import Outcome
from edge.domain.retention import Retention
from edge.domain.waveform import Scale, Waveform
from edge.store.damage.mending import mend
from edge.store.leaving.study import study
from edge.store.ledger import EdgeStore, Places, open_for_edge, open_for_sync
from edge.store.sending import outbox, release
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from sync.dicom.building import objects
from sync.dicom.building.modules import Source
from tests import items
from tests.unit.test_outbox_model import _later
from tests.unit.test_store import CUFF, JEANNE, capture, now, reading

SOURCE = Source("EHPAD Les Tilleuls", "Borne 1", "0.1.0")
DESTINATIONS = dict.fromkeys(IMAGING, ("pacs", "archive"))
TWELVE = Waveform(
    ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"),
    Decimal(500),
    (Scale(Decimal("2.5")),) * 12,
    bytes(24 * 5000),
)


class Cart:
    def __init__(self, folder: Path) -> None:
        self.places = Places(folder / "store.db", folder / "blobs", folder / "store.key")
        self.open()
        self.store.journal.put_patient(JEANNE)
        self.encounter: Encounter = self.store.journal.open_encounter(JEANNE.id, now(), "TC")[1]

    def open(self, *names: str) -> EdgeStore:
        promised = dict.fromkeys(IMAGING, names) if names else DESTINATIONS
        self.store = open_for_edge(self.places, promised, "care", Retention(10, 10, 10, 10))
        return self.store

    def photo(self, view: View = View.CLOSE_UP) -> str:
        content = items.photo(view=view).payload
        return self.store.journal.save(
            Capture(Kind.PHOTO, content, CUFF, now(), f"photo {uuid.uuid4()}"), self.encounter
        ).item_id

    def ecg(self, waveform: Waveform = TWELVE) -> str:
        return self.store.journal.save(Capture(Kind.ECG, waveform, CUFF, now(), "ecg"), self.encounter).item_id

    def undo(self, item_id: str) -> None:
        self.store.journal.mark_entered_in_error(item_id, self.encounter.id, now())

    def states(self, item_id: str) -> dict[str, State]:
        return next(dict(item.states) for item in outbox.items(self.store) if item.item_id == item_id)

    def of_kind(self, kind: Kind) -> list[str]:
        return [item.item_id for item in outbox.items(self.store) if item.kind == kind]

    def words(self, item_id: str) -> dict[str, str]:
        found = self.store.run(
            "SELECT destination, what FROM outbox WHERE item = (SELECT sequence FROM item WHERE id = ?)", (item_id,)
        )
        return dict(found.fetchall())

    def notes(self) -> dict[str, Withdrawal]:
        """By destination."""
        loaded = [self.store.journal.load(name).payload for name in self.of_kind(Kind.WITHDRAWAL)]
        assert all(isinstance(one, Withdrawal) for one in loaded)
        return {one.destination: one for one in loaded if isinstance(one, Withdrawal)}


@pytest.fixture
def cart(tmp_path: Path) -> Cart:
    return Cart(tmp_path)


class Sender:
    """A drain by hand."""

    def __init__(self, box: StoredOutbox) -> None:
        self.box = box

    async def freeze(self, destination: str, item_id: str) -> Frozen | None:
        await self.box.claim(destination, State.KEPT, 100, 60)
        item = await self.box.load(destination, item_id)
        frozen = await self.box.freeze(destination, item_id, objects.build(item, SOURCE))
        await self.box.give_back(destination)
        return frozen

    async def take(self, destination: str, item_id: str) -> None:
        assert item_id in {claim.item_id for claim in await self.box.claim(destination, State.PENDING, 100, 60)}

    async def bring(self, destination: str, item_id: str, *events: Event) -> Frozen:
        frozen = await self.freeze(destination, item_id)
        assert frozen is not None
        await self.take(destination, item_id)
        for event in events:
            await self.say(destination, item_id, event)
        return frozen

    async def say(self, destination: str, item_id: str, event: Event) -> None:
        reason = Reason.DESTINATION_REFUSED if event in {Event.REFUSED, Event.PLAINER, Event.NOT_TAKEN} else None
        await self.box.record(destination, Outcome(item_id, event, reason, "it says so"), 0, 0)

    async def all_open(self, destination: str) -> set[str]:
        await self.box.give_back(destination)
        return {claim.item_id for state in outbox.OPEN for claim in await self.box.claim(destination, state, 100, 60)}


@pytest.fixture
async def sender(cart: Cart):  # type: ignore[no-untyped-def]
    async with StoreThread(lambda: open_for_sync(cart.places)) as thread:
        yield Sender(StoredOutbox(thread))


SENT = (Event.ACCEPTED,)
RECEIVED = (Event.ACCEPTED, Event.PROVEN)


@pytest.mark.hazard("H1", without="tests.controls_withdrawal:what_was_undone_goes_on")
async def test_an_undone_photo_that_never_left_does_not_leave(cart: Cart, sender: Sender) -> None:
    kept, frozen, built = cart.photo(), cart.photo(), cart.photo()
    await sender.freeze("pacs", frozen)
    # a builder is at work on it
    await sender.box.claim("pacs", State.KEPT, 100, 60)
    content = objects.build(await sender.box.load("pacs", built), SOURCE)
    for item_id in (kept, frozen, built):
        cart.undo(item_id)
    assert await sender.box.freeze("pacs", built, content) is None
    assert await sender.box.frozen("pacs", frozen) is None
    for destination in DESTINATIONS[Kind.PHOTO]:
        assert await sender.all_open(destination) == set()
    assert cart.notes() == {}
    assert cart.states(frozen) == {"pacs": State.WITHDRAWN, "archive": State.WITHDRAWN}
    assert cart.words(frozen) == dict.fromkeys(("pacs", "archive"), "withdrawn, never sent")


@pytest.mark.hazard("H1", without="tests.controls_withdrawal:nobody_is_told")
@pytest.mark.parametrize("events", [SENT, RECEIVED, (Event.REFUSED,), (Event.TRY_LATER,), (Event.NOT_TAKEN,)])
async def test_an_undone_photo_that_may_have_left_is_withdrawn_where_it_may_be(
    cart: Cart, sender: Sender, events: Sequence[Event]
) -> None:
    photo = cart.photo()
    frozen = await sender.bring("pacs", photo, *events)
    cart.undo(photo)
    (note,) = cart.of_kind(Kind.WITHDRAWAL)
    assert cart.states(note) == {"pacs": State.KEPT}
    assert cart.notes()["pacs"].objects == (frozen.sha256,)
    assert cart.words(photo) == {"pacs": f"withdrawn by note {note}", "archive": "withdrawn, never sent"}
    assert await sender.all_open("pacs") == {note}
    assert await sender.all_open("archive") == set()
    # twice is as once
    cart.undo(photo)
    assert cart.of_kind(Kind.WITHDRAWAL) == [note]


@pytest.mark.hazard("H1", without="tests.controls_withdrawal:what_is_handed_out_is_not_marked")
async def test_an_undoing_that_races_the_sending_is_told(cart: Cart, sender: Sender) -> None:
    photo = cart.photo()
    await sender.freeze("pacs", photo)
    await sender.take("pacs", photo)
    sent = await sender.box.frozen("pacs", photo)
    assert sent is not None
    cart.undo(photo)
    # the PACS took it meanwhile, and says so: the row stays what it is
    for event in RECEIVED:
        await sender.say("pacs", photo, event)
    assert cart.states(photo)["pacs"] is State.WITHDRAWN
    assert cart.notes()["pacs"].objects == (sent.sha256,)


async def test_a_drain_that_died_with_it_in_hand_may_have_sent_it(cart: Cart, sender: Sender) -> None:
    photo = cart.photo()
    await sender.freeze("pacs", photo)
    await sender.take("pacs", photo)
    await sender.box.give_back("pacs")
    cart.undo(photo)
    assert set(cart.notes()) == {"pacs"}


async def test_what_an_older_release_froze_may_have_left(cart: Cart, sender: Sender) -> None:
    photo = cart.photo()
    await sender.freeze("pacs", photo)
    cart.store.run("UPDATE outbox SET handed_out = NULL")
    cart.undo(photo)
    assert set(cart.notes()) == {"pacs"}


@pytest.mark.hazard("H1", without="tests.controls_withdrawal:the_note_names_the_resident_of_today")
async def test_the_note_names_the_objects_as_they_were_sent(cart: Cart, sender: Sender) -> None:
    ecg = cart.ecg()
    (paper,) = cart.of_kind(Kind.ECG_PAPER)
    sent = [pydicom.dcmread(io.BytesIO((await sender.bring("pacs", one, *SENT)).content)) for one in (ecg, paper)]
    cart.store.journal.put_patient(dataclasses.replace(JEANNE, birth_name="DUPOND", given_names="JEANNETTE"))
    cart.undo(ecg)
    (note,) = cart.of_kind(Kind.WITHDRAWAL)
    frozen = await sender.freeze("pacs", note)
    assert frozen is not None
    dataset = pydicom.dcmread(io.BytesIO(frozen.content))
    assert (dataset.SOPInstanceUID, dataset.Modality) == (frozen.sop_uid, "KO")
    assert dataset.ConceptNameCodeSequence[0].CodeValue == "113037"
    for keyword in ("PatientID", "PatientName", "PatientBirthName", "StudyInstanceUID", "AccessionNumber", "StudyDate"):
        assert dataset[keyword].value == sent[0][keyword].value
    (evidence,) = dataset.CurrentRequestedProcedureEvidenceSequence
    assert {
        (series.SeriesInstanceUID, one.ReferencedSOPClassUID, one.ReferencedSOPInstanceUID)
        for series in evidence.ReferencedSeriesSequence
        for one in series.ReferencedSOPSequence
    } == {(one.SeriesInstanceUID, one.SOPClassUID, one.SOPInstanceUID) for one in sent}
    for event in RECEIVED:
        await sender.box.claim("pacs", State.PENDING, 100, 60)
        await sender.say("pacs", note, event)
    assert cart.states(note) == {"pacs": State.RECEIVED}


def counts(cart: Cart) -> dict[State, int]:
    found: Standing = outbox.standing(cart.store)
    return {state: count for state, count in found.counts.items() if count}


async def test_nobody_says_that_it_was_received(cart: Cart, sender: Sender) -> None:
    left, stayed = cart.photo(), cart.photo()
    for destination in ("pacs", "archive"):
        await sender.bring(destination, left, *RECEIVED)
    assert counts(cart) == {State.RECEIVED: 1, State.KEPT: 1}
    for item_id in (left, stayed):
        cart.undo(item_id)
    # two notes, one for each destination
    assert counts(cart) == {State.WITHDRAWN: 2, State.KEPT: 2}
    assert {line.item_id: line.state for line in cart.store.journal.lines(cart.encounter.id)} == dict.fromkeys(
        (left, stayed), State.WITHDRAWN
    )
    rows = outbox.waiting(cart.store)
    assert {(row.kind, row.destination, row.part_of) for row in rows} == {
        ("withdrawal", "pacs", left),
        ("withdrawal", "archive", left),
    }


async def test_what_was_withdrawn_goes_after_its_note_arrived_and_its_certificate_says_so(
    cart: Cart, sender: Sender
) -> None:
    photo = cart.photo()
    await sender.bring("pacs", photo, *SENT)
    cart.undo(photo)
    (note,) = cart.of_kind(Kind.WITHDRAWAL)
    late = _later(11)
    assert cart.store.purge.run(late) is None
    await sender.bring("pacs", note, *RECEIVED)
    first = cart.store.purge.run(late)
    assert first is not None
    (gone,) = first.items
    assert (gone.item_id, gone.received, gone.sha256) == (photo, {}, {})
    assert set(gone.withdrawn) == {"pacs", "archive"}
    second = cart.store.purge.run(late)
    assert second is not None
    assert [(one.item_id, set(one.received), one.withdrawn) for one in second.items] == [(note, {"pacs"}, {})]
    assert cart.store.purge.certificates() == [first, second]


@pytest.mark.hazard("H1", without="tests.controls_withdrawal:what_was_undone_is_promised_anew")
async def test_a_destination_that_is_new_gets_nothing_that_was_undone(cart: Cart, sender: Sender) -> None:
    undone, stays = cart.photo(), cart.photo()
    cart.undo(undone)
    cart.open("pacs", "archive", "new")
    assert set(cart.states(undone)) == {"pacs", "archive"}
    assert await sender.all_open("new") == {stays}


async def test_what_an_older_release_undid_is_withdrawn_when_the_store_is_opened(cart: Cart, sender: Sender) -> None:
    sent, kept = cart.photo(), cart.photo()
    await sender.bring("pacs", sent, *SENT)
    cart.store.run("UPDATE item SET entered_in_error = '2026-01-01T00:00:00+00:00'")
    cart.open()
    assert set(cart.states(kept).values()) == set(cart.states(sent).values()) == {State.WITHDRAWN}
    (note,) = cart.of_kind(Kind.WITHDRAWAL)
    assert await sender.all_open("pacs") == {note}
    cart.open()
    assert cart.of_kind(Kind.WITHDRAWAL) == [note]


async def test_a_correction_replaces_the_object_wherever_it_may_be(cart: Cart, sender: Sender) -> None:
    photo = cart.photo(View.OVERVIEW)
    before = {
        "archive": await sender.bring("archive", photo, *RECEIVED),
        "pacs": await sender.bring("pacs", photo, Event.REFUSED),
    }

    def closer(_kind: Kind, content: object) -> Photo:
        assert isinstance(content, Photo)
        return dataclasses.replace(content, view=View.CLOSE_UP)

    released = release.correct(cart.store.database, photo, closer, now(), THE_CART)
    assert {one.destination for one in released} == {"pacs", "archive"}
    assert cart.states(photo) == {"pacs": State.KEPT, "archive": State.KEPT}
    assert {to: note.objects for to, note in cart.notes().items()} == {to: (one.sha256,) for to, one in before.items()}
    for destination, old in before.items():
        new = await sender.freeze(destination, photo)
        assert new is not None
        assert new.sop_uid != old.sop_uid
        assert pydicom.dcmread(io.BytesIO(new.content)).SOPInstanceUID == new.sop_uid


# --- the paper of an ECG


def test_a_twelve_lead_ecg_has_its_paper_saved_with_it(cart: Cart) -> None:
    ecg = cart.ecg()
    (paper,) = cart.of_kind(Kind.ECG_PAPER)
    assert cart.states(paper) == cart.states(ecg) == dict.fromkeys(("pacs", "archive"), State.KEPT)
    assert [line.item_id for line in cart.store.journal.lines(cart.encounter.id)] == [ecg]
    with pytest.raises(Fault, match="no such reading"):
        cart.undo(paper)
    found = study(cart.store, cart.encounter.study_uid)
    assert found is not None
    assert [kept.kind for kept in found.items] == [Kind.ECG, Kind.ECG_PAPER]


@pytest.mark.parametrize("waveform", [dataclasses.replace(TWELVE, leads=tuple(f"X{n}" for n in range(12)))])
def test_another_ecg_has_none(cart: Cart, waveform: Waveform) -> None:
    cart.ecg(waveform)
    assert cart.of_kind(Kind.ECG_PAPER) == []


def test_an_ecg_of_nobody_has_none(cart: Cart) -> None:
    cart.store.journal.save(Capture(Kind.ECG, TWELVE, CUFF, now(), "ecg"), None)
    assert cart.of_kind(Kind.ECG_PAPER) == []


async def test_the_paper_is_drawn_of_its_ecg_and_names_it(cart: Cart, sender: Sender) -> None:
    ecg = cart.ecg()
    (paper,) = cart.of_kind(Kind.ECG_PAPER)
    loaded = await sender.box.load("pacs", paper)
    assert isinstance(loaded.payload, Paper)
    assert loaded.payload.ecg == TWELVE
    trace = await sender.freeze("pacs", ecg)
    frozen = await sender.freeze("pacs", paper)
    assert frozen is not None
    assert trace is not None
    dataset = pydicom.dcmread(io.BytesIO(frozen.content))
    assert dataset.SOPInstanceUID == frozen.sop_uid
    assert dataset.SourceInstanceSequence[0].ReferencedSOPInstanceUID == trace.sop_uid
    assert dataset.StudyInstanceUID == cart.encounter.study_uid
    assert frozen.study_uid == trace.study_uid


async def test_an_ecg_that_is_undone_takes_its_paper_along(cart: Cart, sender: Sender) -> None:
    ecg = cart.ecg()
    (paper,) = cart.of_kind(Kind.ECG_PAPER)
    cart.undo(ecg)
    assert set(cart.states(paper).values()) == {State.WITHDRAWN}
    assert cart.store.journal.load(paper).entered_in_error
    assert await sender.all_open("pacs") == set()


async def test_the_ecg_stays_until_its_paper_is_drawn(cart: Cart, sender: Sender) -> None:
    ecg = cart.ecg()
    (paper,) = cart.of_kind(Kind.ECG_PAPER)
    for destination in ("pacs", "archive"):
        await sender.bring(destination, ecg, *RECEIVED)
    assert cart.store.purge.run(_later(11)) is None
    for destination in ("pacs", "archive"):
        await sender.bring(destination, paper, *RECEIVED)
    gone = [certificate for _ in range(2) if (certificate := cart.store.purge.run(_later(11))) is not None]
    assert [[one.item_id for one in certificate.items] for certificate in gone] == [[ecg], [paper]]


def test_a_pacs_that_is_added_later_gets_the_papers_too(tmp_path: Path) -> None:
    cart = Cart(tmp_path)
    cart.store = open_for_edge(cart.places, {}, "care")
    ecg = cart.ecg()
    assert cart.of_kind(Kind.ECG_PAPER) == []
    cart.open("new")
    (paper,) = cart.of_kind(Kind.ECG_PAPER)
    assert cart.states(paper) == cart.states(ecg) == {"new": State.KEPT}
    cart.open("new")
    assert cart.of_kind(Kind.ECG_PAPER) == [paper]
    assert counts(cart) == {State.KEPT: 2}


def test_what_is_made_of_a_capture_is_filed_at_once(cart: Cart) -> None:
    """An older release lists what is not filed yet without looking at its kind, and knows none of these."""
    cart.ecg()
    cart.store.journal.save(capture(reading()), cart.encounter)
    left = cart.store.run("SELECT kind FROM item WHERE sequence > (SELECT value FROM counter WHERE name = 'filed')")
    assert {kind for (kind,) in left}.isdisjoint(kind.value for kind in NOT_CAPTURED)
    (wrong,) = cart.store.run(
        "SELECT count(*) FROM item WHERE kind = 'ecg_paper' AND sequence NOT IN (SELECT item FROM filed_name)"
    ).fetchone()
    assert wrong == 0


# --- a PACS that takes no special class


@pytest.mark.hazard("H11", without="tests.controls_withdrawal:the_plainer_form_keeps_the_uid")
async def test_a_picture_that_is_not_taken_goes_in_its_plainer_form_under_a_uid_of_its_own(
    cart: Cart, sender: Sender
) -> None:
    photo = cart.photo(View.DERMOSCOPY)
    special = await sender.bring("pacs", photo, Event.PLAINER)
    plain = await sender.freeze("pacs", photo)
    other = await sender.freeze("archive", photo)
    assert plain is not None
    assert other is not None
    assert plain.sop_uid != special.sop_uid == other.sop_uid
    found = {one.sop_uid: pydicom.dcmread(io.BytesIO(one.content)) for one in (special, plain, other)}
    assert all(dataset.SOPInstanceUID == uid for uid, dataset in found.items())
    assert (found[special.sop_uid].Modality, found[plain.sop_uid].Modality) == ("DMS", "XC")
    # undone, it is the plain one that is withdrawn
    await sender.take("pacs", photo)
    cart.undo(photo)
    assert cart.notes()["pacs"].objects == (plain.sha256,)


async def test_what_a_pacs_does_not_take_stays_here_as_it_is_and_is_offered_again(cart: Cart, sender: Sender) -> None:
    item = items.sound()
    sound = cart.store.journal.save(Capture(item.kind, item.payload, CUFF, now(), "sound"), cart.encounter).item_id
    first = await sender.bring("pacs", sound, Event.NOT_TAKEN)
    assert cart.states(sound)["pacs"] is State.KEPT
    again = await sender.freeze("pacs", sound)
    assert again is not None
    assert (again.sop_uid, again.sha256) == (first.sop_uid, first.sha256)


# --- corrections


async def test_the_objects_of_a_resident_whose_name_was_wrong_are_replaced(cart: Cart, sender: Sender) -> None:
    sent, waits, undone = cart.photo(), cart.photo(), cart.photo()
    before = await sender.bring("pacs", sent, *RECEIVED)
    cart.undo(undone)
    cart.store.journal.put_patient(dataclasses.replace(JEANNE, birth_name="DUPOND"))
    released = release.correct_resident(cart.store.database, JEANNE.id, now(), THE_CART)
    assert {(one.item_id, one.destination) for one in released} == {(sent, "pacs"), (sent, "archive")}
    assert cart.states(waits) == cart.states(sent) == dict.fromkeys(("pacs", "archive"), State.KEPT)
    assert set(cart.states(undone).values()) == {State.WITHDRAWN}
    assert cart.notes()["pacs"].objects == (before.sha256,)
    new = await sender.freeze("pacs", sent)
    assert new is not None
    assert new.sop_uid != before.sop_uid
    assert "DUPOND" in str(pydicom.dcmread(io.BytesIO(new.content)).PatientName)
    (note,) = cart.of_kind(Kind.WITHDRAWAL)
    frozen = await sender.freeze("pacs", note)
    assert frozen is not None
    assert "DUPONT" in str(pydicom.dcmread(io.BytesIO(frozen.content)).PatientName)


def test_a_resident_of_whom_nothing_was_built_needs_no_correction(cart: Cart) -> None:
    cart.photo()
    for patient_id, reason in ((JEANNE.id, Reason.NOT_ALLOWED), ("nobody", Reason.NO_RESIDENT)):
        with pytest.raises(Fault) as caught:
            release.correct_resident(cart.store.database, patient_id, now(), THE_CART)
        assert caught.value.reason is reason


async def test_what_was_received_is_corrected_and_its_paper_with_it(cart: Cart, sender: Sender) -> None:
    ecg = cart.ecg()
    (paper,) = cart.of_kind(Kind.ECG_PAPER)
    before = [await sender.bring("pacs", one, *RECEIVED) for one in (ecg, paper)]
    release.correct(cart.store.database, ecg, lambda _kind, content: content, now(), THE_CART)
    assert cart.notes()["pacs"].objects == tuple(one.sha256 for one in before)
    trace, page = [await sender.freeze("pacs", one) for one in (ecg, paper)]
    assert trace is not None
    assert page is not None
    dataset = pydicom.dcmread(io.BytesIO(page.content))
    assert dataset.SourceInstanceSequence[0].ReferencedSOPInstanceUID == trace.sop_uid
    assert {trace.sop_uid, page.sop_uid}.isdisjoint({one.sop_uid for one in before})


def test_what_was_undone_is_not_corrected(cart: Cart) -> None:
    photo = cart.photo()
    cart.undo(photo)
    with pytest.raises(Fault, match="it was undone"):
        release.correct(cart.store.database, photo, lambda _kind, content: content, now(), THE_CART)


# --- after damage


async def test_a_store_that_lost_an_undoing_withdraws_again(cart: Cart, sender: Sender) -> None:
    sent, kept = cart.photo(), cart.photo()
    frozen = await sender.bring("pacs", sent, *SENT)
    for item_id in (sent, kept):
        cart.undo(item_id)
    connection = cart.store.database.connection
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    with cart.store.database.write():
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        # the page with the rows is kept as it was before, and that with the note is lost
        connection.execute("UPDATE item SET entered_in_error = NULL")
        connection.execute("UPDATE outbox SET withdrawn = NULL, state = 'kept' WHERE frozen_sha256 IS NULL")
        connection.execute("UPDATE outbox SET withdrawn = NULL, state = 'sent' WHERE frozen_sha256 IS NOT NULL")
        connection.execute("DELETE FROM outbox WHERE item IN (SELECT sequence FROM item WHERE kind = 'withdrawal')")
        connection.execute("DELETE FROM item WHERE kind = 'withdrawal'")
        assert mend(connection)
        for _, statement in triggers:
            connection.execute(statement)
    assert {*cart.states(sent).values(), *cart.states(kept).values()} == {State.WITHDRAWN}
    assert cart.notes()["pacs"].objects == (frozen.sha256,)
    assert counts(cart) == {State.WITHDRAWN: 2, State.KEPT: 1}


async def test_a_note_whose_item_is_lost_still_goes(cart: Cart, sender: Sender) -> None:
    photo = cart.photo()
    await sender.bring("pacs", photo, *SENT)
    cart.undo(photo)
    (note,) = cart.of_kind(Kind.WITHDRAWAL)
    connection = cart.store.database.connection
    connection.execute("PRAGMA foreign_keys = OFF")
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    with cart.store.database.write():
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM item WHERE id = ?", (photo,))
        mend(connection)
        for _, statement in triggers:
            connection.execute(statement)
    assert cart.states(note) == {"pacs": State.KEPT}
    assert await sender.freeze("pacs", note) is not None
