"""Every product family that this cart can read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.models.and_bp import AND_BP
from drivers.models.barcode_reader import BARCODE_READER
from drivers.models.beurer_bm85 import BEURER_BM85
from drivers.models.blood_pressure import BLOOD_PRESSURE
from drivers.models.body_composition import BODY_COMPOSITION
from drivers.models.camera import UVC_CAMERA, UVC_DERMATOSCOPE, UVC_OTOSCOPE
from drivers.models.cms50d import CMS50D, CMS50D_4_6
from drivers.models.dicom_ecg import DICOM_ECG
from drivers.models.edf import EDF
from drivers.models.glucose import GLUCOSE
from drivers.models.healthypi import HEALTHYPI
from drivers.models.heart_rate import HEART_RATE
from drivers.models.jpeg import JPEG
from drivers.models.masimo_ascii_1 import MASIMO_ASCII_1
from drivers.models.model import BleModel, FileModel, Model, SerialModel
from drivers.models.nonin_2 import NONIN_2
from drivers.models.nonin_7 import NONIN_7
from drivers.models.nonin_8 import NONIN_8
from drivers.models.nonin_13 import NONIN_13
from drivers.models.pulse_oximeter import PULSE_OXIMETER
from drivers.models.scp_ecg import SCP_ECG
from drivers.models.sound_card import SOUND_CARD, STETHOSCOPE
from drivers.models.thermometer import THERMOMETER
from drivers.models.weight_scale import WEIGHT_SCALE
from edge.domain.fault import Fault, Reason
from edge.domain.waveform import Waveform

MODELS: tuple[Model, ...] = (
    # a row with ``names`` stands before the family of its service
    BEURER_BM85,
    BLOOD_PRESSURE,
    PULSE_OXIMETER,
    THERMOMETER,
    HEART_RATE,
    # a scale that has both services is read in full
    BODY_COMPOSITION,
    WEIGHT_SCALE,
    GLUCOSE,
    NONIN_2,
    NONIN_7,
    NONIN_8,
    NONIN_13,
    CMS50D,
    CMS50D_4_6,
    MASIMO_ASCII_1,
    AND_BP,
    HEALTHYPI,
    BARCODE_READER,
    SCP_ECG,
    EDF,
    DICOM_ECG,
    JPEG,
    UVC_CAMERA,
    UVC_DERMATOSCOPE,
    UVC_OTOSCOPE,
    STETHOSCOPE,
    SOUND_CARD,
)


def _by_name(models: tuple[Model, ...]) -> Mapping[str, Model]:
    names: dict[str, Model] = {}
    services: set[str] = set()
    for model in models:
        if model.name in names:
            raise ValueError(f"two models are called {model.name}")
        names[model.name] = model
        if not isinstance(model, BleModel):
            continue
        if model.service in services:
            raise ValueError(f"model {model.name} would never be met: its service is another's that stands before it")
        if not model.names:
            services.add(model.service)
    return MappingProxyType(names)


BY_NAME = _by_name(MODELS)
BLE: tuple[BleModel, ...] = tuple(model for model in MODELS if isinstance(model, BleModel))
SERIAL: tuple[SerialModel, ...] = tuple(model for model in MODELS if isinstance(model, SerialModel))
FILES: tuple[FileModel, ...] = tuple(model for model in MODELS if isinstance(model, FileModel))


def file_model(data: bytes) -> FileModel:
    """The format of a file, by what stands in it. Raises Fault(CORRUPT_FILE) for one that this cart does not read."""
    for model in FILES:
        if model.recognises(data):
            return model
    raise Fault(
        Reason.CORRUPT_FILE, "the file is of no kind that this cart reads", "see telecart models; the file is kept"
    )


def recording(data: bytes) -> tuple[str, Waveform]:
    """The name of the model that a recorder's file is of, and its ECG.

    Raises Fault(CORRUPT_FILE | UNDECODABLE); OSError where it cannot be read now.
    """
    model = file_model(data)
    content = model.read(data)
    if not isinstance(content, Waveform):
        raise Fault(Reason.CORRUPT_FILE, "the file is no ECG", "bring photos in with telecart import")
    return model.name, content
