"""What simulated devices say is what specifications and public logs show of real ones."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from firmware_stubs.gatt.encode import current_time, date_time, float32, sfloat, steps
from firmware_stubs.gatt.heart_rate_strap import Beats


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # logged by an A&D UT-201BLE-A: 36.8 degrees
        (Decimal("36.8"), "700100ff"),
        # IEEE 11073-20601: the specials, and a negative number in two's complement
        (Decimal("-1.5"), "f1ffffff"),
        ("NaN", "ffff7f00"),
        ("NRes", "00008000"),
        ("+INFINITY", "feff7f00"),
        ("-INFINITY", "02008000"),
    ],
)
def test_float(value: Decimal | str, expected: str) -> None:
    assert float32(value).hex() == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    # 114 and 36.5 as in IEEE 11073-20601; 111e-5 kg/L as logged by a glucose meter
    [(Decimal(114), "7200"), (Decimal("36.5"), "6df1"), (Decimal("0.00111"), "6fb0")],
)
def test_sfloat(value: Decimal, expected: str) -> None:
    assert sfloat(value).hex() == expected


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        float32(Decimal(0x7FFFFE))
    with pytest.raises(ValueError, match="no multiple"):
        steps(Decimal("70.001"), "0.005")


def test_weight_in_steps_and_time_as_a_scale_logged_them() -> None:
    """02 ac08 e107010a140029: 11.1 kg, 2017-01-10 20:00:41."""
    moment = dt.datetime(2017, 1, 10, 20, 0, 41)  # noqa: DTZ001 - a device's clock has no time zone
    assert (steps(Decimal("11.1"), "0.005") + date_time(moment)).hex() == "ac08e107010a140029"


def test_current_time_has_the_day_of_the_week() -> None:
    """CTS 1.1, 3.1: 2026-03-04 is a Wednesday, day 3; half a second is 128/256."""
    moment = dt.datetime(2026, 3, 4, 12, 5, 6, 500_000)  # noqa: DTZ001 - a device's clock has no time zone
    assert current_time(moment).hex() == "ea0703040c0506038000"


def test_beats_as_a_strap_logged_them() -> None:
    """10 49 5e03 9603: 73/min with two intervals, from a strap that does not tell of contact."""
    assert Beats(73, (0x35E, 0x396), contact=None).frame().hex() == "10495e039603"
    assert Beats(300, contact=True).frame().hex() == "072c01"
