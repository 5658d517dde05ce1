"""SCP-ECG and hostile bytes (threat T5): a waveform or a plain refusal, in bounded time and memory."""

from __future__ import annotations

import contextlib
import struct
import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings, strategies as st

from drivers.files import scp_ecg, scp_huffman
from drivers.files.scp_ecg import read
from edge.domain.fault import Fault
from tests import scp_file
from tests.unit.test_scp_ecg import SMALL, refusal, two_leads

WHOLE = scp_file.recording(SMALL)


def signed(data: bytes) -> bytes:
    """With the checksum of the file set right."""
    return struct.pack("<H", scp_file.crc(data[2:])) + data[2:]


@pytest.mark.hazard("T5", without="tests.controls_files:checksums_are_not_looked_at")
def test_one_wrong_bit_anywhere_is_found() -> None:
    for at in range(len(WHOLE)):
        damaged = bytearray(WHOLE)
        damaged[at] ^= 1 << at % 8
        refusal(bytes(damaged))


def test_one_wrong_bit_in_a_section_is_found_although_the_file_is_signed_again() -> None:
    for at in range(6 + 16 + 120, len(WHOLE)):
        damaged = bytearray(WHOLE)
        damaged[at] ^= 1 << at % 8
        refusal(signed(bytes(damaged)))


@pytest.mark.parametrize("length", [0, 1, 5, 6, 21, 22, 30, 141, 142, 160, len(WHOLE) - 1])
def test_a_file_cut_short_is_refused(length: int) -> None:
    refusal(WHOLE[:length])


def test_what_stands_behind_the_end_is_refused() -> None:
    assert "length" in refusal(WHOLE + b"\0")


def with_sections(change: Callable[[dict[int, bytes]], None]) -> bytes:
    sections = {2: scp_file.DEFAULT_TABLE, 3: scp_file.leads(["I"], 2), 6: scp_file.signals([scp_file.huffman([1, 2])])}
    change(sections)
    return scp_file.scp(sections)


def test_a_file_without_leads_or_rhythm_is_refused() -> None:
    for number in (3, 6):
        assert "no rhythm" in refusal(with_sections(lambda sections, number=number: sections.pop(number)))  # type: ignore[misc]


@pytest.mark.parametrize("number", [3, 6])
@pytest.mark.parametrize("body", [b"", b"\0\0", b"\x0c", b"\xff" * 40])
def test_sections_that_are_too_short_or_absurd_are_refused(number: int, body: bytes) -> None:
    refusal(with_sections(lambda sections: sections.update({number: body})))


@pytest.mark.hazard("T5", without="tests.controls_files:any_number_of_samples_will_do")
def test_billions_of_announced_samples_need_neither_memory_nor_time() -> None:
    names = [*scp_file.LEAD_NUMBERS][:4]
    encoded = [bytes(65535)] * len(names)
    data = scp_file.scp(
        {2: scp_file.DEFAULT_TABLE, 3: scp_file.leads(names, 8 * 65535 - 20), 6: scp_file.signals(encoded, order=0)}
    )
    tracemalloc.start()
    try:
        assert "number of samples" in refusal(data)
        assert tracemalloc.get_traced_memory()[1] < 8 * len(data)
    finally:
        tracemalloc.stop()
    assert "number of samples" in refusal(two_leads(scp_file.leads(["I", "II"], 2**32 - 1)))


@pytest.mark.slow
def test_the_largest_file_that_switches_tables_at_every_sample_is_read_in_bounded_time() -> None:
    tables = range(1, scp_huffman.MOST_TABLES + 1)
    each = [scp_file.table(("0", 1, 1, 1), ("10", 2, 1, -1), ("11", 2, 0, n % len(tables) + 1)) for n in tables]
    count = 65535 * 8 // 3
    names = range(100, 100 + scp_ecg.MOST_SAMPLES // count)
    encoded = [b"\xdb\x6d\xb6" * 21845] * len(names)  # 11 0 11 0 ...
    data = scp_file.scp(
        {2: scp_file.own_tables(*each), 3: scp_file.leads(names, count), 6: scp_file.signals(encoded, order=0)}
    )
    began = time.process_time()
    ecg = read(data)
    assert time.process_time() - began < 10
    assert (len(ecg.leads), ecg.count) == (11, count)
    assert set(ecg.lead("SCP 100")) == {1}


def test_a_pointer_that_loops_or_leaves_the_file_is_refused() -> None:
    for at in (6 + 16 + 30 + 2, 6 + 16 + 30 + 6):
        damaged = bytearray(WHOLE)
        damaged[at : at + 4] = b"\xf0\xff\xff\xff"
        section_0 = bytes(damaged[8 : 6 + 136])
        damaged[6:8] = struct.pack("<H", scp_file.crc(section_0))
        assert "beyond" in refusal(signed(bytes(damaged)))


def test_what_is_said_of_a_patient_reaches_nobody() -> None:
    def identify(sections: dict[int, bytes]) -> None:
        sections[1] = b"\0\x07\0MARTIN\0" + b"\xff\0\0"
        sections[6] = b"\0"

    with pytest.raises(Fault) as caught:
        read(with_sections(identify))
    assert "MARTIN" not in str(caught.value)


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.integers(1, 7), st.binary(max_size=120), max_size=6))
def test_any_sections_are_a_waveform_or_a_fault(sections: dict[int, bytes]) -> None:
    with contextlib.suppress(Fault):
        assert read(scp_file.scp(sections)).count > 0


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_changed_sections_are_a_waveform_or_a_fault(data: st.DataObject) -> None:
    sections = {
        2: scp_file.own_tables(scp_file.table(("0", 1, 1, 1), ("10", 2, 0, 1), ("11", 2 + 4, 1, 0))),
        3: scp_file.leads(["I", "II"], 4, flags=1),
        4: struct.pack("<HHHHIII", 8, 2, 1, 0, 1, 2, 3),
        5: scp_file.signals([b"\x12\x34", b"\x55\x00"]),
        6: scp_file.signals([b"\xf0\x34", b"\x00\x01"]),
    }
    for _ in range(data.draw(st.integers(1, 6))):
        number = data.draw(st.sampled_from(sorted(sections)))
        body = bytearray(sections[number])
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
        sections[number] = bytes(body)
    with contextlib.suppress(Fault):
        assert read(scp_file.scp(sections)).count > 0


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_fault(data: bytes) -> None:
    refusal(data)
    refusal(signed(struct.pack("<HI", 0, len(data) + 22) + bytes(10) + b"SCPECG" + data))


def test_recognition() -> None:
    assert scp_ecg.recognises(WHOLE[:512])
    assert not scp_ecg.recognises(b"")
