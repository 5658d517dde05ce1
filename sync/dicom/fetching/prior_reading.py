"""Foreign objects are read by a worker (T7): this is its parent's end."""

from __future__ import annotations

import asyncio
import atexit
import functools
from typing import Final

import msgspec

from edge.domain.body_site import BodySite, Side
from edge.domain.fault import Fault, Reason
from edge.domain.prior import Claimed, Found, Opened, PriorKind
from edge.domain.waveform import Waveform
from edge.foreign.dicom import PLAIN
from edge.foreign.sandbox import NotStarted, Sandbox

JPEG_BASELINE: Final = "1.2.840.10008.1.2.4.50"
SYNTAXES: Final = PLAIN | {
    JPEG_BASELINE,
    "1.2.840.10008.1.2.4.51",  # JPEG extended
    "1.2.840.10008.1.2.4.57",  # JPEG lossless
    "1.2.840.10008.1.2.4.70",  # JPEG lossless, first order
    "1.2.840.10008.1.2.4.80",  # JPEG-LS lossless
    "1.2.840.10008.1.2.4.90",  # JPEG 2000 lossless
    "1.2.840.10008.1.2.4.91",  # JPEG 2000
    "1.2.840.10008.1.2.5",  # RLE
}
"""Of what is kept; a deflated object is inflated for looking only."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """``birth_date`` as it stands there (YYYYMMDD), ``taken`` ISO 8601; "" for what is not said.

    ``picture`` is a baseline JPEG and ``ecg`` the first group of a waveform, where the object has one that can be shown.
    """

    patient_id: str
    issuer: str
    birth_date: str
    study_uid: str
    series_uid: str
    sop_uid: str
    sop_class: str
    kind: PriorKind
    modality: str = ""
    taken: str = ""
    title: str = ""
    site: BodySite | None = None
    side: Side | None = None
    region: str = ""
    intimate: bool = False
    picture: bytes | None = None
    ecg: Waveform | None = None


@functools.cache
def sandbox() -> Sandbox[Seen]:
    """The one of this process."""
    made = Sandbox(("sync.dicom.fetching.prior_object",), Seen)
    atexit.register(made.close)
    return made


async def looked_at(content: bytes) -> Seen:
    """Raises Fault(CORRUPT_FILE | UNDECODABLE), or Fault(MISSING_PROGRAM) where there is no worker now."""
    try:
        return await asyncio.to_thread(sandbox().read, content)
    except NotStarted as exc:
        raise Fault(Reason.MISSING_PROGRAM, "the reader of foreign objects does not start", "tell the support") from exc


async def opened(content: bytes) -> Opened:
    """What a screen can show of it. Raises as ``looked_at``."""
    seen = await looked_at(content)
    return Opened(seen.picture, seen.ecg)


def claimed(seen: Seen) -> Claimed:
    return Claimed(seen.patient_id, seen.issuer, seen.birth_date)


def found(seen: Seen) -> Found:
    return Found(
        study_uid=seen.study_uid,
        series_uid=seen.series_uid,
        sop_uid=seen.sop_uid,
        sop_class=seen.sop_class,
        kind=seen.kind,
        modality=seen.modality,
        taken=seen.taken,
        title=seen.title,
        site=seen.site,
        side=seen.side,
        region=seen.region,
        intimate=seen.intimate,
    )
