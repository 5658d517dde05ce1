"""The camera as encoded pictures: always its newest one, of the size and at the rate that the line and the processor allow."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import av
import numpy as np

from edge.domain.media import Frame, FrameSource
from sync.consult.coded import Coded
from sync.consult.video.encoders import CLOCK_HZ, FRAMES_A_SECOND, Encoder, ceiling_for
from sync.consult.video.ladder import Ladder, Step
from sync.consult.video.line import Line
from sync.consult.video.payloads import Cutter, Maker, of_codec

_DARK = (320, 180)
_DARK_EACH = 0.2
_LOOK_EACH = 0.003
_FULL = 0.15
"""Seconds of pictures on their way out beyond which a newer one is left out."""

_KEY_EACH = 0.5


def fitted(width: int, height: int, to_height: int) -> tuple[int, int]:
    """As large as ``to_height`` allows, never larger than it is, the same shape, both even."""
    if height <= to_height:
        return width & ~1, height & ~1
    return round(width * to_height / height / 2) * 2, to_height & ~1


class Pictures:
    """Encodes in a thread of its own; there is no queue. ``sent`` counts the camera's pictures, ``keys`` those that stand by themselves."""

    def __init__(self, frames: FrameSource, line: Line) -> None:
        self._frames = frames
        self._line = line
        self._ladder = Ladder()
        self._thread = ThreadPoolExecutor(1, "pictures")
        self._maker: Maker | None = None
        self._cutter: Cutter | None = None
        self._encoder: Encoder | None = None
        self._size = (0, 0)
        self._last_ns = 0
        self._last_at = -1
        self._period = 1 / 30
        self._due = 0.0
        self._dark_at = 0.0
        self._key_wanted = False
        self._key_at = 0.0
        self._began = time.monotonic()
        self.step: Step | None = None
        self.sent = 0
        self.keys = 0

    def begin(self, codec: str) -> None:
        """``codec`` as in SDP. Raises ValueError."""
        self._maker, self._cutter = of_codec(codec)

    def key_wanted(self) -> None:
        """The other end cannot go on without a picture that stands by itself (PLI, FIR)."""
        self._key_wanted = True

    async def next(self) -> Coded:
        """The next picture there is. Waits for it."""
        while True:
            frame, step, bits = await self._fresh()
            began = time.monotonic()
            loop = asyncio.get_running_loop()
            coded = await loop.run_in_executor(self._thread, self._encode, frame, step, bits)
            if frame is not None:
                self._ladder.encoded(began, time.monotonic() - began, max(step.each, self._period))
                self.sent += 1
            if coded is not None:
                return coded

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _fresh(self) -> tuple[Frame | None, Step, int]:
        while True:
            now = time.monotonic()
            bits = self._line.shares().pictures
            step = self.step = self._ladder.step(now, bits, hurry=not self._line.narrow)
            wait = _LOOK_EACH
            if step.height and self._line.backlog < _FULL:
                newest = self._frames.latest()
                if newest is None:
                    if now - self._dark_at >= max(_DARK_EACH, step.each):
                        self._dark_at = now
                        return None, step, bits
                    wait = _DARK_EACH / 4
                elif newest.at_ns != self._last_ns:
                    if now >= self._due - step.each / 2:
                        self._took(newest, now, step)
                        return newest, step, bits
                    wait = min(step.each, self._due - step.each / 2 - now)
                else:
                    # the next one comes a period after the last
                    wait = max(_LOOK_EACH, min(self._period, newest.at_ns / 1e9 + self._period - now) - _LOOK_EACH)
            await asyncio.sleep(max(wait, 0.001))

    def _took(self, newest: Frame, now: float, step: Step) -> None:
        apart = (newest.at_ns - self._last_ns) / 1e9
        if self._last_ns and 0.01 < apart < 0.2:
            self._period += 0.1 * (apart - self._period)
        self._last_ns = newest.at_ns
        self._due = max(self._due + step.each, now)

    def _encode(self, frame: Frame | None, step: Step, bits: int) -> Coded | None:
        """In the thread."""
        if self._maker is None or self._cutter is None:
            raise RuntimeError("no codec was chosen")
        taken = frame.at_ns / 1e9 if frame is not None else time.monotonic()
        picture = _picture(frame, step.height)
        size = picture.width, picture.height
        now = time.monotonic()
        key = self._key_wanted and now - self._key_at >= _KEY_EACH
        if self._encoder is None or size != self._size:
            self._encoder = self._maker(*size, bits, ceiling_for(size[1], bits))
            self._size, key = size, True
        if key:
            self._key_wanted, self._key_at = False, now
            self.keys += 1
        # an encoder counts on 30 pictures a second, whatever their pts say
        self._encoder.bit_rate = int(bits * FRAMES_A_SECOND * max(step.each, self._period))
        picture.pts = max(self._last_at + 1, int((taken - self._began) * CLOCK_HZ))
        self._last_at = picture.pts
        payloads: list[bytes] = []
        for unit in self._encoder.encode(picture, key=key):
            payloads += self._cutter.cut(unit)
        return Coded(payloads, picture.pts, taken) if payloads else None


def _picture(frame: Frame | None, height: int) -> av.VideoFrame:
    if frame is None:
        dark = np.zeros((_DARK[1] * 3 // 2, _DARK[0]), np.uint8)
        dark[_DARK[1] :] = 128
        return av.VideoFrame.from_ndarray(dark, format="yuv420p")
    pixels = np.frombuffer(frame.bgr, np.uint8).reshape(frame.height, frame.width, 3)
    wide, high = fitted(frame.width, frame.height, height)
    # several threads take longer in all, and the encoder needs them
    return av.VideoFrame.from_ndarray(pixels, format="bgr24").reformat(wide, high, "yuv420p", threads=1)
