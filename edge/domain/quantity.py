"""Physical quantities: an exact decimal number and a UCUM unit."""

from __future__ import annotations

import dataclasses
import enum
from decimal import Decimal


class Unit(enum.StrEnum):
    """UCUM case-sensitive codes of the units this house uses (https://ucum.org)."""

    MMHG = "mm[Hg]"
    KPA = "kPa"
    PERCENT = "%"
    PER_MINUTE = "/min"
    CELSIUS = "Cel"
    FAHRENHEIT = "[degF]"
    KILOGRAM = "kg"


# exact factors to the unit that is stored and shown; 1 mm[Hg] = 133.322387415 Pa (ISO 80000-4, conventional)
_MMHG_IN_KPA = Decimal("0.133322387415")


@dataclasses.dataclass(frozen=True, slots=True)
class Quantity:
    """``value`` in ``unit``. The value is the decimal number that the device sent: no binary rounding."""

    value: Decimal
    unit: Unit

    def to(self, unit: Unit) -> Quantity:
        """The same quantity in ``unit``; pressures are rounded to 0.1 when converted.

        Raises ValueError where no conversion is defined: an unknown unit is refused, never guessed (H5).
        """
        if unit is self.unit:
            return self
        match self.unit, unit:
            case Unit.KPA, Unit.MMHG:
                return Quantity((self.value / _MMHG_IN_KPA).quantize(Decimal("0.1")), unit)
            case Unit.FAHRENHEIT, Unit.CELSIUS:
                return Quantity(((self.value - 32) * 5 / 9).quantize(Decimal("0.01")), unit)
            case _:
                raise ValueError(f"no conversion from {self.unit} to {unit}")
