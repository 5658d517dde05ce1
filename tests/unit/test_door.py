"""The door: who may enter, what each role may ask, and what each sees. A real Unix socket, the real store behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from drivers.english import english
from edge.acquire.consents import Consents
from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder
from edge.acquire.strip import Strips
from edge.domain.audit import Actor
from edge.domain.body_site import BodySite, Side
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Kind
from edge.domain.photo import Photo, View
from edge.door import messages as m, server as door_server, sight, snapshot
from edge.door.client import DoorClient, frame, read_message
from edge.door.consent_desk import ConsentDesk, card
from edge.door.desk import Desk
from edge.door.device_desk import DeviceDesk
from edge.door.earlier_desk import EarlierDesk
from edge.door.server import DoorServer
from edge.door.typing_desk import TypingDesk
from edge.store.consent_book import StoredConsents
from edge.store.ledger import Places, StoredLedger, open_for_edge
from edge.store.scale_book import StoredScales
from edge.store.thread import StoreThread
from sync.dicom.fetching.prior_reading import opened
from tests.radio import Radio
from tests.unit.test_recorder import OXIMETER, SetClock, arrived, patient

JPEG = b"\xff\xd8\xff\xe0" + bytes(200) + b"\xff\xd9"


class Cart:
    """The rooms of edge, wired as the main wires them, without peripherals."""

    def __init__(self, ledger: StoredLedger, path: Path) -> None:
        self.ledger, self.path, self.clock = ledger, path, SetClock()
        self.devices = Devices(ledger, self.clock, {OXIMETER.id})
        self.recorder = Recorder(ledger, self.clock, self.devices, lambda: None)
        self.radio = Radio()
        self.device_desk = DeviceDesk(self.radio, self.devices, lambda: None)
        self.scales = StoredScales(ledger.thread)
        self.strips = Strips(ledger, self.clock, self.recorder, lambda: None)
        self.earlier = EarlierDesk(
            self.recorder, ledger, ledger, self.clock, opened, lambda said: self.server.tell(said, {m.UI})
        )
        self.consents, self.anonymous = Consents(StoredConsents(ledger.thread)), False
        self.desk = Desk(
            self.recorder,
            ledger,
            self.clock,
            lambda request: self.server.to_media(request),
            self.device_desk,
            self.strips,
            self.earlier,
            TypingDesk(self.recorder, ledger, self.scales, self.clock),
            self.consents,
        )
        self.consent_desk = ConsentDesk(
            self.recorder,
            self.consents,
            self.clock,
            lambda: self.desk.call,
            self.desk.consented,
            lambda: self.anonymous,
            self.desk.handle,
        )
        self.server = DoorServer(path, self.consent_desk.handle, lambda: None, self.left)

    def left(self, role: str) -> None:
        if role == m.MEDIA:
            self.desk.media_left()

    def agreed(self, basis: str = "person", **more: object) -> m.CollectConsent:
        """What the screen asks when the resident on it says so."""
        shown = self.recorder.on_screen
        assert shown is not None
        return m.CollectConsent(encounter_id=shown.encounter.id, basis=basis, **more)  # type: ignore[arg-type]

    async def publish(self) -> m.Snapshot:
        shown = self.recorder.on_screen
        overview = await self.ledger.overview(shown.encounter.id if shown else None)
        bedside = snapshot.for_bedside(
            cart="Borne",
            demo=True,
            now=self.clock.now(),
            shown=shown,
            overview=overview,
            newest_trace=None,
            running=self.recorder.live(),
            devices=self.devices,
            nearby=self.device_desk.nearby(),
            pairing=self.device_desk.card,
            scan=self.recorder.scan,
            residents=await self.ledger.patients(),
            notice=self.recorder.notice,
            call=self.desk.call,
            english=english,
            recorded=self.strips.state,
            consent=card(self.consents, self.desk.call, shown),
        )
        agreed = self.consents.of(self.desk.call.encounter_id)
        self.server.publish({m.UI: bedside, m.MEDIA: sight.for_media(bedside, self.desk.call, agreed)})
        return bedside


@pytest.fixture
async def cart(tmp_path: Path) -> AsyncIterator[Cart]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    to = {Kind.SPO2: ("fhir",), Kind.PHOTO: ("pacs",)}
    async with StoreThread(lambda: open_for_edge(places, to, "demonstration")) as thread:
        ledger = StoredLedger(thread, "TC")
        for number in (1, 2):
            await ledger.put_patient(patient(number))
        cart = Cart(ledger, tmp_path / "door.sock")
        async with cart.server.open():
            yield cart


class At:
    """A client at the door that keeps what it was told."""

    def __init__(self, cart: Cart, role: str) -> None:
        self._client = DoorClient(cart.path, role)
        self.said: list[m.Snapshot | m.StillWanted] = []
        self._came = asyncio.Condition()

    async def __aenter__(self) -> At:
        await self._client.__aenter__()
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.__aexit__()
        await self._task

    async def _listen(self) -> None:
        async for said in self._client.said():
            async with self._came:
                self.said.append(said)
                self._came.notify_all()

    async def ask(self, command: m.Command) -> None:
        async with asyncio.timeout(20):
            await self._client.ask(command)

    async def until(self, seen: Callable[[m.Snapshot | m.StillWanted], bool]) -> m.Snapshot | m.StillWanted:
        async with asyncio.timeout(20), self._came:
            await self._came.wait_for(lambda: any(map(seen, self.said)))
        return next(filter(seen, reversed(self.said)))


async def refused(asking: asyncio.Future[None] | object) -> Reason:
    with pytest.raises(Fault) as caught:
        await asking  # type: ignore[misc]
    return caught.value.reason


def still(request_id: str, jpeg: bytes = JPEG) -> m.SubmitStill:
    return m.SubmitStill(
        request_id=request_id, jpeg=jpeg, width=4, height=3, encoding="jpeg-q95", sharpness=50, brightness=100
    )


async def test_media_may_not_do_what_the_screen_may_nor_the_screen_what_media_may(cart: Cart) -> None:
    async with At(cart, m.MEDIA) as media, At(cart, m.UI) as screen:
        assert await refused(media.ask(m.SelectResident(patient_id="P1"))) is Reason.NOT_ALLOWED
        assert await refused(screen.ask(still("x"))) is Reason.NOT_ALLOWED
    assert cart.recorder.on_screen is None


async def test_an_unknown_role_does_not_come_in(cart: Cart) -> None:
    async with At(cart, "intruder") as intruder:
        assert await refused(intruder.ask(m.ReleaseResident())) is Reason.LINK_LOST


@pytest.mark.hazard("T15", without="tests.controls_edge:anybody_may_enter")
async def test_another_user_does_not_come_in(cart: Cart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_server, "_peer_uid", lambda _writer: 65533)
    async with At(cart, m.UI) as stranger:
        assert await refused(stranger.ask(m.ReleaseResident())) is Reason.LINK_LOST


async def test_a_photo_is_saved_for_the_resident_for_whom_it_was_asked(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        await screen.ask(m.TakePhoto(view="close_up"))
        wanted = await media.until(lambda s: isinstance(s, m.StillWanted))
        assert isinstance(wanted, m.StillWanted)
        await media.ask(still(wanted.request_id))
        shown = await cart.publish()
        assert [(item.kind, item.state) for item in shown.items] == [("photo", "kept")]


async def test_a_photo_shows_what_the_nurse_said_and_nobody_signed_for_it(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        await screen.ask(m.TakePhoto(view="close_up", site="heel", side="L", intimate=True))
        wanted = await media.until(lambda s: isinstance(s, m.StillWanted))
        assert isinstance(wanted, m.StillWanted)
        await media.ask(still(wanted.request_id))
        (line,) = (await cart.publish()).items
    item = await cart.ledger.load(line.item_id)
    assert isinstance(item.payload, Photo)
    assert (item.payload.view, item.payload.site, item.payload.side) == (View.CLOSE_UP, BodySite.HEEL, Side.LEFT)
    assert item.payload.intimate
    assert item.operator is None


@pytest.mark.parametrize(("site", "side"), [("elsewhere", ""), ("heel", "left"), ("sacrum", "L"), ("", "R")])
async def test_a_part_of_the_body_that_is_none_is_refused_before_anything_is_taken(
    cart: Cart, site: str, side: str
) -> None:
    async with At(cart, m.UI) as screen:
        await screen.ask(m.SelectResident(patient_id="P1"))
        assert await refused(screen.ask(m.TakePhoto(site=site, side=side))) is Reason.NOT_ALLOWED


@pytest.mark.hazard("H3", without="tests.controls_edge:late_stills_are_taken")
async def test_a_late_photo_of_the_resident_before_is_refused(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        await screen.ask(m.TakePhoto())
        wanted = await media.until(lambda s: isinstance(s, m.StillWanted))
        assert isinstance(wanted, m.StillWanted)
        await screen.ask(m.SelectResident(patient_id="P2"))
        assert await refused(media.ask(still(wanted.request_id))) is Reason.RESIDENT_CHANGED
        assert (await cart.publish()).items == ()


async def test_a_corrupt_photo_is_kept_apart_and_said(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        await screen.ask(m.TakePhoto())
        wanted = await media.until(lambda s: isinstance(s, m.StillWanted))
        assert isinstance(wanted, m.StillWanted)
        assert await refused(media.ask(still(wanted.request_id, JPEG[:-2]))) is Reason.CORRUPT_FILE
        shown = await cart.publish()
        assert (shown.items, shown.quarantined, shown.unassigned) == ((), 1, 0)
        assert "reprenez" in shown.notice


@pytest.mark.hazard("H19", without="tests.controls_edge:consent_is_taken_for_granted")
async def test_no_call_without_consent(cart: Cart) -> None:
    async with At(cart, m.UI) as screen:
        await screen.ask(m.SelectResident(patient_id="P1"))
        assert await refused(screen.ask(m.StartCall())) is Reason.CALL
        assert (await cart.publish()).call.state == "none"


@pytest.mark.hazard("T14", without="tests.controls_edge:media_sees_everything")
async def test_media_sees_the_resident_only_of_an_admitted_call(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        await cart.recorder.take(arrived())
        await screen.ask(cart.agreed())
        await screen.ask(m.StartCall())
        await cart.publish()
        before = await media.until(lambda s: isinstance(s, m.Snapshot) and s.call.state == "requested")
        assert isinstance(before, m.Snapshot)
        assert (before.resident, before.items, before.residents) == (None, (), ())
        call = before.call.call_id
        assert await refused(screen.ask(m.AdmitSpecialist())) is Reason.CALL
        await media.ask(m.CallProgress(call_id=call, state="connected"))
        await media.ask(m.CallProgress(call_id=call, state="lobby", address="http://127.0.0.1/#x"))
        await media.ask(m.CallProgress(call_id=call, state="waiting"))
        await screen.ask(m.AdmitSpecialist())
        await cart.publish()
        after = await media.until(lambda s: isinstance(s, m.Snapshot) and s.call.state == "admitted")
        assert isinstance(after, m.Snapshot)
        assert after.resident is not None
        assert after.resident.id == "P1"
        assert len(after.items) == 1
        assert await refused(screen.ask(m.SelectResident(patient_id="P2"))) is Reason.CALL
        await screen.ask(m.EndCall())
        await cart.publish()
        ended = await media.until(lambda s: isinstance(s, m.Snapshot) and s.call.state == "ended")
        assert isinstance(ended, m.Snapshot)
        assert (ended.resident, ended.items) == (None, ())


async def test_a_call_whose_media_died_is_asked_for_again_and_must_be_admitted_again(cart: Cart) -> None:
    async with At(cart, m.UI) as screen:
        await screen.ask(m.SelectResident(patient_id="P1"))
        async with At(cart, m.MEDIA) as media:
            await screen.ask(cart.agreed())
            await screen.ask(m.StartCall())
            call = cart.desk.call.call_id
            for state in ("lobby", "waiting"):
                await media.ask(m.CallProgress(call_id=call, state=state))
            await screen.ask(m.AdmitSpecialist())
            await media.ask(m.CallProgress(call_id=call, state="connected"))
        async with asyncio.timeout(20):
            while cart.desk.call.state != "requested":
                await asyncio.sleep(0)
        assert cart.desk.call.call_id == call


async def test_choosing_the_same_resident_twice_keeps_the_encounter_and_another_opens_a_new_one(cart: Cart) -> None:
    async with At(cart, m.UI) as screen:
        encounters = []
        for number in (1, 1, 2, 1):
            await screen.ask(m.SelectResident(patient_id=f"P{number}"))
            assert cart.recorder.on_screen is not None
            encounters.append(cart.recorder.on_screen.encounter.study_uid)
    assert encounters[0] == encounters[1]
    assert len(set(encounters)) == 3


async def test_nonsense_at_the_door_ends_only_that_visit(cart: Cart) -> None:
    async with At(cart, m.UI) as screen:
        reader, writer = await asyncio.open_unix_connection(cart.path)
        writer.write(b"\xff\xff\xff\xff nonsense")
        async with asyncio.timeout(20):
            assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        await screen.ask(m.SelectResident(patient_id="P1"))


async def test_who_hangs_up_while_the_call_connects_has_hung_up(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        await screen.ask(cart.agreed())
        await screen.ask(m.StartCall())
        call = cart.desk.call.call_id
        for state in ("lobby", "waiting"):
            await media.ask(m.CallProgress(call_id=call, state=state))
        await screen.ask(m.AdmitSpecialist())
        await asyncio.gather(
            media.ask(m.CallProgress(call_id=call, state="connected")), screen.ask(m.EndCall()), return_exceptions=True
        )
        assert cart.desk.call.state == "ended"


async def test_the_door_closes_while_somebody_is_inside(tmp_path: Path) -> None:
    async def nothing(_command: m.AnyCommand, _by: Actor) -> None: ...

    door = DoorServer(tmp_path / "door.sock", nothing, lambda: None, lambda _role: None)
    async with asyncio.timeout(20):
        async with door.open():
            reader, writer = await asyncio.open_unix_connection(tmp_path / "door.sock")
            writer.write(frame(m.encode(m.Hello(role=m.UI))) + frame(m.encode(m.ReleaseResident(id=1))))
            assert m.decode_said(await read_message(reader)) == m.Done(id=1)
        assert await reader.read() == b""
    writer.close()


async def test_a_choice_that_fails_leaves_the_resident_on_screen(cart: Cart) -> None:
    async with At(cart, m.UI) as screen:
        await screen.ask(m.SelectResident(patient_id="P1"))
        assert await refused(screen.ask(m.SelectResident(patient_id="unknown"))) is Reason.NO_RESIDENT
        assert cart.recorder.on_screen is not None
        assert cart.recorder.on_screen.patient.id == "P1"


async def test_only_what_is_on_screen_can_be_undone(cart: Cart) -> None:
    async with At(cart, m.UI) as screen:
        await screen.ask(m.SelectResident(patient_id="P1"))
        await cart.recorder.take(arrived())
        [item] = (await cart.publish()).items
        await screen.ask(m.SelectResident(patient_id="P2"))
        assert await refused(screen.ask(m.MarkEnteredInError(item_id=item.item_id))) is Reason.NOT_ALLOWED
        await screen.ask(m.ReleaseResident())
        assert await refused(screen.ask(m.MarkEnteredInError(item_id=item.item_id))) is Reason.NO_RESIDENT
