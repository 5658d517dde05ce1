"""A disk that fills up, for real: what was saved stays, readings go on long after photos, and it recovers by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, Frozen, InMemory, Item
from edge.domain.measurement import Kind
from edge.domain.ports import Outcome, Tell, tell_nobody
from edge.domain.posture import Trouble
from edge.store.disk.space import MEBIBYTE, Room, Space
from edge.store.ledger import open_for_sync
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from sync.drain import Drain
from tests.small_disk import BLOCK, SmallDisk, on_small_disk
from tests.store_on_disk import ROOM, Cart, cart_on, places_in, stored_raws


@pytest.mark.hazard("H24", without="tests.controls_space:no_reserve")
@pytest.mark.hazard("H24", without="tests.controls_space:photos_to_the_last_byte")
def test_photos_are_refused_first_then_the_reserve_is_given_back_and_readings_go_on(tmp_path: Path) -> None:
    async def fills_up(disk: SmallDisk) -> None:
        async with cart_on(disk.root) as cart:
            await cart.measure()
            await cart.photograph(MEBIBYTE, 1)
            await cart.until_warned("")
            disk.fill(leave=ROOM.for_readings + MEBIBYTE // 2)
            with pytest.raises(Fault) as refused:
                await cart.photograph(MEBIBYTE, 2)
            assert refused.value.reason is Reason.NO_ROOM
            assert "presque plein" in cart.recorder.notice
            disk.fill(leave=ROOM.for_readings - MEBIBYTE)
            await cart.until_warned("photos refusées, les mesures restent enregistrées")
            await cart.measure()
            assert cart.recorder.notice == ""
            assert cart.ledger.posture.has(Trouble.DISK_LOW)
            disk.fill(leave=0)
            for _ in range(100):
                await asyncio.wait_for(cart.measure(), 20)
            assert not any("NON ENREGISTRÉ" in line for line in cart.lines)
            await cart.until_warned("Disque plein")
            told = list(cart.told)
            disk.empty()
            await cart.until_warned("")
            await cart.photograph(MEBIBYTE, 3)
        assert stored_raws(disk.root) == told

    on_small_disk(tmp_path, fills_up)


@pytest.mark.hazard("H24", without="tests.controls_edge:a_full_disk_is_shrugged_off")
def test_when_the_reserve_is_used_up_nothing_is_called_saved_and_the_reading_is_saved_once_there_is_room(
    tmp_path: Path,
) -> None:
    async def fills_up(disk: SmallDisk) -> None:
        async with cart_on(disk.root, Room(reserve=MEBIBYTE // 4, for_readings=8 * MEBIBYTE)) as cart:
            await cart.measure()
            disk.fill(leave=0)

            async def measure_on() -> None:
                for _ in range(400):
                    await cart.measure(4000)

            measuring = asyncio.create_task(measure_on())
            await cart.until_not_saved()
            told = len(cart.told)
            assert 1 < told < 400
            assert "disque est plein" in cart.recorder.notice
            # what was told is there, the one that waits is not called saved and is not there
            shown = (await cart.ledger.overview(cart.encounter.id)).lines
            assert len(shown) == min(told, 50)
            disk.empty()
            async with asyncio.timeout(60):
                await measuring
            await cart.until_warned("")
            assert cart.recorder.notice == ""
            told_all = list(cart.told)
        assert stored_raws(disk.root) == told_all

    on_small_disk(tmp_path, fills_up)


@pytest.mark.hazard("H24", without="tests.controls_space:a_write_that_failed_was_one")
def test_no_room_at_any_write_of_a_save(tmp_path: Path) -> None:
    """Every number of free blocks from none to enough for a photo and a reading: what was called saved is there."""

    async def fills_up(disk: SmallDisk) -> None:
        for blocks in range(24):
            root = disk.root / f"store{blocks}"
            told, photos = [], 0
            async with cart_on(root, Room(reserve=0, for_readings=0)) as cart:
                await cart.measure()
                disk.fill(leave=blocks * BLOCK)
                for number in range(2):
                    saving = asyncio.create_task(cart.photograph(20_000, number))
                    photos += await _settled(cart, saving)
                    saving = asyncio.create_task(cart.measure(3000))
                    await _settled(cart, saving)
                told = list(cart.told)
                overview = await cart.ledger.overview(cart.encounter.id)
                assert len(overview.lines) == len(told) + photos
                disk.empty()
            assert stored_raws(root) == told

    on_small_disk(tmp_path, fills_up)


async def _settled(cart: Cart, saving: asyncio.Task[None]) -> bool:
    """Whether it was saved; one that was said not to be is given up."""
    cart.lines.clear()
    async with asyncio.timeout(30):
        while not saving.done():
            if any("NON ENREGISTRÉ" in line for line in cart.lines):
                saving.cancel()
                await asyncio.wait([saving])
                return False
            await asyncio.sleep(0.005)
    await saving
    return True


def test_a_store_on_a_full_disk_opens_and_takes_readings(tmp_path: Path) -> None:
    async def fills_up(disk: SmallDisk) -> None:
        async with cart_on(disk.root) as cart:
            await cart.measure()
            told = list(cart.told)
        disk.fill(leave=0)
        async with cart_on(disk.root) as cart:
            cart.told += told
            await cart.measure()
            await cart.until_warned("Disque plein")
            told = list(cart.told)
            assert not any("NON ENREGISTRÉ" in line for line in cart.lines)
        disk.empty()
        assert stored_raws(disk.root) == told

    on_small_disk(tmp_path, fills_up)


def test_sync_leaves_room_for_readings_and_sends_what_it_froze_before(tmp_path: Path) -> None:
    """A photo waits, a reading that waits with it goes, and nothing stops for ever."""

    async def fills_up(disk: SmallDisk) -> None:
        places = places_in(disk.root)
        async with cart_on(disk.root) as cart:
            await cart.measure()
            await cart.photograph(MEBIBYTE)
            async with StoreThread(lambda: open_for_sync(places)) as thread:
                box, far = StoredOutbox(thread), {name: Accepting(name) for name in ("fhir", "pacs")}
                disk.fill(leave=MEBIBYTE)
                async with asyncio.TaskGroup() as tasks:
                    draining = tasks.create_task(Drain(box, list(far.values())).run())
                    await _until(lambda: bool(far["fhir"].proven))
                    assert not far["pacs"].sent
                    disk.empty()
                    # the rule is for a disk of a cart: of this one it would leave nothing
                    with pytest.MonkeyPatch.context() as patch:
                        patch.setattr(Space, "admit", lambda _self, _size: None)
                        await _until(lambda: bool(far["pacs"].proven))
                    draining.cancel()

    on_small_disk(tmp_path, fills_up)


class Accepting:
    """A destination that takes and shows everything."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kinds = frozenset(Kind)
        self.sent: list[str] = []
        self.proven: list[str] = []

    def freeze(self, item: Item) -> Body:
        return InMemory(item.id.encode() * (4000 if item.kind is Kind.PHOTO else 1))

    async def send(self, objects: Sequence[Frozen], tell: Tell = tell_nobody) -> Sequence[Outcome]:
        self.sent += [one.item_id for one in objects]
        return [Outcome(one.item_id, Event.ACCEPTED) for one in objects]

    async def prove(self, objects: Sequence[Frozen]) -> Sequence[Outcome]:
        self.proven += [one.item_id for one in objects]
        return [Outcome(one.item_id, Event.PROVEN) for one in objects]


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.05)


def test_the_reserve_is_real_and_made_again_when_it_is_not_whole(tmp_path: Path) -> None:
    async def reserves(disk: SmallDisk) -> None:
        reserve = disk.root / "store.reserve"
        async with cart_on(disk.root):
            assert reserve.stat().st_blocks * 512 >= ROOM.reserve
        # a sparse file of the right length is none
        with reserve.open("wb") as file:
            file.truncate(ROOM.reserve)
        async with cart_on(disk.root):
            assert reserve.stat().st_blocks * 512 >= ROOM.reserve
        with reserve.open("wb") as file:
            file.truncate(0)
        disk.fill(leave=ROOM.reserve + MEBIBYTE)
        async with cart_on(disk.root) as cart:
            await cart.until_warned("Disque plein")
            disk.empty()
            await cart.until_warned("")
        assert reserve.stat().st_blocks * 512 >= ROOM.reserve

    on_small_disk(tmp_path, reserves)
