"""The decoder of BLE devices: each GATT value is whole, so a frame is a value and its characteristic."""

from __future__ import annotations

import collections
from collections.abc import Callable, Mapping

from drivers.codec.payload import undecodable
from edge.domain.measurement import Reading
from edge.domain.ports import NEED_DATA, NeedData


class CharacteristicDecoder:
    """Satisfies edge.domain.ports.Decoder. ``table`` maps four hex digits to a pure function; what it returns None for is
    whole and no measurement.

    Bytes without a source (a recording of one characteristic) are the first of ``table``.
    """

    def __init__(self, table: Mapping[str, Callable[[bytes], Reading | None]]) -> None:
        self._table = table
        self._default = next(iter(table))
        self._values: collections.deque[tuple[str, bytes]] = collections.deque()

    def feed(self, data: bytes, source: str = "") -> None:
        self._values.append((source.lower() or self._default, bytes(data)))

    def end(self) -> None:
        """A value is whole or it is none: nothing is left over."""

    def next_frame(self) -> Reading | NeedData:
        while self._values:
            source, data = self._values.popleft()
            decode = self._table.get(source)
            if decode is None:
                raise undecodable(f"a value came from characteristic {source}, which this model does not have")
            if (reading := decode(data)) is not None:
                return reading
        return NEED_DATA
