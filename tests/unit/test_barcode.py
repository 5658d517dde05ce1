from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from drivers.codec.barcode import LONGEST, BarcodeReader
from drivers.models.barcode_reader import BARCODE_READER
from edge.domain.fault import Fault, Reason
from edge.domain.samples import Scan
from tests.capture_files import captures, decoded, drained

INS = captures(BARCODE_READER, "golden")[0].gives[0].removeprefix("scan ")


def scans(data: bytes) -> list[str]:
    return [one.text for one in decoded(BarcodeReader(), data) if isinstance(one, Scan)]


def test_the_separators_of_an_ins_datamatrix_survive() -> None:
    assert scans(INS.encode() + b"\r\n") == [INS]
    assert INS.count("\x1d") == 3


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\n\r", b"\r\r\n\n"])
def test_a_symbol_ends_with_cr_lf_or_both(end: bytes) -> None:
    assert scans(b"ONE" + end + b"TWO" + end) == ["ONE", "TWO"]


def test_a_symbol_without_its_end_is_none_and_is_told() -> None:
    decoder = BarcodeReader()
    decoder.feed(b"PAT-0042")
    assert list(drained(decoder)) == []
    (fault,) = decoded(decoder, b"")
    assert isinstance(fault, Fault)
    assert fault.reason is Reason.UNDECODABLE


@pytest.mark.parametrize("bad", [b"\x00", b"\x07", b"\x7f", b"\xff", b"\xc3", b"\x1b", b"\xc2\x85"])
def test_what_is_no_text_is_a_fault_without_the_text(bad: bytes) -> None:
    fault, scan = decoded(BarcodeReader(), b"MARTIN" + bad + b"\rTWO\r")
    assert isinstance(fault, Fault)
    assert "MARTIN" not in str(fault)
    assert scan == Scan("TWO")


def test_names_may_have_accents() -> None:
    assert scans("ZOÉ\u001dNOËL\r".encode()) == ["ZOÉ\x1dNOËL"]


def test_the_longest_symbol_is_read_and_a_longer_one_is_none() -> None:
    assert scans(b"A" * LONGEST + b"\r") == ["A" * LONGEST]
    for chunk in (None, 1000):
        found = decoded(BarcodeReader(), b"A" * (LONGEST + 1) + b"\rTWO\r", chunk=chunk)
        assert [type(one) for one in found] == [Fault, Scan]


@given(st.lists(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30), max_size=5))
def test_what_was_printed_is_what_is_read(texts: list[str]) -> None:
    assert scans("".join(text + "\r\n" for text in texts).encode()) == texts
