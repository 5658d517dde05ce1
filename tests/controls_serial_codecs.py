"""Switches (see tests/controls.py) of the controls that the decoders of serial lines hold."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from drivers.codec import (
    and_bp,
    barcode,
    cms50d,
    cms50d_4_6,
    framing,
    healthypi,
    masimo_ascii_1,
    nonin_8,
    nonin_13,
    nonin_packet,
    steady,
)
from edge.domain.dialogue import Say


def sums_are_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """T5: a frame with a wrong sum is taken like any other."""
    monkeypatch.setattr(nonin_packet.Layout, "good", lambda self, frame: self.shaped(frame))
    measure = nonin_13._measure

    def whatever_the_sum(buffer: bytearray, at: int) -> int | framing.Not:
        found = measure(buffer, at)
        return 6 + buffer[at + 5] + 2 if found is framing.Not.SUM else found

    monkeypatch.setattr(nonin_13, "_measure", whatever_the_sum)


def garbage_is_waited_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """T5: bytes that are no frame are kept, in the hope that they become one; a line may have any length."""
    take = framing.Frames.next

    def patient(self: framing.Frames) -> bytes | None:
        measure = self._measure

        def hopeful(buffer: bytearray, at: int) -> int | framing.Not:
            found = measure(buffer, at)
            return framing.Not.YET if found is framing.Not.FRAME else found

        self._measure = hopeful
        try:
            return take(self)
        finally:
            self._measure = measure

    monkeypatch.setattr(framing.Frames, "next", patient)
    monkeypatch.setattr(nonin_packet.NoninPackets, "_align", lambda self: self._aligned)
    monkeypatch.setattr(barcode, "LONGEST", 10**9)


def one_frame_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """H17, T5: a value of a format without a checksum counts at once."""
    monkeypatch.setattr(steady, "CONSTANT", 1)


def the_sensor_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """H17: what a device says about its own values is read over."""
    for module, table in (
        (nonin_packet, "_STATUS"),
        (nonin_8, "_STATUS"),
        (masimo_ascii_1, "_EXCEPTIONS"),
    ):
        monkeypatch.setattr(module, table, MappingProxyType({}))
    for codec, names in (
        (cms50d, ("_NO_FINGER", "_PROBE_ERROR", "_SEARCHING")),
        (cms50d_4_6, ("_TOO_LONG", "_PROBE_ERROR", "_SEARCHING")),
        (healthypi, ("_ELECTRODES_OFF", "_PROBE_OFF")),
        (nonin_8, ("_SENSOR_ALARM",)),
    ):
        for name in names:
            monkeypatch.setattr(codec, name, 0)


def memory_counts_as_live(monkeypatch: pytest.MonkeyPatch) -> None:
    """H6: what comes out of a device's memory is not marked."""
    monkeypatch.setattr(nonin_13, "_FROM_MEMORY", 0)
    monkeypatch.setattr(cms50d, "STORED_QUALITY", ())
    monkeypatch.setattr(cms50d_4_6, "STORED_QUALITY", ())


def what_was_heard_is_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10: the device is told that its reading is safe before it is."""
    monkeypatch.setattr(and_bp.AndDialogue, "heard", lambda *_: (Say(and_bp.ACCEPTED),))
