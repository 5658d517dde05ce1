"""The cart's cameras, and the stills that edge asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from drivers.link.camera import Camera
from edge.domain.fault import Fault
from edge.domain.photo import Photo, View
from edge.door import messages as m
from edge.settings import Cameras

log = structlog.get_logger()

_MISSING = {
    View.DERMOSCOPY: "aucun dermatoscope n'est réglé sur cette borne",
    View.OTOSCOPY: "aucun otoscope n'est réglé sur cette borne",
}
_NO_ROOM_CAMERA = "aucune caméra n'est réglée sur cette borne"


class Stills:
    """Every camera of the cart, by what it looks at. ``room`` is the one of a call."""

    def __init__(self, settings: Cameras) -> None:
        self.room = Camera(settings.room)
        # one device under two names is opened once
        by_source = {settings.room: self.room}
        for source in (settings.dermatoscope, settings.otoscope):
            by_source.setdefault(source, Camera(source))
        self.by_view: Mapping[View, Camera] = {
            View.OVERVIEW: self.room,
            View.CLOSE_UP: self.room,
            View.DERMOSCOPY: by_source[settings.dermatoscope],
            View.OTOSCOPY: by_source[settings.otoscope],
        }

    async def take(self, wanted: m.StillWanted) -> m.SubmitStill | m.StillFailed:
        """The answer, whatever happens: the nurse waits for it."""
        try:
            view = View(wanted.view)
            camera = self.by_view[view]
            if not camera.source:
                return m.StillFailed(request_id=wanted.request_id, what=_MISSING.get(view, _NO_ROOM_CAMERA))
            photo = await asyncio.to_thread(camera.still, view)
        except Fault as fault:
            log.warning("no_still", reason=fault.reason.value, what=fault.what)
            what = "la caméra ne donne pas d'image, vérifiez son câble"
            return m.StillFailed(request_id=wanted.request_id, what=what)
        except Exception:  # a defect must not leave the nurse waiting for a picture
            log.exception("still_defect")
            return m.StillFailed(request_id=wanted.request_id, what="la caméra a fait défaut, recommencez")
        return _submitted(wanted.request_id, photo)


def _submitted(request_id: str, photo: Photo) -> m.SubmitStill:
    return m.SubmitStill(
        request_id=request_id,
        jpeg=photo.jpeg,
        width=photo.width,
        height=photo.height,
        encoding=photo.encoding.value,
        sharpness=photo.sharpness,
        brightness=photo.brightness,
        overexposed=photo.overexposed,
    )
