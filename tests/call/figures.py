"""What a page reported, as figures. Pure. Times in milliseconds unless a name says seconds."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Any

SETTLED = 5_000.0
"""After the first picture, or the first ECG: pictures a second and latencies count from then on."""

FREEZE = 500.0
_LATEST = 60_000.0


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One run. ``None`` is what could not be measured: no picture, no tone, no ECG came. ``ecg_p99`` is infinite where more than one in a
    hundred never came."""

    seconds: float
    pictures: int
    fps: float | None
    p50: float | None
    p95: float | None
    received_p50: float | None
    freezes: int | None
    picture_gap_s: float
    voice_gap: float
    voice_gap_settled: float
    ecg_p50: float | None
    ecg_p99: float | None
    ecg_complete: float | None
    height: int | None
    unread: int


def share(values: Sequence[float], part: float) -> float | None:
    """The smallest value that ``part`` of all do not exceed."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(part * len(values)) - 1)]


def distinct(frames: Sequence[Sequence[float]], epoch: float) -> list[tuple[float, float, int]]:
    """When each picture was first seen, its latency, its height. A stamp is 24 bits: told apart from the last four hours."""
    seen: set[int] = set()
    found = []
    for at, stamp, height, *_ in frames:
        latency = (at - epoch - stamp) % (1 << 24)
        if stamp not in seen and latency < _LATEST:
            seen.add(int(stamp))
            found.append((at, latency, int(height)))
    return found


def until_received(frames: Sequence[Sequence[float | None]], epoch: float, since: float) -> list[float]:
    """Of each picture shown after ``since`` how long after its stamp the last of its packets came; none where the page does not know."""
    told = [(one[3], one[1]) for one in frames if (one[0] or 0.0) >= since and len(one) > 3]
    return [(came - epoch - stamp) % (1 << 24) for came, stamp in told if came is not None and stamp is not None]


def longest(times: Sequence[float], end: float) -> float:
    """The longest time between two, the end being the last."""
    return max((b - a for a, b in itertools.pairwise([*times, end])), default=0.0)


def ecg_latencies(ecg: Sequence[Sequence[float]], began: float, taken: int, each: float) -> list[float]:
    """Of each message that was taken; infinite where it never came."""
    came: dict[int, float] = {}
    for at, number in ecg:
        came.setdefault(int(number), at)
    return [came[n] - began - n * each if n in came else math.inf for n in range(taken)]


def call(report: dict[str, Any], epoch: float, began: float, end: float, ecg: tuple[float, int, float]) -> Call:
    """Of ``report`` (page.js) what lies between ``began``, when the ends were connected, and ``end``.

    ``ecg``: when the first message was taken, how many were, and how far apart.
    """
    pictures = [one for one in distinct(report["frames"], epoch) if one[0] <= end]
    times = [at for at, _, _ in pictures]
    settled = [one for one in pictures if one[0] >= times[0] + SETTLED]
    latencies = [latency for _, latency, _ in settled]
    gaps = [b - a for a, b in itertools.pairwise([*times, end])] if times else []
    heard = [at for at, _, _ in report["tones"]]
    # the clock of the sound runs beside the machine's
    wall = [at for _, at, _ in report["tones"] if at <= end]
    whole_voice = longest(heard[: len(wall)], heard[len(wall) - 1] + end - wall[-1]) if wall else end - began
    calm = [at for at, told in zip(heard, wall, strict=False) if told >= wall[0] + SETTLED]
    delays = ecg_latencies(report["ecg"], *ecg)
    late = delays[math.ceil(SETTLED / ecg[2]) :]
    return Call(
        seconds=(end - began) / 1000,
        pictures=len(pictures),
        fps=1000 * len(settled) / (end - times[0] - SETTLED) if settled else (0.0 if times else None),
        p50=share(latencies, 0.5),
        p95=share(latencies, 0.95),
        received_p50=share(until_received(report["frames"], epoch, times[0] + SETTLED if times else end), 0.5),
        freezes=sum(gap > FREEZE for gap in gaps) if times else None,
        picture_gap_s=(max(gaps) if gaps else end - began) / 1000,
        voice_gap=whole_voice,
        voice_gap_settled=longest(calm, calm[-1]) if calm else whole_voice,
        ecg_p50=share(late, 0.5),
        ecg_p99=share(late, 0.99),
        ecg_complete=sum(map(math.isfinite, delays)) / len(delays) if delays else None,
        height=pictures[-1][2] if pictures else None,
        unread=report["unread"],
    )
