"""link_recovery_s: how long Bluetooth takes to get over what goes wrong, the worst of the ten failures.

Each fault of firmware_stubs.bluez.faults is injected below bleak, at a cart's own times; what counts are the seconds from the
fault (or from when adapter, daemon or bus are back) to the next reading, and where only a person can put it right, to the
line that says so. The peer is the loop that bleak's examples show: find, connect, subscribe, and begin anew when it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from multiprocessing import get_context
from typing import Final, TypeVar

from drivers.link.ble import BlePeripherals, Times
from drivers.models.blood_pressure import BLOOD_PRESSURE
from drivers.models.glucose import GLUCOSE
from drivers.models.model import BleModel
from drivers.models.pulse_oximeter import PULSE_OXIMETER
from edge.domain.measurement import Device
from edge.domain.ports import Arrived, LinkState, PeripheralEvent
from edge.mains.bench.figure import Detail, Figure
from firmware_stubs.bluez.faults import FAULTS, Fault, Needs, Site
from firmware_stubs.gatt.bond import Pairing
from firmware_stubs.textbook import textbook_loop

LIMIT: Final = 30.0
"""Seconds: what is stated in docs/architecture.md for the worst of them."""

PEER_SECONDS: Final = LIMIT + 1.0
"""After that the peer counts as lost."""

_AT_ONCE: Final = 4
_PEER_ENDS: Final = 3.0
SECONDS: Final = 40.0
CUFF: Final = Device("F0:F1:F2:F3:F4:10", "blood-pressure", "Tensiomètre")
NOON: Final = dt.datetime(2026, 3, 4, 12, 5, 6)  # noqa: DTZ001 - a device's clock has no time zone
MODELS: tuple[BleModel, ...] = (BLOOD_PRESSURE, PULSE_OXIMETER, GLUCOSE)

E = TypeVar("E")


def measure() -> Figure:
    """Raises AssertionError where a reading was lost or came twice."""
    jobs = [(name, "ours") for name in FAULTS]
    jobs += [(name, "peer") for name, fault in FAULTS.items() if fault.needs is Needs.NOTHING]
    # they wait nearly all the time, each in a process with a bus of its own
    with ProcessPoolExecutor(_AT_ONCE, mp_context=get_context("spawn"), initializer=_say_nothing) as pool:
        found = dict(zip(jobs, pool.map(_one, jobs), strict=True))
    ours: dict[str, Detail] = {
        name: round(seconds or 0.0, 2) for (name, who), seconds in found.items() if who == "ours"
    }
    peers: dict[str, Detail] = {name: seconds for (name, who), seconds in found.items() if who == "peer"}
    worst = max(float(str(seconds)) for seconds in ours.values())
    peer = {
        "name": f"a loop of bleak's find, connect and start_notify (null: lost for more than {PEER_SECONDS:g} s)",
        **peers,
    }
    return Figure(worst, LIMIT, {"seconds": ours, "peer": peer})


def _say_nothing() -> None:
    """What the links and the simulators tell of the failures is no figure."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _one(job: tuple[str, str]) -> float | None:
    """In a process of the pool. Seconds; None where the peer was lost."""
    name, who = job
    if who == "ours":
        return asyncio.run(_alone(FAULTS[name]))
    # asyncio.run would wait for a peer that does not end; the process of the pool ends with it
    return asyncio.new_event_loop().run_until_complete(_peer(FAULTS[name]))


async def _alone(fault: Fault) -> float:
    async with Site() as site:
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = site.bus.address
        return await recovery(site, fault)


async def _peer(fault: Fault) -> float | None:
    loop = asyncio.get_running_loop()
    async with Site() as site:
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = site.bus.address
        came: asyncio.Queue[bytes] = asyncio.Queue()
        going = asyncio.create_task(textbook_loop(site.ward.cuff.address, came.put_nowait))
        tasks: list[asyncio.Task[None]] = [going]
        try:
            await use_cuff(site, 120)
            await came.get()
            async with fault.inject(site):
                began = loop.time()
                tasks.append(asyncio.create_task(use_cuff(site, 121)))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PEER_SECONDS):
                        while int.from_bytes((await came.get())[1:3], "little") != 121:
                            pass
                        return round(loop.time() - began, 2)
                return None
        finally:
            for task in tasks:
                task.cancel()
            # the peer may be stuck for good, deaf to that as well
            await asyncio.wait(tasks, timeout=_PEER_ENDS)


class Listener:
    """Keeps every event of a link, and waits for those that a test asks for."""

    def __init__(self) -> None:
        self.all: list[PeripheralEvent] = []
        self._news = asyncio.Condition()

    async def run(self, peripherals: BlePeripherals) -> None:
        async for event in peripherals.events():
            async with self._news:
                self.all.append(event)
                self._news.notify_all()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.all if isinstance(event, kind)]

    @property
    def lines(self) -> list[str]:
        """Everything that was said at the bedside."""
        return [event.what for event in self.of(LinkState) if event.what]

    async def until(self, kind: type[E], count: int = 1) -> list[E]:
        """The events of ``kind`` once there are ``count`` of them."""
        async with asyncio.timeout(SECONDS), self._news:
            await self._news.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)

    async def until_state(self, state: LinkState, count: int = 1) -> None:
        async with asyncio.timeout(SECONDS), self._news:
            await self._news.wait_for(lambda: self.all.count(state) >= count)

    async def until_line(self, end: str) -> None:
        async with asyncio.timeout(SECONDS), self._news:
            await self._news.wait_for(lambda: any(line.endswith(end) for line in self.lines))


@asynccontextmanager
async def listening(peripherals: BlePeripherals) -> AsyncIterator[Listener]:
    listener = Listener()
    task = asyncio.create_task(listener.run(peripherals))
    try:
        yield listener
    finally:
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=SECONDS)
        assert done, "the link did not end"
        assert task.cancelled(), task.exception()


async def no_digits() -> int:
    raise AssertionError("nobody shows digits")


async def pair_cuff(site: Site, peripherals: BlePeripherals, systolic: int = 120) -> asyncio.Task[None]:
    """Bonds with the cuff, which is asleep, as soon as it has a value to send; the task is done when it was sent."""
    pairing = asyncio.create_task(peripherals.pair(site.ward.cuff.address, no_digits))
    sent = asyncio.create_task(use_cuff(site, systolic))
    about = await pairing
    assert about.bonded
    return sent


async def use_cuff(site: Site, systolic: int) -> None:
    await site.ward.cuff.measure(systolic, 70, 90, 60, NOON, timeout=SECONDS)


def systolics(arrived: Sequence[Arrived]) -> list[int]:
    """Every systolic that arrived, by the bytes of BLS 1.1.1 (an SFLOAT with exponent 0 in bytes 1 and 2)."""
    return [int.from_bytes(one.raw[1:3], "little") for one in arrived]


async def recovery(
    site: Site,
    fault: Fault,
    times: Times = Times(),  # noqa: B008
    models: Sequence[BleModel] = MODELS,
    lines: list[str] | None = None,
) -> float:
    """Seconds from ``fault`` to the next reading; of one that only a person can put right, to the line that says so.

    DBUS_SYSTEM_BUS_ADDRESS is that of ``site``. A reading that is lost or arrives twice is an AssertionError. ``lines`` gets
    what was said at the bedside.
    """
    loop = asyncio.get_running_loop()
    peripherals = BlePeripherals(models, times=times, watchdog=times.watchdog)
    async with listening(peripherals) as listener:
        sent = 1
        if fault.needs is not Needs.NOTHING:
            site.ward.cuff.bond.pairing = Pairing.JUST_WORKS
        if fault.needs in (Needs.BOND, Needs.PERSON):
            await (await pair_cuff(site, peripherals))
        elif fault.needs is Needs.NOTHING:
            await use_cuff(site, 120)
        else:
            sent = 0
        await listener.until(Arrived, sent)
        await listener.until_state(LinkState(CUFF, connected=False), sent)
        async with fault.inject(site):
            began = loop.time()
            if fault.needs is Needs.PAIRING:
                delivered = await pair_cuff(site, peripherals)
            else:
                delivered = asyncio.create_task(use_cuff(site, 121))
            if fault.needs is Needs.PERSON:
                await listener.until_line("appairez-le de nouveau.")
                took = loop.time() - began
                about = await peripherals.pair(site.ward.cuff.address, no_digits)
                assert about.bonded
            await listener.until(Arrived, sent + 1)
            if fault.needs is not Needs.PERSON:
                took = loop.time() - began
            await delivered
    wanted = [120] if fault.needs is Needs.PAIRING else [120, 121]
    assert systolics(listener.of(Arrived)) == wanted, systolics(listener.of(Arrived))
    if lines is not None:
        lines += listener.lines
    return took
