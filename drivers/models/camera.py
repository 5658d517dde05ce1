"""Cameras with USB Video Class, owned by the media process."""

from __future__ import annotations

from drivers.models.model import MediaModel, Sure

_FACTS = (
    "USB Video Class, Motion-JPEG payload; ITU-T T.81 Annex K.3 for the tables that its frames leave out; "
    "linux/videodev2.h and OpenCV's cap_v4l.cpp for the stream; tried on recorded Motion JPEG only"
)

UVC_CAMERA = MediaModel(
    name="uvc-camera",
    label="Caméra",
    label_en="Camera",
    facts=_FACTS,
    sure=Sure.UNCONFIRMED,
    tried_on_hardware=False,
)

UVC_DERMATOSCOPE = MediaModel(
    name="uvc-dermatoscope",
    label="Dermatoscope",
    label_en="Dermatoscope",
    facts=_FACTS,
    sure=Sure.UNCONFIRMED,
    tried_on_hardware=False,
)

UVC_OTOSCOPE = MediaModel(
    name="uvc-otoscope",
    label="Otoscope",
    label_en="Otoscope",
    facts=_FACTS,
    sure=Sure.UNCONFIRMED,
    tried_on_hardware=False,
)
