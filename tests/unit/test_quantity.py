"""Quantities: exact decimals, and no guessed units (H5)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.quantity import Quantity, Unit

CONVERTS = {(Unit.KPA, Unit.MMHG), (Unit.FAHRENHEIT, Unit.CELSIUS)}
REFUSED = [(one, other) for one in Unit for other in Unit if one is not other and (one, other) not in CONVERTS]


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        # 1 mmHg = 133.322387415 Pa (BS 350-1:1974; NIST SP 811, appendix B.8)
        ("13.3322387415", Unit.KPA, Unit.MMHG, "100.0"),
        ("16.0", Unit.KPA, Unit.MMHG, "120.0"),
        ("10.7", Unit.KPA, Unit.MMHG, "80.3"),
        # t/°C = (t/°F - 32) / 1.8 (NIST SP 811, appendix B.8)
        ("32", Unit.FAHRENHEIT, Unit.CELSIUS, "0.00"),
        ("212", Unit.FAHRENHEIT, Unit.CELSIUS, "100.00"),
        ("98.6", Unit.FAHRENHEIT, Unit.CELSIUS, "37.00"),
        ("-40", Unit.FAHRENHEIT, Unit.CELSIUS, "-40.00"),
    ],
)
def test_conversions_are_exact(value: str, unit: Unit, to: Unit, expected: str) -> None:
    converted = Quantity(Decimal(value), unit).to(to)
    assert (str(converted.value), converted.unit) == (expected, to)


@given(st.decimals(allow_nan=False, allow_infinity=False), st.sampled_from(Unit))
def test_the_same_unit_changes_no_digit(value: Decimal, unit: Unit) -> None:
    quantity = Quantity(value, unit)
    assert quantity.to(unit) is quantity


@pytest.mark.hazard("H5", without="tests.controls:every_conversion_is_guessed")
@pytest.mark.parametrize(("unit", "to"), REFUSED)
def test_a_conversion_that_is_not_defined_is_refused(unit: Unit, to: Unit) -> None:
    with pytest.raises(ValueError, match="no conversion"):
        Quantity(Decimal(37), unit).to(to)


@pytest.mark.parametrize("code", ["mmHg", "MM[HG]", "kpa", "degC", "", "lb", "percent", "1/min"])
def test_a_code_that_is_not_ours_is_no_unit(code: str) -> None:
    with pytest.raises(ValueError, match="not a valid Unit"):
        Unit(code)
