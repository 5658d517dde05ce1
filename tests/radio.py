"""An implementation of the Radio port that has two devices in the air: one that bonds with a passkey, one that refuses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device
from edge.domain.ports import About, Nearby

CUFF = Device("F0:F1:F2:F3:F4:10", "blood-pressure", "Tensiomètre")
SCALE = Device("F0:F1:F2:F3:F4:9D", "weight-scale", "Balance")
PASSKEY = 123_456


class Radio:
    """``forgotten`` collects whom it forgot."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []

    def nearby(self) -> Sequence[Nearby]:
        return [Nearby(CUFF, "Cuff BP-1", -40), Nearby(SCALE, "Scale", -70)]

    async def pair(self, device_id: str, passkey: Callable[[], Awaitable[int]]) -> About:
        if device_id != CUFF.id:
            raise Fault(Reason.LINK_REFUSED, "L'appareil refuse", "mettez-le en mode appairage")
        if await passkey() != PASSKEY:
            raise Fault(Reason.LINK_REFUSED, "Le code est faux", "recommencez")
        return About(CUFF, "Maker", "BP-1", "SN1", "1.0", battery_percent=80, bonded=True)

    async def forget(self, device_id: str) -> None:
        self.forgotten.append(device_id)

    async def test(self, device_id: str) -> About:
        if device_id != CUFF.id:
            raise Fault(Reason.LINK_LOST, "L'appareil ne répond pas", "allumez-le")
        return About(CUFF, "Maker", "BP-1", "SN1", "1.0", battery_percent=80, bonded=True)
