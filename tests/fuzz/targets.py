"""What is fuzzed: every decoder, dialogue and file reader of the catalog, each as a function of bytes.

A target raises Defect for anything but what its contract allows. Nothing of telecart is imported at module level, so that
the fuzzer can instrument it first.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drivers.models.model import BleModel, FileModel, SerialModel
    from edge.domain.dialogue import Dialogue
    from edge.domain.ports import Decoder

Target = Callable[[bytes], None]

_SCP_SECTION_0 = 6

FRAMES_A_BYTE = 8
"""More frames than that out of one byte of input is an endless loop."""


class Defect(Exception):
    """A contract was broken."""


def targets() -> Mapping[str, Target]:
    """By the name of the model; ``planted`` is a decoder with a known defect, to show that the fuzzer finds it."""
    from drivers import catalog

    found: dict[str, Target] = {model.name: _ble(model) for model in catalog.BLE}
    found |= {model.name: _serial(model) for model in catalog.SERIAL}
    found |= {model.name: _file(model) for model in catalog.FILES}
    return found | {"planted": _planted}


def seeds(name: str) -> list[bytes]:
    """Captures of the model, in the form in which its target takes them."""
    from drivers import catalog
    from drivers.models.model import BleModel, SerialModel
    from tests.capture_files import captures

    match catalog.BY_NAME.get(name):
        case BleModel() as model:
            sources = _sources(model)
            return [
                bytes([sources.index(one.characteristic)]) + one.data
                for one in captures(model)
                if one.characteristic in sources
            ]
        case SerialModel() as model:
            return [bytes([63]) + one.data for one in captures(model)]
        case _:
            return _recordings(name)


def _recordings(name: str) -> list[bytes]:
    """A small file of the format."""
    import cv2
    import numpy as np

    from firmware_stubs import heart, scp_recorder
    from tests.edf_file import Signal, annotations, edf

    match name:
        case "scp-ecg":
            leads = {lead: scp_recorder.samples(lead, 0.5) for lead in heart.TWELVE[:4]}
            return [scp_recorder.recording(leads)]
        case "edf":
            beats = [[one % 300 - 150 for one in range(second * 50, second * 50 + 50)] for second in range(3)]
            signals = [Signal("ECG I", beats), Signal("ECG II", beats), annotations(["+0", "+1", "+2"])]
            return [edf(signals, reserved="EDF+C"), edf(signals[:2])]
        case "jpeg":
            _, jpeg = cv2.imencode(".jpg", np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3))
            return [jpeg.tobytes()]
        case "dicom-ecg":
            return [_short_dicom()]
        case _:
            return []


def _short_dicom() -> bytes:
    """The Mortara recording of the pydicom wheel, cut to ten samples of its leads."""
    import io

    import pydicom
    from pydicom.data import get_testdata_file

    recording = pydicom.dcmread(str(get_testdata_file("waveform_ecg.dcm", download=False)))
    del recording.WaveformSequence[1:]
    group = recording.WaveformSequence[0]
    group.WaveformData = group.WaveformData[: 2 * 10 * group.NumberOfWaveformChannels]
    group.NumberOfWaveformSamples = 10
    recording.pop("WaveformAnnotationSequence", None)
    file = io.BytesIO()
    recording.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _sources(model: BleModel) -> list[str]:
    return [*model.subscribe, *model.control]


def _ble(model: BleModel) -> Target:
    sources = _sources(model)

    def target(data: bytes) -> None:
        decoder, dialogue = model.decoder(), model.dialogue()
        _opened(dialogue)
        # several values: each begins with the number of its characteristic and its length
        at = 0
        while at < len(data):
            source = sources[data[at] % len(sources)]
            value = data[at + 1 : at + 1 + 64]
            at += 1 + 64
            _heard(dialogue, value, source)
            if source not in model.control:
                decoder.feed(value, source)
                _drain(decoder, len(value) + 1)

    return target


def _serial(model: SerialModel) -> Target:
    def target(data: bytes) -> None:
        if not data:
            return
        decoder, dialogue = model.decoder(), model.dialogue()
        _opened(dialogue)
        size = data[0] % 64 + 1
        for at in range(1, len(data), size):
            chunk = data[at : at + size]
            _heard(dialogue, chunk, "")
            decoder.feed(chunk)
            _drain(decoder, len(data))
        decoder.end()
        _drain(decoder, len(data))

    return target


def _file(model: FileModel) -> Target:
    from edge.domain.fault import Fault, Reason

    def target(data: bytes) -> None:
        try:
            model.recognises(data[:512])
            model.parse(_mended(data) if model.name == "scp-ecg" else data)
        except Fault as fault:
            if fault.reason is not Reason.CORRUPT_FILE:
                raise Defect(f"{model.name} raises {fault.reason}") from fault

    return target


def _mended(data: bytes) -> bytes:
    """An SCP-ECG file whose checksums and length are right whatever else is wrong: a fuzzer does not guess them."""
    file = bytearray(data)
    if len(file) < _SCP_SECTION_0 + 16:
        return data
    for entry in range(_SCP_SECTION_0 + 16, min(len(file) - 9, _SCP_SECTION_0 + 16 + 120), 10):
        _, length, index = struct.unpack_from("<HII", file, entry)
        if length >= 16 and 0 < index <= len(file) - length + 1:
            _sign(file, index - 1, length)
    _sign(file, _SCP_SECTION_0, 16 + 120)
    struct.pack_into("<I", file, 2, len(file))
    _sign(file, 0, len(file))
    return bytes(file)


def _sign(file: bytearray, at: int, length: int) -> None:
    struct.pack_into("<H", file, at, binascii.crc_hqx(bytes(file[at + 2 : at + length]), 0xFFFF))


def _opened(dialogue: Dialogue) -> None:
    from edge.domain.dialogue import Known

    _known(dialogue.opened(Known(last_sequence=7, user=(1, 1234))))


def _heard(dialogue: Dialogue, data: bytes, source: str) -> None:
    _known(dialogue.heard(data, source))
    _known(dialogue.waited(3.0))


def _known(steps: object) -> None:
    from edge.domain.dialogue import Finished, Say, Tell

    if not isinstance(steps, list | tuple) or not all(isinstance(step, Say | Tell | Finished) for step in steps):
        raise Defect(f"a dialogue answers {steps!r}")


def _drain(decoder: Decoder, fed: int) -> None:
    """Only its own typed fault ever comes out, and only so many frames as there can be."""
    from edge.domain.fault import Fault, Reason
    from edge.domain.measurement import Reading
    from edge.domain.ports import NeedData

    for _ in range(FRAMES_A_BYTE * (fed + 1)):
        try:
            frame = decoder.next_frame()
        except Fault as fault:
            if fault.reason not in {Reason.UNDECODABLE, Reason.CHECKSUM}:
                raise Defect(f"a decoder raises {fault.reason}") from fault
            continue
        if isinstance(frame, NeedData):
            return
        if isinstance(frame, Reading):
            _judge(frame)
    raise Defect("a decoder gives frames without end")


def _judge(reading: object) -> None:
    """No number without a unit, no absence without a reason."""
    from edge.domain.measurement import Reading

    assert isinstance(reading, Reading)
    for one in reading.components:
        if one.quantity is None and not one.quality:
            raise Defect(f"{one.name} is missing and nobody says why")
        if one.quantity is not None and not one.quantity.value.is_finite():
            raise Defect(f"{one.name} is {one.quantity.value}")


def _planted(data: bytes) -> None:
    if data[:1] == b"\x16" and data[1:2] == b"\x7c" and len(data) > 3:
        raise IndexError("the planted defect")
