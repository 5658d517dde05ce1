"""What a far end, or the line to it, may do while `telecart sync` sends: nothing is lost, one effect each, the reason in
`telecart outbox`, and the other destination has everything meanwhile (docs/sending-faults.md).
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import os
from pathlib import Path

import pytest

from edge.domain.patient import Patient
from tests import items, needs
from tests.certificates import Authority, Issued, server_context
from tests.sending import (
    C_STORE,
    FHIR,
    LONG,
    ORTHANC,
    ORTHANC_WEB,
    SLOW,
    STOW,
    Cart,
    Rows,
    Way,
    large_photo,
    named,
    scene,
    silent,
    through,
)
from tests.servers import FarEnd, OrthancFarEnd, running
from tests.small_disk import SmallDisk, on_small_disk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
WAYS = [C_STORE, STOW, FHIR]
IMAGING = [C_STORE, STOW]


@pytest.mark.parametrize("way", WAYS, ids=named)
async def test_nobody_answers(way: Way, tmp_path: Path) -> None:
    async with scene(tmp_path, way, None) as at:
        await at.line.cut()
        await at.told("destination_unreachable", "")
        rows = await at.cart.outbox()
        assert {row["attempts"] for row in rows} == {0}
        await at.line.mend()
        await at.arrives()


@pytest.mark.parametrize("way", IMAGING, ids=named)
async def test_it_hangs_in_the_middle_of_an_object(way: Way, tmp_path: Path) -> None:
    async with scene(tmp_path, way, through(1_000_000, hang=True), [large_photo(12), way.item()]) as at:
        await at.told("destination_busy", "", seconds=120)
        await at.line.mend()
        await at.arrives()


@pytest.mark.parametrize("way", WAYS, ids=named)
async def test_it_takes_everything_and_never_answers(way: Way, tmp_path: Path) -> None:
    async with scene(tmp_path, way, silent) as at:
        await at.told("destination_busy" if way is not C_STORE else "destination_unreachable", "", seconds=120)
        await at.line.mend()
        await at.arrives()


@pytest.mark.parametrize("way", WAYS, ids=named)
async def test_it_resets_the_line(way: Way, tmp_path: Path) -> None:
    async with scene(tmp_path, way, through(10_000 if way is not FHIR else 100, reset=True)) as at:
        await at.told("destination_busy", "broke off")
        await at.line.mend()
        await at.arrives()


# --- the line


@pytest.mark.parametrize("way", IMAGING, ids=named)
async def test_a_line_that_is_cut_every_3_megabytes(way: Way, tmp_path: Path) -> None:
    """What is small arrives; what is larger than the line lasts waits, is sent less and less often, and arrives when it holds."""
    cut = 3_000_000
    large, small = [large_photo(5.0, seed) for seed in range(4)], [way.item() for _ in range(6)]
    async with scene(tmp_path, way, through(cut, reset=True), [*large, *small]) as at:
        waiting = {item.id for item in at.saved[: len(large)]}

        def only_large(rows: Rows) -> bool:
            tried = [int(row["attempts"] or 0) for row in rows]
            return {row["item"] for row in rows} == waiting and min(tried) >= 2 and max(tried) >= 3

        rows = await at.cart.until(only_large)
        assert {(row["state"], row["destination"]) for row in rows} == {("pending", "broken")}
        assert any("broke off" in str(row["what"]) for row in rows)
        # each attempt costs at most what the line lasts, and one may be under way for each connection that is open at once
        attempts = sum(int(row["attempts"] or 0) for row in rows) + len(large)
        assert at.line.there < attempts * cut + sum(2 * 50_000 for _ in small)
        await at.line.mend()
        await at.arrives(120)


@pytest.mark.parametrize("way", WAYS, ids=named)
async def test_a_slow_line_brings_everything_once_and_holds_up_nobody(way: Way, tmp_path: Path) -> None:
    made = [way.item() for _ in range(8)]
    async with scene(tmp_path, way, through(rate=SLOW if way is not FHIR else 5_000.0), made) as at:
        await at.cart.until(lambda rows: bool(rows) and {row["destination"] for row in rows} == {"broken"})
        await at.arrives(150)
        # nothing was sent a second time: in all no more than the objects and a little for each exchange
        assert at.line.there < sum(len(frozen) for frozen in at.frozen()) * 1.1 + 10_000


@pytest.mark.parametrize("way", IMAGING, ids=named)
async def test_a_large_object_goes_through_a_slow_line(way: Way, tmp_path: Path) -> None:
    """Two side by side: each takes longer than sync waits for anything."""
    size = 0.5 if LONG else 0.3
    async with scene(tmp_path, way, through(rate=SLOW), [large_photo(size, 7), large_photo(size, 8)]) as at:
        await at.arrives(220)
        assert at.line.there < sum(len(frozen) for frozen in at.frozen()) * 1.1 + 10_000


# --- full


def fill(file: Path, leave: int) -> None:
    with file.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(bytes(65536)):
            pass
    os.truncate(file, file.stat().st_size - leave)


@pytest.mark.parametrize(
    ("way", "words"),
    [(ORTHANC, "out of resources"), (ORTHANC_WEB, "does not say that it stored")],
    ids=["c-store", "stow"],
)
def test_a_pacs_whose_disk_is_full_gets_it_once_there_is_room(way: Way, words: str, tmp_path: Path) -> None:
    needs.root()

    async def work(small: SmallDisk) -> None:
        def made(folder: Path) -> FarEnd:
            far_end = way.far_end(folder)
            if folder.name == "broken":
                assert isinstance(far_end, OrthancFarEnd)
                far_end.options = {"StorageDirectory": str(small.root)}
            return far_end

        async with scene(tmp_path / "scene", dataclasses.replace(way, far_end=made), None, []) as at:
            # room for Orthanc's folders and not for the object: without a block left it does not even answer C-STORE
            fill(small.root / "filler", leave=200_000)
            at.saved += [at.cart.save(large_photo(0.5))]
            await at.told("destination_busy", words, seconds=150)
            assert [await at.broken.held(item) for item in at.saved] == [0]
            small.empty()
            # Orthanc keeps the beginning of what had no room; where that took the last block, as after a second attempt, it answers nothing any more
            await at.broken.down()
            await at.broken.up()
            await at.arrives(120)

    on_small_disk(tmp_path, work, 64)


# --- certificates


def secured(way: Way, ca: Path, cart: Issued) -> functools.partial[str]:
    keys = f'ca = "{ca}"\ncertificate = "{cart.certificate}"\nkey = "{cart.key}"\n'
    if way is C_STORE:
        return functools.partial(way.section, more=f"tls = true\n{keys}")
    return functools.partial(way.section, more=keys, scheme="https")


@pytest.mark.parametrize("whose", ["theirs", "ours"])
@pytest.mark.parametrize("way", WAYS, ids=named)
async def test_a_certificate_that_expires_while_sync_runs(way: Way, whose: str, tmp_path: Path) -> None:
    region = Authority(tmp_path / "region", "region")
    short, long = dt.timedelta(seconds=8), dt.timedelta(days=2)
    theirs = region.issue("pacs", "127.0.0.1", end=short if whose == "theirs" else long)
    ours = region.issue("cart", end=short if whose == "ours" else long)
    words = "has expired" if whose == "theirs" else f"the cart's certificate {ours.certificate} expired on"
    section = secured(way, region.file, ours)
    async with scene(tmp_path, way, None, tls=server_context(theirs, region.file), section=section) as at:
        await at.arrives()
        for _ in range(60):
            # what was sent just before may be waiting for its proof
            if any(row["state"] == "pending" and row["reason"] for row in await at.cart.outbox()):
                break
            at.saved.append(at.cart.save(way.item()))
        rows = await at.told("destination_refused", words, seconds=20)
        assert {row["attempts"] for row in rows} == {0}
        if whose == "theirs":
            await at.line.again(server_context(region.issue("pacs", "127.0.0.1"), region.file))
        else:
            renewed = region.issue("cart")
            ours.certificate.write_bytes(renewed.certificate.read_bytes())
            ours.key.write_bytes(renewed.key.read_bytes())
        await at.arrives()


# --- two carts


@pytest.mark.parametrize("of", [items.OTHER_PATIENT, items.PATIENT], ids=["another-patient", "another-content"])
@pytest.mark.parametrize("way", [ORTHANC, ORTHANC_WEB], ids=named)
async def test_two_carts_send_the_same_uid(way: Way, of: Patient, tmp_path: Path) -> None:
    """Orthanc says 0000 to both. The second is not called received, and a person is told."""
    async with running(way.far_end(tmp_path / "pacs")) as pacs:
        section = way.section("pacs", way.port(pacs))
        async with Cart(tmp_path / "one", [section]) as one, Cart(tmp_path / "two", [section], of) as two:
            mine = one.save(way.item())
            await one.sync.start()
            await one.until(lambda rows: rows == [])
            theirs = two.save(large_photo(0.2, 3), like=mine)
            assert (theirs.sop_uid, theirs.series_uid) == (mine.sop_uid, mine.series_uid)
            assert theirs.encounter.study_uid == mine.encounter.study_uid
            other = two.save(way.item())
            await two.sync.start()
            rows = await two.until(lambda rows: [row["state"] for row in rows] == ["needs_person"])
            assert [(row["item"], row["reason"]) for row in rows] == [(theirs.id, "destination_refused")]
            assert "the PACS holds" in str(rows[0]["what"])
            assert await pacs.held(other) == 1
