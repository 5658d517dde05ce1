"""Physical quantities: an exact decimal number and a UCUM unit."""

from __future__ import annotations

import dataclasses
import decimal
import enum
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType


class Unit(enum.StrEnum):
    """UCUM case-sensitive codes of the units this house uses (https://ucum.org)."""

    MMHG = "mm[Hg]"
    KPA = "kPa"
    PERCENT = "%"
    PER_MINUTE = "/min"
    CELSIUS = "Cel"
    FAHRENHEIT = "[degF]"
    KILOGRAM = "kg"
    POUND = "[lb_av]"
    METRE = "m"
    CENTIMETRE = "cm"
    INCH = "[in_i]"
    KILOGRAM_PER_SQUARE_METRE = "kg/m2"
    SECOND = "s"
    MILLIMOLE_PER_LITRE = "mmol/L"
    MOLE_PER_LITRE = "mol/L"
    KILOGRAM_PER_LITRE = "kg/L"
    MILLIGRAM_PER_DECILITRE = "mg/dL"
    GRAM_PER_DECILITRE = "g/dL"
    KILOJOULE = "kJ"
    OHM = "Ohm"
    GRAM_PER_LITRE = "g/L"
    LITRE_PER_MINUTE = "L/min"
    SCORE = "{score}"
    ACVPU = "{ACVPU}"  # a place in that list, from 0


# 1 mm[Hg] = 133.322387415 Pa (ISO 80000-4, conventional)
_MMHG_IN_KPA = Decimal("0.133322387415")
# molar mass of glucose, C6H12O6, in g/mol (IUPAC 2021 abridged atomic weights)
_GLUCOSE_G_PER_MOL = Decimal("180.156")

_FACTORS: Mapping[tuple[Unit, Unit], tuple[Decimal, Decimal]] = MappingProxyType(
    {
        (Unit.KPA, Unit.MMHG): (Decimal(1), _MMHG_IN_KPA),
        (Unit.POUND, Unit.KILOGRAM): (Decimal("0.45359237"), Decimal(1)),
        (Unit.INCH, Unit.METRE): (Decimal("0.0254"), Decimal(1)),
        (Unit.METRE, Unit.CENTIMETRE): (Decimal(100), Decimal(1)),
        (Unit.MOLE_PER_LITRE, Unit.MILLIMOLE_PER_LITRE): (Decimal(1000), Decimal(1)),
        # of glucose, the only substance that is sent by mass here
        (Unit.KILOGRAM_PER_LITRE, Unit.MILLIMOLE_PER_LITRE): (Decimal(1_000_000), _GLUCOSE_G_PER_MOL),
        (Unit.MILLIGRAM_PER_DECILITRE, Unit.MILLIMOLE_PER_LITRE): (Decimal(10), _GLUCOSE_G_PER_MOL),
        (Unit.GRAM_PER_LITRE, Unit.MILLIMOLE_PER_LITRE): (Decimal(1000), _GLUCOSE_G_PER_MOL),
        (Unit.MOLE_PER_LITRE, Unit.MILLIGRAM_PER_DECILITRE): (_GLUCOSE_G_PER_MOL * 100, Decimal(1)),
        (Unit.MILLIMOLE_PER_LITRE, Unit.MILLIGRAM_PER_DECILITRE): (_GLUCOSE_G_PER_MOL, Decimal(10)),
        (Unit.KILOGRAM_PER_LITRE, Unit.MILLIGRAM_PER_DECILITRE): (Decimal(100_000), Decimal(1)),
        (Unit.GRAM_PER_LITRE, Unit.MILLIGRAM_PER_DECILITRE): (Decimal(100), Decimal(1)),
    }
)
"""What to multiply by, and what to divide by; both exact."""

_SHOWN_PLACES: Mapping[Unit, int] = MappingProxyType(
    {
        Unit.MMHG: 0,
        Unit.CELSIUS: 1,
        Unit.KILOGRAM: 1,
        Unit.METRE: 2,
        Unit.KILOGRAM_PER_SQUARE_METRE: 1,
        Unit.SECOND: 3,
        Unit.MILLIMOLE_PER_LITRE: 1,
    }
)
"""Decimal places that mean something at the bedside."""

_KEPT_PLACES = Decimal("0.000001")
"""A conversion that does not end is kept to a millionth: far below what any device resolves."""


@dataclasses.dataclass(frozen=True, slots=True)
class Quantity:
    """``value`` in ``unit``. The value is the decimal number that the device sent: no binary rounding."""

    value: Decimal
    unit: Unit

    def to(self, unit: Unit) -> Quantity:
        """The same quantity in ``unit``: exact, or to a millionth where the decimal number does not end.

        Raises ValueError where no conversion is defined: an unknown unit is refused, never guessed (H5).
        """
        if unit is self.unit:
            return self
        with decimal.localcontext(prec=300):  # an IEEE 11073 FLOAT goes up to 10^133
            if (self.unit, unit) == (Unit.FAHRENHEIT, Unit.CELSIUS):
                value = (self.value - 32) * 5 / 9
            elif (factors := _FACTORS.get((self.unit, unit))) is not None:
                value = self.value * factors[0] / factors[1]
            else:
                raise ValueError(f"no conversion from {self.unit} to {unit}")
            kept = value.quantize(_KEPT_PLACES)
            whole = kept.to_integral_value()
            return Quantity(whole if kept == whole else kept.normalize(), unit)

    def shown(self) -> Decimal:
        """The value as people read it: rounded half up where the unit has a customary resolution and it has more places."""
        places = _SHOWN_PLACES.get(self.unit)
        exponent = self.value.as_tuple().exponent
        if places is None or not isinstance(exponent, int) or -exponent <= places:
            return self.value
        return self.value.quantize(Decimal(1).scaleb(-places), decimal.ROUND_HALF_UP)
