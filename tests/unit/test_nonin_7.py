from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.codec.nonin_7 import Nonin7
from drivers.models.nonin_7 import NONIN_7
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Name, Quality, Reading
from edge.domain.ports import NeedData
from edge.domain.samples import Samples, Signal
from tests.capture_files import captures, decoded, drained, told

PACKET = captures(NONIN_7, "golden")[0].data
GIVES = list(captures(NONIN_7, "golden")[0].gives)


def changed(frame: int, status: int) -> bytes:
    """``PACKET`` with the status of one frame (1 to 25) set, and its sum as the layout says."""
    at = 5 * (frame - 1)
    one = bytes([status, *PACKET[at + 1 : at + 4]])
    return PACKET[:at] + one + bytes([sum(one) % 256]) + PACKET[at + 5 :]


def samples(data: bytes) -> list[Samples]:
    decoder = Nonin7()
    decoder.feed(data)
    found = []
    while not isinstance(one := decoder.next_frame(), NeedData):
        found += [one] if isinstance(one, Samples) else []
    return found


def test_the_pleth_has_sixteen_bits() -> None:
    (drawn,) = samples(PACKET)
    assert (drawn.signal, drawn.hertz, len(drawn.values)) == (Signal.PLETH, Decimal(75), 25)
    # 43 00, 43 11, 43 22 hex
    assert drawn.values[:3] == (17152, 17169, 17186)


def test_a_byte_of_pleth_that_looks_like_a_status_does_not_shift_the_frames() -> None:
    assert told(decoded(Nonin7(), PACKET[1:] + PACKET)) == GIVES
    assert told(decoded(Nonin7(), PACKET + b"\x80\x81" + PACKET)) == GIVES * 2


@pytest.mark.hazard("T5", without="tests.controls_serial_codecs:sums_are_not_checked")
def test_no_single_wrong_bit_makes_a_value() -> None:
    for bit in range(8 * len(PACKET)):
        damaged = bytearray(PACKET)
        damaged[bit // 8] ^= 1 << bit % 8
        decoder = Nonin7()
        decoder.feed(bytes(damaged) + PACKET)
        found = list(drained(decoder))
        assert told(found) == GIVES, bit
        assert next(one.reason for one in found if isinstance(one, Fault)) in {Reason.CHECKSUM, Reason.UNDECODABLE}


@pytest.mark.hazard("H17", without="tests.controls_serial_codecs:the_sensor_is_not_asked")
def test_what_the_sensor_says_of_a_value_stays_with_it() -> None:
    for status, quality in ((0xC0, Quality.SENSOR_OFF), (0xA0, Quality.ARTIFACT), (0x90, Quality.ARTIFACT)):
        (reading,) = decoded(Nonin7(), changed(9, status))
        assert isinstance(reading, Reading)
        assert reading.quality == (quality,)
        assert (part := reading.component(Name.SPO2)) is not None
        assert part.quantity is not None


def test_the_model_is_a_streaming_one_and_says_how_sure_it_is() -> None:
    assert NONIN_7.continuous
    assert NONIN_7.sure == "unconfirmed"
