"""Quantities: exact decimals, and no guessed units (H5)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from edge.domain.quantity import Quantity, Unit

CONVERTS = {
    (Unit.KPA, Unit.MMHG),
    (Unit.FAHRENHEIT, Unit.CELSIUS),
    (Unit.POUND, Unit.KILOGRAM),
    (Unit.INCH, Unit.METRE),
    (Unit.METRE, Unit.CENTIMETRE),
    (Unit.MOLE_PER_LITRE, Unit.MILLIMOLE_PER_LITRE),
    (Unit.KILOGRAM_PER_LITRE, Unit.MILLIMOLE_PER_LITRE),
    (Unit.MILLIGRAM_PER_DECILITRE, Unit.MILLIMOLE_PER_LITRE),
    (Unit.GRAM_PER_LITRE, Unit.MILLIMOLE_PER_LITRE),
    (Unit.MOLE_PER_LITRE, Unit.MILLIGRAM_PER_DECILITRE),
    (Unit.MILLIMOLE_PER_LITRE, Unit.MILLIGRAM_PER_DECILITRE),
    (Unit.KILOGRAM_PER_LITRE, Unit.MILLIGRAM_PER_DECILITRE),
    (Unit.GRAM_PER_LITRE, Unit.MILLIGRAM_PER_DECILITRE),
}
REFUSED = [(one, other) for one in Unit for other in Unit if one is not other and (one, other) not in CONVERTS]


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        # 1 mmHg = 133.322387415 Pa (BS 350-1:1974; NIST SP 811, appendix B.8)
        ("13.3322387415", Unit.KPA, Unit.MMHG, "100"),
        ("16.0", Unit.KPA, Unit.MMHG, "120.009852"),
        # t/°C = (t/°F - 32) / 1.8 (NIST SP 811, appendix B.8)
        ("32", Unit.FAHRENHEIT, Unit.CELSIUS, "0"),
        ("212", Unit.FAHRENHEIT, Unit.CELSIUS, "100"),
        ("98.6", Unit.FAHRENHEIT, Unit.CELSIUS, "37"),
        ("-40", Unit.FAHRENHEIT, Unit.CELSIUS, "-40"),
        ("99.5", Unit.FAHRENHEIT, Unit.CELSIUS, "37.5"),
        ("1E+30", Unit.FAHRENHEIT, Unit.CELSIUS, "555555555555555555555555555537.777778"),
        # 1 lb = 0.45359237 kg and 1 in = 0.0254 m, both exact (NIST SP 811, appendix B.8)
        ("100.00", Unit.POUND, Unit.KILOGRAM, "45.359237"),
        ("70.0", Unit.INCH, Unit.METRE, "1.778"),
        # C6H12O6: 6 x 12.011 + 12 x 1.008 + 6 x 15.999 = 180.156 g/mol
        ("0.00900780", Unit.KILOGRAM_PER_LITRE, Unit.MILLIMOLE_PER_LITRE, "50"),
        ("90.078", Unit.MILLIGRAM_PER_DECILITRE, Unit.MILLIMOLE_PER_LITRE, "5"),
        ("0.90078", Unit.GRAM_PER_LITRE, Unit.MILLIMOLE_PER_LITRE, "5"),
        ("0.0056", Unit.MOLE_PER_LITRE, Unit.MILLIMOLE_PER_LITRE, "5.6"),
        ("5", Unit.MILLIMOLE_PER_LITRE, Unit.MILLIGRAM_PER_DECILITRE, "90.078"),
        ("0.005", Unit.MOLE_PER_LITRE, Unit.MILLIGRAM_PER_DECILITRE, "90.078"),
        ("0.00101", Unit.KILOGRAM_PER_LITRE, Unit.MILLIGRAM_PER_DECILITRE, "101"),
        ("1.02", Unit.GRAM_PER_LITRE, Unit.MILLIGRAM_PER_DECILITRE, "102"),
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


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("120.009852", Unit.MMHG, "120"),
        ("80.5", Unit.MMHG, "81"),
        ("37.25", Unit.CELSIUS, "37.3"),
        ("37", Unit.CELSIUS, "37"),
        ("5.55", Unit.MILLIMOLE_PER_LITRE, "5.6"),
        ("11.82", Unit.PERCENT, "11.82"),
    ],
)
def test_people_read_a_value_at_its_customary_resolution(value: str, unit: Unit, shown: str) -> None:
    assert str(Quantity(Decimal(value), unit).shown()) == shown
