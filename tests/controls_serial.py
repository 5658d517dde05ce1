"""Switches (see tests/controls.py) of the controls that serial links hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.link import serial_line, serial_port, serial_session
from edge.domain.measurement import Reading
from edge.domain.ports import Arrived
from edge.domain.spot import SpotRule


def a_flood_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """T5: a line may bring as much as it likes."""
    monkeypatch.setattr(serial_line, "MOST_A_SECOND", 1 << 40)


def every_burst_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """T5: what cannot be decoded is quarantined however often it comes."""
    monkeypatch.setattr(serial_session, "BETWEEN_UNDECODABLE", 0.0)


def undecodable_bytes_are_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """T5: the size of what is quarantined has no bound."""
    monkeypatch.setattr(serial_session, "RAW_KEPT", 1 << 30)


def a_write_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """T5: a device that takes nothing is waited for."""
    monkeypatch.setattr(serial_line, "WRITE_SECONDS", None)


def scans_have_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """T5: a reader may scan without end."""
    monkeypatch.setattr(serial_session, "SCANS_A_SECOND", 1 << 30)


def an_event_may_be_held_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """H6: what waited in the line while the store was stuck is read as if it were new."""
    monkeypatch.setattr(serial_port, "HELD", 1e6)


def stored_values_stream_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """H6: nobody asks whether a value comes out of a device's memory."""

    class Forgetful:
        FROM_STORAGE = None

    monkeypatch.setattr(serial_session, "Quality", Forgetful)


def whatever_looks_like_a_frame_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """H17: one frame makes a line readable."""
    monkeypatch.setattr(serial_session, "CALM", 0.0)
    monkeypatch.setattr(serial_session, "CONVINCING", 1)


def every_value_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """H17: no value has to be good and steady."""
    monkeypatch.setattr(SpotRule, "save", lambda _self, _reading, _at: True)


def readings_are_acknowledged_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: a device is told to forget before anybody has kept its reading."""

    def arrived(
        self: serial_session.Session, reading: Reading, _now: float, *, running: bool
    ) -> Iterator[serial_session.Output]:
        yield from self._steps(self._dialogue.kept(reading))
        yield Arrived(self._device, reading, reading.raw, running=running)

    monkeypatch.setattr(serial_session.Session, "_arrived", arrived)


def every_sending_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: a reading that was sent again before its answer was heard is answered twice: the second is for the next one."""
    monkeypatch.setattr(serial_session, "CROSSING", -1.0)
    monkeypatch.setattr(serial_session.Session, "_crossed", lambda _self, _reading, _now: False)
