"""A PC/SC reader through Debian's pcscd, with vsmartcard's virtual reader and a card of ours in it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from drivers.link import badge_pcsc
from drivers.link.badge_pcsc import PcscReader, number_of
from edge.domain.badge import BadgeEvent, ReaderState, Shown, TakenOut, Unread
from firmware_stubs.badge_card import BadgeCard
from tests.pcsc import Pcscd, pcscd

SOON = 15
LEROY = bytes.fromhex("04A2241A5C6180")
DIALLO = bytes.fromhex("0493B21AEF5C80")
HERE, AWAY = ReaderState(connected=True), ReaderState(connected=False, what=badge_pcsc.NO_SERVICE)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Pcscd]:
    async with pcscd(tmp_path) as running:
        yield running


async def soon(events: AsyncIterator[BadgeEvent]) -> BadgeEvent:
    return await asyncio.wait_for(anext(events), SOON)


async def there(events: AsyncIterator[BadgeEvent]) -> None:
    """vpcd listens a moment before pcscd counts it among its readers."""
    while (event := await soon(events)) != HERE:
        assert isinstance(event, ReaderState)


@contextlib.asynccontextmanager
async def listening(name: str = "") -> AsyncIterator[AsyncIterator[BadgeEvent]]:
    async with aclosing(PcscReader(name).events()) as events:  # type: ignore[type-var]
        yield events


async def test_a_badge_is_read_when_it_comes_and_missed_when_it_goes(daemon: Pcscd) -> None:
    async with listening() as events:
        await there(events)
        for uid in (LEROY, DIALLO, LEROY):
            card = BadgeCard(daemon.port, uid)
            await card.insert()
            assert await soon(events) == Shown(uid.hex().upper())
            await card.remove()
            assert await soon(events) == TakenOut(uid.hex().upper())


async def test_a_badge_that_lies_there_at_the_start_is_read(daemon: Pcscd) -> None:
    card = BadgeCard(daemon.port, LEROY)
    await card.insert()
    async with listening(name="Virtual") as events:
        await there(events)
        assert await soon(events) == Shown(LEROY.hex().upper())
        await card.remove()
        assert await soon(events) == TakenOut(LEROY.hex().upper())


@pytest.mark.parametrize(
    ("uid", "what"), [(None, badge_pcsc.NO_NUMBER), (bytes.fromhex("08A1B2C3"), badge_pcsc.CHANGING_NUMBER)]
)
async def test_a_badge_without_a_number_that_lasts_says_what_to_do(daemon: Pcscd, uid: bytes | None, what: str) -> None:
    async with listening() as events:
        await there(events)
        card = BadgeCard(daemon.port, uid)
        await card.insert()
        assert await soon(events) == Unread(what)
        await card.remove()
        another = BadgeCard(daemon.port, LEROY)
        await another.insert()
        assert await soon(events) == Shown(LEROY.hex().upper())
        await another.remove()


async def test_when_the_service_stops_the_badge_is_gone_and_it_is_found_again(daemon: Pcscd) -> None:
    async with listening() as events:
        await there(events)
        card = BadgeCard(daemon.port, LEROY)
        await card.insert()
        assert await soon(events) == Shown(LEROY.hex().upper())
        await daemon.stop()
        assert [await soon(events), await soon(events)] == [TakenOut(LEROY.hex().upper()), AWAY]
        await card.remove()
        await daemon.start()
        await there(events)
        again = BadgeCard(daemon.port, DIALLO)
        await again.insert()
        assert await soon(events) == Shown(DIALLO.hex().upper())
        await again.remove()


async def test_a_reader_of_another_name_is_none(daemon: Pcscd) -> None:
    async with listening(name="ACS ACR122U") as events:
        assert await soon(events) == ReaderState(connected=False, what=badge_pcsc.NO_READER)


async def test_whoever_stops_listening_does_not_wait(daemon: Pcscd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(badge_pcsc, "LOOK_SECONDS", 20.0)
    found: list[BadgeEvent] = []
    heard = asyncio.Event()

    async def listen() -> None:
        async with listening() as events:
            async for event in events:
                found.append(event)
                if event == HERE:
                    heard.set()

    task = asyncio.create_task(listen())
    await asyncio.wait_for(heard.wait(), SOON)
    task.cancel()
    begun = asyncio.get_running_loop().time()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert asyncio.get_running_loop().time() - begun < badge_pcsc.LOOK_SECONDS
    assert found[-1] == HERE


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        ("04A2241A5C61809000", Shown("04A2241A5C6180")),
        ("A1B2C3D49000", Shown("A1B2C3D4")),
        ("00112233445566778899" + "9000", Shown("00112233445566778899")),
        ("9000", Unread(badge_pcsc.NO_NUMBER)),
        ("6A81", Unread(badge_pcsc.NO_NUMBER)),
        ("04A2241A5C61806282", Unread(badge_pcsc.NO_NUMBER)),
        ("", Unread(badge_pcsc.NO_NUMBER)),
    ],
)
def test_what_a_reader_answers(answer: str, read: BadgeEvent) -> None:
    """PC/SC part 3, 3.2.2.1.3: the data, then 90 00; 62 82 fewer bytes than asked for, 6A 81 not supported."""
    assert number_of(bytes.fromhex(answer)) == read
