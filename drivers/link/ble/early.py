"""Values of a bonded device that come before this connection is subscribed to: the device remembers who wanted them.

BlueZ hands them to whoever asked for them on an earlier connection and stayed on the bus, so we do; without that it
confirms the first indication to the device and tells nobody.
"""

from __future__ import annotations

import asyncio
import collections
import dataclasses
from collections.abc import Mapping
from typing import Any, Final

import structlog
from dbus_fast import Message, MessageType

from drivers.link.ble.bus import CHARACTERISTIC1, PROPERTIES, Bus
from drivers.link.ble.foreign import FOREIGN, error_name

log = structlog.get_logger()

MOST: Final = 64
"""Values kept of one device, at most: the first ones, for the device has been told that they arrived."""

_RULE: Final = (
    f"type='signal',interface='{PROPERTIES}',member='PropertiesChanged',path_namespace='/org/bluez',"
    f"arg0='{CHARACTERISTIC1}'"
)


@dataclasses.dataclass(frozen=True, slots=True)
class EarlyValue:
    """A value of characteristic ``source`` that came ``at``, in seconds of the loop's clock."""

    source: str
    data: bytes
    at: float


class Early:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._matched: object = None
        self._sources: dict[str, tuple[str, str]] = {}
        self._subscribed: set[str] = set()
        self._values: collections.defaultdict[str, list[EarlyValue]] = collections.defaultdict(list)
        bus.handle(self._on_message)

    async def ask(self, device_id: str, paths: Mapping[str, str]) -> None:
        """Asks BlueZ for the values of characteristics (path by source) of ``device_id`` from now on."""
        try:
            bus = await self._bus.open()
            if self._matched is not bus:
                await self._bus.call(
                    "/org/freedesktop/DBus",
                    "org.freedesktop.DBus",
                    "AddMatch",
                    "s",
                    [_RULE],
                    destination="org.freedesktop.DBus",
                )
                self._matched = bus
            for source, path in paths.items():
                self._sources[path] = device_id, source
                await self._ask(path)
        except FOREIGN as exc:
            log.info("ble_early_values_not_asked_for", error=error_name(exc) or type(exc).__name__)

    async def _ask(self, path: str) -> None:
        try:
            await self._bus.call(path, CHARACTERISTIC1, "StartNotify")
        except FOREIGN as exc:
            # we have asked already, on an earlier connection
            if not error_name(exc).endswith(".InProgress"):
                raise

    def _on_message(self, message: Message) -> bool:
        if message.message_type is MessageType.SIGNAL and message.member == "PropertiesChanged" and message.body:
            found = self._sources.get(message.path or "")
            if found is not None and message.body[0] == CHARACTERISTIC1:
                self._keep(*found, message.body[1])
        return False

    def _keep(self, device_id: str, source: str, changed: Mapping[str, Any]) -> None:
        if "Value" in changed and device_id not in self._subscribed and len(self._values[device_id]) < MOST:
            now = asyncio.get_running_loop().time()
            self._values[device_id].append(EarlyValue(source, bytes(changed["Value"].value), now))

    def subscribed(self, device_id: str) -> list[EarlyValue]:
        """What came early; from now on the connection hears for itself."""
        self._subscribed.add(device_id)
        return self._values.pop(device_id, [])

    def ended(self, device_id: str) -> None:
        self._subscribed.discard(device_id)
