"""The instrument of `make bench-call`: that it sees, hears and counts what a real cart's end sends a real browser."""

from __future__ import annotations

import time

import pytest

from tests import needs
from tests.call import figures, processes
from tests.call.calls import connected, until
from tests.call.scene import Ring
from tests.call.sender import ECG_MS


@pytest.mark.slow
async def test_stamps_tones_and_ecg_of_a_call_are_read_in_a_browser() -> None:
    needs.root()
    needs.program("chromium", "chromium")
    async with (
        processes.camera() as path,
        processes.lines() as between,
        processes.cart(between.near, path, "telecart") as cart,
        processes.browser(between.near) as page,
    ):
        epoch = Ring(path).epoch
        began = await connected("telecart", cart, page, epoch)
        await until(page, lambda now: min(now["frames"], now["tones"], now["ecg"]) >= 40, 60)
        still = await cart.ask({"do": "still"})
        await until(page, lambda now: now["ecg"] >= still["ecg_taken"], 60)
        report = await page.bench("report")
    found = figures.call(
        report, epoch, began, time.time() * 1000, (still["ecg_began"], still["ecg_taken"], float(ECG_MS))
    )
    assert found.pictures >= 20
    assert found.pictures > report["unread"]
    assert {int(tone) for _, _, tone in report["tones"]} == set(range(8))
    assert found.ecg_complete == 1.0
