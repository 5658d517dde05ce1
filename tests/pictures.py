"""``python -m tests.pictures DIRECTORY``: the pictures of the README, made by the project itself.

The bedside screen draws itself, here and in every look in build/pictures; the specialist's page is what headless Chromium
shows during a call with a whole cart.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from edge.door import messages as m
from edge.mains.demo import RESIDENT
from edge.mains.demo_cart import DemoCart, new_folder
from edge.mains.nurse import Nurse
from tests import needs
from tests.integration.test_call_chromium import BROWSER

KINDS = {"blood_pressure", "spo2", "ecg", "photo"}


async def specialist(folder: Path) -> None:
    chromium = needs.program("chromium", "chromium")
    cart_folder = new_folder()
    async with DemoCart(cart_folder) as cart, Nurse(cart.settings.door) as nurse, async_playwright() as playwright:
        await nurse.ask(m.SelectResident(patient_id=RESIDENT))
        for what in ("cuff", "oximeter", "ecg"):
            await cart.ward.tell({"do": what})
        await nurse.until(lambda s: any(d.model == "" or d for d in s.devices), 30, "device")
        await nurse.ask(m.TakePhoto(view="close_up"))
        await nurse.until(lambda s: {i.kind for i in s.items} >= KINDS, 60, "items")
        await nurse.agree()
        await nurse.ask(m.StartCall())
        lobby = await nurse.until(lambda s: bool(s.call.address), 30, "lobby")
        with tempfile.TemporaryDirectory() as profile:
            browser = await playwright.chromium.launch_persistent_context(
                profile, executable_path=chromium, args=BROWSER, viewport={"width": 1366, "height": 768}
            )
            page = await browser.new_page()
            await page.goto(lobby.call.address)
            await page.screenshot(path=folder / "specialist-idle.png")
            await page.click("#join")
            await nurse.until(lambda s: s.call.state == "waiting", 30, "specialist at the door")
            await page.screenshot(path=folder / "specialist-waiting.png")
            await nurse.ask(m.AdmitSpecialist())
            await nurse.until(lambda s: s.call.video_frames_sent > 90, 60, "picture")
            await page.screenshot(path=folder / "specialist.png")
            await browser.close()
        await nurse.ask(m.EndCall())
    shutil.rmtree(cart_folder)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for where, what in ((folder, ()), (Path("build/pictures"), ("all",))):
        subprocess.run([sys.executable, "-m", "ui.bedside.drawing", str(where), *what], check=True)
    asyncio.run(specialist(folder))


if __name__ == "__main__":
    main()
