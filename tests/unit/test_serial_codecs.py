"""What every decoder of a serial line owes, whatever comes: only its own faults, bounded memory, the next good frame."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from drivers.catalog import SERIAL
from drivers.codec.barcode import BarcodeReader
from drivers.codec.framing import FrameDecoder
from drivers.codec.nonin_packet import NoninPackets
from drivers.models.model import SerialModel
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Reading
from edge.domain.ports import Decoder
from edge.domain.samples import Scan
from tests.capture_files import Capture, captures, decoded, drained, told

KEPT = 1024
"""Bytes that a decoder may hold back at most: two of the longest lines of text; more only for a bar code."""

FLOOD = 1_000_000
SHORT = 120_000
SHORTER = 60_000
BLOCK = 4096


def kept(decoder: Decoder) -> int:
    match decoder:
        case FrameDecoder():
            return len(decoder._frames)
        case NoninPackets() | BarcodeReader():
            return len(decoder._buffer)
        case _:
            raise TypeError(type(decoder).__name__)


def most(model: SerialModel) -> int:
    return 4296 if model.name == "barcode-reader" else KEPT


def goldens() -> Iterator[Any]:
    for model in SERIAL:
        for number, capture in enumerate(captures(model, "golden")):
            yield pytest.param(model, capture, id=f"{model.name}-{number}")


def faults(found: list[Reading | Scan | Fault]) -> int:
    return len([one for one in found if isinstance(one, Fault)])


@functools.cache
def flood(kind: str) -> bytes:
    source = random.Random(kind)
    match kind:
        case "long noise":
            return source.randbytes(FLOOD)
        case "noise":
            return source.randbytes(SHORT)
        case "text":
            return bytes(source.choices(b"0123456789ABCDEF/:=%-. SPOBM", k=SHORTER))
        case "starts":
            return bytes(source.choices(b"\x00\x01\x02\x0a\x0d\x0f\x80\xf2\xfa", k=SHORTER))
        case _:
            return bytes([int(kind, 16)]) * SHORTER


def swallow(decoder: Decoder, data: bytes) -> int:
    """Feeds ``data`` and takes what comes; the most that was kept meanwhile."""
    largest = 0
    for at in range(0, len(data), BLOCK):
        decoder.feed(data[at : at + BLOCK])
        list(drained(decoder))
        largest = max(largest, kept(decoder))
    return largest


@pytest.mark.parametrize("kind", ["text", "00", "80", "FF", "01"])
@pytest.mark.parametrize("model", SERIAL, ids=lambda model: model.name)
@pytest.mark.hazard("T5", without="tests.controls_serial_codecs:garbage_is_waited_on")
def test_a_device_that_floods_fills_no_memory(model: SerialModel, kind: str) -> None:
    assert swallow(model.decoder(), flood(kind)) <= most(model)


@pytest.mark.parametrize("kind", ["noise", pytest.param("long noise", marks=pytest.mark.slow), "starts", "80"])
@pytest.mark.parametrize("model", SERIAL, ids=lambda model: model.name)
def test_behind_a_flood_the_next_frames_are_read(model: SerialModel, kind: str) -> None:
    decoder = model.decoder()
    assert swallow(decoder, flood(kind)) <= most(model)
    for capture in captures(model, "golden"):
        assert set(capture.gives) <= set(told(decoded(decoder, capture.data * 3)))
        decoder = model.decoder()
        swallow(decoder, flood("starts"))


@pytest.mark.parametrize("model", SERIAL, ids=lambda model: model.name)
def test_a_flood_that_holds_no_frame_is_told_rarely_and_is_no_value(model: SerialModel) -> None:
    decoder = model.decoder()
    found: list[Reading | Scan | Fault] = []
    blocks = 2 * SHORTER // BLOCK
    for _ in range(blocks):
        decoder.feed(b"\x07" * BLOCK)
        found += drained(decoder)
    assert {type(one) for one in found} == {Fault}
    assert len(found) <= blocks + 1


@pytest.mark.parametrize("model", SERIAL, ids=lambda model: model.name)
@settings(max_examples=60, deadline=None)
@given(chunks=st.lists(st.binary(max_size=200), max_size=6))
def test_any_bytes_give_only_faults_of_their_own(model: SerialModel, chunks: list[bytes]) -> None:
    decoder = model.decoder()
    for chunk in chunks:
        decoder.feed(chunk)
        for one in drained(decoder):
            if isinstance(one, Fault):
                assert one.reason in {Reason.UNDECODABLE, Reason.CHECKSUM}
                assert one.what
                assert "\n" not in str(one)
    decoder.end()
    list(drained(decoder))
    assert kept(decoder) == 0


@pytest.mark.parametrize(("model", "capture"), goldens())
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_damage_of_a_good_stream_gives_only_faults_of_its_own(
    model: SerialModel, capture: Capture, data: st.DataObject
) -> None:
    stream = bytearray(capture.data * 2)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(stream)))
        stream[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    for one in decoded(model.decoder(), bytes(stream), chunk=data.draw(st.integers(1, 50))):
        assert not isinstance(one, Fault) or one.reason in {Reason.UNDECODABLE, Reason.CHECKSUM}


@pytest.mark.parametrize(("model", "capture"), goldens())
@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 11])
def test_it_comes_the_same_in_pieces_of_any_size(model: SerialModel, capture: Capture, chunk: int) -> None:
    stream = capture.data * 3
    assert told(decoded(model.decoder(), stream, chunk=chunk)) == told(decoded(model.decoder(), stream))


@pytest.mark.parametrize(
    "garbage", [b"\x07", b"\x55" * 3, bytes(range(0x10, 0x40)), b"\xff" * 100, b"\x00" * 7], ids=len
)
@pytest.mark.parametrize(("model", "capture"), goldens())
def test_garbage_before_a_stream_is_one_fault_at_most(model: SerialModel, capture: Capture, garbage: bytes) -> None:
    clean = decoded(model.decoder(), capture.data * 3)
    found = decoded(model.decoder(), garbage + capture.data * 3)
    assert faults(found) <= faults(clean) + 1
    assert set(told(found)) >= set(capture.gives)


@pytest.mark.parametrize("model", SERIAL, ids=lambda model: model.name)
def test_a_line_that_is_silent_or_stops_between_frames_is_no_fault(model: SerialModel) -> None:
    assert decoded(model.decoder(), b"") == []
    for capture in captures(model, "golden"):
        assert not faults(decoded(model.decoder(), capture.data))


@pytest.mark.parametrize(("model", "capture"), [one for one in goldens() if "barcode" not in one.id])
def test_a_frame_that_is_cut_at_the_end_is_told(model: SerialModel, capture: Capture) -> None:
    cut = capture.data.rstrip(b"\r\n")[:-1]
    assert faults(decoded(model.decoder(), cut))
