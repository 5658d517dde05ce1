"""The running ECG recorded from the bedside screen: who may ask, what the screen sees of it, what the trail holds."""

from __future__ import annotations

import asyncio

from edge.acquire.strip import Strips
from edge.domain.audit import Act
from edge.domain.fault import Reason
from edge.domain.ports import LiveSamples
from edge.door import messages as m
from edge.store.keeping import audit
from edge.store.ledger import StoredLedger
from tests.unit import test_door
from tests.unit.test_door import At, Cart, refused
from tests.unit.test_strip import BOARD, ecg

cart = test_door.cart


def play(strips: Strips, *values: int) -> None:
    strips.take(LiveSamples(BOARD, ecg(*values)))


async def acts(ledger: StoredLedger) -> list[tuple[str, str, str, str]]:
    """(act, role, command, resident) of strips."""
    every = await ledger._store.run(lambda s: list(audit.entries(s.database)))
    wanted = {Act.STRIP.value, Act.STRIP_STOPPED.value}
    return [(one.act, one.door, one.command, one.patient_id) for one in every if one.act in wanted]


async def test_a_strip_is_begun_and_stopped_by_the_screen_and_both_stand_in_the_trail(cart: Cart) -> None:
    async with At(cart, m.UI) as screen:
        await screen.ask(m.SelectResident(patient_id="P1"))
        play(cart.strips, 1)
        assert (await cart.publish()).strip == m.StripCard()
        await screen.ask(m.StartStrip())
        for _ in range(3):
            play(cart.strips, *range(125))
        await kept(cart, 3)
        cart.clock.seconds += 1.5
        card = (await cart.publish()).strip
        assert (card.state, card.device, card.seconds, card.safe_seconds) == ("recording", "Carte HealthyPi", 1.5, 3.0)
        assert card.since == "2026-11-22T00:16:40+00:00"
        await screen.ask(m.StopStrip())
        await kept(cart, None)
        await screen.ask(m.StopStrip())
        seen = await cart.publish()
        assert seen.strip == m.StripCard()
        assert [(one.kind, one.device) for one in seen.items] == [("ecg", "Carte HealthyPi")]
        assert seen.notice_en == "HealthyPi board: recording stopped. Kept: 3 s"
    assert await acts(cart.ledger) == [
        ("strip", "ui", "StartStrip", "P1"),
        ("strip_stopped", "ui", "StopStrip", "P1"),
    ]


async def kept(cart: Cart, seconds: float | None) -> None:
    """Until so much is on the disk; None: until nothing is recorded any more."""
    async with asyncio.timeout(20):
        while (cart.strips.state.safe if cart.strips.state else None) != seconds:
            await cart.ledger.version()


async def test_nobody_but_the_screen_may_ask_and_not_without_a_resident_or_a_trace(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media, At(cart, m.ADMIN) as admin:
        for other in (media, admin):
            assert await refused(other.ask(m.StartStrip())) is Reason.NOT_ALLOWED
            assert await refused(other.ask(m.StopStrip())) is Reason.NOT_ALLOWED
        assert await refused(screen.ask(m.StartStrip())) is Reason.NO_RESIDENT
        await screen.ask(m.SelectResident(patient_id="P1"))
        assert await refused(screen.ask(m.StartStrip())) is Reason.TRACE
    assert cart.strips.state is None


async def test_media_sees_nothing_of_it(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        play(cart.strips, 1)
        await screen.ask(m.StartStrip())
        await cart.publish()
        seen = await media.until(lambda said: isinstance(said, m.Snapshot))
        assert isinstance(seen, m.Snapshot)
        assert seen.strip == m.StripCard()
    await cart.strips.aclose()
