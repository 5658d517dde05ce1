"""A specialist in a real browser comes to a cart by way of the rendezvous: sign-in, lobby, call; and a relay that lies."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import aioice.ice
import msgspec
import pytest
from aiohttp import web

from firmware_stubs.openid_provider import OpenIdProvider
from sync.consult import outward
from sync.consult.addresses import gather_on
from sync.consult.peer import Peer
from sync.meeting.messages import Signed, Who
from sync.rendezvous.server import Rendezvous
from tests import needs
from tests.integration.test_call_chromium import BROWSER
from tests.meeting import House, parts
from tests.unit.test_peer import NoPicture, Silence

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PATIENCE = 60_000
STATE = "() => document.querySelector('#status').dataset.state"
HEARD = "async () => (await window.telecart.stats()).audioPacketsReceived"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(outward, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(aioice.ice, "get_host_addresses", aioice.ice.get_host_addresses)
    gather_on("127.0.0.1")
    return House(tmp_path)


@contextlib.asynccontextmanager
async def browser_page(folder: Path) -> AsyncIterator[Page]:
    from playwright.async_api import async_playwright

    chromium = needs.program("chromium", "chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch_persistent_context(
            str(folder / "profile"), executable_path=chromium, args=BROWSER, ignore_https_errors=True
        )
        try:
            yield await browser.new_page()
        finally:
            await browser.close()


async def until_state(page: Page, state: str) -> None:
    await page.wait_for_selector(f"#status[data-state={state}]", timeout=PATIENCE, state="attached")


async def soon(one: asyncio.Event) -> None:
    async with asyncio.timeout(60):
        await one.wait()


async def test_she_signs_in_waits_talks_and_a_restarted_rendezvous_ends_nothing(house: House, tmp_path: Path) -> None:
    peer = Peer(NoPicture(), Silence(), [])
    async with (
        OpenIdProvider(house.served()) as provider,
        house.sign_in(provider.issuer) as sign_in,
        contextlib.AsyncExitStack() as first,
    ):
        await first.enter_async_context(house.rendezvous(sign_in))
        async with house.cart(guest="") as cart, browser_page(tmp_path) as page:
            await page.goto(cart.address)
            await page.click("#sign-in", timeout=PATIENCE)
            await page.wait_for_function("() => document.querySelector('#as-whom').textContent", timeout=PATIENCE)
            assert "Claire MARTIN, RPPS 10001234567" in await page.inner_text("#as-whom")
            assert not [one for one in provider.asked if parts(cart.address)[0] in str(one)]
            await page.click("#join-receive-only")
            await soon(cart.waiting)
            assert cart.visitor == Who(name="Claire MARTIN", rpps="10001234567")
            await until_state(page, "waiting")
            try:
                await cart.admit(peer.answer)
                await soon(peer.connected)
                await until_state(page, "connected")
                async with asyncio.timeout(60):
                    while not cart.spoken:
                        await asyncio.sleep(0.02)
                shown = await page.inner_text("#spoken")
                assert shown.endswith(f"{cart.spoken[:3]} {cart.spoken[3:]}")

                await first.aclose()
                async with house.rendezvous(), asyncio.timeout(60):
                    while not cart.is_in:
                        await asyncio.sleep(0.02)
                    heard = await page.evaluate(HEARD)
                    while await page.evaluate(HEARD) <= heard + 20:
                        await asyncio.sleep(0.02)
                    assert await page.evaluate("() => window.telecart.peer.connectionState") == "connected"
                    # nobody can come in by the old link, and there is no new one while the call goes on
                    assert not cart.waiting.is_set() or cart.visitor.name
            finally:
                await peer.close()


class Liar(Rendezvous):
    """A rendezvous that was taken over: it answers the page itself, as if it were the cart, and shows the cart's own signature."""

    def lie(self, attacker: Peer) -> None:
        self.attacker = attacker
        self.offers: dict[str, str] = {}

    async def _take_offer(self, request: web.Request) -> web.Response:
        offer = msgspec.json.decode(await request.read())
        answer = await super()._take_offer(request)
        if answer.status == 202:
            self.offers[msgspec.json.decode(answer.body)["ticket"]] = offer["sdp"]
        return answer

    async def _give_answer(self, request: web.Request) -> web.Response:
        answer = await super()._give_answer(request)
        if answer.status != 200:
            return answer
        signed = msgspec.json.decode(answer.body, type=Signed)
        lie = await self.attacker.answer(self.offers[request.query["ticket"]])
        return web.Response(body=msgspec.json.encode(msgspec.structs.replace(signed, sdp=lie)))


@pytest.mark.hazard("T14", without="tests.controls_meeting:the_page_believes_every_answer")
async def test_a_swapped_fingerprint_never_connects(house: House, tmp_path: Path) -> None:
    attacker, ours = Peer(NoPicture(), Silence(), []), Peer(NoPicture(), Silence(), [])
    honest = house.rendezvous()
    liar = Liar(honest._place, "127.0.0.1", house.port, house.served())
    liar.lie(attacker)
    try:
        async with liar, house.cart() as cart, browser_page(tmp_path) as page:
            await page.goto(cart.address)
            await page.click("#join-receive-only", timeout=PATIENCE)
            await soon(cart.waiting)
            await cart.admit(ours.answer)
            await page.wait_for_function(
                "() => ['refused', 'connected', 'ended'].includes(document.querySelector('#status').dataset.state)",
                timeout=PATIENCE,
            )
            assert await page.evaluate(STATE) == "refused"
            assert "signée" in await page.inner_text("#lobby-text")
            assert not attacker.connected.is_set()
            assert not ours.connected.is_set()
    finally:
        await attacker.close()
        await ours.close()


async def test_an_incomplete_link_says_so(house: House, tmp_path: Path) -> None:
    async with house.rendezvous(), house.cart() as cart, browser_page(tmp_path) as page:
        token, secret, _ = parts(cart.address)
        await page.goto(f"{house.origin}/#{token}.{secret}")
        await until_state(page, "refused")
        assert "incomplet" in await page.inner_text("#lobby-text")
        await page.goto(f"{house.origin}/?again#{token[::-1]}.{secret}.{secret}")
        await until_state(page, "refused")
        assert "pas valable" in await page.inner_text("#lobby-text")
