"""Where identity, orders and sign-in could go wrong at the seams: answers that come late, tables that are lost, words that mislead."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import AE, evt

from edge import residents
from edge.acquire.attendance import Attendance, hashed
from edge.domain.audit import Origin
from edge.domain.fault import Fault, Reason
from edge.domain.staff import Entrance, Member, Role
from edge.door import messages as m, sight
from edge.door.attendance_desk import while_seen
from edge.foreign.sandbox import Sandbox
from edge.store.damage.salvage import salvage
from edge.store.disk.keys import read_key
from edge.store.file import database as file_database
from edge.store.file.database import Database, migrations
from edge.store.keeping import orders
from edge.store.ledger import EdgeStore, Places, open_for_edge
from edge.store.staff_book import StoredStaff
from edge.store.thread import StoreThread
from sync.dicom.pictures.jpeg_strip import strip
from sync.dicom.pictures.strips import Turned
from sync.dicom.pictures.turning import asked
from sync.dicom.proving.proof import FIND, FIND_CONTEXT, Unanswered, ask
from sync.dicom.speaking import association as association_module
from sync.dicom.speaking.association import Line, Peer
from tests.items import drawn_jpeg
from tests.servers import QUICK
from tests.unit.test_attendance import ADMIN, DIALLO, LEROY, STAFF, SetClock
from tests.unit.test_jpeg_strip import exif, segment, with_segments
from tests.unit.test_orders import SECOND, STEP, put
from tests.unit.test_store import JEANNE, TO, now

BOSS = Member("p.roy", "Paul ROY", Role.ADMIN, code="900")
PHARMACIST = Member("l.blanc", "Luc BLANC", Role.PHARMACIST, "10009999999", code="901")
PIN = "2580"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")


@dataclasses.dataclass
class Cart:
    attendance: Attendance

    @classmethod
    async def of(cls, thread: StoreThread[EdgeStore]) -> Cart:
        clock, book = SetClock(), StoredStaff(thread)
        members = (BOSS, DIALLO, LEROY, PHARMACIST)
        await book.take(dataclasses.replace(STAFF, members=members), ADMIN, clock.now())
        for one in members:
            await book.set_pin(one.id, hashed(PIN), ADMIN, clock.now())
        attendance = Attendance(book, clock, Origin("edge", m.UI))
        await attendance.refresh()
        return cls(attendance)

    async def sign_in(self, member: Member) -> None:
        await self.attendance.code(member.code)
        await self.attendance.pin(PIN)
        assert self.attendance.present is not None


# --- the screen


async def test_a_picture_that_comes_after_the_screen_was_locked_is_not_told(places: Places) -> None:
    """Reading one takes a while, and the nurse may have left meanwhile."""
    told: list[m.Earlier] = []
    picture = m.Earlier(prior_id="p", encounter_id="e", jpeg=b"jpeg")
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        cart = await Cart.of(thread)
        tell = while_seen(cart.attendance, told.append)
        await cart.sign_in(LEROY)
        tell(picture)
        assert told == [picture]
        await cart.attendance.lock()
        for locked_by in (None, BOSS, PHARMACIST):
            if locked_by is None:
                await cart.attendance.emergency()
            else:
                await cart.sign_in(locked_by)
            with pytest.raises(Fault) as raised:
                tell(picture)
            assert raised.value.reason is Reason.NOT_ALLOWED
            await cart.attendance.lock()
        with pytest.raises(Fault):
            tell(picture)
        assert told == [picture]


async def test_who_locks_while_a_pin_is_looked_at_has_locked(places: Places) -> None:
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        cart = await Cart.of(thread)
        await cart.sign_in(LEROY)
        await cart.attendance.lock()
        await cart.attendance.code(LEROY.code)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(cart.attendance.pin(PIN))
            # the PIN is looked at in a thread by now
            await asyncio.sleep(0)
            tasks.create_task(cart.attendance.lock())
        assert cart.attendance.locked


async def test_who_may_choose_no_resident_sees_none(places: Places) -> None:
    resident = m.ResidentCard(
        id="P1",
        birth_name="DUPONT",
        given_names="Jeanne",
        used_name=None,
        birth_date="1938-03-12",
        sex="F",
        room="214",
        identity_status="validee",
        allergies=(),
    )
    item = m.ItemCard(item_id="i", kind="spo2", device="Oxymètre", model="nonin", taken="", age_seconds=1.0)
    live = m.LiveCard(kind="spo2", device="Oxymètre", values=(m.Value(name="spo2", value="97", unit="%"),))
    full = m.Snapshot(
        cart="Borne 3",
        demo=False,
        clock="2026-11-22T10:00:00+00:00",
        resident=resident,
        encounter_id="E1",
        items=(item,),
        live=(live,),
        earlier=(m.EarlierCard(prior_id="p", kind="photo", source="", taken="", title="Sacrum"),),
        residents=(resident,),
        scan=m.ScanCard(number=1, patient_id="P1"),
        notice="Mesure de DUPONT gardée",
        devices=(m.DeviceCard(id="d", label="Oxymètre", model="nonin", connected=True),),
    )
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        cart = await Cart.of(thread)
        await cart.sign_in(BOSS)
        said = m.encode(seen := sight.at_the_screen(full, cart.attendance)).decode()
        assert not any(secret in said for secret in ("DUPONT", "Jeanne", "P1", "E1", '"97"', "Sacrum", '"i"'))
        assert (seen.devices, seen.attendance.name) == (full.devices, BOSS.name)
        await cart.attendance.lock()
        await cart.sign_in(PHARMACIST)
        seen = sight.at_the_screen(full, cart.attendance)
        assert (seen.items, seen.residents, seen.earlier) == ((item,), (resident,), ())
        await cart.attendance.lock()
        # how many there were, so that the last of them is no news once it is unlocked
        assert sight.at_the_screen(full, cart.attendance).scan == m.ScanCard(number=1)


# --- the store


@pytest.mark.parametrize("number", [STAFF.number, STAFF.number + 1])
async def test_a_list_that_damage_took_opens_no_screen(places: Places, number: int) -> None:
    """Of nobody's list anybody would be let in; and the site's own can be brought again."""
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        await Cart.of(thread)

        def lose(store: EdgeStore) -> None:
            with store.database.write():
                store.database.connection.execute("DELETE FROM staff_list")

        await thread.run(lose)
    salvage(places.database, read_key(places.key))
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        book, clock = StoredStaff(thread), SetClock()
        attendance = Attendance(book, clock, Origin("edge", m.UI))
        await attendance.refresh()
        assert attendance.locked
        await attendance.code(LEROY.code)
        assert attendance.asked.entrance in {Entrance.UNKNOWN, Entrance.ENDED}
        again = dataclasses.replace(STAFF, number=number, members=(DIALLO, LEROY))
        await book.take(again, ADMIN, clock.now())
        await attendance.refresh()
        await attendance.code(LEROY.code)
        assert attendance.asked.name == LEROY.name


def test_a_store_that_has_a_later_migration_gets_the_ones_before_it(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two branches of work each added one, and a store was made between their landings."""
    key = read_key(places.key, create=True)
    some = [one for one in migrations() if one[0] not in {7, 8, 9, 10, 11}]
    with monkeypatch.context() as patched:
        patched.setattr(file_database, "migrations", lambda: some)
        Database(places.database, key, owner=True).close()
    store = Database(places.database, key, owner=True)
    try:
        found = [number for (number,) in store.connection.execute("SELECT number FROM migration ORDER BY number")]
        assert found == [number for number, _, _ in migrations()]
        assert store.connection.execute("SELECT count(*) FROM scheduled").fetchone() == (0,)
    finally:
        store.close()


# --- orders


@pytest.fixture
def store(places: Places) -> EdgeStore:
    opened = open_for_edge(places, TO, "demonstration")
    opened.journal.put_patient(JEANNE)
    return opened


def whom(store: EdgeStore) -> set[str]:
    return {one.scheduled.name for one in orders.listed(store.database)}


@pytest.mark.parametrize("whole", [True, False])
def test_whom_an_order_was_of_is_forgotten_although_the_worklist_says_nothing_any_more(
    store: EdgeStore, whole: bool
) -> None:
    """It was taken out of the settings, or its answer is never whole: the names of its patients stay for nobody."""
    begun = now().utc - orders.FORGOTTEN - dt.timedelta(hours=1)
    put(store, STEP, SECOND, at=begun, whole=whole)
    assert whom(store) == {STEP.name}
    assert store.purge.run(now()) is None
    assert whom(store) <= {""}


def test_orders_that_nobody_took_go_and_one_that_was_taken_stays(store: EdgeStore) -> None:
    begun = now().utc - orders.FORGOTTEN - dt.timedelta(hours=1)
    put(store, STEP, SECOND)
    put(store, STEP)
    _, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    assert encounter.order == STEP.order
    with store.database.write():
        store.database.connection.execute(
            "UPDATE scheduled SET gone_utc = ?1, last_seen_utc = ?1", (begun.isoformat(),)
        )
    put(store)
    (left,) = orders.listed(store.database)
    assert (left.scheduled.order, left.scheduled.name, left.taken_by) == (STEP.order, "", encounter.id)


def test_a_worklist_that_invents_orders_fills_no_disk(store: EdgeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "MOST_KEPT", 20)
    begun = now().utc
    for round_ in range(10):
        new = [
            dataclasses.replace(STEP, order=dataclasses.replace(STEP.order, study_uid=f"1.2.{round_}.{number}"))
            for number in range(10)
        ]
        put(store, *new, at=begun + dt.timedelta(minutes=round_), whole=bool(round_ % 2))
    listed = orders.listed(store.database)
    assert len(listed) == 20
    assert {one.scheduled.order.study_uid for one in listed} == {
        f"1.2.{round_}.{number}" for round_ in (8, 9) for number in range(10)
    }


# --- residents


@pytest.mark.parametrize("wrong", ["IPP\\1", " IPP1", "IPP1 ", "IPP\t1", "IPP\u202e1", "I" * 65])
def test_an_identifier_that_no_object_can_hold_as_it_is_is_refused(tmp_path: Path, wrong: str) -> None:
    """Two residents of whom objects would say the same identifier are one to every PACS (H1)."""
    row = residents.Row(
        id=wrong, birth_name="DUPONT", given_names="Jeanne", birth_date=dt.date(1938, 3, 12), sex=JEANNE.sex, room="1"
    )
    with pytest.raises(Fault) as raised:
        residents.resident(row, "EHPAD", "line 1", False)
    assert raised.value.reason is Reason.SETTINGS
    assert wrong not in raised.value.what


# --- pictures


def piece(number: int, count: int, content: bytes) -> bytes:
    return segment(0xE2, b"ICC_PROFILE\0" + bytes((number, count)) + content)


@pytest.mark.parametrize(
    "pieces",
    [
        (piece(1, 2, b"half"),),
        (piece(1, 1, b"one"), piece(1, 1, b"another")),
        (piece(0, 1, b"none"),),
        (piece(1, 2, b"a"), piece(2, 3, b"b")),
        (segment(0xE2, b"ICC_PROFILE\0"),),
    ],
)
def test_a_colour_profile_that_is_not_whole_is_none(pieces: tuple[bytes, ...]) -> None:
    bare = strip(with_segments(drawn_jpeg(), *pieces))
    assert bare.icc == b""
    assert b"ICC_PROFILE" not in bare.content


def test_a_colour_profile_in_pieces_is_put_together() -> None:
    jpeg = with_segments(drawn_jpeg(), piece(2, 2, b"second"), piece(1, 2, b"first "))
    assert strip(jpeg).icc == b"first second"


def test_a_picture_is_not_blamed_for_a_worker_that_went_before_it() -> None:
    """The kernel ends the worker first where the machine has no memory left, also while it waits for work."""
    turned_photo = asked(strip(with_segments(drawn_jpeg(), exif(6))), 0, 8)
    with Sandbox(("sync.dicom.pictures.turner",), Turned) as sandbox:
        before = sandbox.read(turned_photo)
        assert sandbox.pid is not None
        os.kill(sandbox.pid, signal.SIGKILL)
        os.waitid(os.P_PID, sandbox.pid, os.WEXITED | os.WNOWAIT)
        assert sandbox.read(turned_photo) == before


# --- what a PACS says


def test_a_pacs_whose_answer_has_no_end_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it says is held in memory until it is whole (T7)."""
    monkeypatch.setattr(association_module, "MOST_HEARD", 1 << 20)
    ae = AE(ae_title="PACS")
    ae.add_supported_context(FIND, ImplicitVRLittleEndian)

    def find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        answer = Dataset()
        answer.SOPInstanceUID = event.identifier.SOPInstanceUID
        answer.PatientID = "IPP1"
        answer.PixelData = bytes(8 << 20)
        answer["PixelData"].VR = "OB"
        yield 0xFF00, answer

    wanted = Dataset()
    wanted.PatientID, wanted.StudyInstanceUID, wanted.SeriesInstanceUID, wanted.SOPInstanceUID = (
        "IPP1",
        "1.2",
        "1.3",
        "1.4",
    )
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find)])
    try:
        line = Line(Peer("PACS", "127.0.0.1", server.server_address[1], "TELECART"), QUICK)
        with line.associated([FIND_CONTEXT]) as association, pytest.raises(Unanswered) as raised:
            ask(association, "i", wanted)
        assert raised.value.broken
    finally:
        server.shutdown()
