from __future__ import annotations

import contextlib
import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from drivers.files import recording
from drivers.files.dicom_ecg import read
from edge.domain.fault import Fault, Reason
from edge.domain.waveform import Scale
from edge.foreign import dicom
from tests.recordings import shared

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def mortara_path() -> Path:
    path = get_testdata_file("waveform_ecg.dcm", download=False)
    assert path is not None, "the pydicom wheel carries this file"
    return Path(str(path))


MORTARA = mortara_path().read_bytes()
HEADER = MORTARA[:132]


def changed(change: Callable[[Dataset], None]) -> bytes:
    """The real recording with something else in it."""
    dataset = pydicom.dcmread(io.BytesIO(MORTARA))
    change(dataset)
    out = io.BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


def group_of(dataset: Dataset) -> Dataset:
    group: Dataset = dataset.WaveformSequence[0]
    return group


def every_channel(change: Callable[[Dataset], None]) -> bytes:
    def change_all(dataset: Dataset) -> None:
        for channel in group_of(dataset).ChannelDefinitionSequence:
            change(channel)

    return changed(change_all)


def first_channel(change: Callable[[Dataset], None]) -> bytes:
    return changed(lambda dataset: change(group_of(dataset).ChannelDefinitionSequence[0]))


def refusal(data: bytes) -> str:
    with pytest.raises(Fault) as caught:
        read(data)
    assert caught.value.reason is Reason.CORRUPT_FILE
    assert caught.value.do
    return caught.value.what


def test_the_real_recording_of_the_pydicom_wheel() -> None:
    assert mortara_path().is_relative_to(Path(pydicom.__file__).parent)
    ecg = read(MORTARA)
    assert ecg.leads == TWELVE
    assert ecg.sampling_hz == 1000
    assert ecg.scales == (Scale(Decimal("1.25")),) * 12
    assert (ecg.count, ecg.seconds) == (10_000, Decimal(10))
    # the samples are those of the file, byte for byte: 240000 bytes of (5400,1010)
    at = MORTARA.index(b"\x00\x54\x10\x10OW\x00\x00")
    assert struct.unpack_from("<I", MORTARA, at + 8) == (240_000,)
    assert ecg.samples == MORTARA[at + 12 : at + 12 + 240_000]
    # Einthoven: II = I + III, and the augmented leads follow, within rounding
    one, two, three = (ecg.lead(name) for name in ("I", "II", "III"))
    assert max(abs(b - a - c) for a, b, c in zip(one, two, three, strict=True)) <= 2


def test_the_shared_mortara_recording_is_the_same() -> None:
    assert read(shared("ecg/pydicom_waveform_ecg.dcm")) == read(MORTARA)


def test_the_recording_of_ecgtoolkit_with_implicit_vr() -> None:
    ecg = read(shared("ecg/ecgtoolkit_Example.dcm"))
    assert ecg.leads == TWELVE
    assert (ecg.sampling_hz, ecg.count) == (Decimal(500), 5000)
    assert ecg.scales == (Scale(Decimal("2.5")),) * 12
    one, two, three = (ecg.lead(name) for name in ("I", "II", "III"))
    assert max(abs(b - a - c) for a, b, c in zip(one, two, three, strict=True)) <= 2


def test_the_same_in_implicit_vr() -> None:
    def implicit(dataset: Dataset) -> None:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian

    assert read(changed(implicit)) == read(MORTARA)


# --- leads, hazard H16


def named(scheme: str, value: str, meaning: str) -> Callable[[Dataset], None]:
    def change(channel: Dataset) -> None:
        source = channel.ChannelSourceSequence[0]
        source.CodingSchemeDesignator, source.CodeValue, source.CodeMeaning = scheme, value, meaning

    return change


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("2:1", "MDC_ECG_LEAD_I"),
        ("131329", "Lead I"),
        ("MDC_ECG_LEAD_I", "Lead I"),
        ("5.6.3-9-1", "whatever this recorder calls it"),
        ("LOCAL-1", "I"),
        ("LOCAL-1", "lead i"),
    ],
)
def test_lead_names_by_code_or_by_title(value: str, meaning: str) -> None:
    assert read(first_channel(named("X", value, meaning))).leads == TWELVE


@pytest.mark.parametrize(("value", "lead"), [("2:61", "III"), ("131390", "aVR"), ("5.6.3-9-8", "V6")])
def test_lead_numbers(value: str, lead: str) -> None:
    def keep_one(dataset: Dataset) -> None:
        group = group_of(dataset)
        group.ChannelDefinitionSequence = group.ChannelDefinitionSequence[:1]
        named("MDC", value, "")(group.ChannelDefinitionSequence[0])
        group.NumberOfWaveformChannels = 1
        group.WaveformData = group.WaveformData[:20_000]

    ecg = read(changed(keep_one))
    assert ecg.leads == (lead,)
    assert ecg.count == 10_000


@pytest.mark.hazard("H16", without="tests.controls_files:only_codes_name_leads")
def test_a_lead_with_two_names_is_refused() -> None:
    assert "two names" in refusal(first_channel(named("SCPECG", "5.6.3-9-1", "Lead V1")))


def test_a_lead_that_comes_twice_is_refused() -> None:
    assert "twice" in refusal(first_channel(named("SCPECG", "5.6.3-9-2", "Lead II")))


def test_a_channel_that_is_no_lead_is_refused() -> None:
    assert "none of the twelve" in refusal(first_channel(named("SCPECG", "5.6.3-9-99", "Respiration")))


# --- scale, hazard H15


def scaled(**fields: object) -> Callable[[Dataset], None]:
    def change(channel: Dataset) -> None:
        for name, value in fields.items():
            if name == "unit":
                channel.ChannelSensitivityUnitsSequence[0].CodeValue = value
            elif value is None:
                delattr(channel, name)
            else:
                setattr(channel, name, value)

    return change


@pytest.mark.parametrize(
    ("fields", "step"),
    [
        ({"ChannelSensitivity": "0.005", "unit": "mV"}, "5"),
        ({"ChannelSensitivity": "0.0000024414", "unit": "V"}, "2.4414"),
        ({"ChannelSensitivity": "2500", "unit": "nV"}, "2.5"),
        ({"ChannelSensitivity": "1", "ChannelSensitivityCorrectionFactor": "4.88"}, "4.88"),
        ({"ChannelSensitivityCorrectionFactor": None}, "1.25"),
    ],
)
def test_the_scale_is_exact(fields: dict[str, object], step: str) -> None:
    assert read(every_channel(scaled(**fields))).scales == (Scale(Decimal(step)),) * 12


@pytest.mark.hazard("H15", without="tests.controls_files:every_scale_is_believed")
@pytest.mark.parametrize("fields", [{"unit": "V"}, {"ChannelBaseline": "2147483"}, {"ChannelBaseline": "-9E19"}])
def test_a_scale_that_is_impossible_is_refused(fields: dict[str, object]) -> None:
    assert "scale" in refusal(every_channel(scaled(**fields)))


@pytest.mark.parametrize(
    "fields",
    [
        {"ChannelSensitivity": None},
        {"ChannelSensitivityUnitsSequence": None},
        {"ChannelSensitivity": "0"},
        {"ChannelSensitivity": "-1.25"},
        {"unit": "mm[Hg]"},
        {"ChannelBaseline": "9E21"},
    ],
)
def test_a_scale_that_is_unclear_is_refused(fields: dict[str, object]) -> None:
    refusal(every_channel(scaled(**fields)))


def test_each_lead_has_a_scale_of_its_own() -> None:
    ecg = read(first_channel(scaled(ChannelSensitivity="2.5")))
    assert ecg.scales == (Scale(Decimal("2.5")), *(Scale(Decimal("1.25")),) * 11)
    assert ecg.samples == read(MORTARA).samples


def test_a_baseline_is_kept_in_microvolts() -> None:
    moved = read(first_channel(scaled(ChannelSensitivity="0.00125", ChannelBaseline="-0.0007", unit="mV")))
    assert moved.scales == (Scale(Decimal("1.25"), Decimal("-0.7")), *(Scale(Decimal("1.25")),) * 11)
    assert moved.samples == read(MORTARA).samples


@pytest.mark.parametrize("number", [b"1E99999999", b"NaN", b"Infinity", b"1_000", b"0E99999999", b"soon"])
def test_numbers_that_are_none_are_refused_at_once(number: bytes) -> None:
    at = MORTARA.index(b"\x3a\x00\x10\x02DS")
    length = struct.unpack_from("<H", MORTARA, at + 6)[0]
    hostile = MORTARA[: at + 6] + struct.pack("<H", len(number)) + number + MORTARA[at + 8 + length :]
    refusal(hostile)


# --- what does not hold together


def without(name: str) -> bytes:
    return changed(lambda dataset: delattr(group_of(dataset), name))


def with_group(**fields: object) -> bytes:
    def change(dataset: Dataset) -> None:
        for name, value in fields.items():
            setattr(group_of(dataset), name, value)

    return changed(change)


@pytest.mark.parametrize(
    "broken",
    [
        lambda: with_group(NumberOfWaveformChannels=11),
        lambda: with_group(NumberOfWaveformSamples=9_999),
        lambda: with_group(SamplingFrequency="0"),
        lambda: with_group(SamplingFrequency="-500"),
        lambda: with_group(WaveformSampleInterpretation="US"),
        lambda: with_group(WaveformBitsAllocated=8),
        lambda: with_group(WaveformData=b""),
        lambda: with_group(ChannelDefinitionSequence=Sequence([])),
        lambda: changed(lambda dataset: group_of(dataset).add_new(0x5400100A, "OW", struct.pack("<h", 90))),
        lambda: without("WaveformData"),
        lambda: without("SamplingFrequency"),
        lambda: without("ChannelDefinitionSequence"),
        lambda: changed(lambda dataset: delattr(dataset, "WaveformSequence")),
        lambda: changed(lambda dataset: setattr(dataset, "SOPClassUID", "1.2.840.10008.5.1.4.1.1.2")),
        lambda: changed(lambda dataset: delattr(dataset, "SOPClassUID")),
    ],
)
def test_contradictions_are_refused(broken: Callable[[], bytes]) -> None:
    refusal(broken())


@pytest.mark.parametrize("length", [0, 3, 131, 132, 140, 400, 5_000, 100_000, len(MORTARA) - 1])
def test_a_file_cut_short_is_refused(length: int) -> None:
    refusal(MORTARA[:length])


# --- hostile files, threat T7


def element(group: int, number: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    size = len(value) if length is None else length
    if vr in {b"SQ", b"UN", b"OB", b"OW"}:
        return struct.pack("<HH2sHI", group, number, vr, 0, size) + value
    return struct.pack("<HH2sH", group, number, vr, size) + value


def file_with(syntax: bytes, body: bytes) -> bytes:
    return HEADER + element(2, 0x10, b"UI", syntax + b"\0" * (len(syntax) % 2)) + body


EXPLICIT, IMPLICIT = b"1.2.840.10008.1.2.1", b"1.2.840.10008.1.2"
ITEM = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)


@pytest.mark.hazard("T7", without="tests.controls_files:dicom_is_parsed_unseen")
@pytest.mark.parametrize(
    ("syntax", "opening"),
    [
        (EXPLICIT, element(0x5400, 0x0100, b"SQ", b"", 0xFFFFFFFF) + ITEM),
        (IMPLICIT, struct.pack("<HHI", 0x5400, 0x0100, 0xFFFFFFFF) + ITEM),
        (IMPLICIT, struct.pack("<HHI", 0x0009, 0x1001, 0xFFFFFFFF) + ITEM),
    ],
)
def test_a_thousand_nested_sequences_are_refused_without_recursion(syntax: bytes, opening: bytes) -> None:
    assert "nests more than" in refusal(file_with(syntax, opening * 1000))


@pytest.mark.parametrize("length", [None, 0xFFFFFFFF])
def test_a_sequence_of_unknown_form_is_refused(length: int | None) -> None:
    body = element(0x5400, 0x0100, b"UN", ITEM, length)
    assert "unknown form" in refusal(file_with(EXPLICIT, body))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_nesting_with_known_lengths_is_counted_too(syntax: bytes) -> None:
    body = b""
    for _ in range(1000):
        body = struct.pack("<HHI", 0xFFFE, 0xE000, len(body)) + body
        implicit = struct.pack("<HHI", 0x5400, 0x0100, len(body)) + body
        body = element(0x5400, 0x0100, b"SQ", body) if syntax == EXPLICIT else implicit
    assert "nests more than" in refusal(file_with(syntax, body))


@pytest.mark.hazard("T7", without="tests.controls_files:dicom_is_parsed_unseen")
def test_a_deflated_file_is_refused_and_never_inflated() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = element(0x5400, 0x1010, b"OW", b"", 200_000_000)
    packed = packer.compress(body + bytes(200_000_000)) + packer.flush()
    assert len(packed) < 1_000_000
    tracemalloc.start()
    try:
        assert "compressed" in refusal(file_with(DeflatedExplicitVRLittleEndian.encode(), packed))
        assert tracemalloc.get_traced_memory()[1] < 4 * len(packed)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian.encode(), b"1.2.840.10008.1.2.4.50", b"", b"soon"])
def test_other_transfer_syntaxes_are_refused(syntax: bytes) -> None:
    assert "compressed, or in a form" in refusal(file_with(syntax, MORTARA[400:]))


def test_too_many_elements_are_refused() -> None:
    empty = struct.pack("<HHI", 0xFFFE, 0xE000, 0)
    body = element(0x5400, 0x0100, b"SQ", empty * (dicom.ELEMENTS + 1))
    assert "elements" in refusal(file_with(EXPLICIT, body))


def test_a_file_beyond_the_largest_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAXIMUM", len(MORTARA) - 1)
    assert "larger" in refusal(MORTARA)


def test_what_is_refused_names_nothing_that_stands_in_the_file() -> None:
    def identify(dataset: Dataset) -> None:
        dataset.PatientName = "MARTIN^Jeanne"
        del group_of(dataset).SamplingFrequency

    with pytest.raises(Fault) as caught:
        read(changed(identify))
    assert "MARTIN" not in str(caught.value)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_damaged_recording_is_a_waveform_or_a_fault(data: st.DataObject) -> None:
    # the samples themselves may be anything: the damage goes to what describes them
    start = MORTARA.index(b"\x00\x54\x10\x10OW\x00\x00")
    damaged = bytearray(MORTARA)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(128, start))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Fault):
        assert read(bytes(damaged)).count > 0


@settings(deadline=None)
@given(st.sampled_from([EXPLICIT, IMPLICIT, DeflatedExplicitVRLittleEndian.encode()]), st.binary(max_size=400))
def test_any_bytes_are_a_fault(syntax: bytes, body: bytes) -> None:
    refusal(body)
    refusal(file_with(syntax, body))
