"""A JPEG row by row, by libjpeg: a picture of many pixels is never held whole.

Every other decoder at hand (OpenCV, Pillow, FFmpeg) gives a picture whole: 36 MB for 12 million pixels. So this is the library
itself, libjpeg-turbo in its interface of version 6.2 (jpeglib.h, libjpeg.txt), as Pillow brings it along; where another one came with
it, the library finds that the structure is not its own, and the process ends. It also ends where a picture cannot be decoded at
all, for libjpeg cannot go back to a caller in Python: for workers only.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

from PIL import _imaging

_VERSION: Final = 62
_SIZE: Final = 632
"""Of struct jpeg_decompress_struct, and where its fields stand, with 8 bytes a pointer and 4 an int or boolean."""
_GREY, _RGB = 1, 2
"""J_COLOR_SPACE."""


class _Errors(ctypes.Structure):
    """struct jpeg_error_mgr."""

    _fields_ = (("error_exit", ctypes.c_void_p), ("others", ctypes.c_byte * 160))


class _Picture(ctypes.Structure):
    """struct jpeg_decompress_struct, as far as it is used."""

    _fields_ = (
        ("err", ctypes.c_void_p),
        ("_others", ctypes.c_byte * 40),
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

    def __init__(self, asked: bytes, begin: int, components: int) -> None:
        """``asked`` has the JPEG from ``begin`` on."""
        self.components = components
        self._errors, self._picture = _Errors(), _Picture()
        self._picture.err = _jpeg.jpeg_std_error(ctypes.byref(self._errors))
        self._errors.error_exit = ctypes.cast(_GIVE_UP, ctypes.c_void_p).value
        # the library keeps the address only
        self._asked = asked
        self._at = (ctypes.cast(ctypes.c_char_p(asked), ctypes.c_void_p).value or 0) + begin
        self._length = len(asked) - begin

    def __enter__(self) -> Scanlines:
        picture = ctypes.byref(self._picture)
        _jpeg.jpeg_CreateDecompress(picture, _VERSION, ctypes.c_size_t(_SIZE))
        _jpeg.jpeg_mem_src(picture, ctypes.c_void_p(self._at), ctypes.c_ulong(self._length))
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
