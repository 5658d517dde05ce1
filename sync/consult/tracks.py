"""Picture and sound of the bedside as WebRTC tracks: always the newest, never a queue."""

from __future__ import annotations

import asyncio
import fractions
import time

import av
import numpy as np
from aiortc.mediastreams import MediaStreamTrack, VideoStreamTrack

from edge.domain.media import Frame, FrameSource, SoundSource

SAMPLES_HZ = 48_000
PACKET_SAMPLES = 960
"""20 ms, what Opus takes at once."""

_NO_PICTURE = (640, 360)


class CameraTrack(VideoStreamTrack):
    """30 pictures a second at most. ``sent`` counts camera frames; a dark picture stands for a camera that gives none."""

    def __init__(self, frames: FrameSource) -> None:
        super().__init__()
        self._frames = frames
        self._last: Frame | None = None
        self.sent = 0

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        newest = self._frames.latest()
        if newest is None:
            width, height = _NO_PICTURE
            picture = av.VideoFrame.from_ndarray(np.zeros((height, width, 3), np.uint8), format="bgr24")
        else:
            if newest is not self._last:
                self.sent += 1
            pixels = np.frombuffer(newest.bgr, np.uint8).reshape(newest.height, newest.width, 3)
            picture = av.VideoFrame.from_ndarray(pixels, format="bgr24")
        self._last = newest
        picture.pts = pts
        picture.time_base = time_base
        return picture


class MicrophoneTrack(MediaStreamTrack):
    """Mono, 48 kHz, in packets of 20 ms."""

    kind = "audio"

    def __init__(self, sound: SoundSource) -> None:
        super().__init__()
        self._sound = sound
        self._began: float | None = None
        self._pts = 0

    async def recv(self) -> av.AudioFrame:
        if self._began is None:
            self._began = time.monotonic()
        await asyncio.sleep(max(0.0, self._began + self._pts / SAMPLES_HZ - time.monotonic()))
        frame = av.AudioFrame(format="s16", layout="mono", samples=PACKET_SAMPLES)
        frame.planes[0].update(self._sound.read(PACKET_SAMPLES))
        frame.pts = self._pts
        frame.sample_rate = SAMPLES_HZ
        frame.time_base = fractions.Fraction(1, SAMPLES_HZ)
        self._pts += PACKET_SAMPLES
        return frame
