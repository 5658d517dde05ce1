"""What waits for a person is corrected and goes out again; nothing else is touched by it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.domain.body_site import BodySite, Side
from edge.domain.capture import Capture
from edge.domain.delivery import Event, State
from edge.domain.fault import Reason
from edge.domain.item import Item
from edge.domain.measurement import Kind
from edge.domain.photo import Encoding, Photo, View
from edge.domain.ports import Outcome
from edge.domain.waveform import Scale, Waveform
from edge.store.ledger import EdgeStore, Places, open_for_edge, open_for_sync
from edge.store.sending import outbox
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from tests.unit.test_store import CUFF, JEANNE, capture, now, reading

PROMISED = {Kind.BLOOD_PRESSURE: ("fhir", "copy"), Kind.PHOTO: ("pacs", "archive"), Kind.ECG: ("pacs",)}
PHOTO = Photo(b"\xff\xd8 a wound \xff\xd9", 4, 3, Encoding.JPEG_Q95, View.OVERVIEW, 80.5, 120.0)
SETTINGS = """
[[pacs]]
name = "pacs"
aet = "PACS"
host = "127.0.0.1"
port = 1
[[fhir]]
name = "fhir"
url = "http://127.0.0.1:1"
"""
"""The destinations "archive" and "copy" are gone from them."""

RECORDING = Waveform(("ECG 1", "II"), Decimal(500), (Scale(Decimal("2.5")),) * 2, bytes(range(8)))


class Cart:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places = Places(folder / "store.db", folder / "blobs", folder / "store.key")
        self.store: EdgeStore = open_for_edge(self.places, PROMISED, "care")
        self.store.journal.put_patient(JEANNE)
        encounter = self.store.journal.open_encounter(JEANNE.id, now(), "TC")[1]
        journal = self.store.journal
        self.vital = journal.save(capture(reading()), encounter).item_id
        self.photo = journal.save(Capture(Kind.PHOTO, PHOTO, CUFF, now(), "photo"), encounter).item_id
        self.ecg = journal.save(Capture(Kind.ECG, RECORDING, CUFF, now(), "ecg"), encounter).item_id

    async def refuse(
        self, item_id: str, destination: str, *, frozen: bool, reason: Reason = Reason.OBJECT_INVALID
    ) -> None:
        async with StoreThread(lambda: open_for_sync(self.places)) as thread:
            box = StoredOutbox(thread)
            if frozen:
                await box.freeze(destination, item_id, f"{item_id} to {destination}".encode())
            await box.record(destination, Outcome(item_id, Event.REFUSED, reason, "a lead is none of the twelve"), 0, 0)

    async def as_sent_to(self, destination: str, item_id: str) -> Item:
        async with StoreThread(lambda: open_for_sync(self.places)) as thread:
            return await StoredOutbox(thread).load(destination, item_id)

    def state(self, item_id: str) -> dict[str, State]:
        return next(dict(item.states) for item in outbox.items(self.store) if item.item_id == item_id)

    def run(self, *arguments: str) -> str:
        config = self.folder / "telecart.toml"
        config.write_text(SETTINGS)
        given = ["--config", str(config), "--data", str(self.folder), "outbox", *arguments]
        done = CliRunner().invoke(main, given, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output


@pytest.fixture
def cart(tmp_path: Path) -> Cart:
    return Cart(tmp_path)


async def test_what_is_released_goes_with_the_bytes_that_it_had(cart: Cart) -> None:
    await cart.refuse(cart.vital, "fhir", frozen=True, reason=Reason.DESTINATION_REFUSED)
    before = (await cart.as_sent_to("fhir", cart.vital)).sop_uid
    assert json.loads(cart.run("release", cart.vital, "--json")) == [{"item": cart.vital, "destination": "fhir"}]
    assert cart.state(cart.vital) == {"fhir": State.KEPT, "copy": State.KEPT}
    async with StoreThread(lambda: open_for_sync(cart.places)) as thread:
        box = StoredOutbox(thread)
        assert [claim.item_id for claim in await box.claim("fhir", State.KEPT, 10, 60)] == [cart.vital]
        again = await box.freeze("fhir", cart.vital, b"something else")
    assert again is not None
    assert (again.content, again.sop_uid) == (f"{cart.vital} to fhir".encode(), before)


@pytest.mark.hazard("H11", without="tests.controls_store:a_corrected_object_keeps_its_uid")
async def test_a_corrected_object_has_a_uid_of_its_own_where_it_was_refused(cart: Cart) -> None:
    await cart.refuse(cart.photo, "pacs", frozen=True)
    before = await cart.as_sent_to("pacs", cart.photo)
    cart.run("correct", cart.photo, "--view", "close_up")
    after = await cart.as_sent_to("pacs", cart.photo)
    assert isinstance(after.payload, Photo)
    assert after.payload.view is View.CLOSE_UP
    assert after.file is not None
    assert b"".join(after.file.pieces()) == PHOTO.jpeg
    assert after.sop_uid != before.sop_uid
    async with StoreThread(lambda: open_for_sync(cart.places)) as thread:
        box = StoredOutbox(thread)
        await box.claim("pacs", State.KEPT, 10, 60)
        frozen = await box.freeze("pacs", cart.photo, b"built anew")
    assert frozen is not None
    assert (frozen.content, frozen.sop_uid) == (b"built anew", after.sop_uid)
    (said_before,) = cart.store.run("SELECT payload FROM correction").fetchone()
    assert json.loads(said_before)["view"] == "overview"


async def test_a_wrong_site_or_side_is_put_right(cart: Cart) -> None:
    async def shown() -> tuple[View, BodySite | None, Side | None]:
        photo = (await cart.as_sent_to("pacs", cart.photo)).payload
        assert isinstance(photo, Photo)
        return photo.view, photo.site, photo.side

    for arguments, expected in (
        (("--site", "heel", "--side", "L"), (BodySite.HEEL, Side.LEFT)),
        (("--side", "R"), (BodySite.HEEL, Side.RIGHT)),
        (("--view", "close_up"), (BodySite.HEEL, Side.RIGHT)),
        # the side was that of the heel
        (("--site", "knee"), (BodySite.KNEE, None)),
        (("--site", "sacrum"), (BodySite.SACRUM, None)),
    ):
        await cart.refuse(cart.photo, "pacs", frozen=False)
        cart.run("correct", cart.photo, *arguments)
        assert (await shown())[1:] == expected
    assert (await shown())[0] is View.CLOSE_UP
    await cart.refuse(cart.photo, "pacs", frozen=False)
    done = CliRunner().invoke(main, ["--data", str(cart.folder), "outbox", "correct", cart.photo, "--side", "L"])
    assert (done.exit_code, len(done.output.strip().splitlines())) == (1, 1)
    assert (await shown())[1:] == (BodySite.SACRUM, None)


@pytest.mark.parametrize("refused_when_built", [False, True])
@pytest.mark.parametrize("elsewhere", [None, State.KEPT, State.PENDING, State.RECEIVED])
async def test_two_objects_never_have_one_uid(cart: Cart, elsewhere: State | None, *, refused_when_built: bool) -> None:
    """``elsewhere``: how far another destination is when this one refuses; None: it has been claimed."""
    built: dict[str, set[bytes]] = {}

    def of_a_destination_that_is_new() -> None:
        later = open_for_edge(cart.places, PROMISED | {Kind.PHOTO: ("pacs", "archive", "new")}, "care")
        later.database.close()

    async with StoreThread(lambda: open_for_sync(cart.places)) as thread:
        box = StoredOutbox(thread)

        async def build(destination: str) -> tuple[str, bytes]:
            item = await box.load(destination, cart.photo)
            return item.sop_uid, repr(item.payload).encode()

        async def freeze(destination: str, made: tuple[str, bytes]) -> None:
            frozen = await box.freeze(destination, cart.photo, made[1])
            if frozen is not None:
                built.setdefault(frozen.sop_uid, set()).add(frozen.content)

        if elsewhere is not State.KEPT:
            await box.claim("archive", State.KEPT, 10, 1800)
            begun = await build("archive")
        if elsewhere in {State.PENDING, State.RECEIVED}:
            await freeze("archive", begun)
        if elsewhere is State.RECEIVED:
            for event in (Event.ACCEPTED, Event.PROVEN):
                await box.record("archive", Outcome(cart.photo, event), 0, 0)
        if not refused_when_built:
            await freeze("pacs", await build("pacs"))
        await box.record("pacs", Outcome(cart.photo, Event.REFUSED, Reason.OBJECT_INVALID, "no"), 0, 0)
        cart.run("correct", cart.photo, "--view", "close_up")
        if elsewhere is None:
            await freeze("archive", begun)
        of_a_destination_that_is_new()
        for destination in ("pacs", "archive", "new"):
            for claim in await box.claim(destination, State.KEPT, 10, 1800):
                if claim.item_id == cart.photo:
                    await freeze(destination, await build(destination))
    assert {uid: len(contents) for uid, contents in built.items()} == dict.fromkeys(built, 1)
    assert set(cart.state(cart.photo).values()) <= {State.PENDING, State.RECEIVED}
    assert len(built) == (1 if refused_when_built and elsewhere in {None, State.KEPT} else 2)


async def test_the_lead_of_a_recording_gets_the_name_that_the_pacs_knows(cart: Cart) -> None:
    await cart.refuse(cart.ecg, "pacs", frozen=False)
    uid = (await cart.as_sent_to("pacs", cart.ecg)).sop_uid
    cart.run("correct", cart.ecg, "--lead", "ECG 1=I")
    item = await cart.as_sent_to("pacs", cart.ecg)
    assert isinstance(item.payload, Waveform)
    assert item.payload.leads == ("I", "II")
    assert item.payload.samples == RECORDING.samples
    # nothing was ever built under it
    assert item.sop_uid == uid
    assert cart.state(cart.ecg) == {"pacs": State.KEPT}


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("release", "no such item"), "nothing of this waits for a person"),
        (("correct", "no such item"), "nothing of this waits for a person"),
        (("correct", "{ecg}", "--view", "close_up"), "a ecg has nothing of the kind to correct"),
        (("correct", "{ecg}", "--lead", "V9=V1"), "the recording has the leads ECG 1, II"),
        (("correct", "{ecg}", "--lead", "ECG 1=II"), "the recording has the leads ECG 1, II"),
    ],
)
async def test_what_cannot_be_corrected_is_one_plain_line(cart: Cart, arguments: tuple[str, ...], what: str) -> None:
    await cart.refuse(cart.ecg, "pacs", frozen=False)
    named = [argument.replace("{ecg}", cart.ecg) for argument in arguments]
    done = CliRunner().invoke(main, ["--data", str(cart.folder), "outbox", *named])
    assert done.exit_code == 1
    assert what in done.output
    assert len(done.output.strip().splitlines()) == 1
    assert cart.state(cart.ecg) == {"pacs": State.NEEDS_PERSON}


async def test_all_that_waits_for_a_person_is_released_at_once(cart: Cart) -> None:
    for item_id, destination in ((cart.vital, "copy"), (cart.photo, "pacs"), (cart.ecg, "pacs")):
        await cart.refuse(item_id, destination, frozen=False)
    assert outbox.standing(cart.store).counts[State.NEEDS_PERSON] == 3
    cart.run("release", "--all", "--to", "pacs")
    assert outbox.standing(cart.store).counts[State.NEEDS_PERSON] == 1
    cart.run("release", "--all")
    assert outbox.standing(cart.store).counts == dict.fromkeys(State, 0) | {State.KEPT: 3}


async def test_the_list_says_what_waits_since_when_why_and_what_to_do(cart: Cart) -> None:
    await cart.refuse(cart.ecg, "pacs", frozen=False)
    rows = {(row["item"], row["destination"]): row for row in json.loads(cart.run("--json"))}
    assert len(rows) == 5
    row = rows[cart.ecg, "pacs"]
    assert (row["state"], row["what"]) == ("needs_person", "a lead is none of the twelve")
    assert "telecart outbox correct" in row["do"]
    assert rows[cart.vital, "fhir"]["do"] == "nothing: it goes by itself"
    assert "nobody in the settings has this name" in rows[cart.vital, "copy"]["do"]
    lines = cart.run().splitlines()
    assert any(cart.ecg in line and "a lead is none of the twelve" in line for line in lines)
    assert len(lines) == 10
