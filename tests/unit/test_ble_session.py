"""One Bluetooth connection as values: what its session makes of them, with no radio."""

from __future__ import annotations

from drivers.link.ble.session import Echoes, Session, Then
from drivers.models.blood_pressure import BLOOD_PRESSURE
from drivers.models.body_composition import BODY_COMPOSITION
from drivers.models.model import BleModel
from drivers.models.pulse_oximeter import PULSE_OXIMETER
from edge.domain.measurement import Device, Quality, Reading
from edge.domain.ports import Arrived, LiveValue, PeripheralEvent
from edge.domain.spot import SpotRule

DEVICE = Device("F0:F1:F2:F3:F4:10", "a model", "Un appareil")
PRESSURE = bytes.fromhex("167c0056006100e807060f11111b33000000")
HALF, OTHER_HALF = bytes.fromhex("1210 fa00 ea0703040c0506 4a01"), bytes.fromhex("0014 fa00 122f")
RUNNING = bytes.fromhex("0c620048000000000000")


class Opened:
    """A session of ``model``, and what it said."""

    def __init__(self, model: BleModel) -> None:
        self.events: list[PeripheralEvent] = []
        self.session = Session(DEVICE, model, model.decoder(), model.dialogue(), self._emit, Echoes())

    def _emit(self, event: PeripheralEvent | None, _then: Then | None) -> None:
        if event is not None:
            self.events.append(event)

    def readings(self) -> list[Reading]:
        return [
            event.content for event in self.events if isinstance(event, Arrived) and isinstance(event.content, Reading)
        ]


def test_a_value_of_nobody_knows_when_is_one_out_of_a_memory() -> None:
    """BlueZ hands over what came while nobody was connected."""
    opened = Opened(BLOOD_PRESSURE)
    opened.session.take("2a35", PRESSURE, 1.0, late=True)
    opened.session.take("2a35", PRESSURE[:-1] + b"\x01", 1.0)
    late, now = opened.readings()
    assert Quality.FROM_STORAGE in late.quality
    assert Quality.FROM_STORAGE not in now.quality


def test_of_a_measurement_in_two_values_both_are_kept() -> None:
    opened = Opened(BODY_COMPOSITION)
    opened.session.take("2a9c", HALF, 1.0)
    opened.session.take("2a9c", OTHER_HALF, 1.1)
    (arrived,) = opened.events
    assert isinstance(arrived, Arrived)
    assert arrived.raw == HALF + OTHER_HALF


def test_what_was_held_back_is_given_at_the_end_and_nothing_after_it() -> None:
    opened = Opened(BODY_COMPOSITION)
    opened.session.take("2a9c", HALF, 1.0)
    assert opened.events == []
    opened.session.end(2.0)
    opened.session.end(2.0)
    opened.session.take("2a9c", OTHER_HALF, 2.1)
    (arrived,) = opened.events
    assert isinstance(arrived, Arrived)
    assert (arrived.raw, arrived.running) == (HALF, False)


def test_a_saved_value_of_a_running_measurement_says_that_it_ran() -> None:
    opened = Opened(PULSE_OXIMETER)
    opened.session.spot = SpotRule()
    for second in range(6):
        opened.session.take("2a5f", RUNNING, float(second))
    arrived = [event for event in opened.events if isinstance(event, Arrived)]
    assert len(opened.events) == 6 + len(arrived)
    assert sum(isinstance(event, LiveValue) for event in opened.events) == 6
    assert [event.running for event in arrived] == [True]
