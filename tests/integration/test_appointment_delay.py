"""From the waiting room to the bedside: the doctor's delay through the real media process, and the field on the specialist's page."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from edge.door import messages as m
from firmware_stubs.specialist import proven
from tests import needs, specialist_page
from tests.integration.test_call_chromium import BROWSER
from tests.media_door import media_process

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

CART = "http://127.0.0.1:1"
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}


@pytest.mark.slow
async def test_who_waits_says_how_late_he_is_and_nobody_else_does(tmp_path: Path) -> None:
    async with media_process(tmp_path) as (_, door):
        door.move("requested")
        address = (await door.progress("lobby")).address
        base, _, fragment = address.partition("#")
        token, secret, _key = fragment.split(".")
        async with aiohttp.ClientSession(base) as session:

            async def late(ticket: str, minutes: object, **more: object) -> int:
                body = {"ticket": ticket, "minutes": minutes, **more}
                async with session.post("/late", json=body) as reply:
                    return reply.status

            async with session.get("/call") as reply:
                assert (await reply.json())["late"] is True
            assert await late("", 20) == 403
            offer = {"token": token, "pin": "", "ticket": "", **proven(secret, "number", "v=0")}
            async with session.post("/offer", json=offer) as reply:
                ticket = (await reply.json())["ticket"]
            await door.progress("waiting")
            for wrong in (-1, 241, "20", 2.5):
                assert await late(ticket, wrong) == 403
            assert await late("another", 5) == 403
            assert await late(ticket, 5, resident="P1") == 403
            assert await late(ticket, 20) == 200
        await door.until(lambda one: isinstance(one, m.DoctorLate))
        said = [one for one in door.heard if isinstance(one, m.DoctorLate)]
        assert [(one.call_id, one.minutes) for one in said] == [(door.call.call_id, 20)]


@pytest.fixture
async def page() -> AsyncIterator[tuple[Page, list[object]]]:
    """The specialist's page in a real browser, and what it says of a delay."""
    from playwright.async_api import async_playwright

    chromium, said = needs.program("chromium", "chromium"), []

    async def serve(route: Route) -> None:
        name = route.request.url.removeprefix(CART).strip("/") or "index.html"
        if name == "call":
            about = {"cart": "Borne", "demo": False, "pin": False, "ice_servers": [], "late": True}
            await route.fulfill(json=about)
        elif name == "late":
            said.append(json.loads(route.request.post_data or "null"))
            await route.fulfill(json={})
        else:
            kind = TYPES[Path(name).suffix.strip(".")]
            await route.fulfill(body=specialist_page.source(name), content_type=f"{kind}; charset=utf-8")

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=BROWSER)
        page = await browser.new_page(viewport={"width": 1366, "height": 768})
        await page.route(f"{CART}/**", serve)
        await page.goto(f"{CART}/#" + ".".join(part * 22 for part in "tsk"))
        # what the page asked for when it was opened has come
        await page.wait_for_function("() => $('lobby-text').dataset.say === 'invitation_cart'", timeout=60_000)
        await page.wait_for_function("about.cart === 'Borne'")
        yield page, said
        await browser.close()


@pytest.mark.slow
async def test_the_page_has_a_small_field_for_it_in_the_waiting_room(page: tuple[Page, list[object]]) -> None:
    shown, said = page
    assert not await shown.is_visible("#late")
    await shown.evaluate("sessionStorage.setItem('ticket', 'place'); show('waiting')")
    await shown.fill("#late", "abc")
    await shown.click("#say-late")
    assert said == []
    assert "240" in (await shown.text_content("#late-said") or "")
    await shown.fill("#late", "20")
    await shown.click("#say-late")
    await shown.wait_for_function("document.getElementById('late-said').textContent.includes('20 min')")
    assert said == [{"ticket": "place", "minutes": 20}]
    await shown.evaluate("show('connected')")
    assert not await shown.is_visible("#late")
