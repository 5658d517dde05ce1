"""Switches (see tests/controls.py) of the controls on cameras and sound."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from drivers.link import camera, v4l2
from edge.domain.photo import Encoding, Photo, View
from edge.door import desk
from edge.mains import media


def a_driver_keeps_its_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    """H4: nobody sets back what another program set."""
    flips = {v4l2.HORIZONTAL_FLIP, v4l2.VERTICAL_FLIP}
    monkeypatch.setattr(v4l2, "CONTROLS", tuple(one for one in v4l2.CONTROLS if one[0] not in flips))


def a_still_is_drawn_like_a_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    """H4: the still is not the camera's own picture but one for who looks at himself."""

    def mirrored(taken: camera.Taken, view: View) -> Photo:
        pixels = cv2.imdecode(np.frombuffer(taken.jpeg, np.uint8), cv2.IMREAD_COLOR)[:, ::-1]
        jpeg = cv2.imencode(".jpg", pixels)[1].tobytes()
        return Photo(jpeg, pixels.shape[1], pixels.shape[0], Encoding.JPEG_Q95, view, 100.0, 100.0)

    monkeypatch.setattr(camera, "photograph", mirrored)


def a_frame_is_as_new_as_its_arrival(monkeypatch: pytest.MonkeyPatch) -> None:
    """H3: nobody asks when a frame was taken."""
    monkeypatch.setattr(camera, "taken_at", lambda came_ns, _driver_ms: came_ns)


def late_sounds_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """H3: nobody asks for whom a sound was recorded."""
    chosen = desk.Desk._select

    async def select(self: desk.Desk, patient_id: str) -> None:
        wanted = dict(self._sounds)
        await chosen(self, patient_id)
        if shown := self._recorder.on_screen:
            self._sounds = {name: desk.WantedSound(shown.encounter.id, one.source) for name, one in wanted.items()}

    monkeypatch.setattr(desk.Desk, "_select", select)


def a_recording_outlives_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """H20: what was asked for is recorded to its end, whoever is there to hear of it."""

    async def nothing(_self: media.Media) -> None: ...

    monkeypatch.setattr(media.Media, "_end_asked", nothing)


def a_camera_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """H20: who used the camera last leaves it on."""
    held = camera.Camera.held
    never_left = []

    @contextlib.contextmanager
    def kept(self: camera.Camera, *, watching: bool = True) -> Iterator[None]:
        if not self.is_open:
            never_left.append(held(self))
            never_left[-1].__enter__()
        with held(self, watching=watching):
            yield

    monkeypatch.setattr(camera.Camera, "held", kept)
