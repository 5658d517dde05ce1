"""Switches (see tests/controls.py) of the controls on devices: their clocks, the list, their users."""

from __future__ import annotations

import pytest

from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder
from edge.domain.device_clock import DeviceClock


def no_clock_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    """H6: whatever arrives was made now."""
    monkeypatch.setattr(DeviceClock, "age", lambda *_: 0.0)


def only_the_newest_offset_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """H6: a clock that was set is believed to have been right before."""

    def read(clock: DeviceClock, offset: float) -> None:
        clock._offsets = (offset,)

    monkeypatch.setattr(DeviceClock, "read", read)


def every_device_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """T2: no list, no serial number, no bond."""
    monkeypatch.setattr(Devices, "trusted", lambda *_: True)


def any_user_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: a scale's readings of its other users count too."""
    monkeypatch.setattr(Recorder, "_same_user", lambda *_: True)
