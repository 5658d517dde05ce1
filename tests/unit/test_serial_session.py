"""What a serial session makes of bytes and time, without any line."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal

import pytest

from drivers.link import serial_samples, serial_session
from drivers.link.serial_samples import Batches
from drivers.link.serial_session import Doubt, Memory, Output, Session
from drivers.models.barcode_reader import BARCODE_READER
from edge.domain.dialogue import Finished, Known, Listening, Say, Step, Tell
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device
from edge.domain.ports import LinkState, LiveSamples, Scanned, Undecodable
from edge.domain.samples import Samples, Signal
from firmware_stubs.serial.uart import Settings, resampled

DEVICE = Device("/dev/ttyUSB0", "barcode-reader", "Lecteur de codes")


def wave(*values: int, lost: int = 0) -> Samples:
    return Samples(Signal.ECG, Decimal(125), values, label="II", lost=lost)


def out(batches: Batches, samples: Samples, now: float) -> list[Samples]:
    return [event.samples for event in batches.add(samples, now)]


def test_samples_go_out_ten_times_a_second_and_none_is_left_out() -> None:
    batches = Batches(DEVICE)
    events: list[LiveSamples] = []
    for at in range(1000):
        events += batches.add(wave(at), at / 1000)
    events += batches.due(2.0)
    assert len(events) <= 1 / serial_samples.BETWEEN_SAMPLES + 1
    assert [value for event in events for value in event.samples.values] == list(range(1000))


def test_a_gap_stays_a_gap() -> None:
    batches = Batches(DEVICE)
    assert out(batches, wave(1, 2), 0.0) == []
    assert out(batches, wave(5, lost=2), 0.01) == []
    assert out(batches, wave(6), 0.2) == [wave(1, 2), wave(5, 6, lost=2)]


def test_many_gaps_make_no_more_events_and_what_stood_between_them_counts_as_lost() -> None:
    batches = Batches(DEVICE)
    for at in range(50):
        assert out(batches, wave(at, lost=1), at / 1000) == []
    pieces = out(batches, wave(50, lost=1), 0.5)
    assert len(pieces) == serial_samples.PIECES
    assert sum(one.lost + len(one.values) for one in pieces) == 2 * 51


def test_doubt_is_told_less_and_less_often_until_something_readable_comes() -> None:
    doubt = Doubt(DEVICE)
    told: list[float] = []
    for now in range(3600):
        doubt.add(b"\x55", Fault(Reason.UNDECODABLE, "no frames"))
        if list(doubt.due(float(now))):
            told.append(now)
    assert told[:4] == [0, 10, 30, 70]
    assert len(told) <= 12
    doubt.readable()
    doubt.add(b"\x55", Fault(Reason.UNDECODABLE, "no frames"))
    assert [type(event) for event in doubt.due(told[-1] + 11.0)] == [Undecodable]


class Talk(Listening):
    """Says something at each occasion, and has finished once it heard a code."""

    def opened(self, known: Known) -> Sequence[Step]:
        return (Say(b"hello"), Tell("Approchez le code."))

    def heard(self, data: bytes, source: str) -> Sequence[Step]:
        return (Tell(""), Finished()) if data.endswith(b"\n") else (Tell("Approchez le code."),)

    def waited(self, seconds: float) -> Sequence[Step]:
        return (Say(f"{seconds:.0f}".encode()),)


def take(session: Session, data: bytes, now: float) -> list[Output]:
    return list(session.take(data, now))


def test_a_dialogue_is_heard_and_told_once_and_rests_when_it_has_finished() -> None:
    model = dataclasses.replace(BARCODE_READER, dialogue=Talk)
    session = Session(DEVICE, model, Memory(Doubt(DEVICE)), 100.0)
    hint = LinkState(DEVICE, True, "Lecteur de codes : Approchez le code.")
    assert list(session.opened(Known())) == [LinkState(DEVICE, True), Say(b"hello"), hint]
    assert take(session, b"ABC", 100.1) == []
    assert take(session, b"", 101.0) == [Say(b"1")]
    assert take(session, b"", 101.5) == []
    assert take(session, b"\r\n", 101.6) == [LinkState(DEVICE, True), Scanned(DEVICE, "ABC")]
    assert take(session, b"", 105.0) == []
    assert take(session, b"D", 106.0) == [hint, Say(b"6")]


def test_a_reader_at_the_wrong_speed_is_told_once_although_it_is_silent_since(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serial_session, "BETWEEN_UNDECODABLE", 1e9)
    session = Session(DEVICE, BARCODE_READER, Memory(Doubt(DEVICE)), 0.0)
    list(session.opened(Known()))
    take(session, b"\xf8" * 40, 1.0)
    assert take(session, b"", 3.0) == []
    told = take(session, b"", 7.0)
    assert [event.connected for event in told if isinstance(event, LinkState)] == [False]
    assert take(session, b"", 20.0) == []
    assert LinkState(DEVICE, True) in take(session, b"\r\nABC\r\n", 21.0)


@pytest.mark.parametrize("settings", [Settings(9600), Settings(19200, 7, "E", 2), Settings(115200, 8, "O")])
def test_a_simulated_uart_hands_over_what_was_said_if_the_settings_agree(settings: Settings) -> None:
    data = bytes(range(1 << settings.bits))
    other = Settings(settings.baud, settings.bits, settings.parity, 3 - settings.stop_bits)
    assert resampled(data, settings, settings) == data
    # one stop bit more or less is not noticed by a receiver that keeps up
    assert resampled(data, dataclasses.replace(settings, stop_bits=2), dataclasses.replace(other, stop_bits=1)) == data


def test_a_simulated_uart_makes_garbage_of_another_speed() -> None:
    data = bytes(range(256))
    half = resampled(data, Settings(19200), Settings(9600))
    assert 0 < len(half) < 200
    assert len(resampled(data, Settings(19200), Settings(115200))) > 256
