"""What a peripheral said, as values: one reading has one kind and one or more components."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum

from edge.domain.quantity import Quantity


class Kind(enum.StrEnum):
    """The kinds of items that are stored and sent; all but those of ``NOT_CAPTURED`` are captured."""

    BLOOD_PRESSURE = "blood_pressure"
    SPO2 = "spo2"
    TEMPERATURE = "temperature"
    HEART_RATE = "heart_rate"
    RESPIRATION = "respiration"
    WEIGHT = "weight"
    BODY_COMPOSITION = "body_composition"
    GLUCOSE = "glucose"
    CONSCIOUSNESS = "consciousness"
    OXYGEN = "oxygen"  # what is breathed: room air, or how much oxygen
    PAIN = "pain"
    ECG = "ecg"
    PHOTO = "photo"
    SOUND = "sound"
    ECG_PAPER = "ecg_paper"  # the paper of a 12-lead ECG, saved with it
    WITHDRAWAL = "withdrawal"  # a note to one destination that objects count no more
    OPINION = "opinion"  # a request for one (edge.domain.opinion)
    REPORT = "report"  # of an encounter (edge.domain.report)


VITAL_SIGNS = frozenset(
    {
        Kind.BLOOD_PRESSURE,
        Kind.SPO2,
        Kind.TEMPERATURE,
        Kind.HEART_RATE,
        Kind.RESPIRATION,
        Kind.WEIGHT,
        Kind.BODY_COMPOSITION,
        Kind.GLUCOSE,
        Kind.CONSCIOUSNESS,
        Kind.OXYGEN,
        Kind.PAIN,
    }
)
IMAGING = frozenset({Kind.ECG, Kind.ECG_PAPER, Kind.PHOTO, Kind.SOUND})
"""What becomes DICOM objects. An object does not change under its UID: what was undone of it is withdrawn."""
AS_FHIR = VITAL_SIGNS | {Kind.OPINION}
"""What becomes FHIR resources: one each, whatever becomes of it. What was undone of them goes out again as that."""
DOCUMENTS = frozenset({Kind.REPORT})
"""What becomes a PDF, and goes as such to PACS, record and mailbox."""
NOT_CAPTURED = frozenset({Kind.ECG_PAPER, Kind.WITHDRAWAL, Kind.REPORT})
"""Made by the cart of what was captured: nobody measured it, and no screen lists it as a measurement."""


class Name(enum.StrEnum):
    """What one number means. A device's other averages of the same have names of their own: they are never shown as it."""

    SYSTOLIC = "systolic"
    DIASTOLIC = "diastolic"
    MEAN_ARTERIAL_PRESSURE = "mean_arterial_pressure"
    PULSE_RATE = "pulse_rate"
    HEART_RATE = "heart_rate"
    RR_INTERVAL = "rr_interval"
    SPO2 = "spo2"
    PERFUSION_INDEX = "perfusion_index"
    TEMPERATURE = "temperature"
    RESPIRATORY_RATE = "respiratory_rate"
    WEIGHT = "weight"
    HEIGHT = "height"
    BMI = "bmi"
    BODY_FAT = "body_fat"
    GLUCOSE = "glucose"
    # what only a person can say (edge.domain.typed)
    CONSCIOUSNESS = "consciousness"  # the place in A, C, V, P, U, from 0
    OXYGEN_FLOW = "oxygen_flow"  # 0: room air
    PAIN = "pain"  # said by the resident, 0 to 10
    ALGOPLUS = "algoplus"  # seen by the carer: the sum of the five below, each 0 or 1
    ALGOPLUS_FACE = "algoplus_face"
    ALGOPLUS_LOOK = "algoplus_look"
    ALGOPLUS_COMPLAINTS = "algoplus_complaints"
    ALGOPLUS_BODY = "algoplus_body"
    ALGOPLUS_BEHAVIOUR = "algoplus_behaviour"
    # other averages: PLXS 1.0.1 (fast, slow), Nonin OEM III (extended, display, beat to beat)
    SPO2_FAST = "spo2_fast"
    SPO2_SLOW = "spo2_slow"
    SPO2_EXTENDED = "spo2_extended"
    SPO2_DISPLAY = "spo2_display"
    SPO2_EXTENDED_DISPLAY = "spo2_extended_display"
    SPO2_BEAT = "spo2_beat"
    PULSE_RATE_FAST = "pulse_rate_fast"
    PULSE_RATE_SLOW = "pulse_rate_slow"
    PULSE_RATE_EXTENDED = "pulse_rate_extended"
    PULSE_RATE_DISPLAY = "pulse_rate_display"
    PULSE_RATE_EXTENDED_DISPLAY = "pulse_rate_extended_display"
    ENERGY_EXPENDED = "energy_expended"
    # Masimo Rainbow (Rad-57, Radical-7)
    CARBOXYHEMOGLOBIN = "carboxyhemoglobin"
    METHEMOGLOBIN = "methemoglobin"
    HEMOGLOBIN = "hemoglobin"
    PLETH_VARIABILITY_INDEX = "pleth_variability_index"
    # Body Composition Service 1.0
    BASAL_METABOLISM = "basal_metabolism"
    MUSCLE_PERCENTAGE = "muscle_percentage"
    MUSCLE_MASS = "muscle_mass"
    FAT_FREE_MASS = "fat_free_mass"
    SOFT_LEAN_MASS = "soft_lean_mass"
    BODY_WATER_MASS = "body_water_mass"
    IMPEDANCE = "impedance"


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
    LOW_SIGNAL = "low_signal"
    SEARCHING = "searching"
    ARTIFACT = "artifact"
    ABOVE_RANGE = "above_range"
    BELOW_RANGE = "below_range"
    SAMPLE_INSUFFICIENT = "sample_insufficient"
    STRIP_ERROR = "strip_error"
    AMBIENT_TEMPERATURE = "ambient_temperature"
    INTERRUPTED = "interrupted"
    DEVICE_FAULT = "device_fault"
    BATTERY_LOW = "battery_low"
    DEVICE_CLOCK_UNSET = "device_clock_unset"
    FROM_STORAGE = "from_storage"
    UNAUTHENTICATED = "unauthenticated"
    DEMONSTRATION = "demonstration"
    TEST_DATA = "test_data"
    TYPED = "typed"  # by a person, not measured by a device of the cart
    CONFIRMED = "confirmed"  # unusual, and whoever typed it said that it is so


DOUBTFUL = frozenset(
    {
        Quality.NAN,
        Quality.NRES,
        Quality.POSITIVE_INFINITY,
        Quality.NEGATIVE_INFINITY,
        Quality.RESERVED,
        Quality.MISSING,
        Quality.IMPLAUSIBLE,
        Quality.BODY_MOVEMENT,
        Quality.CUFF_LOOSE,
        Quality.PULSE_OUT_OF_RANGE,
        Quality.IMPROPER_POSITION,
        Quality.LOW_PERFUSION,
        Quality.LOW_SIGNAL,
        Quality.SEARCHING,
        Quality.ARTIFACT,
        Quality.SENSOR_OFF,
        Quality.ABOVE_RANGE,
        Quality.BELOW_RANGE,
        Quality.SAMPLE_INSUFFICIENT,
        Quality.STRIP_ERROR,
        Quality.AMBIENT_TEMPERATURE,
        Quality.INTERRUPTED,
        Quality.DEVICE_FAULT,
        Quality.UNAUTHENTICATED,
        Quality.DEMONSTRATION,
        Quality.TEST_DATA,
    }
)
"""Qualities that put the number itself in doubt; the others are told beside it."""

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
    """One value of a reading; ``quantity`` is None where the device gave none, and ``quality`` says why.

    ``as_sent`` is the number in the device's own unit where that is not the unit of ``quantity``.
    """

    name: Name
    quantity: Quantity | None
    quality: tuple[Quality, ...] = ()
    as_sent: Quantity | None = None


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
