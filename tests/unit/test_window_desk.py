"""Which windows media is told to show: of whom is on screen, while somebody may see it, and only while the screen says so."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.acquire.attendance import Attendance, hashed
from edge.acquire.call import Call, CallState
from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder
from edge.domain.audit import Actor, KnownBy, Origin, Who
from edge.domain.body_site import BodySite, Side
from edge.domain.capture import Capture
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Kind
from edge.domain.photo import Encoding, Photo, View
from edge.door import messages as m
from edge.door.attendance_desk import AttendanceDesk
from edge.door.desk import CAMERA
from edge.door.earlier_desk import EarlierDesk
from edge.door.window_desk import WindowDesk
from edge.door.window_messages import WISH_SECONDS
from edge.store.ledger import Places, StoredLedger, open_for_edge
from edge.store.staff_book import StoredStaff
from edge.store.thread import StoreThread
from sync.dicom.fetching.prior_reading import opened
from tests.unit.test_attendance import ADMIN, LEROY, STAFF
from tests.unit.test_recorder import SetClock, patient

SCREEN = Actor(Who(KnownBy.ROLE, "ui", "telecart-ui"), Origin("edge", m.UI, "Watch"))
JPEG = b"\xff\xd8\xff\xe0" + bytes(200) + b"\xff\xd9"


@dataclasses.dataclass
class Cart:
    ledger: StoredLedger
    clock: SetClock
    recorder: Recorder
    attendance: Attendance
    staff: StoredStaff
    told: list[m.Windows] = dataclasses.field(default_factory=list)
    call: Call = dataclasses.field(default_factory=Call)
    media_is_there: bool = True

    def __post_init__(self) -> None:
        earlier = EarlierDesk(self.recorder, self.ledger, self.ledger, self.clock, opened, lambda _said: None)
        self.desk = WindowDesk(
            self.recorder, self.attendance, earlier, self.clock, lambda: self.call, self._tell, self._inner
        )
        self.door = AttendanceDesk(self.attendance, self.desk.handle)

    def _tell(self, said: m.ShowWindows) -> bool:
        if self.media_is_there:
            self.told.append(said.windows)
        return self.media_is_there

    async def _inner(self, command: m.AnyCommand, by: Actor) -> None:
        match command:
            case m.SelectResident(patient_id=patient_id):
                self.recorder.show(*await self.ledger.open_encounter(patient_id, self.clock.now(), by))
            case m.ReleaseResident():
                self.recorder.clear()
            case _:
                raise AssertionError(command)

    async def ask(self, command: m.AnyCommand) -> None:
        await self.door.handle(command, SCREEN)

    @property
    def encounter_id(self) -> str:
        assert self.recorder.on_screen
        return self.recorder.on_screen.encounter.id

    async def watch(self, camera: str = "close_up", overlay: str = "", specialist: str = "") -> None:
        await self.ask(
            m.Watch(encounter_id=self.encounter_id, camera=camera, overlay=overlay, specialist=specialist, guide=True)
        )

    @property
    def shown(self) -> m.Windows:
        self.desk.look()
        return self.told[-1]


@pytest.fixture
async def cart(tmp_path: Path) -> AsyncIterator[Cart]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    async with StoreThread(lambda: open_for_edge(places, {Kind.PHOTO: ("pacs",)}, "demonstration")) as thread:
        ledger, clock, staff = StoredLedger(thread, "TC"), SetClock(), StoredStaff(thread)
        for number in (1, 2):
            await ledger.put_patient(patient(number))
        attendance = Attendance(staff, clock, Origin("edge", m.UI))
        await attendance.refresh()
        cart = Cart(
            ledger, clock, Recorder(ledger, clock, Devices(ledger, clock, set()), lambda: None), attendance, staff
        )
        await cart.ask(m.SelectResident(patient_id=patient(1).id))
        yield cart


PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.mark.hazard("H3", without="tests.controls_windows:a_still_is_shown_to_whoever_is_there")
async def test_a_still_is_shown_while_its_resident_is_and_the_screen_wishes_it(cart: Cart) -> None:
    encounter_id = cart.encounter_id
    drawn = m.StillDrawn(encounter_id=encounter_id, key="one", png=PNG)
    await cart.ask(drawn)
    assert cart.shown.still == b""
    await cart.ask(m.Watch(encounter_id=encounter_id, still="one"))
    assert cart.shown.still == PNG
    await cart.ask(m.Watch(encounter_id=encounter_id, still="another"))
    assert cart.shown.still == b""
    await cart.ask(m.Watch(encounter_id=encounter_id, still="one"))
    # the next resident: nothing of it, whatever the screen still says
    await cart.ask(m.SelectResident(patient_id=patient(2).id))
    assert cart.shown.still == b""
    with pytest.raises(Fault, match="vient de changer"):
        await cart.ask(drawn)
    await cart.ask(m.Watch(encounter_id=cart.encounter_id, still="one"))
    assert cart.shown.still == b""


async def test_a_still_that_is_no_picture_is_refused_and_one_of_a_screen_that_left_is_gone(cart: Cart) -> None:
    with pytest.raises(Fault):
        await cart.ask(m.StillDrawn(encounter_id=cart.encounter_id, key="one", png=b"GIF89a"))
    await cart.ask(m.StillDrawn(encounter_id=cart.encounter_id, key="one", png=PNG))
    await cart.ask(m.Watch(encounter_id=cart.encounter_id, still="one"))
    assert cart.shown.still == PNG
    cart.desk.left(m.UI)
    assert cart.shown.still == b""
    await cart.ask(m.Watch(encounter_id=cart.encounter_id, still="one"))
    assert cart.shown.still == b""


async def test_the_camera_that_the_screen_has_room_for_and_no_other_is_shown(cart: Cart) -> None:
    assert cart.shown == m.Windows(turn=1)
    await cart.watch()
    assert (cart.shown.camera, cart.shown.guide, cart.shown.specialist) == ("close_up", True, "")
    await cart.watch("")
    assert (cart.shown.camera, cart.shown.specialist) == ("", "")
    for nonsense in ("selfie", "../etc"):
        with pytest.raises(ValueError, match="View"):
            await cart.watch(nonsense)
    with pytest.raises(ValueError, match="huge"):
        await cart.watch(specialist="huge")


@pytest.mark.hazard("H3", without="tests.controls_windows:a_wish_is_for_whoever_is_on_screen")
async def test_another_resident_is_another_turn_and_shows_nothing_that_was_wished_before(cart: Cart) -> None:
    await cart.watch()
    turn, wished_for = cart.shown.turn, cart.encounter_id
    await cart.ask(m.SelectResident(patient_id=patient(2).id))
    assert (cart.told[-1].camera, cart.told[-1].turn) == ("", turn + 1)
    with pytest.raises(Fault) as refused:
        await cart.ask(m.Watch(encounter_id=wished_for, camera="close_up"))
    assert refused.value.reason is Reason.RESIDENT_CHANGED
    assert cart.shown.camera == ""
    await cart.ask(m.ReleaseResident())
    assert (cart.shown.camera, cart.shown.turn) == ("", turn + 2)


@pytest.mark.hazard("H20", without="tests.controls_windows:a_wish_never_lapses")
async def test_a_wish_that_is_not_said_again_lapses(cart: Cart) -> None:
    await cart.watch()
    cart.clock.seconds += WISH_SECONDS - 1
    assert cart.shown.camera == "close_up"
    await cart.watch()
    cart.clock.seconds += WISH_SECONDS - 1
    assert cart.shown.camera == "close_up"
    cart.clock.seconds += 2
    assert cart.shown.camera == ""


async def test_a_screen_that_leaves_wishes_nothing_and_a_media_that_comes_back_is_told_all(cart: Cart) -> None:
    await cart.watch()
    cart.media_is_there = False
    cart.desk.left(m.MEDIA)
    assert not cart.desk.card.possible
    cart.media_is_there = True
    count = len(cart.told)
    assert cart.shown.camera == "close_up"
    assert len(cart.told) == count + 1
    cart.desk.left(m.UI)
    assert cart.told[-1].camera == ""


@pytest.mark.hazard("H1", without="tests.controls_windows:the_lock_is_not_asked")
async def test_behind_a_locked_screen_no_picture_is_shown_and_repeating_a_wish_keeps_no_screen_open(cart: Cart) -> None:
    await cart.staff.take(STAFF, ADMIN, cart.clock.now())
    await cart.staff.set_pin(LEROY.id, hashed("2580"), ADMIN, cart.clock.now())
    await cart.attendance.refresh()
    with pytest.raises(Fault):
        await cart.watch()
    assert cart.shown.camera == ""
    await cart.ask(m.SayWho(code=LEROY.code))
    await cart.ask(m.TypePin(pin="2580"))
    await cart.watch()
    assert cart.shown.camera == "close_up"
    for _ in range(400):
        cart.clock.seconds += 1
        if await cart.attendance.tick():
            break
        await cart.watch()
    assert cart.attendance.locked
    assert cart.shown.camera == ""


@pytest.mark.parametrize("state", list(CallState))
async def test_the_specialist_is_shown_only_in_an_open_call_of_the_resident_on_screen(
    cart: Cart, state: CallState
) -> None:
    cart.call = Call("c", cart.encounter_id, state)
    await cart.watch("", specialist="large")
    open_call = state in {CallState.ADMITTED, CallState.CONNECTED}
    assert cart.shown.specialist == ("large" if open_call else "")
    cart.call = Call("c", "another encounter", state)
    assert cart.shown.specialist == ""


async def test_only_an_earlier_picture_of_the_resident_on_screen_lies_over_the_camera(cart: Cart) -> None:
    photo = Photo(JPEG, 8, 8, Encoding.JPEG_Q95, View.CLOSE_UP, 99.0, 99.0, site=BodySite.HEEL, side=Side.LEFT)
    await cart.recorder.keep(Capture(Kind.PHOTO, photo, CAMERA, cart.clock.now(), "still 1"))
    await cart.ask(m.ReleaseResident())
    cart.clock.seconds += 3600
    await cart.ask(m.SelectResident(patient_id=patient(1).id))
    [prior] = await cart.ledger.earlier(patient(1).id, cart.encounter_id)
    await cart.watch(overlay=prior.id)
    assert cart.shown.overlay == JPEG
    # said again, it is not read again
    count = len(cart.told)
    await cart.watch(overlay=prior.id)
    assert cart.shown.overlay == JPEG
    assert len(cart.told) == count

    await cart.ask(m.SelectResident(patient_id=patient(2).id))
    with pytest.raises(Fault) as refused:
        await cart.watch(overlay=prior.id)
    assert refused.value.reason is Reason.PURGED
    assert cart.shown.overlay == b""


async def test_the_card_says_what_media_said(cart: Cart) -> None:
    assert not cart.desk.card.possible
    await cart.desk.handle(m.WindowTold(lacking="mpv"), SCREEN)
    assert not cart.desk.card.possible
    await cart.desk.handle(m.WindowTold(camera="shown", remark="sombre", overlaid=True), SCREEN)
    assert cart.desk.card == m.WindowCard(possible=True, camera="shown", remark="sombre")
