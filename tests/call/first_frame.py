"""From the nurse's tap that admits to the first picture on the specialist's page: the whole cart of the demonstration, a real Chromium."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
import time
from typing import Any

import structlog
from playwright.async_api import BrowserContext, async_playwright

from edge.domain.fault import Fault
from edge.door import messages as m
from edge.mains.demo import RESIDENT
from edge.mains.demo_cart import DemoCart, new_folder
from edge.mains.nurse import Nurse
from tests.integration.test_call_chromium import BROWSER

ROUNDS = 3

_WATCH = """() => {
  const video = document.querySelector('#remote'), canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [16, 9];
  const context = canvas.getContext('2d', {willReadFrequently: true});
  const look = () => {
    const at = performance.timeOrigin + performance.now();
    context.drawImage(video, 0, 0, 16, 9);
    const lit = context.getImageData(0, 0, 16, 9).data.some((one, index) => index % 4 < 3 && one > 60);
    if (lit) window.firstFrame = at;
    else video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}"""
"""A dark picture stands for a camera that gives none yet: it is not the first."""


async def measure() -> list[float]:
    """Milliseconds, of each of three calls. Raises RuntimeError where none comes about."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    folder = new_folder()
    try:
        async with DemoCart(folder) as cart, Nurse(cart.settings.door) as nurse, async_playwright() as playwright:
            await nurse.ask(m.SelectResident(patient_id=RESIDENT))
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
                browser = await playwright.chromium.launch_persistent_context(
                    profile, executable_path=shutil.which("chromium"), args=BROWSER, timeout=120_000
                )
                found = [await _round(nurse, browser) for _ in range(ROUNDS)]
                await browser.close()
            return found
    except Fault as fault:
        raise RuntimeError(f"{fault.what}; {fault.do}") from fault
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _round(nurse: Nurse, browser: BrowserContext) -> float:
    page = await browser.new_page()
    await nurse.agree()
    await nurse.ask(m.StartCall())
    lobby = await nurse.until(lambda s: s.call.state == "lobby" and bool(s.call.address), 60, "lobby")
    await page.goto(lobby.call.address)
    await page.evaluate(_WATCH)
    await page.click("#join")
    await nurse.until(lambda s: s.call.state == "waiting", 60, "specialist at the door")
    await page.wait_for_selector("#status[data-state=waiting]", timeout=60_000, state="attached")
    tapped = time.time() * 1000
    await nurse.ask(m.AdmitSpecialist())
    await page.wait_for_function("() => window.firstFrame", timeout=60_000)
    seen: Any = await page.evaluate("() => window.firstFrame")
    await nurse.ask(m.EndCall())
    await page.wait_for_selector("#status[data-state=ended]", timeout=60_000, state="attached")
    await page.close()
    return float(seen) - tapped
