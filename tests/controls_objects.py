"""Switches (see tests/controls.py) of the controls in the DICOM objects."""

from __future__ import annotations

import dataclasses
import io

import pytest

from edge.domain import ecg_paper
from edge.foreign.serving import Coming
from sync.dicom.building import photo
from sync.dicom.pictures.jpeg_strip import BareJpeg
from sync.dicom.pictures.turning import Upright, asked

_TWELVE = ("I", "II", "III", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6")


def no_side_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """H4: the object leaves out what part of the body it shows."""
    monkeypatch.setattr(photo, "_where", lambda _dataset, _photo: None)


def pictures_lie_as_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """H4: how the camera was held is forgotten with its mark."""

    def lying(jpeg: BareJpeg) -> Upright:
        return Upright(dataclasses.replace(jpeg, orientation=1), jpeg.width, jpeg.height)

    monkeypatch.setattr(photo, "upright", lying)


def pictures_are_decoded_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """T8: whatever a picture does to its decoder, it does to the process that is on the network."""
    from sync.dicom.pictures import turner

    def here(shown: Upright, first: int, count: int) -> memoryview:
        content = b"".join(asked(shown.jpeg, first, count).pieces())
        return turner.turned(Coming(io.BufferedReader(io.BytesIO(content)), len(content))).pixels  # type: ignore[arg-type]

    monkeypatch.setattr(Upright, "_strip", here)


def every_millivolt_is_half_as_high(monkeypatch: pytest.MonkeyPatch) -> None:
    """H15: the trace is drawn at another gain than the pulse beside it says."""
    monkeypatch.setattr(ecg_paper, "up", lambda microvolts, gain: microvolts / 2000.0 * gain)


def a_lead_stands_for_a_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """H16: what was not recorded is drawn all the same."""
    place = ecg_paper._place
    monkeypatch.setattr(
        ecg_paper,
        "_place",
        lambda waveform, names, *rest: place(waveform, {**dict.fromkeys(_TWELVE, "I"), **names}, *rest),
    )
