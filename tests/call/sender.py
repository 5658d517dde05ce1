"""``python -m tests.call.sender FILE telecart|default``: the cart's end of a call, fed by the camera that writes FILE.

Obeys one JSON object a line: ``{"do": "answer", "sdp": OFFER}``, ``{"do": "spent"}`` for what it has used of the processor, ``{"do": "still"}``
to take no more ECG, ``{"do": "end"}``. Each is answered by one line.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from pathlib import Path

import structlog
from aiortc import RTCDataChannel

from sync.consult.peer import Peer
from tests.call.scene import Ring
from tests.call.tones import Tones

ECG_MS = 40
"""Ten samples of two leads at 250 Hz in one message."""

_LEADS = bytes(40)


class Ecg:
    """Messages numbered from 0, the n-th taken at ``began + n * ECG_MS``, over a channel that the page opens."""

    def __init__(self) -> None:
        self.began = 0.0
        self.taken = 0
        self._task: asyncio.Task[None] | None = None

    def on(self, channel: RTCDataChannel) -> None:
        if channel.label == "ecg":
            self.began = time.time()
            self._task = asyncio.create_task(self._run(channel))

    async def _run(self, channel: RTCDataChannel) -> None:
        while True:
            await asyncio.sleep(max(0.0, self.began + self.taken * ECG_MS / 1000 - time.time()))
            if channel.readyState == "open":
                channel.send(struct.pack("<I", self.taken) + _LEADS)
            self.taken += 1

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


async def main() -> None:
    # standard output is for answers
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    ring = Ring(Path(sys.argv[1]))
    peer = Peer(ring, Tones(), [], own_media=sys.argv[2] == "telecart")
    ecg = Ecg()
    peer._connection.on("datachannel", ecg.on)
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("{}", flush=True)
    async for line in reader:
        asked = json.loads(line)
        told: dict[str, object] = {}
        match asked["do"]:
            case "answer":
                told = {"sdp": await peer.answer(asked["sdp"])}
            case "spent":
                step = peer._pictures.step
                encoder = peer._pictures._encoder
                told = {
                    "cpu": time.process_time(),
                    "at": time.monotonic(),
                    "sent": peer.video_frames_sent,
                    "keys": peer._pictures.keys,
                    "bits": encoder.bit_rate if encoder else None,
                    "height": step.height if step else None,
                }
            case "still":
                await ecg.stop()
                told = {"ecg_began": 1000 * ecg.began, "ecg_taken": ecg.taken}
            case "end":
                break
        print(json.dumps(told), flush=True)
    await ecg.stop()
    await peer.close()
    print("{}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
