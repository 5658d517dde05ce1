"""EDF and EDF+ files laid field by field after the specifications (edfplus.info); shares nothing with the reader."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Signal:
    """One signal; ``records`` holds its samples of each data record."""

    label: str
    records: Sequence[Sequence[int]]
    unit: str = "uV"
    physical: tuple[str, str] = ("-3276.8", "3276.7")
    digital: tuple[str, str] = ("-32768", "32767")
    per_record: str = ""


def text(value: str, width: int) -> bytes:
    return value.encode("latin-1").ljust(width)[:width]


def annotations(onsets: Sequence[str], words: int = 12) -> Signal:
    """EDF+ 2.2.4: each data record has a time-keeping annotation, ``+onset`` 0x14 0x14 0x00."""
    records = []
    for onset in onsets:
        raw = f"{onset}\x14\x14\0".encode("ascii").ljust(2 * words, b"\0")
        records.append(struct.unpack(f"<{words}h", raw))
    return Signal("EDF Annotations", records, "", ("-1", "1"))


def edf(
    signals: Sequence[Signal],
    *,
    seconds: str = "1",
    reserved: str = "",
    records: str = "",
    version: str = "0",
    size: str = "",
) -> bytes:
    """A whole file."""
    number = len(signals[0].records) if signals else 0
    head = text(version, 8) + text("X F 02-MAY-1931 Haagse_Harry", 80) + text("Startdate 02-MAR-2026 X X X", 80)
    head += text("02.03.26", 8) + text("10.20.30", 8) + text(size or str(256 * (1 + len(signals))), 8)
    head += text(reserved, 44) + text(records or str(number), 8) + text(seconds, 8) + text(str(len(signals)), 4)
    for width, values in (
        (16, [one.label for one in signals]),
        (80, ["AgAgCl electrode"] * len(signals)),
        (8, [one.unit for one in signals]),
        (8, [one.physical[0] for one in signals]),
        (8, [one.physical[1] for one in signals]),
        (8, [one.digital[0] for one in signals]),
        (8, [one.digital[1] for one in signals]),
        (80, ["HP:0.05Hz LP:150Hz"] * len(signals)),
        (8, [one.per_record or str(len(one.records[0])) for one in signals]),
        (32, [""] * len(signals)),
    ):
        head += b"".join(text(value, width) for value in values)
    body = b"".join(
        struct.pack(f"<{len(one.records[at])}h", *one.records[at]) for at in range(number) for one in signals
    )
    return head + body
