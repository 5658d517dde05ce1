"""IEEE 11073-20601 numbers, on the codes of the specification and of public captures."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from drivers.codec.ieee11073 import float32, sfloat
from drivers.codec.payload import Payload
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Quality

Decode = Callable[[Payload], Decimal | Quality]


@pytest.mark.parametrize(
    ("decode", "code", "number"),
    [
        (sfloat, "7200", "114"),
        (sfloat, "6df1", "36.5"),
        (sfloat, "6200", "98"),
        (sfloat, "0000", "0"),
        (sfloat, "ff0f", "-1"),
        (sfloat, "fd07", "2045"),
        (sfloat, "0308", "-2045"),
        (sfloat, "0170", "10000000"),
        (sfloat, "0180", "0.00000001"),
        (float32, "6c0100ff", "36.4"),
        (float32, "6d0100ff", "36.5"),
        (float32, "ffffff00", "-1"),
        (float32, "01000004", "10000"),
    ],
)
def test_a_number_is_exact(decode: Decode, code: str, number: str) -> None:
    decoded = decode(Payload(bytes.fromhex(code)))
    assert isinstance(decoded, Decimal)
    assert str(decoded + 0) == str(Decimal(number) + 0)


@pytest.mark.parametrize(
    ("decode", "code", "quality"),
    [
        (sfloat, "ff07", Quality.NAN),
        (sfloat, "0008", Quality.NRES),
        (sfloat, "fe07", Quality.POSITIVE_INFINITY),
        (sfloat, "0208", Quality.NEGATIVE_INFINITY),
        (sfloat, "0108", Quality.RESERVED),
        (sfloat, "ff17", Quality.RESERVED),
        (float32, "ffff7f00", Quality.NAN),
        (float32, "00008000", Quality.NRES),
        (float32, "feff7f00", Quality.POSITIVE_INFINITY),
        (float32, "02008000", Quality.NEGATIVE_INFINITY),
        (float32, "01008000", Quality.RESERVED),
    ],
)
def test_the_five_specials_stay_apart(decode: Decode, code: str, quality: Quality) -> None:
    assert decode(Payload(bytes.fromhex(code))) is quality


@settings(deadline=None)
@given(st.binary(max_size=6), st.sampled_from([(sfloat, 2), (float32, 4)]))
def test_any_bytes_are_a_number_a_special_or_refused(data: bytes, decoder: tuple[Decode, int]) -> None:
    decode, size = decoder
    if len(data) < size:
        with pytest.raises(Fault) as caught:
            decode(Payload(data))
        assert caught.value.reason is Reason.UNDECODABLE
        return
    decoded = decode(Payload(data))
    assert isinstance(decoded, Quality) or decoded.is_finite()
