"""The scanner's one owner. Every other scan is for all advertisers: it finds a paired device that does not advertise its
service, and tells a silent ward from a dead radio.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Final

from bleak import BleakAdapter, BleakScanner
from bleak.args.bluez import BlueZAdapterArgs, BlueZScannerArgs
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from drivers.link.ble.around import Around, Heard
from drivers.link.ble.foreign import FOREIGN
from drivers.link.ble.rescue import Rescue
from drivers.link.ble.times import Times
from drivers.models.model import BleModel

_NOT_SEEN: Final = -127
"""bleak's RSSI of a device that BlueZ knows of, but that is not advertising now."""

Met = tuple[BLEDevice, BleModel]


class Scanner:
    """One scan at a time: whoever scans or connects holds ``air``. ``adapter`` as "hci0", None for the first."""

    def __init__(self, around: Around, rescue: Rescue, adapter: str | None, times: Times) -> None:
        self.air = asyncio.Lock()
        self._around = around
        self._rescue = rescue
        self._times = times
        self._adapter_args: BlueZAdapterArgs = {} if adapter is None else {"adapter": adapter}
        self._args: BlueZScannerArgs = {} if adapter is None else {"adapter": adapter}
        self._scan: asyncio.Future[Met | None] | None = None
        self._silences = 0
        self._for_all = False

    async def next_device(self, free: Callable[[str], bool], at_most: float, *, alone: bool) -> Met | None:
        """Scans until a device advertises that is ``free`` to be met, for ``at_most`` seconds or the watchdog's.

        None when the scan has to start anew. It has stopped either way. ``alone``: nobody is connected. Raises what is
        in foreign.FOREIGN.
        """
        async with asyncio.timeout(self._times.answer):
            left = await self._left_connected(free)
        if left is not None or self._silences:
            return left
        found: asyncio.Future[Met | None] = asyncio.get_running_loop().create_future()
        anybody = False

        def detected(device: BLEDevice, advertisement: AdvertisementData) -> None:
            nonlocal anybody
            anybody = anybody or advertisement.rssi != _NOT_SEEN
            model = self._hear(device, advertisement)
            if model is not None and free(device.address) and not found.done():
                found.set_result((device, model))

        self._scan = found
        for_all, self._for_all = self._for_all, not self._for_all
        async with self._scanning(detected, None if for_all else self._around.services):
            self._rescue.works()
            await asyncio.wait({found}, timeout=min(self._times.watchdog, at_most))
        if anybody:
            self._rescue.heard()
        elif for_all and alone and not found.done():
            await self._rescue.silence()
        return found.result() if found.done() else None

    async def look_for(self, address: str) -> Met | None:
        """The device at ``address``, if it advertises now and is of a known family; the caller holds ``air``."""
        found: asyncio.Future[Met] = asyncio.get_running_loop().create_future()

        def detected(device: BLEDevice, advertisement: AdvertisementData) -> None:
            model = self._hear(device, advertisement)
            if model is not None and device.address == address and not found.done():
                found.set_result((device, model))

        async with self._scanning(detected, None):
            await asyncio.wait({found}, timeout=self._times.find)
        return found.result() if found.done() else None

    def anew(self) -> None:
        """BlueZ tells of a device that it has seen before only in a new scan."""
        if self._scan is not None and not self._scan.done():
            self._scan.set_result(None)

    @contextlib.asynccontextmanager
    async def silence(self) -> AsyncIterator[None]:
        """No scan runs, and none starts."""
        self._silences += 1
        try:
            self.anew()
            async with self.air:
                yield
        finally:
            self._silences -= 1

    def _hear(self, device: BLEDevice, advertisement: AdvertisementData) -> BleModel | None:
        """The model of a device that advertises now."""
        if advertisement.rssi == _NOT_SEEN:
            return None
        name = advertisement.local_name or ""
        model = self._around.model(device.address, advertisement.service_uuids, name)
        if model is not None:
            now = asyncio.get_running_loop().time()
            self._around.hear(Heard(device, model, name, advertisement.rssi, now))
        return model

    @contextlib.asynccontextmanager
    async def _scanning(
        self, detected: Callable[[BLEDevice, AdvertisementData], None], services: list[str] | None
    ) -> AsyncIterator[None]:
        """BlueZ may hang where bleak waits for it without an end."""
        scanner = BleakScanner(detected, services, bluez=self._args)
        await self._start(scanner)
        try:
            yield
        finally:
            async with asyncio.timeout(self._times.answer):
                await scanner.stop()

    async def _start(self, scanner: BleakScanner) -> None:
        """Whoever is cancelled meanwhile leaves no scan behind: bleak's connection to the bus outlives us, and a scan with it."""
        starting = asyncio.get_running_loop().create_task(scanner.start())
        try:
            async with asyncio.timeout(self._times.answer):
                await asyncio.shield(starting)
        except TimeoutError:
            starting.cancel()
            raise
        except asyncio.CancelledError:
            with contextlib.suppress(*FOREIGN):
                async with asyncio.timeout(self._times.answer):
                    await starting
                    await scanner.stop()
            raise

    async def _left_connected(self, free: Callable[[str], bool]) -> Met | None:
        """A device of ours that is connected, but not by us: BlueZ keeps it so when a process was killed."""
        adapter = await BleakAdapter.get(bluez=self._adapter_args)
        for device in await adapter.get_connected_devices(self._around.services):
            uuids = device.details["props"].get("UUIDs", [])
            model = self._around.model(device.address, uuids, device.name or "")
            if model is not None and free(device.address):
                return device, model
        return None
