"""A specialist in a real browser: sees, hears and reads what is in the store. The whole cart, headless Chromium."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge.domain.measurement import Reading
from edge.door import messages as m
from edge.mains.demo import RESIDENT
from edge.mains.demo_cart import DemoCart, new_folder
from edge.mains.nurse import Nurse
from edge.mains.places import places_of
from edge.store.keeping.reading import load
from edge.store.ledger import open_for_sync
from tests import listening, needs
from tests.media_door import eventually

if TYPE_CHECKING:
    from playwright.async_api import Page

BROWSER = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--accept-lang=fr-FR,fr",
]

SAMPLE = """() => {
  const video = document.querySelector('#remote');
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  return Array.from(context.getImageData(0, 0, canvas.width, canvas.height).data.filter((_, i) => i % 97 === 0));
}"""

DECODED = """async (enough) => {
  while ((await window.telecart.stats()).framesDecoded < enough) await new Promise(requestAnimationFrame);
}"""


@pytest.fixture
async def cart() -> AsyncIterator[DemoCart]:
    needs.program("dbus-daemon", "dbus")
    folder = new_folder()
    async with DemoCart(folder) as cart:
        yield cart
    shutil.rmtree(folder)


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    from playwright.async_api import async_playwright

    chromium = needs.program("chromium", "chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch_persistent_context(
            str(tmp_path / "profile"),
            executable_path=chromium,
            args=BROWSER,
            viewport={"width": 1280, "height": 720},
        )
        yield await browser.new_page()
        await browser.close()


async def stats(page: Page) -> dict[str, int]:
    found: dict[str, int] = await page.evaluate("() => window.telecart.stats()")
    return found


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("join", ["#join", "#join-receive-only"])
async def test_a_specialist_sees_hears_and_reads_what_is_in_the_store(cart: DemoCart, page: Page, join: str) -> None:
    async with Nurse(cart.settings.door) as nurse:
        await nurse.ask(m.SelectResident(patient_id=RESIDENT))
        await cart.ward.tell({"do": "cuff"})
        await cart.ward.tell({"do": "oximeter"})
        await nurse.until(lambda s: {i.kind for i in s.items} >= {"blood_pressure", "spo2"}, 60, "vitals")
        await nurse.agree()
        await nurse.ask(m.StartCall())
        lobby = await nurse.until(lambda s: bool(s.call.address), 30, "lobby")
        await page.goto(lobby.call.address)
        await page.click(join)
        await nurse.until(lambda s: s.call.state == "waiting", 30, "specialist at the door")
        await page.wait_for_selector("#status[data-state=waiting]", timeout=30_000, state="attached")
        # nothing of the resident, and no picture, is on the page before the nurse admits
        assert "DUPONT" not in await page.content()
        assert (await stats(page))["framesDecoded"] == 0

        await nurse.ask(m.AdmitSpecialist())
        await nurse.until(lambda s: s.call.state == "connected", 30, "connection")
        await page.wait_for_selector("#status[data-state=connected]", timeout=30_000, state="attached")
        await page.wait_for_function("() => document.querySelector('#remote').videoWidth", timeout=30_000)
        await page.wait_for_selector("[data-name=systolic]", timeout=30_000)

        shown = {
            (
                await element.get_attribute("data-item"),
                await element.get_attribute("data-name"),
            ): await element.inner_text()
            for element in await page.query_selector_all("span[data-item][data-name]")
        }
        opened = open_for_sync(places_of(cart.settings))
        stored = {}
        for item_id in {item for item, _ in shown}:
            content = load(opened.database, opened.blobs, item_id or "").payload
            assert isinstance(content, Reading)
            stored |= {(item_id, c.name.value): f"{c.quantity.shown():f}" for c in content.components if c.quantity}
        assert {name for _, name in shown} >= {"systolic", "diastolic", "spo2"}
        assert shown.items() <= stored.items()

        first, before = await page.evaluate(SAMPLE), await stats(page)
        async with asyncio.timeout(30):
            await page.evaluate(DECODED, before["framesDecoded"] + 30)
        second, after = await page.evaluate(SAMPLE), await stats(page)
        assert first != second
        assert max(second) - min(second) > 100
        assert after["framesDecoded"] >= before["framesDecoded"] + 30
        assert after["audioPacketsReceived"] > before["audioPacketsReceived"]
        assert listening.addresses(cart.children["media"].pid) <= {"127.0.0.1"}

        await nurse.ask(m.EndCall())
        await page.wait_for_selector("#status[data-state=ended]", timeout=30_000, state="attached")
        await _until_released(cart)


async def _until_released(cart: DemoCart) -> None:
    """Soon after the end media holds neither camera nor microphone, and listens to nothing (H20)."""
    media = Path(f"/proc/{cart.children['media'].pid}/fd")

    def open_files() -> list[str]:
        found = []
        for descriptor in media.iterdir():
            with contextlib.suppress(FileNotFoundError):
                found.append(str(descriptor.readlink()))
        return found

    await eventually(
        lambda: (
            not listening.addresses(cart.children["media"].pid) and not any("camera" in file for file in open_files())
        ),
        within=10,
    )
