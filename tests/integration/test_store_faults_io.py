"""A disk that fails under a live writer, for real: nothing is called saved, and it is saved once when the disk works again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edge.domain.delivery import State
from edge.domain.fault import Fault, Reason
from edge.domain.posture import Trouble
from edge.store.damage.verify import verify
from edge.store.ledger import open_for_edge, open_for_sync
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from tests.small_disk import READ_ONLY, SmallDisk, on_small_disk
from tests.store_on_disk import TO, cart_on, places_in, stored_raws


@pytest.mark.hazard("H10", without="tests.controls_edge:a_full_disk_is_shrugged_off")
@pytest.mark.hazard("H10", without="tests.controls_space:the_connection_is_believed")
def test_a_file_system_that_turns_read_only_under_the_store(tmp_path: Path) -> None:
    """As ext4 does by itself when it finds an error. The reading waits in memory until the disk is mounted again."""

    async def breaks(disk: SmallDisk) -> None:
        async with cart_on(disk.root) as cart:
            for _ in range(20):
                await cart.measure()
            disk.break_file_system()
            measuring = asyncio.create_task(cart.measure())
            await cart.until_not_saved()
            await cart.until_warned("Le disque refuse")
            assert len(cart.told) == 20
            # nobody holds on to it; and the empty folder below does not become an empty store
            await disk.unmount()
            cart.lines.clear()
            await cart.until_not_saved()
            assert list(disk.root.iterdir()) == []
            disk.mount()
            async with asyncio.timeout(30):
                await measuring
            await cart.until_warned("")
            assert cart.recorder.notice == ""
            await cart.measure()
            told = list(cart.told)
        assert stored_raws(disk.root) == told

    on_small_disk(tmp_path, breaks)


def test_a_store_on_a_read_only_disk_says_so_in_one_line(tmp_path: Path) -> None:
    async def starts(disk: SmallDisk) -> None:
        async with cart_on(disk.root) as cart:
            await cart.measure()
        await disk.unmount()
        disk.mount(READ_ONLY)
        with pytest.raises(Fault) as refused:
            open_for_edge(places_in(disk.root), TO, "demonstration")
        assert refused.value.reason is Reason.STORE_IO
        assert "read-only" in refused.value.what
        with pytest.raises(Fault) as refused:
            open_for_sync(places_in(disk.root))
        assert refused.value.reason is Reason.STORE_IO
        assert "\n" not in str(refused.value)

    on_small_disk(tmp_path, starts)


@pytest.mark.parametrize("what", ["writes", "flushes", "both"])
@pytest.mark.hazard("H10", without="tests.controls_space:a_write_that_failed_was_one")
def test_an_error_of_the_disk_under_a_live_writer(tmp_path: Path, what: str) -> None:
    """EIO for as long as it lasts. Edge lets go of the store, opens it again and proves it whole before it goes on."""

    async def fails(disk: SmallDisk) -> None:
        async with cart_on(disk.root) as cart:
            for _ in range(20):
                await cart.measure()
            disk.fail(writes=what != "flushes", flushes=what != "writes")
            measuring = asyncio.create_task(cart.measure())
            await cart.until_not_saved()
            assert len(cart.told) == 20
            await cart.until_warned("Le disque refuse")
            disk.fail()
            # ext4 may have given itself up: then somebody has to mount it again
            if not await _done(measuring, 5):
                await disk.unmount()
                disk.mount()
            async with asyncio.timeout(30):
                await measuring
            await cart.until_warned("")
            for _ in range(5):
                await cart.measure()
            told = list(cart.told)
            # and what is on the disk is that, not what the page cache had of it
        await disk.unmount()
        disk.mount()
        assert stored_raws(disk.root) == told
        places = places_in(disk.root)
        assert verify(places.database, places.blobs, places.key).wrong == ()
        assert list(disk.root.glob("quarantine-*")) == []

    on_small_disk(tmp_path, fails, failing=True)


async def _done(task: asyncio.Task[None], seconds: float) -> bool:
    done, _ = await asyncio.wait([task], timeout=seconds)
    return bool(done)


def test_sync_goes_on_when_the_disk_does(tmp_path: Path) -> None:
    """The process that only joins the store lets go of it and joins again as well."""

    async def fails(disk: SmallDisk) -> None:
        async with cart_on(disk.root) as cart:
            await cart.measure()
            places = places_in(disk.root)
            async with StoreThread(lambda: open_for_sync(places)) as thread:
                box = StoredOutbox(thread)
                assert await box.next_due("fhir") == 0
                disk.break_file_system()
                with pytest.raises(Fault) as refused:
                    await box.claim("fhir", _kept(), 10, 60)
                assert refused.value.reason in {Reason.STORE_IO, Reason.STORE_DAMAGED}
                assert thread.posture.has(Trouble.UNREACHABLE) or thread.posture.has(Trouble.DAMAGED)
                measuring = asyncio.create_task(cart.measure())
                await cart.until_not_saved()
                await disk.unmount()
                disk.mount()
                async with asyncio.timeout(30):
                    await measuring
                claims = await box.claim("fhir", _kept(), 10, 60)
                assert len(claims) == 2

    on_small_disk(tmp_path, fails)


def _kept() -> State:

    return State.KEPT
