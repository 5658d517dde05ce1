"""``python -m tests.call.sender FILE telecart|default``: the cart's end of a call, fed by the camera that writes FILE.

Obeys one JSON object a line: ``{"do": "answer", "sdp": OFFER}``, ``{"do": "spent"}`` for what it has used of the processor, ``{"do": "still"}``
to take no more ECG, ``{"do": "end"}``. Each is answered by one line.
"""

from __future__ import annotations

import asyncio
import json
import math
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
"""Ten samples of two leads at 250 Hz in one block."""

HERTZ = 250.0
_SAMPLES = 10
_BEAT = 0.8


def heart(seconds: float) -> float:
    """Millivolts of a beat that comes again every 0.8 s: P, QRS, T, and a baseline that wanders."""
    at = seconds % _BEAT
    waves = ((0.12, 0.1, 0.025), (0.2, -0.12, 0.008), (0.22, 1.1, 0.010), (0.24, -0.25, 0.009), (0.42, 0.28, 0.045))
    return sum(h * math.exp(-(((at - when) / wide) ** 2) / 2) for when, h, wide in waves) + 0.1 * math.sin(seconds)


class Ecg:
    """Blocks numbered from 0, the n-th taken at ``began + n * ECG_MS``, by the cart's own way (``peer``), or, without it, in messages of
    the harness over a reliable channel; from when the page has opened the channel."""

    def __init__(self, peer: Peer | None) -> None:
        self._peer = peer
        self.began = 0.0
        self.taken = 0
        self._task: asyncio.Task[None] | None = None

    def on(self, channel: RTCDataChannel) -> None:
        if channel.label == ("ecg" if self._peer else "heart"):
            self.began = time.time()
            self._task = asyncio.create_task(self._run(channel))

    async def _run(self, channel: RTCDataChannel) -> None:
        while True:
            await asyncio.sleep(max(0.0, self.began + self.taken * ECG_MS / 1000 - time.time()))
            first = self.taken * _SAMPLES
            lead = [round(heart((first + n) / HERTZ), 4) for n in range(_SAMPLES)]
            if self._peer is not None:
                self._peer.ecg.take("the harness", "I", HERTZ, [0.6 * value for value in lead])
                self._peer.ecg.take("the harness", "II", HERTZ, lead)
            elif channel.readyState == "open":
                channel.send(struct.pack("<I", self.taken) + bytes(4 * _SAMPLES))
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
    ecg = Ecg(peer if sys.argv[2] == "telecart" else None)
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
                    "target": peer._line.target,
                    "ecg_messages": peer.ecg.messages,
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
