"""A JPEG row by row, by libjpeg: neither its many pixels nor its own bytes are ever held whole.

Every other decoder at hand (OpenCV, Pillow, FFmpeg) gives a picture whole: 36 MB for 12 million pixels. So this is the library
itself, libjpeg-turbo in its interface of version 6.2 (jpeglib.h, libjpeg.txt), as Pillow brings it along; where another one came with
it, the library finds that the structure is not its own, and the process ends. It also ends where a picture cannot be decoded at
all, or no more of it comes, for libjpeg cannot go back to a caller in Python: for workers only.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

from PIL import _imaging

_VERSION: Final = 62
_SIZE: Final = 632
"""Of struct jpeg_decompress_struct, and where its fields stand, with 8 bytes a pointer and 4 an int or boolean."""
_GREY, _RGB = 1, 2
"""J_COLOR_SPACE."""
_AT_ONCE: Final = 64 * 1024
_END: Final = b"\xff\xd9"
"""EOI, given where a picture ends too early: libjpeg.txt, "Compressed data handling"."""

_Start: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_Fill: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
_Skip: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_long)


class _Errors(ctypes.Structure):
    """struct jpeg_error_mgr."""

    _fields_ = (("error_exit", ctypes.c_void_p), ("others", ctypes.c_byte * 160))


class _Source(ctypes.Structure):
    """struct jpeg_source_mgr."""

    _fields_ = (
        ("next_input_byte", ctypes.c_void_p),
        ("bytes_in_buffer", ctypes.c_size_t),
        ("init_source", _Start),
        ("fill_input_buffer", _Fill),
        ("skip_input_data", _Skip),
        ("resync_to_restart", ctypes.c_void_p),
        ("term_source", _Start),
    )


class _Picture(ctypes.Structure):
    """struct jpeg_decompress_struct, as far as it is used."""

    _fields_ = (
        ("err", ctypes.c_void_p),
        ("_others", ctypes.c_byte * 32),
        ("src", ctypes.c_void_p),
        ("image_width", ctypes.c_uint),
        ("image_height", ctypes.c_uint),
        ("num_components", ctypes.c_int),
        ("jpeg_color_space", ctypes.c_int),
        ("out_color_space", ctypes.c_int),
        ("_decoding", ctypes.c_byte * 68),
        ("output_width", ctypes.c_uint),
        ("output_height", ctypes.c_uint),
        ("out_color_components", ctypes.c_int),
        ("output_components", ctypes.c_int),
        ("_rest", ctypes.c_byte * (_SIZE - 152)),
    )


class Damaged(Exception):
    """The picture is not what was announced."""


def _library() -> ctypes.CDLL:
    """The one that Pillow uses: loaded with it, wherever it was installed. Raises OSError where there is none."""
    assert _imaging.__file__
    for line in Path("/proc/self/maps").read_text().splitlines():
        path = Path(f"/{line.partition('/')[2]}")
        if path.name.startswith("libjpeg"):
            return ctypes.CDLL(str(path))
    raise OSError("Pillow brought no libjpeg of its own")


_jpeg: Final = _library()
_jpeg.jpeg_std_error.restype = ctypes.c_void_p
_jpeg.jpeg_read_scanlines.restype = ctypes.c_uint


_GIVE_UP: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(lambda _: os._exit(1))


class Scanlines:
    """A JPEG in ``components`` of 8 bits: 1 for grey, 3 for red, green and blue. Raises Damaged for one of other components."""

    def __init__(self, take: Callable[[int], bytes], components: int) -> None:
        """``take`` gives the next bytes of the JPEG, so many at most, b"" at its end. What it raises ends the process."""
        self.components = components
        self._errors, self._picture = _Errors(), _Picture()
        self._picture.err = _jpeg.jpeg_std_error(ctypes.byref(self._errors))
        self._errors.error_exit = ctypes.cast(_GIVE_UP, ctypes.c_void_p).value
        self._take = take
        # the library keeps addresses only
        self._piece = b""
        self._source = _Source(
            None,
            0,
            _Start(lambda _: None),
            _Fill(lambda _: self._filled()),
            _Skip(lambda _, count: self._skipped(count)),
            ctypes.cast(_jpeg.jpeg_resync_to_restart, ctypes.c_void_p).value,
            _Start(lambda _: None),
        )

    def _filled(self) -> int:
        try:
            self._piece = self._take(_AT_ONCE) or _END
        except BaseException:  # noqa: BLE001
            os._exit(1)
        self._source.next_input_byte = ctypes.cast(ctypes.c_char_p(self._piece), ctypes.c_void_p).value
        self._source.bytes_in_buffer = len(self._piece)
        return 1

    def _skipped(self, count: int) -> None:
        while count > self._source.bytes_in_buffer:
            count -= self._source.bytes_in_buffer
            self._filled()
            if self._piece is _END:
                return
        if count > 0:
            self._source.next_input_byte += count
            self._source.bytes_in_buffer -= count

    def __enter__(self) -> Scanlines:
        picture = ctypes.byref(self._picture)
        _jpeg.jpeg_CreateDecompress(picture, _VERSION, ctypes.c_size_t(_SIZE))
        self._picture.src = ctypes.addressof(self._source)
        _jpeg.jpeg_read_header(picture, 1)
        self.width, self.height = int(self._picture.image_width), int(self._picture.image_height)
        self._picture.out_color_space = _GREY if self.components == 1 else _RGB
        _jpeg.jpeg_start_decompress(picture)
        if self._picture.output_components != self.components:
            self._end()
            raise Damaged
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        _jpeg.jpeg_destroy_decompress(ctypes.byref(self._picture))

    def rows(self, begin: int, end: int) -> Iterator[bytes]:
        """Those from ``begin`` on, before ``end``; once."""
        row = ctypes.create_string_buffer(self.width * self.components)
        lines = (ctypes.c_void_p * 1)(ctypes.addressof(row))
        picture = ctypes.byref(self._picture)
        for number in range(end):
            if _jpeg.jpeg_read_scanlines(picture, lines, 1) != 1:
                raise Damaged
            if number >= begin:
                yield row.raw
