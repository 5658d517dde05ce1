"""Switches (see tests/controls.py) of the controls on devices: their clocks, the list, their users."""

from __future__ import annotations

import datetime as dt

import pytest

from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder
from edge.domain.device_clock import Arrival, DeviceClock
from edge.domain.measurement import Device, Instant, Reading
from edge.store.keeping import journal


def no_clock_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    """H6: whatever arrives was made now."""
    monkeypatch.setattr(DeviceClock, "age", lambda *_, **__: 0.0)


def a_device_without_the_time_measures_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """H6: a reading without a date was made as it came, also where its device has lost the time."""
    age = Devices.age

    def trusting(devices: Devices, device: Device, reading: Reading, now: Instant) -> float | None:
        return 0.0 if reading.device_time is None else age(devices, device, reading, now)

    monkeypatch.setattr(Devices, "age", trusting)


def what_was_undone_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """H11: a reading that is repeated after it was undone is a new one, as a file that somebody sends again."""
    monkeypatch.setattr(journal, "VITAL_SIGNS", frozenset())


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


def what_is_stored_settles_a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """H6: a reading out of a memory counts as one that was just made."""
    real = DeviceClock.age

    def age(clock: DeviceClock, made: dt.datetime, came: Arrival, *, stored: bool = False) -> float | None:
        del stored
        return real(clock, made, came)

    monkeypatch.setattr(DeviceClock, "age", age)
