"""The page's end of the ECG, for tests without a browser: reads the messages of the cart, and asks for what is missing.

Of its own reading of the format: 1, parts u8, each series u16, label length u8 (and 128), label, rate f32, head u32, oldest u32,
first u32, count u16, then i32 and after it i8 differences, -127 before one of i16, -128 before an i32.
It asks with 2, ranges u8, each series u16, first u32, count u16.
"""

from __future__ import annotations

import struct

_PATIENCE, _AGAIN = 0.15, 0.6


class Reader:
    """Times in seconds."""

    def __init__(self) -> None:
        self._got: dict[int, dict[int, int]] = {}
        self._heads: dict[int, int] = {}
        self._seen: dict[tuple[int, int], float] = {}

    def take(self, message: bytes, now: float) -> None:
        kind, parts = message[0], message[1]
        if kind != 1:
            raise ValueError("not a message of the cart")
        at = 2
        for _ in range(parts):
            series, length = struct.unpack_from("<HB", message, at)
            at += 3 + length % 128
            _rate, head, _oldest, first, count = struct.unpack_from("<fIIIH", message, at)
            at += 18
            self._head(series, head, now)
            for number in range(first, first + count):
                value, at = self._sample(message, at, number == first, self._got[series].get(number - 1, 0))
                self._got[series][number] = value
        if at != len(message):
            raise ValueError("more than the parts")

    @staticmethod
    def _sample(message: bytes, at: int, is_first: bool, before: int) -> tuple[int, int]:
        if not is_first:
            (step,) = struct.unpack_from("<b", message, at)
            at += 1
            if step == -127:
                (wider,) = struct.unpack_from("<h", message, at)
                return before + wider, at + 2
            if step != -128:
                return before + step, at
        (value,) = struct.unpack_from("<i", message, at)
        return value, at + 4

    def _head(self, series: int, head: int, now: float) -> None:
        self._got.setdefault(series, {})
        for number in range(self._heads.get(series, 0), head):
            self._seen[series, number] = now + _PATIENCE
        self._heads[series] = max(head, self._heads.get(series, 0))

    @property
    def series(self) -> tuple[int, ...]:
        return tuple(self._heads)

    def samples(self, series: int) -> list[int | None]:
        return [self._got[series].get(number) for number in range(self._heads[series])]

    def came(self, series: int) -> int:
        return len(self._got[series])

    def is_whole(self, series: int, head: int) -> bool:
        return len(self._got.get(series, ())) == head

    def ask(self, now: float) -> bytes | None:
        ranges: list[list[int]] = []
        for series, head in self._heads.items():
            for number in range(head):
                if number in self._got[series] or self._seen[series, number] > now:
                    continue
                last = ranges[-1] if ranges else [-1, -1, 0]
                if last[0] == series and last[1] + last[2] == number and last[2] < 1000:
                    last[2] += 1
                elif len(ranges) < 32:
                    ranges.append([series, number, 1])
                else:
                    break
                self._seen[series, number] = now + _AGAIN
        return bytes((2, len(ranges))) + b"".join(struct.pack("<HIH", *one) for one in ranges) if ranges else None
