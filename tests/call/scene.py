"""The pictures that every sender sends: a ring of moving 720p pictures drawn beforehand, each stamped when the camera "takes" it.

The file: 64 words of 64 bits, then the ring in BGR, then the same ring as I420. Word 0 counts the pictures taken, word 1 is the
epoch (Unix milliseconds), word 2 + slot when that slot was last taken (monotonic nanoseconds).

A stamp is one row of 32 blocks of 32 pixels in the upper left corner, white for 1: 24 bits of milliseconds since the epoch, most
significant first, then 8 bits of checksum.
"""

from __future__ import annotations

import mmap
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edge.domain.media import Frame

WIDTH, HEIGHT = 1280, 720
RATE = 29.85
"""Pictures a second. At 30 they would keep one distance to the 60 Hz of the page: the latency of a run would be a matter of luck."""

SLOTS = 60
BLOCK, BITS = 32, 32
BGR, I420 = WIDTH * HEIGHT * 3, WIDTH * HEIGHT * 3 // 2
_WORDS = 64
HEAD = 8 * _WORDS
SIZE = HEAD + SLOTS * (BGR + I420)

Pixels = npt.NDArray[np.uint8]


def blocks(milliseconds: int) -> list[int]:
    """The 32 bits of a stamp."""
    told = milliseconds & 0xFFFFFF
    check = ((told >> 16) + 3 * (told >> 8 & 0xFF) + 7 * (told & 0xFF) + 0x5A) & 0xFF
    word = told << 8 | check
    return [word >> (BITS - 1 - at) & 1 for at in range(BITS)]


def read_stamp(luma: Pixels) -> int | None:
    """The milliseconds of the stamp on a picture's luma of any size of that shape; None where there is none."""
    scale = luma.shape[0] / HEIGHT
    row = int(BLOCK / 2 * scale)
    bits = [int(luma[row, int((at + 0.5) * BLOCK * scale)] > 127) for at in range(BITS)]
    word = int("".join(map(str, bits)), 2)
    return word >> 8 if blocks(word >> 8) == bits else None


class Ring:
    """The file in memory, shared by the camera, who writes, and the senders."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), SIZE)
        self.words = np.frombuffer(self._map, np.int64, _WORDS)
        self.bgr = np.frombuffer(self._map, np.uint8, SLOTS * BGR, HEAD).reshape(SLOTS, HEIGHT, WIDTH, 3)
        self.i420 = np.frombuffer(self._map, np.uint8, SLOTS * I420, HEAD + SLOTS * BGR).reshape(SLOTS, -1, WIDTH)

    @property
    def epoch(self) -> int:
        return int(self.words[1])

    def draw(self) -> None:
        for slot in range(SLOTS):
            picture = _picture(slot)
            self.bgr[slot] = picture
            self.i420[slot] = cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420)

    def take(self, milliseconds: int, at_ns: int) -> None:
        """The next picture of the ring is stamped and becomes the newest."""
        slot = int(self.words[0]) % SLOTS
        row = np.repeat(np.array(blocks(milliseconds), np.uint8), BLOCK)
        self.bgr[slot, :BLOCK, : BITS * BLOCK] = (row * 255)[None, :, None]
        self.i420[slot, :BLOCK, : BITS * BLOCK] = (row * 219 + 16)[None, :]
        self.words[2 + slot] = at_ns
        self.words[0] += 1

    def latest(self) -> Frame | None:
        """Implements FrameSource. The slot is written again two seconds later."""
        taken = int(self.words[0])
        if taken == 0:
            return None
        slot = (taken - 1) % SLOTS
        return Frame(WIDTH, HEIGHT, memoryview(self.bgr[slot].reshape(-1)), int(self.words[2 + slot]))


def _picture(slot: int) -> Pixels:
    """A still, textured room in which a head and two hands move; the last picture leads to the first."""
    picture = _room().copy()
    turn = 2 * np.pi * slot / SLOTS
    for radius, middle, swing, speed, colour in (
        (150, (640, 330), (120, 30), 1, (150, 180, 220)),
        (70, (330, 560), (160, 90), 2, (140, 170, 210)),
        (70, (950, 560), (160, -90), 2, (140, 170, 210)),
    ):
        x = int(middle[0] + swing[0] * np.sin(speed * turn))
        y = int(middle[1] + swing[1] * np.cos(speed * turn))
        cv2.circle(picture, (x, y), radius, colour, -1, cv2.LINE_AA)
        for ring in range(radius // 4, radius, radius // 4):
            cv2.circle(picture, (x, y), ring, tuple(c - 40 for c in colour), 3, cv2.LINE_AA)
    picture[:BLOCK] = 0
    return picture


def _room() -> Pixels:
    rows = np.linspace(90, 170, HEIGHT)[:, None, None] + np.linspace(-20, 20, WIDTH)[None, :, None]
    grain = np.random.default_rng(8).normal(0, 12, (HEIGHT // 4, WIDTH // 4))
    texture = cv2.resize(grain, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)[:, :, None]
    return np.clip(rows + texture + np.array([10, 0, -10]), 0, 255).astype(np.uint8)
