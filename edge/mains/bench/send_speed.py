"""send_..._vs_storescu: how much sooner what waits is sent than by dcmtk's storescu, to the same Orthanc in the same run.

Theirs and ours in turns, the median of the ratios. What is ours is told in send_scene; the objects are frozen already, as they
are when a network comes back, and decrypting and checking them is in it, and so is committing each row as sent.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Final

from edge.mains.bench import send_objects
from edge.mains.bench.figure import Detail, Figure, percentile
from edge.mains.bench.send_scene import Frozen, Orthanc, Run, ours, theirs

ROUNDS: Final = 3
NODELAY: Final = {"TCP_NODELAY": "1"}
"""What dcmtk, and so Orthanc, wants to be told to switch Nagle's algorithm off; storescu is told too, and is then at its best."""


@dataclasses.dataclass(frozen=True, slots=True)
class Compared:
    """Runs over the same objects, in turns: one of each in a round. ``ours`` by the name of the way."""

    sent: Frozen
    theirs: Sequence[Run]
    ours: Mapping[str, Sequence[Run]]

    def ratios(self, way: str) -> list[float]:
        return [their.seconds / our.seconds for their, our in zip(self.theirs, self.ours[way], strict=True)]

    @property
    def best(self) -> str:
        """The way with the best median."""
        return max(self.ours, key=lambda way: percentile(self.ratios(way), 0.5))


def small() -> Figure:
    return _figure(_compared(False, False), 10.0)


def large() -> Figure:
    return _figure(_compared(True, False), 5.0)


def small_nodelay() -> Figure:
    return _figure(_compared(False, True), 1.0)


def large_nodelay() -> Figure:
    return _figure(_compared(True, True), 1.0)


def cpu() -> Figure:
    """Over small and large ones together, to the default Orthanc, by the best way of each."""
    found = [_compared(False, False), _compared(True, False)]
    megabytes = sum(one.sent.megabytes for one in found)
    rounds = range(ROUNDS)
    our = [sum(one.ours[one.best][number].cpu for one in found) / megabytes for number in rounds]
    whole = [sum(one.ours[one.best][number].whole_cpu for one in found) / megabytes for number in rounds]
    their = [sum(one.theirs[number].cpu for one in found) / megabytes for number in rounds]
    details: dict[str, Detail] = {
        "megabytes": megabytes,
        "cpu_ms_per_mb": percentile(our, 0.5) * 1e3,
        "cpu_ms_per_mb_with_the_start_of_the_process": percentile(whole, 0.5) * 1e3,
        "peer": {"name": "dcmtk storescu", "cpu_ms_per_mb": percentile(their, 0.5) * 1e3},
    }
    for name, one in zip(("small", "large"), found, strict=True):
        ratios = [mine.cpu / its.cpu for mine, its in zip(one.ours[one.best], one.theirs, strict=True)]
        details[f"{name}_alone"] = percentile(ratios, 0.5)
    ratios = [mine / its for mine, its in zip(our, their, strict=True)]
    return Figure(percentile(ratios, 0.5), 3.0, details)


@functools.cache
def _compared(are_large: bool, nodelay: bool) -> Compared:
    sent = send_objects.large() if are_large else send_objects.small()
    folder = send_objects.place() / f"orthanc-{'large' if are_large else 'small'}-{'nodelay' if nodelay else 'default'}"
    their: list[Run] = []
    with Orthanc(folder, NODELAY if nodelay else {}).running() as orthanc:
        sections = {"c-store": orthanc.by_store()}
        if not nodelay:
            # HTTP has nothing to do with it
            sections["stow"] = orthanc.by_stow()
        our: dict[str, list[Run]] = {way: [] for way in sections}
        for _ in range(ROUNDS):
            their.append(theirs(orthanc, sent))
            for way, runs in our.items():
                runs.append(ours(orthanc, sent, sections[way]))
    return Compared(sent, their, our)


def _figure(compared: Compared, limit: float) -> Figure:
    def median(runs: Sequence[Run], what: str) -> float:
        return percentile([getattr(run, what) for run in runs], 0.5)

    details: dict[str, Detail] = {
        "way": compared.best,
        "objects": compared.sent.count,
        "megabytes_each": compared.sent.megabytes / compared.sent.count,
    }
    for way, runs in compared.ours.items():
        details[way] = {
            "ratio": percentile(compared.ratios(way), 0.5),
            "seconds": median(runs, "seconds"),
            "seconds_with_the_start_of_the_process": median(runs, "whole"),
            "cpu_seconds": median(runs, "cpu"),
            "peak_mb": median(runs, "peak_mb"),
        }
    details["peer"] = {
        "name": "dcmtk storescu",
        "seconds": median(compared.theirs, "seconds"),
        "cpu_seconds": median(compared.theirs, "cpu"),
        "peak_mb": median(compared.theirs, "peak_mb"),
    }
    return Figure(percentile(compared.ratios(compared.best), 0.5), limit, details, at_least=True)
