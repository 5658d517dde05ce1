"""What an admin does with Bluetooth devices at the door: pair, test, forget."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import structlog

from edge.acquire.devices import Devices
from edge.domain.appliance import Appliance
from edge.domain.audit import THE_CART, Actor
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device
from edge.domain.ports import About, Radio
from edge.door import messages as m

log = structlog.get_logger()

PASSKEY_SECONDS = 60.0
"""How long somebody may take to type the six digits; the device itself gives up after 30 (Core 5.4, Vol 3 Part H 3.4)."""

_BUSY = Fault(Reason.NOT_ALLOWED, "Un autre appareil est en cours", "attendez qu'il ait fini")


class DeviceDesk:
    """One device at a time. Commands are answered at once; ``card`` says how it goes. ``radio`` None: no Bluetooth."""

    def __init__(self, radio: Radio | None, devices: Devices, changed: Callable[[], None]) -> None:
        self._radio = radio
        self._devices = devices
        self._changed = changed
        self._work: asyncio.Task[None] | None = None
        self._passkey: asyncio.Future[int] | None = None
        self._number = 0
        self.card = m.PairingCard()

    def nearby(self) -> tuple[m.NearbyCard, ...]:
        return tuple(
            m.NearbyCard(id=one.device.id, label=one.device.label, model=one.device.model, name=one.name, rssi=one.rssi)
            for one in (self._radio.nearby() if self._radio else ())
        )

    async def handle(
        self, command: m.PairDevice | m.AnswerPasskey | m.ForgetDevice | m.TestDevice, by: Actor = THE_CART
    ) -> None:
        """Raises Fault where it cannot be begun."""
        if self._radio is None:
            raise Fault(Reason.LINK_REFUSED, "Le Bluetooth est désactivé sur cette borne", "prévenez le support")
        radio = self._radio
        match command:
            case m.AnswerPasskey(device_id=device_id, passkey=passkey):
                self._answer(device_id, passkey)
            case m.PairDevice(device_id=device_id):
                user = (command.user, command.consent) if command.user >= 0 and command.consent >= 0 else None
                self._begin(device_id, "pairing", self._pair(radio, device_id, user, by))
            case m.TestDevice(device_id=device_id):
                self._begin(device_id, "testing", self._test(radio, device_id))
            case m.ForgetDevice(device_id=device_id):
                self._begin(device_id, "forgetting", self._forget(radio, device_id, by))

    async def aclose(self) -> None:
        """What is under way is given up."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    def _busy(self) -> bool:
        return self._work is not None and not self._work.done()

    def _begin(self, device_id: str, state: str, work: Coroutine[None, None, str]) -> None:
        if self._busy():
            work.close()
            raise _BUSY
        self._number += 1
        self._say(device_id, state, "")
        self._work = asyncio.create_task(self._carry_out(device_id, work))

    async def _carry_out(self, device_id: str, work: Awaitable[str]) -> None:
        try:
            done = await work
        except Fault as fault:
            log.warning("device_desk", state=self.card.state, reason=fault.reason.value, what=fault.what)
            self._say(device_id, "failed", str(fault))
        except Exception:  # a defect must not leave the screen saying that pairing goes on
            log.exception("device_desk_defect")
            self._say(device_id, "failed", "Défaut de la borne. Recommencez, puis prévenez le support.")
        else:
            self._say(device_id, "done", done)

    def _say(self, device_id: str, state: str, what: str) -> None:
        self.card = m.PairingCard(number=self._number, device_id=device_id, state=state, what=what)
        self._changed()

    async def _pair(self, radio: Radio, device_id: str, user: tuple[int, int] | None, by: Actor) -> str:
        async def passkey() -> int:
            self._passkey = asyncio.get_running_loop().create_future()
            self._say(device_id, "passkey", "Tapez les six chiffres que l'appareil affiche.")
            try:
                async with asyncio.timeout(PASSKEY_SECONDS):
                    return await self._passkey
            except TimeoutError:
                raise Fault(Reason.LINK_REFUSED, "Personne n'a tapé le code", "recommencez") from None
            finally:
                self._passkey = None
                self._say(device_id, "pairing", "")

        about = await radio.pair(device_id, passkey)
        device = about.device
        await self._devices.take_in(
            Appliance(device_id, device.model, device.label, about.serial_number, bonded=about.bonded, user=user), by
        )
        self._devices.about(about)
        return f"{_named(device, about)} : ajouté."

    async def _test(self, radio: Radio, device_id: str) -> str:
        about = await radio.test(device_id)
        self._devices.about(about)
        battery = "" if about.battery_percent is None else f" Pile : {about.battery_percent} %."
        return f"{_named(about.device, about)} : répond.{battery}"

    async def _forget(self, radio: Radio, device_id: str, by: Actor) -> str:
        await radio.forget(device_id)
        await self._devices.forget(device_id, by)
        if self._devices.model_of(device_id) is not None:
            return "Appairage retiré. L'appareil reste inscrit dans les réglages de la borne."
        return "Appareil oublié."

    def _answer(self, device_id: str, passkey: int) -> None:
        if self._passkey is None or self._passkey.done() or self.card.device_id != device_id:
            raise Fault(Reason.NOT_ALLOWED, "Aucun code n'est attendu", "recommencez l'appairage")
        if not 0 <= passkey <= 999_999:
            raise Fault(Reason.NOT_ALLOWED, "Le code a six chiffres", "lisez-le sur l'appareil")
        self._passkey.set_result(passkey)


def _named(device: Device, about: About) -> str:
    return f"{device.label} {about.model_number}".strip()
