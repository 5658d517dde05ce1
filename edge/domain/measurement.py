"""What a peripheral said, as values: one reading has one kind and one or more components."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum

from edge.domain.quantity import Quantity


class Kind(enum.StrEnum):
    """The kinds of items that are captured, stored and sent."""

    BLOOD_PRESSURE = "blood_pressure"
    SPO2 = "spo2"
    ECG = "ecg"
    PHOTO = "photo"


VITAL_SIGNS = frozenset({Kind.BLOOD_PRESSURE, Kind.SPO2})
IMAGING = frozenset({Kind.ECG, Kind.PHOTO})


class Name(enum.StrEnum):
    """What one number means."""

    SYSTOLIC = "systolic"
    DIASTOLIC = "diastolic"
    MEAN_ARTERIAL_PRESSURE = "mean_arterial_pressure"
    PULSE_RATE = "pulse_rate"
    SPO2 = "spo2"
    PULSE_AMPLITUDE_INDEX = "pulse_amplitude_index"


class Quality(enum.StrEnum):
    """What qualifies a value or its absence. The five IEEE 11073-20601 specials stay apart."""

    NAN = "nan"
    NRES = "nres"
    POSITIVE_INFINITY = "positive_infinity"
    NEGATIVE_INFINITY = "negative_infinity"
    RESERVED = "reserved"
    MISSING = "missing"
    IMPLAUSIBLE = "implausible"
    BODY_MOVEMENT = "body_movement"
    CUFF_LOOSE = "cuff_loose"
    IRREGULAR_PULSE = "irregular_pulse"
    PULSE_OUT_OF_RANGE = "pulse_out_of_range"
    IMPROPER_POSITION = "improper_position"
    SENSOR_OFF = "sensor_off"
    LOW_PERFUSION = "low_perfusion"
    ARTIFACT = "artifact"
    DEVICE_CLOCK_UNSET = "device_clock_unset"
    FROM_STORAGE = "from_storage"
    DEMONSTRATION = "demonstration"
    TEST_DATA = "test_data"


NEVER_A_PATIENT = frozenset({Quality.DEMONSTRATION, Quality.TEST_DATA})
"""PLXS 1.0.1 table 3.4 bits 10 and 11: such a reading is nobody's (H7)."""


@dataclasses.dataclass(frozen=True, slots=True)
class DeviceTime:
    """The device's own calendar clock (GATT Date Time 0x2A08). It has no time zone, hence no ``datetime``."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int

    def isoformat(self) -> str:
        return f"{self.year:04}-{self.month:02}-{self.day:02}T{self.hour:02}:{self.minute:02}:{self.second:02}"


@dataclasses.dataclass(frozen=True, slots=True)
class Component:
    """One value of a reading; ``quantity`` is None where the device gave none, and ``quality`` says why."""

    name: Name
    quantity: Quantity | None
    quality: tuple[Quality, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """A decoded measurement, not yet anybody's.

    ``raw`` is the frame as it came; ``sequence`` and ``user`` are the device's own where it has them.
    """

    kind: Kind
    components: tuple[Component, ...]
    raw: bytes
    device_time: DeviceTime | None = None
    sequence: int | None = None
    user: int | None = None
    quality: tuple[Quality, ...] = ()

    def component(self, name: Name) -> Component | None:
        return next((c for c in self.components if c.name is name), None)


@dataclasses.dataclass(frozen=True, slots=True)
class Device:
    """Which apparatus spoke: ``id`` is its Bluetooth address or the name of its line."""

    id: str
    model: str
    label: str


@dataclasses.dataclass(frozen=True, slots=True)
class Instant:
    """When something happened: wall clock in UTC, and what is true even when that clock is wrong (H8)."""

    utc: dt.datetime
    boot_id: str
    monotonic_ns: int
    clock_trusted: bool
