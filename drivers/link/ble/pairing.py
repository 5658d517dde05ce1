"""Bonding with a device, and taking a bond back, through BlueZ."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import structlog
from dbus_fast import Variant

from drivers.link.ble.agent import KEYBOARDS, Agent
from drivers.link.ble.bus import ADAPTER1, DEVICE1, Bus
from drivers.link.ble.foreign import FOREIGN, BusError, error_name
from drivers.link.ble.times import Times
from edge.domain.fault import Fault, Reason

log = structlog.get_logger()

_UNKNOWN: Final = "UnknownObject"
_ADDRESS: Final = re.compile("[0-9A-F]{2}(:[0-9A-F]{2}){5}")


class Pairing:
    """``adapter`` as "hci0", None for the first."""

    def __init__(self, bus: Bus, agent: Agent, adapter: str | None, times: Times) -> None:
        self._bus = bus
        self._agent = agent
        self._adapter = adapter
        self._times = times
        self._open = False

    async def bonded(self, path: str) -> bool:
        """As BlueZ has it; False where it does not know the device or does not answer."""
        try:
            found = await self._bus.properties(path, DEVICE1)
        except FOREIGN:
            return False
        return bool(found.get("Bonded", found.get("Paired", False)))

    async def bond(self, path: str, passkey: Callable[[], Awaitable[int]]) -> bool:
        """False for a device that does not bond. Raises Fault(LINK_REFUSED) where digits were wanted and it failed."""
        await self._agent.ensure()
        async with self._pairable():
            with self._agent.expecting(path, passkey):
                try:
                    await self._pair(path)
                except BusError as exc:
                    if not exc.name.endswith(".AlreadyExists"):
                        return await self._not_bonded(path, exc)
                except TimeoutError as exc:
                    await self._give_up(path)
                    raise Fault(
                        Reason.LINK_LOST, "L'appareil n'a pas terminé l'appairage", "approchez-le et recommencez"
                    ) from exc
        found = await self._bus.properties(path, DEVICE1)
        if KEYBOARDS & {uuid.lower() for uuid in found.get("UUIDs", [])}:
            return True  # whoever meets it throws it out
        await self._bus.set(path, DEVICE1, "Trusted", Variant("b", True))
        return bool(found.get("Bonded", found.get("Paired", False)))

    async def _pair(self, path: str) -> None:
        """As long as a person needs to type digits; a device that is not even reached by then is asleep. TimeoutError."""
        pairing = asyncio.ensure_future(self._bus.call(path, DEVICE1, "Pair", seconds=self._times.pair))
        try:
            await asyncio.wait({pairing}, timeout=self._times.connect)
            if not pairing.done() and not self._agent.asked:
                found = await self._bus.properties(path, DEVICE1)
                if not found.get("Connected", False):
                    raise TimeoutError
            await pairing
        finally:
            pairing.cancel()

    async def _not_bonded(self, path: str, exc: BusError) -> bool:
        log.info("ble_not_bonded", error=exc.name, digits=self._agent.asked)
        if self._agent.asked:
            await self.let_go(path)
            raise Fault(
                Reason.LINK_REFUSED,
                "L'appareil a refusé le code",
                "recommencez avec les chiffres qu'il affichera alors",
            ) from exc
        return False

    async def _give_up(self, path: str) -> None:
        try:
            await self._bus.call(path, DEVICE1, "CancelPairing")
        except FOREIGN as exc:
            log.info("ble_pairing_not_cancelled", error=error_name(exc) or type(exc).__name__)

    @asynccontextmanager
    async def _pairable(self) -> AsyncIterator[None]:
        """Bonds are made only now: at other times the kernel keeps none, whoever asks for one (T2, T3)."""
        self._open = True
        try:
            await self.set_pairable(on=True)
            yield
        finally:
            self._open = False
            await asyncio.shield(asyncio.ensure_future(self.shut()))

    async def shut(self) -> None:
        """BlueZ's own default is open."""
        if self._open:
            return
        try:
            await self.set_pairable(on=False)
        except FOREIGN as exc:
            log.warning("ble_still_pairable", error=error_name(exc) or type(exc).__name__)

    async def set_pairable(self, *, on: bool) -> None:
        adapter = await self._bus.adapter(self._adapter)
        await self._bus.set(adapter, ADAPTER1, "Pairable", Variant("b", on))

    async def remove(self, device_id: str) -> None:
        """BlueZ forgets the device: bond, cache and all. No error for one that it does not know."""
        if _ADDRESS.fullmatch(device_id) is None:
            # the bus hangs up on whoever names a path that cannot be one
            return
        adapter = await self._bus.adapter(self._adapter)
        path = f"{adapter}/dev_{device_id.replace(':', '_')}"
        try:
            await self._bus.call(adapter, ADAPTER1, "RemoveDevice", "o", [path])
        except BusError as exc:
            if not exc.name.endswith((".DoesNotExist", _UNKNOWN)):
                raise

    async def let_go(self, path: str) -> None:
        """Ends a connection, or an attempt at one, that somebody left behind."""
        try:
            await self._bus.call(path, DEVICE1, "Disconnect")
        except FOREIGN as exc:
            log.info("ble_not_let_go", error=error_name(exc) or type(exc).__name__)
