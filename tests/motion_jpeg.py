"""Recorded Motion JPEG: an AVI file of given frames, as a UVC camera's stream is recorded (RIFF AVI 1.0)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

RATE = 25


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def avi(path: Path, frames: Sequence[bytes], width: int, height: int) -> Path:
    """Writes the frames' bytes as they are."""
    main = struct.pack("<14I", 1_000_000 // RATE, 0, 0, 0x10, len(frames), 0, 1, 0, width, height, 0, 0, 0, 0)
    stream = struct.pack(
        "<4s4sI2H8I4H", b"vids", b"MJPG", 0, 0, 0, 0, 1, RATE, 0, len(frames), 0, 0, 0, 0, 0, width, height
    )
    bitmap = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", width * height * 3, 0, 0, 0, 0)
    streams = _chunk(b"LIST", b"strl" + _chunk(b"strh", stream) + _chunk(b"strf", bitmap))
    header = _chunk(b"LIST", b"hdrl" + _chunk(b"avih", main) + streams)
    movie, index = b"movi", b""
    for frame in frames:
        index += struct.pack("<4s3I", b"00dc", 0x10, len(movie), len(frame))
        movie += _chunk(b"00dc", frame)
    path.write_bytes(_chunk(b"RIFF", b"AVI " + header + _chunk(b"LIST", movie) + _chunk(b"idx1", index)))
    return path


def jpeg(pixels: NDArray[np.uint8], *parameters: int) -> bytes:
    encoded, data = cv2.imencode(".jpg", pixels, parameters)
    assert encoded
    return data.tobytes()


def segments(data: bytes, marker: int) -> list[bytes]:
    """Every segment before the scan that has this marker, with its marker and length."""
    found, at = [], 2
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == marker:
            found.append(data[at:end])
        at = end
    return found


def without_tables(data: bytes) -> bytes:
    """As most UVC cameras send it: no Huffman tables."""
    for segment in segments(data, 0xC4):
        data = data.replace(segment, b"", 1)
    return data


def scan(data: bytes) -> bytes:
    """The scan's header, its entropy-coded data and EOI."""
    at = 2
    while data[at + 1] != 0xDA:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return data[at:]
