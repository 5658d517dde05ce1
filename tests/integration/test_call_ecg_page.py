"""The running ECG in a real browser: over a line that loses a third of it, and on the page's paper."""

from __future__ import annotations

import asyncio
import base64
import math
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sync.consult.ecg import messages
from sync.consult.ecg.record import Record, Series
from tests import needs
from tests.integration.test_call_chromium import BROWSER
from tests.media_door import media_process

if TYPE_CHECKING:
    from playwright.async_api import Page

_FOLDER = Path("ui/specialist")

LOSSY = """() => {
  let turn = 1;
  const lost = () => { turn = (turn * 1103515245 + 12345) % 2147483648; return turn % 100 < 33; };
  const create = RTCPeerConnection.prototype.createDataChannel;
  window.lost = 0;
  RTCPeerConnection.prototype.createDataChannel = function (label, how) {
    const channel = create.call(this, label, how);
    if (label !== 'ecg') return channel;
    const send = channel.send.bind(channel);
    channel.send = (data) => lost() || send(data);
    channel.addEventListener('message', (event) => { if (lost()) { window.lost++; event.stopImmediatePropagation(); } });
    return channel;
  };
}"""
"""Each message of the ECG's channel is lost with a chance of one third, both ways."""

HELD = """() => [...(window.telecartEcg?.series.values() ?? [])].map((one) => [one.label, Array.from(one.samples.slice(0, one.head - one.begin))])"""


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    from playwright.async_api import async_playwright

    chromium = needs.program("chromium", "chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch_persistent_context(
            str(tmp_path / "profile"), executable_path=chromium, args=BROWSER, viewport={"width": 1280, "height": 720}
        )
        yield await browser.new_page()
        await browser.close()


def wave(first: int, count: int) -> tuple[float, ...]:
    return tuple(round(math.sin(n / 3) * math.sin(n / 40) ** 8, 4) for n in range(first, first + count))


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_over_a_line_that_loses_a_third_every_sample_is_on_the_page_in_the_end(
    tmp_path: Path, page: Page
) -> None:
    await page.add_init_script(f"({LOSSY})()")
    async with media_process(tmp_path) as (_, door):
        door.move("requested")
        await page.goto((await door.progress("lobby")).address)
        await page.click("#join-receive-only")
        await door.progress("waiting")
        door.trace(wave(5000, 10))
        door.move("admitted")
        await door.progress("connected")
        assert await page.evaluate(HELD) == []
        assert await page.locator("#ecg").is_hidden()
        told: list[int] = []
        for block in range(200):
            lost = 7 if block == 100 else 0
            for label, factor in (("II", 1.0), ("V1", 0.5)):
                values = tuple(round(factor * value, 4) for value in wave(10 * block, 10))
                door.trace(values, label, lost)
            door.trace(wave(0, 10), signal="pleth", label="")
            told += [-(2**31)] * lost + [round(1000 * value) for value in wave(10 * block, 10)]
            await page.evaluate("() => new Promise((go) => setTimeout(go, 10))")
        async with asyncio.timeout(120):
            while dict(held := await page.evaluate(HELD)).get("II") != told:
                await asyncio.sleep(0.2)
            while set(dict(held)) != {"II", "V1"} or len(dict(held)["V1"]) < len(told):
                await asyncio.sleep(0.2)
                held = await page.evaluate(HELD)
        assert await page.evaluate("() => window.lost") > 0
        await page.wait_for_function("() => window.telecartEcg.complete() === 1", timeout=60_000)
        await page.wait_for_selector("#ecg-figures[data-share='1']", timeout=60_000)
        said = await page.locator("#ecg-canvas").get_attribute("aria-label")
        assert said is not None
        assert "II" in said
        assert "250 Hz" in said
        assert await page.locator("#ecg-leads button").all_inner_texts() == ["II", "V1"]
        door.move("ended")
        # nothing of it is left for the next call
        await page.wait_for_function("() => !window.telecartEcg && !document.querySelector('#ecg')", timeout=60_000)


async def alone(page: Page) -> None:
    """The ECG's own code, without a call."""
    await page.set_content("<!doctype html><html lang=en><body><main style='width: 900px'></main>")
    await page.add_style_tag(path=_FOLDER / "ecg.css")
    await page.evaluate("() => { window.seconds = () => performance.now() / 1000; }")
    for name in ("ecg.js", "ecg_view.js"):
        await page.add_script_tag(content=(_FOLDER / name).read_text())
    await page.evaluate("""() => {
      window.record = new EcgRecord();
      window.panel = new EcgPanel(record);
      window.hear = (text, now) => record.take(Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer, now);
    }""")


async def hear(page: Page, message: bytes, now: float = 0.0) -> Any:
    return await page.evaluate("([text, now]) => hear(text, now)", [base64.b64encode(message).decode(), now])


def stretch(one: Series, first: int, end: int) -> bytes:
    coded, count = messages.coded(one.between(first, end), 1000)
    assert count == end - first
    return messages.taken([messages.part(one, first, coded, count)])


INK = """() => {
  panel.tell(seconds());
  panel.draw();
  const { width, height } = panel.canvas;
  const pixels = panel.canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const dark = [];
  for (let x = 0; x < width; x++) {
    let found = 0;
    for (let y = 0; y < height; y++) {
      const at = 4 * (y * width + x);
      // darker than grid and hatching, be it smeared over two rows
      if (pixels[at + 2] < 150) found++;
    }
    dark.push(found);
  }
  return dark;
}"""


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_gap_is_drawn_as_a_gap_and_filled_in_later(page: Page) -> None:
    await alone(page)
    kept = Record()
    one = kept.take("box", "II", 250.0, wave(0, 1000), 0, 0.0)
    assert one is not None
    for first, end in ((0, 400), (600, 1000)):
        await hear(page, stretch(one, first, end))

    def column(number: int) -> int:
        return round((10 + 25 * number / 250) * 96 / 25.4)

    before = await page.evaluate(INK)
    inside = slice(column(400) + 3, column(600) - 3)
    assert sum(map(bool, before[inside])) == 0, "a line is drawn where nothing came"
    assert sum(map(bool, before[column(100) : column(390)])) > 0.9 * (column(390) - column(100))
    assert "0.8 s" in await page.inner_text("#ecg-figures")
    assert "80.0 %" in await page.inner_text("#ecg-figures")
    ask = await page.evaluate("() => record.ask(1) && Array.from(new Uint8Array(record.ask(9)))")
    assert messages.asked(bytes(ask)) == (messages.Range(0, 400, 200),)

    await hear(page, stretch(one, 400, 600), 2.0)
    after = await page.evaluate(INK)
    assert sum(map(bool, after[inside])) > 0.9 * (inside.stop - inside.start)
    assert "100 %" in await page.inner_text("#ecg-figures")
    assert await page.evaluate("() => record.ask(20)") is None


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_what_is_no_message_of_the_cart_is_thrown_away_whole(page: Page) -> None:
    await alone(page)
    kept = Record()
    one = kept.take("box", "II", 250.0, wave(0, 20), 0, 0.0)
    assert one is not None
    good = stretch(one, 0, 20)
    await hear(page, good)

    def part(label: bytes = b"II", hertz: float = 250.0, head: int = 40, first: int = 20, count: int = 2) -> bytes:
        numbers = struct.pack("<fIIIH", hertz, head, 0, first, count)
        return b"\x01\x01\x00\x00" + bytes((len(label),)) + label + numbers + struct.pack("<ib", 5, 1)

    bad = [b"", b"\x01", b"\x02\x00", b"\x01\x11", good[:-1], good + b"\x00", bytes(1101), b"\x01\x00" + bytes(2)]
    bad += [part(b"<b>II"), part(b"NINECHARS"), part(hertz=math.nan), part(hertz=0), part(hertz=2001), part(count=3)]
    bad += [part(head=21), part(head=2**32 - 1, first=2**32 - 2, count=1001), part(count=1)]
    held = await page.evaluate("() => [...record.series.values()].map((one) => [one.label, one.head, one.came])")
    for message in bad:
        # (what is thrown is a RangeError whatever is wrong)
        thrown = await page.evaluate(
            "(text) => { try { hear(text, 1); return ''; } catch (error) { return error.constructor.name; } }",
            base64.b64encode(message).decode(),
        )
        assert thrown == "RangeError", message
    # a head that no clock explains is not believed, nor another label under a known number
    assert not await hear(page, part(head=2**31, first=2**31 - 2), 1.0)
    assert not await hear(page, part(b"V1"), 1.0)
    assert (
        await page.evaluate("() => [...record.series.values()].map((one) => [one.label, one.head, one.came])") == held
    )
    assert await hear(page, part(), 1.0)
