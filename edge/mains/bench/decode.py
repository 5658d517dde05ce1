"""decode_core_share: the share of one core that decoding takes while everything runs at once.

Ten seconds of a bedside: a twelve-lead ECG at 500 Hz as SCP-ECG (Huffman, second differences), an oximeter's pleth at 75 Hz,
an ECG front end at 125 Hz, and every vital sign over Bluetooth at its rate. The bytes are made by the simulators.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from drivers import catalog
from drivers.files import scp_ecg
from drivers.models.model import BleModel, SerialModel
from edge.domain.ports import Decoder, NeedData
from edge.mains.bench.figure import Figure
from firmware_stubs import scripts

LIMIT: Final = 0.01
SECONDS: Final = scripts.SECONDS
_ROUNDS: Final = 15


def measure() -> Figure:
    ecg = scripts.scp_ecg()
    parts: dict[str, Callable[[], None]] = {"ecg_12_leads_500_hz": lambda: _read(ecg)}
    for name, stream in scripts.serial().items():
        model = catalog.BY_NAME[name]
        assert isinstance(model, SerialModel)
        parts[name] = _feeding(model.decoder, [("", chunk) for chunk in stream])
    for name, values in scripts.bluetooth().items():
        model = catalog.BY_NAME[name]
        assert isinstance(model, BleModel)
        parts[name] = _feeding(model.decoder, values)
    shares = {name: _fastest(work) / SECONDS for name, work in parts.items()}
    dicom = scripts.dicom_ecg()
    peer = _fastest(lambda: scripts.read_with_pydicom(dicom)) / SECONDS
    return Figure(
        sum(shares.values()),
        LIMIT,
        {
            "parts": shares,
            "peer": {
                "name": "pydicom reading twelve leads of ten seconds at 1000 Hz, uncompressed, and nothing else",
                "core_share": peer,
                "ours_over_peer": sum(shares.values()) / peer,
            },
        },
    )


def _read(ecg: bytes) -> None:
    scp_ecg.read(ecg)


def _feeding(decoder: Callable[[], Decoder], values: list[tuple[str, bytes]]) -> Callable[[], None]:
    def work() -> None:
        one = decoder()
        for source, value in values:
            one.feed(value, source)
            while not isinstance(one.next_frame(), NeedData):
                pass

    return work


def _fastest(work: Callable[[], object]) -> float:
    """CPU seconds of the quickest of several rounds: the others had company."""
    found = []
    for _ in range(_ROUNDS):
        begin = time.process_time()
        work()
        found.append(time.process_time() - begin)
    return min(found)
