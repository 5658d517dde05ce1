"""Data Matrix symbols in a picture. The picture is decoded and searched by a worker without network (T8).

Of all symbologies only this one is looked for: readers of the others had reads out of bounds.
"""

from __future__ import annotations

import atexit
import functools
from typing import Final

import msgspec

from edge.domain.fault import Fault, Reason
from edge.foreign.sandbox import Sandbox

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a picture's file."""


class Symbols(msgspec.Struct, frozen=True):
    """The bytes of each symbol that was read, as they stand in it."""

    payloads: tuple[bytes, ...]


def prepare() -> None:
    """For the worker: all that is imported later could not be opened any more."""
    import cv2
    import numpy as np
    import zxingcpp

    cv2.setNumThreads(1)
    zxingcpp.read_barcodes(
        np.zeros((8, 8), np.uint8), formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.DataMatrix])
    )
    _, encoded = cv2.imencode(".png", np.zeros((8, 8), np.uint8))
    cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)


def search(picture: bytes) -> Symbols:
    """In the worker. Raises Fault(CORRUPT_FILE) for what is no picture."""
    import cv2
    import numpy as np
    import zxingcpp

    try:
        grey = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        grey = None
    if grey is None:
        raise Fault(Reason.CORRUPT_FILE, "the file is no picture that can be read", "take it again")
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.DataMatrix]))
    return Symbols(tuple(bytes(one.bytes) for one in found))


@functools.cache
def _sandbox() -> Sandbox[Symbols]:
    made = Sandbox(("drivers.matrix_worker",), Symbols)
    atexit.register(made.close)
    return made


def read(picture: bytes) -> tuple[bytes, ...]:
    """The payloads of all Data Matrix symbols in ``picture`` (JPEG, PNG), () where there is none.

    Raises Fault(CORRUPT_FILE | UNDECODABLE) for what is no picture; NotStarted, which is an OSError, where it is to be tried again.
    """
    if len(picture) > LARGEST:
        raise Fault(Reason.CORRUPT_FILE, "the picture is too large", "take it again, nearer")
    return _sandbox().read(picture).payloads
