"""SCP-ECG against a real recording with its DICOM twin, and against files laid by hand."""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Sequence
from decimal import Decimal

import pytest

from drivers.files import dicom_ecg
from drivers.files.scp_ecg import read
from edge.domain.fault import Fault, Reason
from edge.domain.waveform import Scale
from tests import scp_file
from tests.recordings import shared

SMALL = {"I": [10, 12, 9, -40, 300, -300, 0, 0, 0, 1], "II": [0, 0, 8, -8, 9, -9, 127, -128, 128, -129]}


def refusal(data: bytes) -> str:
    with pytest.raises(Fault) as caught:
        read(data)
    assert caught.value.reason is Reason.CORRUPT_FILE
    assert caught.value.do
    return caught.value.what


# --- the real recording


def test_the_real_recording_is_its_dicom_twin_sample_for_sample() -> None:
    ecg = read(shared("ecg/ecgtoolkit_Example.scp"))
    twin = dicom_ecg.read(shared("ecg/ecgtoolkit_Example.dcm"))
    assert (ecg.sampling_hz, ecg.count, set(ecg.scales)) == (Decimal(500), 5000, {Scale(Decimal("2.5"))})
    assert sorted(ecg.leads) == sorted(twin.leads)
    assert len(ecg.leads) == 12
    for lead in twin.leads:
        assert ecg.lead(lead) == twin.lead(lead)


def test_twelve_leads_of_ten_seconds_are_read_in_a_moment() -> None:
    wave = random.Random(12)  # a fixed seed: noise as hard to pack as a bad electrode
    noise = {name: [wave.randrange(-200, 200) for _ in range(5000)] for name in scp_file.LEAD_NUMBERS}
    data = scp_file.recording(noise)
    read(data)
    took = []
    for _ in range(5):
        began = time.process_time()
        read(data)
        took.append(time.process_time() - began)
    assert min(took) < 0.5


# --- laid by hand


@pytest.mark.parametrize("order", [0, 1, 2])
def test_a_small_file_with_the_default_table(order: int) -> None:
    ecg = read(scp_file.recording(SMALL, order))
    assert ecg.leads == ("I", "II")
    assert (ecg.sampling_hz, ecg.scales) == (500, (Scale(Decimal("2.5")),) * 2)
    assert {lead: list(ecg.lead(lead)) for lead in ecg.leads} == SMALL


@pytest.mark.parametrize("number", [*range(-10, 11), 127, -128, 128, -129, 32767, -32768])
def test_every_word_of_the_default_table(number: int) -> None:
    assert list(read(scp_file.recording({"I": [number, 0, number]}, 0)).lead("I")) == [number, 0, number]


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("section_2", [{}, {2: struct.pack("<H", 0)}])
def test_samples_that_are_not_packed(order: int, section_2: dict[int, bytes]) -> None:
    samples = [5, -300, 32767, -32768 + 5, 0][: 5 if order == 0 else 2]
    encoded = [scp_file.plain(scp_file.differences(samples, order))]
    data = scp_file.scp(
        section_2 | {3: scp_file.leads(["V1"], len(samples)), 6: scp_file.signals(encoded, order=order)}
    )
    assert list(read(data).lead("V1")) == samples


def test_a_rate_that_is_no_whole_number_and_a_scale_in_nanovolts() -> None:
    body = scp_file.signals([scp_file.huffman([1, 2, 3])], nanovolts=4883, microseconds=1953, order=0)
    ecg = read(scp_file.scp({2: scp_file.DEFAULT_TABLE, 3: scp_file.leads(["I"], 3), 6: body}))
    assert ecg.scales == (Scale(Decimal("4.883")),)
    assert ecg.sampling_hz == Decimal(1_000_000) / 1953


def test_leads_are_those_of_the_file_and_none_is_computed() -> None:
    eight = {name: [1, 2, 3] for name in ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")}
    assert read(scp_file.recording(eight)).leads == tuple(eight)


@pytest.mark.parametrize(
    ("number", "name"), [(61, "III"), (62, "aVR"), (63, "aVL"), (64, "aVF"), (9, "V7"), (10, "V2R"), (200, "SCP 200")]
)
def test_names_of_leads(number: int, name: str) -> None:
    encoded = [scp_file.huffman([1])]
    data = scp_file.scp(
        {2: scp_file.DEFAULT_TABLE, 3: scp_file.leads([number], 1), 6: scp_file.signals(encoded, order=0)}
    )
    assert read(data).leads == (name,)


def with_table(section_2: bytes, bits: str, count: int, order: int = 0) -> bytes:
    encoded = [scp_file.packed(bits)]
    return scp_file.scp({2: section_2, 3: scp_file.leads(["I"], count), 6: scp_file.signals(encoded, order=order)})


def test_a_table_of_the_files_own() -> None:
    own = scp_file.own_tables(
        scp_file.table(("0", 1, 1, -3), ("10", 2, 1, 1000), ("110", 3, 1, 7), ("111", 3 + 12, 1, 0))
    )
    bits = "110" + "0" + "10" + "111" + format(-2000 & 0xFFF, "012b") + "0"
    assert list(read(with_table(own, bits, 5)).lead("I")) == [7, -3, 1000, -2000, -3]


def test_switching_between_tables() -> None:
    first = scp_file.table(("0", 1, 1, 1), ("10", 2, 1, 2), ("11", 2, 0, 2))
    second = scp_file.table(("1", 1, 1, -1), ("01", 2, 1, -2), ("00", 2, 0, 1))
    bits = "0" + "10" + "11" + "1" + "01" + "1" + "00" + "10" + "11" + "01"
    ecg = read(with_table(scp_file.own_tables(first, second), bits, 7))
    assert list(ecg.lead("I")) == [1, 2, -1, -2, -1, 2, -2]


def test_each_lead_begins_with_the_first_table() -> None:
    first = scp_file.table(("0", 1, 1, 1), ("10", 2, 1, 2), ("11", 2, 0, 2))
    second = scp_file.table(("1", 1, 1, -1), ("01", 2, 1, -2), ("00", 2, 0, 1))
    encoded = [scp_file.packed("11" + "1" + "1"), scp_file.packed("0" + "10")]
    data = scp_file.scp(
        {
            2: scp_file.own_tables(first, second),
            3: scp_file.leads(["I", "II"], 2),
            6: scp_file.signals(encoded, order=0),
        }
    )
    ecg = read(data)
    assert (list(ecg.lead("I")), list(ecg.lead("II"))) == ([-1, -1], [1, 2])


@pytest.mark.parametrize(
    "section_2",
    [
        scp_file.own_tables(scp_file.table(("0", 1, 1, 1), ("01", 2, 1, 2))),
        scp_file.own_tables(scp_file.table(("0", 1, 1, 1), ("1", 1, 0, 2))),
        scp_file.own_tables(scp_file.table(("0", 1, 1, 1), ("1", 1, 0, 0))),
        scp_file.own_tables(scp_file.table(("0", 1, 1, 1), ("1", 1 + 8, 1, 5))),
        scp_file.own_tables(scp_file.table(("0", 1, 1, 1), ("1", 1 + 17, 1, 0))),
        scp_file.own_tables(scp_file.table(("0", 1, 2, 1), ("1", 1, 1, 0))),
        scp_file.own_tables(scp_file.table()),
        struct.pack("<HH", 1, 60000),
        struct.pack("<H", 9),
        struct.pack("<HH", 1, 2),
        b"\x01",
    ],
)
def test_tables_that_are_none_are_refused(section_2: bytes) -> None:
    refusal(with_table(section_2, "0" * 8, 4))


# --- the reference beat


def with_beats(beats: Sequence[tuple[int, int, int, int]], *, interval: int = 2000, flags: int = 1) -> bytes:
    """Ten samples of I and II from which a beat of four samples, its second one the fiducial point, was taken away."""
    section_4 = struct.pack("<HHH", 8, 2, len(beats)) + b"".join(struct.pack("<HIII", *one) for one in beats)
    shapes = [scp_file.huffman(scp_file.differences(one, 2)) for one in ([10, 200, -50, 5], [-1, -20, 30, 0])]
    rest = [scp_file.huffman(scp_file.differences(one, 2)) for one in ([1] * 10, [0] * 10)]
    return scp_file.scp(
        {
            2: scp_file.DEFAULT_TABLE,
            3: scp_file.leads(["I", "II"], 10, flags),
            4: section_4,
            5: scp_file.signals(shapes, microseconds=interval),
            6: scp_file.signals(rest),
        }
    )


def test_a_reference_beat_is_put_back_where_it_was() -> None:
    # the first beat whole, one of another type, and the last without its first sample
    ecg = read(with_beats([(0, 2, 3, 5), (1, 6, 6, 7), (0, 8, 8, 10)]))
    assert list(ecg.lead("I")) == [1, 11, 201, -49, 6, 1, 1, 201, -49, 6]
    assert list(ecg.lead("II")) == [0, -1, -20, 30, 0, 0, 0, -20, 30, 0]


def test_without_the_flag_nothing_is_added() -> None:
    assert list(read(with_beats([(0, 2, 3, 5)], flags=0)).lead("I")) == [1] * 10


@pytest.mark.parametrize(
    "beat", [(0, 1, 3, 5), (0, 2, 3, 11), (0, 0, 1, 3), (0, 5, 4, 6), (0, 2, 3, 6), (0, 9, 10, 2**32 - 1)]
)
def test_beats_outside_the_recording_are_refused(beat: tuple[int, int, int, int]) -> None:
    assert "outside" in refusal(with_beats([beat]))


def test_beats_within_each_other_are_refused() -> None:
    assert "one in another" in refusal(with_beats([(0, 2, 3, 5), (0, 5, 6, 8)]))


def test_a_reference_beat_of_another_rate_is_not_supported() -> None:
    assert "not supported" in refusal(with_beats([(0, 2, 3, 5)], interval=1000))


def test_a_reference_beat_that_is_missing_is_refused() -> None:
    data = scp_file.scp(
        {
            2: scp_file.DEFAULT_TABLE,
            3: scp_file.leads(["I"], 2, flags=1),
            6: scp_file.signals([scp_file.huffman([1, 1])], order=0),
        }
    )
    assert "lacks the reference beat" in refusal(data)


# --- what cannot be kept as it is, hazards H15 and H16


def two_leads(section_3: bytes, **fields: int) -> bytes:
    encoded = [scp_file.huffman([1, 2, 3])] * 2
    return scp_file.scp({2: scp_file.DEFAULT_TABLE, 3: section_3, 6: scp_file.signals(encoded, order=0, **fields)})


@pytest.mark.hazard("H15", without="tests.controls_files:leads_may_begin_when_they_like")
def test_leads_that_were_not_recorded_at_once_are_refused() -> None:
    section_3 = struct.pack("<BBIIBIIB", 2, 0, 1, 3, 1, 4, 6, 2)
    assert "at the same time" in refusal(two_leads(section_3))


def test_bimodal_compression_is_not_supported() -> None:
    assert "not supported" in refusal(two_leads(scp_file.leads(["I", "II"], 3), bimodal=1))


@pytest.mark.hazard("H15", without="tests.controls_files:what_is_left_over_does_not_matter")
def test_a_lead_that_holds_more_than_is_announced_is_refused() -> None:
    longer = {"I": [100] * 60}
    whole = scp_file.recording(longer, 0)
    assert read(whole).count == 60
    data = scp_file.scp(
        {
            2: scp_file.DEFAULT_TABLE,
            3: scp_file.leads(["I"], 50),
            6: scp_file.signals([scp_file.huffman([100] * 60)], order=0),
        }
    )
    assert "another number of samples" in refusal(data)


def test_a_lead_that_holds_less_than_is_announced_is_refused() -> None:
    data = scp_file.scp(
        {
            2: scp_file.DEFAULT_TABLE,
            3: scp_file.leads(["I"], 70),
            6: scp_file.signals([scp_file.huffman([100] * 60)], order=0),
        }
    )
    refusal(data)


@pytest.mark.parametrize("fields", [{"nanovolts": 0}, {"microseconds": 0}, {"order": 3}, {"microseconds": 1}])
def test_a_scale_that_is_none_is_refused(fields: dict[str, int]) -> None:
    body = scp_file.signals([scp_file.huffman([1, 2])], **({"order": 0} | fields))
    assert "impossible" in refusal(scp_file.scp({2: scp_file.DEFAULT_TABLE, 3: scp_file.leads(["I"], 2), 6: body}))


def test_samples_that_leave_sixteen_bits_are_refused() -> None:
    assert "16 bits" in refusal(scp_file.recording({"I": [32767, 32767, 32768]}, 1))


def test_the_same_lead_twice_is_refused() -> None:
    assert "twice" in refusal(two_leads(scp_file.leads(["I", "I"], 3)))
