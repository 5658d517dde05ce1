"""Switches (see tests/controls.py) of the controls on windows of running pictures."""

from __future__ import annotations

import msgspec
import pytest

from drivers.codec import preview
from edge.door import messages as m, window_desk
from edge.mains import windows
from ui.bedside import pane


def a_scale_is_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """H4: where no scale is known, one that looks right."""
    drawn = preview.guide
    monkeypatch.setattr(preview, "guide", lambda shown, field_mm: drawn(shown, field_mm or 30.0))


def guides_are_drawn_on_the_camera_s_own_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """H4: the pixels that a still and a call are made of are drawn on."""
    monkeypatch.setattr(preview.Canvas, "put", lambda _self, pixels: _writable(pixels))


def _writable(pixels: preview.Pixels) -> preview.Pixels:
    pixels.flags.writeable = True
    return pixels


def any_place_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: nobody asks whether a window has its place."""
    monkeypatch.setattr(pane, "fits", lambda *_: True)


def a_wish_is_for_whoever_is_on_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """H3: what was wished for one resident is shown of the next."""
    wanted = window_desk.WindowDesk._wanted

    def for_anybody(self: window_desk.WindowDesk) -> m.Windows:
        wish, shown = self._wish, self._recorder.on_screen
        if wish is not None and shown is not None:
            moved = msgspec.structs.replace(wish.watch, encounter_id=shown.encounter.id)
            self._wish = window_desk._Wish(moved, wish.said_ns, wish.overlay)
        return wanted(self)

    monkeypatch.setattr(window_desk.WindowDesk, "_wanted", for_anybody)


def a_wish_never_lapses(monkeypatch: pytest.MonkeyPatch) -> None:
    """H20: a screen that hangs keeps the camera open."""
    monkeypatch.setattr(window_desk, "WISH_SECONDS", 1e9)


def the_lock_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: behind a locked screen the picture of the resident goes on."""
    monkeypatch.setattr("edge.acquire.attendance.Attendance.locked", property(lambda _self: False))
    monkeypatch.setattr("edge.acquire.attendance.Attendance.may", lambda _self, _deed: True)


def what_was_shown_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """H3: another turn is not another resident."""
    show = windows.Pictures.show

    async def of_one_turn(self: windows.Pictures, wanted: m.Windows) -> None:
        await show(self, msgspec.structs.replace(wanted, turn=0))

    monkeypatch.setattr(windows.Pictures, "show", of_one_turn)


def the_last_picture_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """H3: of a camera that gives nothing any more the last picture is left on the display."""
    monkeypatch.setattr(windows.CameraShowing, "_dark", lambda _self: None)


def a_still_is_shown_to_whoever_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """H3: what was drawn of one resident is shown of the next."""
    wanted = window_desk.WindowDesk._wanted

    def for_anybody(self: window_desk.WindowDesk) -> m.Windows:
        wish, shown = self._wish, self._recorder.on_screen
        if wish is not None and shown is not None:
            moved = msgspec.structs.replace(wish.watch, encounter_id=shown.encounter.id)
            self._wish = window_desk._Wish(moved, wish.said_ns, wish.overlay)
            self._drawn = msgspec.structs.replace(self._drawn, encounter_id=shown.encounter.id)
        return wanted(self)

    monkeypatch.setattr(window_desk.WindowDesk, "_wanted", for_anybody)
