"""EDF and EDF+ against files laid field by field, one of them from a real recording."""

from __future__ import annotations

import array
import contextlib
import dataclasses
import struct
import sys
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from drivers.files import edf as reader
from drivers.files.edf import read
from edge.domain.fault import Fault, Reason
from edge.domain.waveform import Scale
from tests.edf_file import Signal, annotations, edf
from tests.recordings import shared

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
I = Signal("ECG I", [[1, -2, 3, 4], [5, 6, 32767, -32768]])  # noqa: E741 - the lead is called so
II = dataclasses.replace(I, label="ECG II", records=[[10, 20, 30, 40], [50, 60, 70, 80]])


def refusal(data: bytes) -> str:
    with pytest.raises(Fault) as caught:
        read(data)
    assert caught.value.reason is Reason.CORRUPT_FILE
    assert caught.value.do
    return caught.value.what


def test_a_real_recording_laid_as_edf_comes_out_as_it_was() -> None:
    raw = array.array("h", shared("ecg/s0010_re.dat"))
    if sys.byteorder == "big":
        raw.byteswap()
    columns = [raw[at::12].tolist() for at in range(12)]
    # the header of the record: 12 leads of 38,400 samples, 1000 Hz, 2000 steps a millivolt; 0.4 s a data record
    signals = [
        Signal(
            f"ECG {name.lower()}",
            [column[at : at + 400] for at in range(0, 38_400, 400)],
            "mV",
            ("-16.384", "16.3835"),
        )
        for name, column in zip(TWELVE, columns, strict=True)
    ]
    ecg = read(edf(signals, seconds="0.4"))
    assert ecg.leads == TWELVE
    assert (ecg.sampling_hz, ecg.count, ecg.scales) == (1000, 38_400, (Scale(Decimal("0.5")),) * 12)
    assert ecg.samples == shared("ecg/s0010_re.dat")
    assert [ecg.lead(name)[0] for name in ("I", "II", "III", "V6")] == [-489, -458, 31, 390]


def test_a_small_file_is_read_exactly() -> None:
    ecg = read(edf([I, II], seconds="0.008"))
    assert (ecg.leads, ecg.sampling_hz, ecg.count) == (("I", "II"), 500, 8)
    assert ecg.scales == (Scale(Decimal("0.1")),) * 2
    assert list(ecg.lead("I")) == [1, -2, 3, 4, 5, 6, 32767, -32768]
    assert list(ecg.lead("II")) == [10, 20, 30, 40, 50, 60, 70, 80]


@pytest.mark.parametrize(
    ("label", "lead"),
    [
        ("ECG I", "I"), ("EKG V1", "V1"), ("ecg avr", "aVR"), ("AVL", "aVL"), ("v6", "V6"), ("Lead II", "II"),
        ("ECG Lead III", "III"), ("EKG-V2", "V2"), ("ECG", "ECG"), ("ECG MLII", "ECG MLII"), ("vx", "vx"),
    ],
)  # fmt: skip
def test_names_of_leads(label: str, lead: str) -> None:
    assert read(edf([dataclasses.replace(I, label=label)])).leads == (lead,)


def test_signals_that_are_no_ecg_are_no_leads() -> None:
    others = [
        Signal("EEG Fpz-Cz", [[1], [2]]),
        Signal("Resp chest", [[1, 1], [2, 2]], "mV"),
        Signal("Accelerometer_X", [[1], [2]], "mg"),
        annotations(["+0", "+1"]),
    ]
    assert read(edf([others[0], I, *others[1:], II], reserved="EDF+C")).leads == ("I", "II")
    assert "no ECG" in refusal(edf(others, reserved="EDF+C"))


# --- scale and unit, hazards H5 and H15


@pytest.mark.parametrize(
    ("unit", "physical", "digital", "scale"),
    [
        ("mV", ("-5", "5"), ("-2048", "2047"), (Decimal(10_000) / 4095, Decimal(5000) / 4095)),
        ("uV", ("0", "4095"), ("0", "4095"), (Decimal(1), Decimal(0))),
        ("uV", ("1000", "5095"), ("0", "4095"), (Decimal(1), Decimal(1000))),
        ("nV", ("-32768", "32767"), ("-32768", "32767"), (Decimal("0.001"), Decimal(0))),
        ("\xb5V", ("-3276.8", "3276.7"), ("-32768", "32767"), (Decimal("0.1"), Decimal(0))),
        ("V", ("-1", "1"), ("-10000", "10000"), (Decimal(100), Decimal(0))),
    ],
)
def test_the_scale_is_that_of_the_file(
    unit: str, physical: tuple[str, str], digital: tuple[str, str], scale: tuple[Decimal, Decimal]
) -> None:
    signal = Signal("ECG I", [[1, 2]], unit, physical, digital)
    [found] = read(edf([signal])).scales
    assert found is not None
    assert abs(found.microvolts_per_step - scale[0]) < Decimal("1e-20")
    assert abs(found.baseline_microvolts - scale[1]) < Decimal("1e-20")


@pytest.mark.hazard("H15", without="tests.controls_files:every_lead_has_the_scale_of_the_first")
def test_each_lead_has_a_scale_of_its_own() -> None:
    coarse = dataclasses.replace(II, physical=("-32768", "32767"))
    assert read(edf([I, coarse])).scales == (Scale(Decimal("0.1")), Scale(Decimal(1)))


def test_a_range_that_is_upside_down_turns_the_signs() -> None:
    turned = dataclasses.replace(II, physical=("3276.8", "-3276.7"))
    ecg = read(edf([turned]))
    assert ecg.scales == (Scale(Decimal("0.1")),)
    assert list(ecg.lead("II")) == [-10, -20, -30, -40, -50, -60, -70, -80]
    assert "16 bits" in refusal(edf([dataclasses.replace(I, physical=("3276.8", "-3276.7"))]))


@pytest.mark.hazard("H5", without="tests.controls_files:any_unit_is_microvolts")
@pytest.mark.parametrize("unit", ["", "mmHg", "uv", "%", "dBuV", "m V"])
@pytest.mark.parametrize("label", ["ECG I", "II", "EKG", "ECG chest"])
def test_an_ecg_in_a_unit_that_is_no_voltage_is_refused(unit: str, label: str) -> None:
    assert "unit" in refusal(edf([dataclasses.replace(I, unit=unit, label=label), II]))


@pytest.mark.parametrize(
    "fields",
    [
        {"physical": ("1", "1")},
        {"digital": ("5", "5")},
        {"digital": ("5", "-5")},
        {"physical": ("-1", "1,5")},
        {"physical": ("nan", "1")},
        {"physical": ("-inf", "inf")},
        {"physical": ("", "1")},
        {"digital": ("-1.5", "2")},
        {"digital": ("0x10", "99")},
        {"physical": ("-1_0", "1")},
        {"per_record": "0"},
        {"per_record": "-4"},
        {"per_record": "many"},
    ],
)
def test_numbers_that_are_none_are_refused(fields: dict[str, str]) -> None:
    refusal(edf([dataclasses.replace(I, **fields), II]))  # type: ignore[arg-type]


@pytest.mark.hazard("H15", without="tests.controls_files:every_scale_is_believed")
def test_an_ecg_of_volts_is_refused() -> None:
    assert "scale" in refusal(edf([dataclasses.replace(I, unit="V", physical=("-5", "5"))]))


def test_leads_of_different_rates_are_refused() -> None:
    assert "different rates" in refusal(edf([I, Signal("ECG II", [[1, 2], [3, 4]])]))


def test_the_same_lead_twice_is_refused() -> None:
    assert "twice" in refusal(edf([I, dataclasses.replace(II, label="EKG i")]))


def test_bdf_has_more_bits_than_are_kept() -> None:
    data = edf([I])
    assert "24 bits" in refusal(b"\xffBIOSEMI" + data[8:])


# --- gaps, hazard H15


@pytest.mark.parametrize("reserved", ["EDF+C", "EDF+D"])
@pytest.mark.parametrize(
    "onsets", [["+0", "+0.008"], ["+0.5", "+0.508"], ["+0.000", "+0.00800"], ["+8192.2", "+8192.207999999999"]]
)
def test_records_that_follow_each_other_are_one_recording(reserved: str, onsets: list[str]) -> None:
    assert read(edf([I, annotations(onsets)], seconds="0.008", reserved=reserved)).count == 8


@pytest.mark.hazard("H15", without="tests.controls_files:gaps_are_joined")
@pytest.mark.parametrize("reserved", ["EDF+C", "EDF+D"])
@pytest.mark.parametrize(
    "onsets", [["+0", "+0.016"], ["+0", "+0.009"], ["+0", "+0.007"], ["+0", "+0"], ["+0", "-0.008"]]
)
def test_gaps_are_never_joined(reserved: str, onsets: list[str]) -> None:
    assert "gaps" in refusal(edf([I, annotations(onsets)], seconds="0.008", reserved=reserved))


@pytest.mark.parametrize("onsets", [["+0", "0.008"], ["", "+1"], ["+0", "soon"]])
def test_records_that_do_not_say_when_they_begin_are_refused(onsets: list[str]) -> None:
    assert "when" in refusal(edf([I, annotations(onsets)], seconds="0.008", reserved="EDF+C"))


def test_an_interrupted_recording_without_times_is_refused() -> None:
    assert "when" in refusal(edf([I], reserved="EDF+D"))


# --- hostile bytes, threat T5

WHOLE = edf([I, II, annotations(["+0", "+0.008"])], seconds="0.008", reserved="EDF+C")


@pytest.mark.parametrize("length", [0, 8, 100, 255, 256, 257, 767, 1023, len(WHOLE) - 1, len(WHOLE) - 2])
def test_a_file_cut_short_is_refused(length: int) -> None:
    refusal(WHOLE[:length])


def test_what_stands_behind_the_end_is_refused() -> None:
    assert "length" in refusal(WHOLE + b"\0\0")


@pytest.mark.parametrize(
    "fields",
    [
        {"seconds": "0"},
        {"seconds": "-1"},
        {"seconds": "soon"},
        {"seconds": "1e-9"},
        {"records": "-1"},
        {"records": "0"},
        {"records": "99999999"},
        {"version": "1"},
        {"size": "256"},
        {"size": "99999999"},
    ],
)
def test_headers_that_contradict_the_file_are_refused(fields: dict[str, str]) -> None:
    refusal(edf([I, II], **fields))


def test_announced_sizes_need_no_memory() -> None:
    huge = [dataclasses.replace(I, per_record="99999999"), II]
    tracemalloc.start()
    try:
        refusal(edf(huge, records="99999999"))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("number", ["0", "-1", "257", "9999", "one"])
def test_a_number_of_signals_that_is_none_is_refused(number: str) -> None:
    data = bytearray(WHOLE)
    data[252:256] = number.encode().ljust(4)
    refusal(bytes(data))
    if number.isdecimal():
        data[184:192] = str(256 * (1 + int(number))).encode().ljust(8)
        refusal(bytes(data))


def test_a_label_that_moves_the_cursor_is_refused() -> None:
    assert "label" in refusal(edf([dataclasses.replace(I, label="ECG\x1b[2J")]))


def test_what_is_said_of_a_patient_reaches_nobody() -> None:
    assert "Harry" not in refusal(edf([dataclasses.replace(I, unit="Harry")]))


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_damaged_file_is_a_waveform_or_a_fault(data: st.DataObject) -> None:
    damaged = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Fault):
        assert read(bytes(damaged)).count > 0


@settings(deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_are_a_fault(data: bytes) -> None:
    refusal(data)
    refusal(WHOLE[:256] + data)


def test_recognition() -> None:
    assert reader.recognises(WHOLE[:512])
    assert not reader.recognises(b"0       " + bytes(300))
    assert struct.unpack_from("<h", WHOLE, 256 * 4)[0] == 1
