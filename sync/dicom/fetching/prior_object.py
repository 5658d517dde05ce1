"""What a foreign object says, read in a worker: whose it is, what it shows, and what of it a screen can show.

``python -m sync.dicom.fetching.prior_object`` is that worker (edge.foreign.serving). DICOM PS3.3 C.7.1.1 (patient), C.7.6.1 (image), C.10.9
(waveform); nothing but these attributes is parsed.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

import numpy as np
import pydicom
import pydicom.encaps
from pydicom.dataset import Dataset

from edge.domain.body_site import SITES, BodySite, Side
from edge.domain.fault import Fault
from edge.domain.prior import PriorKind
from edge.domain.text import sanitise_line
from edge.domain.waveform import Scale, Waveform
from edge.foreign.dicom import check, corrupt, inflated
from edge.foreign.serving import serve
from sync.dicom.fetching.prior_reading import JPEG_BASELINE, SYNTAXES, Seen
from sync.dicom.pictures.jpeg_strip import strip

MOST_PIXELS: Final = 50_000_000

_LONGEST: Final = 128
_CLASSES: Final = "1.2.840.10008.5.1.4.1.1."
_PHOTOS: Final = frozenset({"77.1.1", "77.1.2", "77.1.4", "77.1.7"})
_ECGS: Final = frozenset({"9.1.1", "9.1.2", "9.1.3"})
_TAGS: Final = [
    *("SpecificCharacterSet", "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality"),
    *("PatientID", "IssuerOfPatientID", "PatientBirthDate", "TimezoneOffsetFromUTC"),
    *("AcquisitionDateTime", "ContentDate", "ContentTime", "StudyDate", "StudyTime"),
    *("SeriesDescription", "StudyDescription", "AnatomicRegionSequence", "ImageLaterality", "Laterality"),
]
_SHOWN: Final = ["Rows", "Columns", "NumberOfFrames", "PixelData", "WaveformSequence"]
_OF_CODE: Mapping[str, BodySite] = MappingProxyType({site.code: name for name, site in SITES.items()})
_UID: Final = re.compile(r"[0-9]+(\.[0-9]+)*")
_DATE_TIME: Final = re.compile(r"\d{14}", re.ASCII)
_OFFSET: Final = re.compile(r"[+-]\d{4}")
_MICROVOLTS: Mapping[str, Decimal] = MappingProxyType({"uV": Decimal(1), "mV": Decimal(1000)})


def read(data: bytes) -> Seen:
    """Raises Fault(CORRUPT_FILE) for what is no object that can be kept."""
    plain = inflated(data)
    syntax = check(plain, SYNTAXES)
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    dataset = pydicom.dcmread(io.BytesIO(plain), specific_tags=_TAGS + _SHOWN)
    sop_class = _uid(dataset, "SOPClassUID")
    kind = _kind(sop_class, dataset)
    site, region = _region(dataset)
    title = _text(dataset, "SeriesDescription") or _text(dataset, "StudyDescription")
    side = _side(dataset) if site is not None and SITES[site].paired else None
    return Seen(
        patient_id=_text(dataset, "PatientID"),
        issuer=_text(dataset, "IssuerOfPatientID"),
        birth_date=_text(dataset, "PatientBirthDate"),
        study_uid=_uid(dataset, "StudyInstanceUID"),
        series_uid=_uid(dataset, "SeriesInstanceUID"),
        sop_uid=_uid(dataset, "SOPInstanceUID"),
        sop_class=sop_class,
        kind=kind,
        modality=_text(dataset, "Modality"),
        taken=_taken(dataset),
        title=title,
        site=site,
        side=side,
        region=region,
        intimate="image intime" in title.lower() or (site is not None and SITES[site].intimate),
        picture=_picture(dataset) if syntax == JPEG_BASELINE else None,
        ecg=_ecg(dataset) if kind is PriorKind.ECG else None,
    )


def _kind(sop_class: str, dataset: Dataset) -> PriorKind:
    short = sop_class.removeprefix(_CLASSES)
    if short in _PHOTOS:
        return PriorKind.PHOTO
    if short in _ECGS:
        return PriorKind.ECG
    return PriorKind.DOCUMENT if short == "104.1" or dataset.get("Modality") == "DOC" else PriorKind.OTHER


def _text(dataset: Dataset, name: str) -> str:
    """As it stands there, fit for a screen: a control character in an identifier makes it another one."""
    return sanitise_line(str(dataset.get(name) or ""))[:_LONGEST].strip()


def _uid(dataset: Dataset, name: str) -> str:
    uid = str(dataset.get(name) or "")
    if len(uid) > 64 or _UID.fullmatch(uid) is None:
        raise corrupt("the object has no name of its own")
    return uid


def _taken(dataset: Dataset) -> str:
    """ISO 8601, with an offset only where the object tells one: nothing is assumed (H9)."""
    whole = _text(dataset, "AcquisitionDateTime")
    day = whole[:8] or _text(dataset, "ContentDate") or _text(dataset, "StudyDate")
    time = whole[8:14] or _text(dataset, "ContentTime")[:6] or _text(dataset, "StudyTime")[:6]
    digits = day + time.ljust(6, "0")
    if _DATE_TIME.fullmatch(digits) is None:
        return ""
    try:
        moment = dt.datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}")
    except ValueError:
        return ""
    offset = whole[-5:] if _OFFSET.fullmatch(whole[-5:]) else _text(dataset, "TimezoneOffsetFromUTC")
    if not time:
        return moment.date().isoformat()
    return moment.isoformat() + (f"{offset[:3]}:{offset[3:]}" if _OFFSET.fullmatch(offset) else "")


def _region(dataset: Dataset) -> tuple[BodySite | None, str]:
    regions = dataset.get("AnatomicRegionSequence") or []
    if not regions:
        return None, ""
    code = regions[0]
    if str(code.get("CodingSchemeDesignator", "")) in {"SCT", "SNM3", "SRT"}:
        site = _OF_CODE.get(str(code.get("CodeValue", "")).strip())
        if site is not None:
            return site, ""
    return None, _text(code, "CodeMeaning")


def _side(dataset: Dataset) -> Side | None:
    said = _text(dataset, "ImageLaterality") or _text(dataset, "Laterality")
    return Side(said) if said in set(Side) else None


def _picture(dataset: Dataset) -> bytes | None:
    """The only frame, whole, without metadata, of a size that may be decoded; None for anything else."""
    pixels = dataset.get("PixelData")
    if not pixels or int(dataset.get("NumberOfFrames") or 1) != 1:
        return None
    rows, columns = int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0)
    try:
        bare = strip(pydicom.encaps.get_frame(pixels, 0, number_of_frames=1))
    except (Fault, ValueError):
        return None
    fits = 0 < bare.width * bare.height <= MOST_PIXELS
    # turned for display is not how it lies in the object: a screen would show it otherwise than the far end (H4)
    whole = (bare.height, bare.width) == (rows, columns) and bare.orientation == 1
    return bare.content if fits and whole else None


def _ecg(dataset: Dataset) -> Waveform | None:
    """As it was recorded; None where its scale or its leads cannot be told for certain (H15, H16)."""
    groups = dataset.get("WaveformSequence") or []
    if not groups:
        return None
    group = groups[0]
    channels = list(group.get("ChannelDefinitionSequence") or [])
    if group.get("WaveformBitsAllocated") != 16 or group.get("WaveformSampleInterpretation") != "SS" or not channels:
        return None
    samples = bytes(group.get("WaveformData") or b"")
    if not samples or len(samples) % (2 * len(channels)):
        return None
    hertz = _decimal(group.get("SamplingFrequency"))
    scales = [_scale(channel) for channel in channels]
    leads = [_lead(channel) for channel in channels]
    if hertz is None or not 0 < hertz <= 100_000 or len(set(leads)) != len(leads) or "" in leads:
        return None
    known = [scale for scale in scales if scale is not None]
    if len(known) != len(scales) or not np.frombuffer(samples, "<i2").size:
        return None
    return Waveform(tuple(leads), hertz, tuple(known), samples)


def _lead(channel: Dataset) -> str:
    """The words of its source (C.10.9.1.4), or its label: as a person reads them."""
    sources = channel.get("ChannelSourceSequence") or []
    words = _text(sources[0], "CodeMeaning") if sources else ""
    return re.sub(r"(?i)^lead\s+|\s*\([^)]*\)$", "", words or _text(channel, "ChannelLabel"))


def _scale(channel: Dataset) -> Scale | None:
    units = channel.get("ChannelSensitivityUnitsSequence") or []
    unit = _MICROVOLTS.get(str(units[0].get("CodeValue", ""))) if units else None
    step = _decimal(channel.get("ChannelSensitivity"))
    factor = _decimal(channel.get("ChannelSensitivityCorrectionFactor", 1))
    baseline = _decimal(channel.get("ChannelBaseline", 0))
    if unit is None or step is None or factor is None or baseline is None or step * factor <= 0:
        return None
    return Scale(step * factor * unit, baseline * unit)


def _decimal(value: object) -> Decimal | None:
    text = str(value).strip()
    if re.fullmatch(r"[+-]?(\d{1,12}\.?\d{0,12}|\.\d{1,12})([eE][+-]?\d{1,2})?", text, re.ASCII) is None:
        return None
    return Decimal(text)


if __name__ == "__main__":
    serve(read)
