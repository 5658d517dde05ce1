"""`python -m sync.dicom.pictures.turner`: decodes a picture and turns it, strip by strip, in a process that can do nothing else (T8)."""

from __future__ import annotations

from edge.domain.fault import Fault, Reason
from edge.foreign.serving import Coming, serve_coming
from sync.dicom.pictures.scanlines import Damaged, Scanlines
from sync.dicom.pictures.strips import ASKED, TURN_IT, Turned


def turned(asked: Coming) -> Turned:
    """Of what ``turning.asked`` made, which is decoded as it comes. Raises Fault(OBJECT_INVALID)."""
    orientation, components, first, count = ASKED.unpack(asked.take(ASKED.size))
    try:
        with Scanlines(asked.take, components) as picture:
            pixels = _strip(picture, orientation, first, count)
            return Turned(memoryview(pixels), picture.width, picture.height)
    except Damaged as exc:
        raise Fault(Reason.OBJECT_INVALID, "the photo is damaged", TURN_IT) from exc


def _strip(picture: Scanlines, orientation: int, first: int, count: int) -> bytearray:
    """``count`` rows of the picture as it is to be shown, from ``first`` on.

    EXIF 2.32, 4.6.4 A: where the 0th row and the 0th column are at the visual display.
    """
    lies_down, from_end, mirrored = orientation >= 5, orientation in {3, 4, 7, 8}, orientation in {2, 3, 6, 7}
    samples = picture.components
    across = picture.width if lies_down else picture.height
    begin = across - first - count if from_end else first
    if not 0 <= begin <= begin + count <= across:
        raise Damaged
    order = range(count - 1, -1, -1) if from_end else range(count)
    if not lies_down:
        length = picture.width * samples
        turned = bytearray(count * length)
        for place, row in zip(order, picture.rows(begin, begin + count), strict=True):
            turned[place * length : (place + 1) * length] = _backwards(row, samples) if mirrored else row
        return turned
    columns = slice(begin * samples, (begin + count) * samples)
    block = bytearray()
    for row in picture.rows(0, picture.height):
        block += row[columns]
    length = picture.height * samples
    turned = bytearray(count * length)
    for place, column in enumerate(order):
        for sample in range(samples):
            found = block[column * samples + sample :: count * samples]
            turned[place * length + sample : (place + 1) * length : samples] = found[::-1] if mirrored else found
    return turned


def _backwards(row: bytes, samples: int) -> bytes:
    turned = bytearray(len(row))
    for sample in range(samples):
        turned[sample::samples] = row[sample::samples][::-1]
    return bytes(turned)


if __name__ == "__main__":
    serve_coming(turned)
