"""The picture that the other end sends: always the newest, and only who looks pays for turning it into pixels."""

from __future__ import annotations

import asyncio
import time

import av
import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from edge.domain.media import Frame

FRESH_SECONDS = 2.0
"""A picture older than this is not the present any more (H6)."""

MOST_PIXELS = 1920 * 1080
"""A larger picture than this was not asked for, and is not shown."""


class TheirPicture:
    """Consumes a video track, since one that nobody consumes grows without end. Implements the FrameSource port."""

    def __init__(self) -> None:
        self._newest: tuple[int, av.VideoFrame] | None = None
        self._shown: Frame | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.came = 0

    def add(self, track: MediaStreamTrack) -> None:
        task = asyncio.create_task(self._take(track))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._newest = self._shown = None

    def latest(self) -> Frame | None:
        newest = self._newest
        if newest is None or time.monotonic_ns() - newest[0] > FRESH_SECONDS * 1e9:
            return None
        at_ns, picture = newest
        shown = self._shown
        if shown is None or shown.at_ns != at_ns:
            pixels = np.ascontiguousarray(picture.to_ndarray(format="bgr24"))
            shown = Frame(width=picture.width, height=picture.height, bgr=pixels.data.cast("B"), at_ns=at_ns)
            self._shown = shown
        return shown

    async def _take(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                picture = await track.recv()
            except MediaStreamError:
                self._newest = None
                return
            if isinstance(picture, av.VideoFrame) and picture.width * picture.height <= MOST_PIXELS:
                self._newest = time.monotonic_ns(), picture
                self.came += 1
