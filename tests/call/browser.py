"""``python -m tests.call.browser [FILE]``: one end of a call in a real Chromium. With FILE, the camera's ring, it can send.

Obeys one JSON object a line, ``{"do": NAME, "with": VALUE}`` with the names of ``window.bench`` (page.js) and ``end``; each is answered by
one line, ``{"told": VALUE}``.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

from aiohttp import web
from playwright.async_api import async_playwright

from tests.call.scene import Ring
from tests.integration.test_call_chromium import BROWSER

_HERE = Path(__file__).parent
_PAGE = _HERE.parents[1] / "ui/specialist"
_ARGUMENTS = [
    *BROWSER,
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-dev-shm-usage",
]


async def _served(ring: Ring | None) -> tuple[web.AppRunner, str]:
    """The page, by this machine's loopback: there a page may do what only secure ones may."""

    async def file(request: web.Request) -> web.FileResponse:
        return web.FileResponse(_HERE / (request.match_info["name"] or "page.html"))

    async def ecg(_: web.Request) -> web.FileResponse:
        return web.FileResponse(_PAGE / "ecg.js")

    async def frames(_: web.Request) -> web.Response:
        return web.Response(body=ring.i420.tobytes() if ring else b"")

    application = web.Application()
    application.router.add_get("/ring", frames)
    application.router.add_get("/{name:(page.js|worklet.js|)}", file)
    application.router.add_get("/ecg.js", ecg)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, f"http://localhost:{runner.addresses[0][1]}/"


async def main() -> None:
    ring = Ring(Path(sys.argv[1])) if len(sys.argv) > 1 else None
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("chromium is not installed")
    runner, address = await _served(ring)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch_persistent_context(
                profile,
                executable_path=chromium,
                args=_ARGUMENTS,
                viewport={"width": 1280, "height": 720},
                timeout=120_000,
            )
            await browser.grant_permissions(["camera", "microphone"], origin=address.rstrip("/"))
            page = await browser.new_page()
            page.on("console", lambda said: print(said.text, file=sys.stderr))
            page.on("pageerror", lambda error: print(error, file=sys.stderr))
            await page.goto(address)
            # who was allowed a microphone may use each of the machine's addresses
            await page.evaluate(
                "async () => (await navigator.mediaDevices.getUserMedia({audio: true})).getTracks().forEach((t) => t.stop())"
            )
            print("{}", flush=True)
            async for line in reader:
                asked = json.loads(line)
                if asked["do"] == "end":
                    break
                told = await page.evaluate(f"(given) => window.bench[{asked['do']!r}](given)", asked.get("with"))
                print(json.dumps({"told": told}), flush=True)
            await browser.close()
    await runner.cleanup()
    print("{}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
