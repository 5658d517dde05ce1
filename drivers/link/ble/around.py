"""Which devices are around, and as which model each is met."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

from bleak.backends.device import BLEDevice

from drivers.models.model import BleModel
from edge.domain.measurement import Device
from edge.domain.ports import DeviceBook, Nearby
from edge.domain.text import sanitise_line

LATELY: Final = 30.0
"""Seconds for which a device counts as nearby after it was heard."""

NAME_LENGTH: Final = 48

_MOST: Final = 256
"""Strangers that are remembered at most: those heard last."""


@dataclasses.dataclass(frozen=True, slots=True)
class Heard:
    found: BLEDevice
    model: BleModel
    name: str
    rssi: int
    at: float

    @property
    def device(self) -> Device:
        return Device(id=self.found.address, model=self.model.name, label=self.model.label)


class Around:
    """Times in seconds of a clock that never goes back."""

    def __init__(self, models: Sequence[BleModel], book: DeviceBook) -> None:
        self._models = tuple(models)
        self._by_name = {model.name: model for model in models}
        self._book = book
        self._heard: dict[str, Heard] = {}
        self.services = sorted({model.service for model in models})

    def model(self, address: str, uuids: Sequence[str], name: str) -> BleModel | None:
        """The model as which this device was paired; else the first whose service and name fit."""
        paired = self._book.model_of(address)
        if paired is not None and paired in self._by_name:
            return self._by_name[paired]
        offered = {uuid.lower() for uuid in uuids}
        fitting = (model for model in self._models if model.service in offered)
        return next((model for model in fitting if not model.names or name.startswith(model.names)), None)

    def hear(self, heard: Heard) -> None:
        # the newest last
        self._heard.pop(heard.found.address, None)
        self._heard[heard.found.address] = heard
        if len(self._heard) > _MOST:
            del self._heard[next(iter(self._heard))]

    def get(self, address: str, now: float) -> Heard | None:
        heard = self._heard.get(address)
        return heard if heard is not None and now - heard.at <= LATELY else None

    def nearby(self, connected: Sequence[str], now: float) -> list[Nearby]:
        """Those that are not in the book; a connected one does not advertise and is there all the same."""
        return sorted(
            (
                Nearby(heard.device, sanitise_line(heard.name)[:NAME_LENGTH], heard.rssi)
                for address, heard in self._heard.items()
                if (now - heard.at <= LATELY or address in connected) and self._book.model_of(address) is None
            ),
            key=lambda one: -one.rssi,
        )
