"""`telecart devices`: the cart's list of Bluetooth devices, by way of the running edge process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from edge.domain.fault import Fault, Reason
from edge.door import messages as m
from edge.door.client import DoorClient
from edge.settings import Settings

NEARBY_SECONDS = 20.0
"""How long a device that is being switched on is waited for."""

WORK_SECONDS = 120.0


class Admin:
    """The newest snapshot, and commands, at the door of the running cart."""

    def __init__(self, client: DoorClient) -> None:
        self._client = client
        self._came = asyncio.Condition()
        self._snapshot: m.Snapshot | None = None

    async def listen(self) -> None:
        async for said in self._client.said():
            if isinstance(said, m.Snapshot):
                async with self._came:
                    self._snapshot = said
                    self._came.notify_all()

    async def until(self, seen: Callable[[m.Snapshot], bool], seconds: float) -> m.Snapshot | None:
        """The first snapshot for which ``seen`` holds; None after ``seconds``."""
        try:
            async with asyncio.timeout(seconds), self._came:
                while self._snapshot is None or not seen(self._snapshot):
                    await self._came.wait()
                return self._snapshot
        except TimeoutError:
            return None

    async def begin(self, command: m.Command) -> int:
        """Asks, and returns the number of the pairing card before: what is under way has a greater one."""
        before = (await self.newest()).pairing.number
        await self._client.ask(command)
        return before

    async def newest(self) -> m.Snapshot:
        """Raises Fault(LINK_LOST)."""
        seen = await self.until(lambda _: True, 10.0)
        if seen is None:
            raise Fault(Reason.LINK_LOST, "the cart's edge process says nothing", "read its log")
        return seen

    async def ask(self, command: m.Command) -> None:
        await self._client.ask(command)


@asynccontextmanager
async def at_the_door(settings: Settings) -> AsyncIterator[Admin]:
    """Raises Fault(LINK_LOST) where no edge process answers."""
    try:
        client = DoorClient(settings.door, m.ADMIN)
        await client.__aenter__()
    except (Fault, OSError) as exc:
        raise Fault(
            Reason.LINK_LOST, "the cart's edge process does not answer", "start it: systemctl start telecart-edge"
        ) from exc
    try:
        admin = Admin(client)
        listening = asyncio.create_task(admin.listen())
        try:
            yield admin
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    finally:
        await client.__aexit__(None, None, None)


async def listing(settings: Settings) -> tuple[tuple[m.DeviceCard, ...], tuple[m.NearbyCard, ...]]:
    """What is on the list or was heard of, and what is nearby and is not."""
    async with at_the_door(settings) as admin:
        snapshot = await admin.newest()
        return snapshot.devices, snapshot.nearby


async def pair(
    settings: Settings,
    device_id: str,
    user: tuple[int, int] | None,
    passkey: Callable[[], Awaitable[int]],
    say: Callable[[str], None],
) -> str:
    """Pairs ``device_id``, or with "" the only one that is nearby. Returns what was done; raises Fault."""
    async with at_the_door(settings) as admin:
        if not device_id:
            say("looking for a device that is switched on and not on the list")
            device_id = await _only_one_nearby(admin)
        slot, consent = user or (-1, -1)
        before = await admin.begin(m.PairDevice(device_id=device_id, user=slot, consent=consent))
        seen = await admin.until(
            lambda s: s.pairing.number > before and s.pairing.state in {"passkey", "done", "failed"}, WORK_SECONDS
        )
        if seen and seen.pairing.state == "passkey":
            say("the device shows six digits")
            await admin.ask(m.AnswerPasskey(device_id=device_id, passkey=await passkey()))
        return await _done(admin, before)


async def _only_one_nearby(admin: Admin) -> str:
    seen = await admin.until(lambda s: bool(s.nearby), NEARBY_SECONDS)
    found = seen.nearby if seen else ()
    if not found:
        raise Fault(Reason.UNKNOWN_DEVICE, "no new device is heard", "switch it on, near the cart, and try again")
    if len(found) > 1:
        names = ", ".join(f"{one.id} ({one.label_en} {one.name})" for one in found)
        raise Fault(Reason.UNKNOWN_DEVICE, f"several new devices are heard: {names}", "name one of them")
    return found[0].id


async def test(settings: Settings, device_id: str) -> str:
    async with at_the_door(settings) as admin:
        return await _done(admin, await admin.begin(m.TestDevice(device_id=device_id)))


async def forget(settings: Settings, device_id: str) -> str:
    async with at_the_door(settings) as admin:
        return await _done(admin, await admin.begin(m.ForgetDevice(device_id=device_id)))


async def _done(admin: Admin, before: int) -> str:
    seen = await admin.until(
        lambda s: s.pairing.number > before and s.pairing.state in {"done", "failed"}, WORK_SECONDS
    )
    if seen is None:
        raise Fault(Reason.LINK_LOST, "it takes too long", "look at telecart devices list, and try again")
    if seen.pairing.state == "failed":
        raise Fault(Reason.LINK_REFUSED, seen.pairing.what)
    return seen.pairing.what
