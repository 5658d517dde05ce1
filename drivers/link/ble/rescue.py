"""What the cart does by itself when Bluetooth as a whole does not work: power off and on, then bluetoothd anew."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import structlog
from dbus_fast import Variant

from drivers.link.ble.bus import ADAPTER1, Bus
from drivers.link.ble.foreign import FOREIGN, error_name
from drivers.link.ble.times import Times

log = structlog.get_logger()

POWER_AT: Final = 2
"""Failures in a row after which the adapter is switched off and on."""

RESTART_AT: Final = 4
"""Failures in a row after which bluetoothd is restarted. Between the two, Bluetooth had its chance to recover."""

CONNECTS_AT: Final = 4
"""Connections in a row that failed, of whichever devices, that count as a failure of the adapter: its slots are full or
it hangs (both seen on Raspberry Pi)."""

SILENT_AT: Final = 6
"""Scans for every advertiser in a row that heard nobody at all. A ward is never that silent, an adapter may be."""

_UNIT: Final = "bluetooth.service"
_SYSTEMD: Final = "org.freedesktop.systemd1"


class Rescue:
    """``adapter`` as "hci0", None for the first. Nothing here raises: whatever fails, the link tries again anyway."""

    def __init__(self, bus: Bus, adapter: str | None, times: Times) -> None:
        self._bus = bus
        self._adapter = adapter
        self._times = times
        self._failures = 0
        self._connects = 0
        self._silent = 0
        self._silent_at = SILENT_AT
        self._restarted: float | None = None

    @property
    def failures(self) -> int:
        return self._failures

    def works(self) -> None:
        """The adapter scans."""
        self._failures = 0

    def heard(self) -> None:
        """Somebody advertises."""
        self._silent = 0
        self._silent_at = SILENT_AT

    def connected(self) -> None:
        self._connects = 0

    async def failed(self) -> None:
        """BlueZ refused, did not answer, or is not there."""
        self._failures += 1
        if self._failures == POWER_AT:
            await self.power_cycle()
        elif self._failures >= RESTART_AT:
            await self.restart()

    async def did_not_connect(self) -> None:
        self._connects += 1
        if self._connects >= CONNECTS_AT:
            self._connects = 0
            await self.power_cycle()

    async def silence(self) -> None:
        """A scan for everybody heard nobody. Each rescue that changes nothing makes the next one rarer."""
        self._silent += 1
        if self._silent >= self._silent_at:
            self._silent = 0
            self._silent_at *= 2
            await self.power_cycle()

    async def power_cycle(self) -> None:
        log.warning("bluetooth_power_cycle", failures=self._failures)
        adapter = ""
        for on in (False, True):
            try:
                # the same one again, although it is now the one without power
                adapter = adapter or await self._bus.adapter(self._adapter)
                await self._bus.set(adapter, ADAPTER1, "Powered", Variant("b", on))
            except TimeoutError:
                # it is bluetoothd that does not answer
                await self.restart()
                return
            except FOREIGN as exc:
                log.warning("bluetooth_power_refused", on=on, error=error_name(exc) or type(exc).__name__)

    async def restart(self) -> None:
        """Asks systemd, at most once in ``restart_again`` seconds; needs the site's polkit rule."""
        now = asyncio.get_running_loop().time()
        if self._restarted is not None and now - self._restarted < self._times.restart_again:
            return
        self._restarted = now
        log.warning("bluetoothd_restart", failures=self._failures)
        try:
            await self._bus.call(
                "/org/freedesktop/systemd1",
                f"{_SYSTEMD}.Manager",
                "RestartUnit",
                "ss",
                [_UNIT, "replace"],
                destination=_SYSTEMD,
            )
        except FOREIGN as exc:
            log.warning("bluetoothd_not_restarted", error=error_name(exc) or type(exc).__name__)
            # a bus that is hung itself is opened anew at the next call
            with contextlib.suppress(*FOREIGN):
                await self._bus.close()
