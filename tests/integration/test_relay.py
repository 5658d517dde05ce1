"""Relays: a real coturn, credentials of ten minutes, and a call in which nothing goes from end to end directly."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aioice.ice
import pytest

from sync.consult import outward, relay
from sync.consult.addresses import gather_on
from sync.consult.peer import Peer
from sync.consult.relay import Trouble
from sync.rendezvous import turn as credentials
from sync.rendezvous.turn import Relays
from tests import turn_server
from tests.integration.test_rendezvous_chromium import HEARD, PATIENCE, browser_page, soon, until_state
from tests.meeting import House, free_port
from tests.turn_server import SECRET, TurnServer
from tests.unit.test_peer import NoPicture, Silence

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(outward, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(aioice.ice, "get_host_addresses", aioice.ice.get_host_addresses)
    gather_on("127.0.0.1")
    # a busy machine may need its time for a handshake
    monkeypatch.setattr(relay, "TRY_SECONDS", 30.0)
    made = House(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority.file))
    return made


@pytest.fixture
async def turn(house: House) -> AsyncIterator[TurnServer]:
    async with turn_server.coturn(house.folder, house.issued) as one:
        yield one


async def test_the_first_relay_that_lets_us_in_is_taken(turn: TurnServer) -> None:
    nobody = f"turns:127.0.0.1:{free_port()}?transport=tcp"
    for urls, taken in (((turn.udp,), turn.udp), ((nobody, turn.tls), turn.tls), ((nobody, turn.udp), turn.udp)):
        stun = "stun:127.0.0.1:1"
        chosen = await relay.choose(Relays((stun, *urls), SECRET).servers("cart"))
        assert [one.urls for one in chosen.servers] == [stun, taken]
        assert chosen.trouble is Trouble.NONE


@pytest.mark.hazard("T12", without="tests.controls_meeting:credentials_last_for_ever")
async def test_expired_credentials_are_refused_and_that_is_said(turn: TurnServer) -> None:
    old = Relays((turn.udp, turn.tls), SECRET).servers("cart", time.time() - 601)
    assert await relay.choose(old) == relay.Chosen((), Trouble.EXPIRED)


async def test_why_there_is_no_relay_is_said(turn: TurnServer) -> None:
    wrong = Relays((turn.udp,), "guessed").servers("cart")
    assert await relay.choose(wrong) == relay.Chosen((), Trouble.REFUSED)
    nobody = Relays((f"turns:127.0.0.1:{free_port()}?transport=tcp",), SECRET).servers("cart")
    assert await relay.choose(nobody) == relay.Chosen((), Trouble.UNREACHABLE)


async def test_the_page_says_that_its_credentials_have_expired(
    house: House, turn: TurnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "SECONDS", -60)
    house.relays, house.relay_only = Relays((turn.udp,), SECRET), True
    async with house.rendezvous(), house.cart() as cart, browser_page(tmp_path) as page:
        await page.goto(cart.address)
        await page.click("#join-receive-only", timeout=PATIENCE)
        await until_state(page, "ended")
        assert "ont expiré" in await page.inner_text("#lobby-text")
        assert not cart.waiting.is_set()


@pytest.mark.hazard("T13", without="tests.controls_meeting:the_policy_of_the_site_is_forgotten")
async def test_a_call_goes_through_the_relay_alone(house: House, turn: TurnServer, tmp_path: Path) -> None:
    house.relays, house.relay_only = Relays((turn.udp, turn.tls), SECRET), True
    async with (
        house.rendezvous(),
        house.cart() as cart,
        browser_page(tmp_path) as page,
        contextlib.AsyncExitStack() as end,
    ):
        await page.goto(cart.address)
        await page.click("#join-receive-only", timeout=PATIENCE)
        await soon(cart.waiting)
        chosen = await relay.choose(cart.ice)
        peer = Peer(NoPicture(), Silence(), chosen.servers, relay_only=True)
        end.push_async_callback(peer.close)
        answers: list[str] = []

        async def kept(offer: str) -> str:
            answers.extend((offer, await peer.answer(offer)))
            return answers[-1]

        await cart.admit(kept)
        await soon(peer.connected)
        await until_state(page, "connected")
        async with asyncio.timeout(60):
            while not await page.evaluate(HEARD):
                await asyncio.sleep(0.05)
        candidates = [line for sdp in answers for line in sdp.splitlines() if line.startswith("a=candidate:")]
        assert len(candidates) >= 2
        assert all(" typ relay " in f"{line} " for line in candidates)
