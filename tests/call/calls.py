"""One call over one line, from the first offer to the figures."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from tests.call import figures
from tests.call.processes import Child, Lines, Quality, browser, cart
from tests.call.scene import Ring
from tests.call.sender import ECG_MS

SENDERS = ("telecart", "default", "chromium")
LATE_S = 10.0
"""Seconds that ECG may still come in after the last was taken."""

QUEUE_S = 0.3

CONDITIONS: dict[str, Quality | None] = {
    "clean": None,
    "thin": Quality(1_000_000, 0.02, 0.075, QUEUE_S),
    "k300": Quality(300_000, 0.01, 0.075, QUEUE_S),
    "k150": Quality(150_000, 0.01, 0.075, QUEUE_S),
}
"""None: both ends on one machine, no line between them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """``core`` is the processor time of the cart's end, in seconds a second, from five seconds after the connection to the end."""

    call: figures.Call
    core: float | None
    bits: float | None
    first_ms: float | None
    about: dict[str, Any]


@contextlib.asynccontextmanager
async def _sending(sender: str, near: str, ring: Path) -> AsyncIterator[Child]:
    start = browser(near, ring) if sender == "chromium" else cart(near, ring, sender)
    async with start as made:
        yield made


async def _answer(sender: str, end: Child, offer: str, epoch: int) -> str:
    if sender == "chromium":
        return str(await end.bench("answer", {"sdp": offer, "epoch": epoch}))
    return str((await end.ask({"do": "answer", "sdp": offer}))["sdp"])


async def until(page: Child, ready: Callable[[dict[str, Any]], bool], within: float) -> dict[str, Any]:
    """The state in which the page is ``ready``. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while not ready(state := await page.bench("state")):
            await asyncio.sleep(0.1)
    return state


async def connected(sender: str, cart_end: Child, page: Child, epoch: int) -> float:
    """The page calls the cart's end; when they found each other, in milliseconds. Raises RuntimeError or TimeoutError."""
    offer = await page.bench("offer")
    await page.bench("accept", await _answer(sender, cart_end, offer, epoch))
    state = await until(page, lambda now: now["state"] in {"connected", "failed"}, 60)
    if state["state"] == "failed":
        raise RuntimeError("the two ends did not find each other")
    return float(state["at"])


async def measure(sender: str, quality: Quality | None, between: Lines, ring: Path, seconds: float) -> Measured:
    """Raises RuntimeError or TimeoutError where no call comes about."""
    far = between.near if quality is None else between.far
    epoch = Ring(ring).epoch
    async with _sending(sender, between.near, ring) as cart_end, browser(far) as page:
        if quality is not None:
            await between.become(quality)
        began = await connected(sender, cart_end, page, epoch)
        await asyncio.sleep(min(5.0, seconds / 2))
        before = await _spent(sender, cart_end)
        await asyncio.sleep(max(0.0, seconds - (time.time() * 1000 - began) / 1000))
        after = await _spent(sender, cart_end)
        still = (await cart_end.bench("still")) if sender == "chromium" else await cart_end.ask({"do": "still"})
        end = time.time() * 1000
        ecg = (still["ecg_began"], still["ecg_taken"], float(ECG_MS))
        with contextlib.suppress(TimeoutError):
            await until(page, lambda now: now["ecg"] >= ecg[1], LATE_S)
        report = await page.bench("report")
    seen = figures.call(report, epoch, began, end, ecg)
    video = report["stats"].get("video", {})
    first = next((at for at, state in report["states"] if state == "connected"), None)
    about = {"stats": report["stats"], "states": report["states"], "asks": report["asks"], "cart": after}
    return Measured(
        call=seen,
        core=(after["cpu"] - before["cpu"]) / (after["at"] - before["at"]) if after and before else None,
        bits=8000 * video["bytesReceived"] / (report["at"] - began) if video.get("bytesReceived") else None,
        first_ms=report["first"] - first if report["first"] and first else None,
        about=about,
    )


async def _spent(sender: str, end: Child) -> dict[str, Any]:
    return {} if sender == "chromium" else await end.ask({"do": "spent"})
