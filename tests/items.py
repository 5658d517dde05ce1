"""Items for tests: an invented resident, and captures made from recorded data or drawn here."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from decimal import Decimal

import cv2
import numpy as np
import pydicom
from pydicom.data import get_testdata_file

from edge.domain.identifier import dicom_uid
from edge.domain.item import Item, Payload
from edge.domain.measurement import Component, Device, Instant, Kind, Name, Reading
from edge.domain.patient import Encounter, IdentityStatus, Ins, Patient, Sex
from edge.domain.photo import Encoding, Photo, View
from edge.domain.quantity import Quantity, Unit
from edge.domain.sound import SoundSite, heard
from edge.domain.waveform import Scale, Waveform

OPENED = dt.datetime(2026, 3, 28, 23, 30, tzinfo=dt.UTC)
PATIENT = Patient(
    id="IPP-0042",
    issuer="EHPAD Les Tilleuls",
    birth_name="L'HÉRITIER",
    given_names="MARIE-ÈVE ANNE",
    birth_date=dt.date(1931, 2, 3),
    sex=Sex.FEMALE,
    room="12",
    used_name="DŒUVRE",
    status=IdentityStatus.QUALIFIED,
    # the example of the NIR's key in its public description: 2 55 08 14 168 025, key 38
    ins=Ins("255081416802538", "1.2.250.1.213.1.4.8"),
)
OTHER_PATIENT = dataclasses.replace(PATIENT, id="IPP-0043", given_names="JEANNE", ins=None)
CUFF = Device("C0:FF:EE:00:00:01", "AND UA-651BLE", "Tensiomètre")
RECORDER = Device("recorder", "Mortara EL250", "Électrocardiographe")
CAMERA = Device("camera", "UVC", "Caméra")


def item(kind: Kind, payload: Payload, device: Device = CUFF, patient: Patient = PATIENT) -> Item:
    """A new item of one round; every call has new identifiers."""
    return Item(
        id=str(uuid.uuid4()),
        kind=kind,
        patient=patient,
        encounter=Encounter(str(uuid.uuid4()), patient.id, OPENED, dicom_uid(uuid.uuid4()), "TC0000000001"),
        device=device,
        taken=Instant(OPENED + dt.timedelta(minutes=3, milliseconds=250), "boot", 1, clock_trusted=True),
        payload=payload,
        sop_uid=dicom_uid(uuid.uuid4()),
        series_uid=dicom_uid(uuid.uuid4()),
    )


def of(original: Item, patient: Patient) -> Item:
    """The same capture under the same identifiers, but somebody else's: what must never be sent."""
    return dataclasses.replace(original, patient=patient)


def blood_pressure(systolic: str | None = "128", diastolic: str | None = "74", unit: Unit = Unit.MMHG) -> Item:
    def value(number: str | None) -> Quantity | None:
        return None if number is None else Quantity(Decimal(number), unit)

    return item(
        Kind.BLOOD_PRESSURE,
        Reading(
            Kind.BLOOD_PRESSURE,
            (
                Component(Name.SYSTOLIC, value(systolic)),
                Component(Name.DIASTOLIC, value(diastolic)),
                Component(Name.MEAN_ARTERIAL_PRESSURE, value("92")),
                Component(Name.PULSE_RATE, Quantity(Decimal(67), Unit.PER_MINUTE)),
            ),
            raw=b"",
        ),
    )


def spo2(percent: str = "96.5") -> Item:
    return item(
        Kind.SPO2,
        Reading(
            Kind.SPO2,
            (
                Component(Name.SPO2, Quantity(Decimal(percent), Unit.PERCENT)),
                Component(Name.PULSE_RATE, Quantity(Decimal(71), Unit.PER_MINUTE)),
                Component(Name.PERFUSION_INDEX, Quantity(Decimal("4.2"), Unit.PERCENT)),
            ),
            raw=b"",
        ),
    )


def mortara() -> Waveform:
    """The real 12-lead recording that the pydicom wheel carries: 10 s at 1000 Hz, 1.25 µV a step."""
    group = pydicom.dcmread(str(get_testdata_file("waveform_ecg.dcm"))).WaveformSequence[0]
    return Waveform(
        ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"),
        Decimal(1000),
        (Scale(Decimal("1.25")),) * 12,
        bytes(group.WaveformData),
    )


def ecg(waveform: Waveform | None = None) -> Item:
    return item(Kind.ECG, waveform or mortara(), RECORDER)


def strip(seconds: int = 20) -> Item:
    """Of a front end that names no lead and gives no scale: 125 a second, a ramp."""
    samples = np.arange(125 * seconds, dtype="<i2").tobytes()
    return item(Kind.ECG, Waveform(("",), Decimal(125), (None,), samples), Device("/dev/ttyACM0", "healthypi", "Carte"))


def sound(hertz: int = 44100, source: SoundSite = SoundSite.STETHOSCOPE) -> Item:
    """A second of a ramp."""
    pcm = np.arange(hertz, dtype="<i4").astype("<i2").tobytes()
    return item(Kind.SOUND, heard(pcm, hertz, source), Device("stethoscope", "USB Audio", "Stéthoscope"))


def drawn_jpeg(width: int = 320, height: int = 240, *options: int, grey: bool = False) -> bytes:
    """A JPEG by OpenCV; ``options`` are its IMWRITE pairs."""
    across = np.linspace(0, 255, width, dtype=np.uint8)
    down = np.linspace(0, 255, height, dtype=np.uint8)
    red, green = np.tile(across, (height, 1)), np.tile(down[:, None], (1, width))
    picture = red if grey else np.dstack([red ^ green, green, red])
    done, encoded = cv2.imencode(".jpg", picture, list(options))
    assert done
    return encoded.tobytes()


def photo(jpeg: bytes | None = None, view: View = View.CLOSE_UP) -> Item:
    return item(
        Kind.PHOTO,
        Photo(jpeg or drawn_jpeg(), 320, 240, Encoding.CAMERA_MJPEG, view, sharpness=140.0, brightness=120.0),
        CAMERA,
    )
