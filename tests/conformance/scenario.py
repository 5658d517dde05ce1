"""One scenario for two org.bluez: what a caller sees of the same simulated devices, as a record that can be compared."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable

from dbus_fast import Variant

from firmware_stubs.ble_ward import Devices
from firmware_stubs.gatt.bond import Pairing
from firmware_stubs.gatt.heart_rate_strap import Beats
from tests.conformance.caller import (
    ADAPTER,
    ADAPTER_PATH,
    AGENT_PATH,
    CALL_SECONDS,
    CHARACTERISTIC,
    DESCRIPTOR,
    DEVICE,
    OF_THE_PLACE,
    PROPERTIES,
    Caller,
    Json,
    plain,
    shown,
)
from tests.conformance.readings import NOON, of_a_lost_bond, of_each_family

STEP_SECONDS = 120.0
UNASKED_SECONDS = 4.0
LINGER_SECONDS = 3.0
"""BlueZ subscribes again before it has resolved the services: a device that then hangs up at once may never be resolved."""
BLUEZ = "/org/bluez"
MANAGER = "org.bluez.AgentManager1"
GATT = "org.bluez.Gatt"


@dataclasses.dataclass(frozen=True, slots=True)
class Observations:
    """``version`` is what the service says it is; ``steps`` maps the name of each step to what was seen in it."""

    version: str
    steps: dict[str, Json]

    def to_json(self, indent: int | None = 1) -> str:
        return json.dumps({"version": self.version, "steps": self.steps}, indent=indent, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Observations:
        """Raises ValueError for what is no record of observations."""
        record = json.loads(text)
        if not isinstance(record, dict) or not isinstance(record.get("steps"), dict):
            raise ValueError("no observations")  # noqa: TRY004 - the text is wrong, not its type
        return cls(str(record.get("version")), record["steps"])


Seen = dict[str, Json]
"""What one step saw, under a few words for each thing; steps add to it."""


def path_of(address: str) -> str:
    return f"{ADAPTER_PATH}/dev_{address.replace(':', '_')}"


@dataclasses.dataclass(frozen=True, slots=True)
class Stage:
    caller: Caller
    devices: Devices

    async def clear(self) -> None:
        """Whatever a step left behind is gone: devices are asleep and unknown, and no agent is there."""
        await self.caller.call(BLUEZ, MANAGER, "UnregisterAgent", "o", AGENT_PATH)
        for device in self.devices.all:
            await device.sleep()
            await device.forget_bond()
            device.bond.pairing = Pairing.NONE
            device.linger = 0.0
            await self.caller.call(ADAPTER_PATH, ADAPTER, "RemoveDevice", "o", path_of(device.address))

    async def discover(self, path: str) -> None:
        """Scans until the device at ``path`` is seen, as bleak does."""
        since = len(self.caller.news)
        await self.caller.call(ADAPTER_PATH, ADAPTER, "SetDiscoveryFilter", "a{sv}", {"Transport": Variant("s", "le")})
        await self.caller.call(ADAPTER_PATH, ADAPTER, "StartDiscovery")
        caller = self.caller
        await caller.until(lambda: path in caller.added(since) or any(m.path == path for m in caller.news[since:]))
        await self.caller.call(ADAPTER_PATH, ADAPTER, "StopDiscovery")
        await self.until_said(ADAPTER_PATH, ADAPTER, "Discovering False", since)

    async def connect(self, path: str) -> Json:
        since = len(self.caller.news)
        answer = await self.caller.call(path, DEVICE, "Connect")
        await self.until_said(path, DEVICE, "ServicesResolved True", since)
        return answer

    async def until_said(
        self, path: str, interface: str, change: str, since: int, seconds: float = CALL_SECONDS
    ) -> None:
        """Raises TimeoutError."""
        caller = self.caller
        await caller.until(lambda: change in caller.changes(path, interface, since), seconds)

    def said(self, characteristic: str, since: int) -> list[str]:
        return self.caller.changes(characteristic, CHARACTERISTIC, since)

    async def characteristic(self, device: str, number: str) -> str:
        """The path of the characteristic ``number`` (four hex digits) of a device."""
        for path, interfaces in (await self.caller.objects()).items():
            found = interfaces.get(CHARACTERISTIC)
            if path.startswith(device) and found and found["UUID"].value.startswith(f"0000{number}-"):
                return path
        raise LookupError(number)

    async def tree(self, device: str) -> Json:
        """Every object below ``device``, as its interfaces and their properties."""
        return {
            path.removeprefix(device): {
                name: shown(properties)
                for name, properties in sorted(interfaces.items())
                if name.startswith("org.bluez.")
            }
            for path, interfaces in sorted((await self.caller.objects()).items())
            if path.startswith(f"{device}/")
        }


async def adapter(stage: Stage, seen: Seen) -> None:
    objects = await stage.caller.objects()
    seen |= {
        "agent manager": "org.bluez.AgentManager1" in objects["/org/bluez"],
        "properties": shown(objects[ADAPTER_PATH][ADAPTER], OF_THE_PLACE),
    }


async def discovery(stage: Stage, seen: Seen) -> None:
    """A device that nobody knows is seen, and vanishes from nobody's list while a scan runs."""
    caller, path = stage.caller, path_of(stage.devices.cuff.address)
    measured = asyncio.create_task(stage.devices.cuff.measure(128, 76, 93, 71, NOON))
    seen |= {
        "stop before any start": await caller.call(ADAPTER_PATH, ADAPTER, "StopDiscovery"),
        "unknown filter": await caller.call(
            ADAPTER_PATH, ADAPTER, "SetDiscoveryFilter", "a{sv}", {"Nonsense": Variant("s", "le")}
        ),
    }
    since = len(caller.news)
    await stage.discover(path)
    seen["adapter"] = list(dict.fromkeys(caller.changes(ADAPTER_PATH, ADAPTER, since)))
    seen["device"] = shown((await caller.objects())[path][DEVICE])
    measured.cancel()


async def start_twice(stage: Stage, seen: Seen) -> None:
    caller = stage.caller
    seen |= {
        "first": await caller.call(ADAPTER_PATH, ADAPTER, "StartDiscovery"),
        "second": await caller.call(ADAPTER_PATH, ADAPTER, "StartDiscovery"),
        "stop": await caller.call(ADAPTER_PATH, ADAPTER, "StopDiscovery"),
        "stop again": await caller.call(ADAPTER_PATH, ADAPTER, "StopDiscovery"),
    }


async def refusals(stage: Stage, seen: Seen) -> None:
    caller, path = stage.caller, path_of(stage.devices.cuff.address)
    nobody = f"{ADAPTER_PATH}/dev_00_00_00_00_00_01"
    seen |= {
        "unknown object": await caller.call(nobody, DEVICE, "Connect"),
        "unknown method": await caller.call(ADAPTER_PATH, ADAPTER, "Fly"),
        "unknown signature": await caller.call(ADAPTER_PATH, ADAPTER, "StartDiscovery", "s", "now"),
        "unknown property": await caller.call(ADAPTER_PATH, PROPERTIES, "Get", "ss", ADAPTER, "Colour"),
        "unknown interface": await caller.call(ADAPTER_PATH, PROPERTIES, "Get", "ss", "org.bluez.Nothing1", "Alias"),
        "read only": await caller.call(
            ADAPTER_PATH, PROPERTIES, "Set", "ssv", ADAPTER, "Discovering", Variant("b", True)
        ),
        "wrong type": await caller.call(ADAPTER_PATH, PROPERTIES, "Set", "ssv", ADAPTER, "Alias", Variant("b", True)),
        "disconnect": await caller.call(path, DEVICE, "Disconnect"),
        "remove": await caller.call(ADAPTER_PATH, ADAPTER, "RemoveDevice", "o", nobody),
    }


async def unbonded(stage: Stage, seen: Seen) -> None:
    """A cuff that nobody paired: connected, discovered, subscribed to, gone."""
    caller, cuff = stage.caller, stage.devices.cuff
    path = path_of(cuff.address)
    measured = asyncio.create_task(cuff.measure(129, 77, 94, 72, NOON))
    await stage.discover(path)
    since = len(caller.news)
    seen |= {"connect": await stage.connect(path)}
    seen["device"] = caller.changes(path, DEVICE, since)
    seen["uuids"] = plain(await caller.get(path, DEVICE, "UUIDs"))
    seen["objects"] = await stage.tree(path)
    value = await stage.characteristic(path, "2a35")
    seen["connect again"] = await caller.call(path, DEVICE, "Connect")
    maker = await stage.characteristic(path, "2a29")
    clock = await stage.characteristic(path, "2a2b")
    seen["read"] = await caller.call(maker, CHARACTERISTIC, "ReadValue", "a{sv}", {})
    seen["value after a read"] = plain(await caller.get(maker, CHARACTERISTIC, "Value"))
    seen["read what is indicated"] = await caller.call(value, CHARACTERISTIC, "ReadValue", "a{sv}", {})
    seen["write what is read"] = await caller.call(maker, CHARACTERISTIC, "WriteValue", "aya{sv}", b"x", {})
    seen["subscribe to what is read"] = await caller.call(maker, CHARACTERISTIC, "StartNotify")
    seen["write a clock"] = await caller.call(
        clock, CHARACTERISTIC, "WriteValue", "aya{sv}", bytes.fromhex("ea0703040c0506030000"), {}
    )
    seen["write a clock to the 31st of February"] = await caller.call(
        clock, CHARACTERISTIC, "WriteValue", "aya{sv}", bytes.fromhex("ea07021f0c0506000000"), {}
    )
    seen["write a clock's half"] = await caller.call(clock, CHARACTERISTIC, "WriteValue", "aya{sv}", b"\xea", {})
    seen["stop before any start"] = await caller.call(value, CHARACTERISTIC, "StopNotify")
    configuration = next(p for p in (await caller.objects()) if p.startswith(f"{value}/desc"))
    seen["write a CCCD"] = await caller.call(configuration, DESCRIPTOR, "WriteValue", "aya{sv}", b"\x02\x00", {})
    since = len(caller.news)
    seen["subscribe"] = await caller.call(value, CHARACTERISTIC, "StartNotify")
    await stage.until_said(path, DEVICE, "Connected False", since)
    seen["characteristic"] = caller.changes(value, CHARACTERISTIC, since)
    seen["device after"] = caller.changes(path, DEVICE, since)
    seen["objects after"] = await stage.tree(path)
    seen["removed"] = sorted(caller.removed(since))
    seen["sent"] = (await measured).hex()
    seen["disconnect"] = await caller.call(path, DEVICE, "Disconnect")
    since = len(caller.news)
    seen["remove"] = await caller.call(ADAPTER_PATH, ADAPTER, "RemoveDevice", "o", path)
    await caller.until(lambda: f"{path} {DEVICE}" in caller.removed(since))
    seen["remove again"] = await caller.call(ADAPTER_PATH, ADAPTER, "RemoveDevice", "o", path)


async def met_again(stage: Stage, seen: Seen) -> None:
    """A cuff that nobody paired comes back: does BlueZ remember who wanted its values?"""
    caller, cuff = stage.caller, stage.devices.cuff
    path = path_of(cuff.address)
    cuff.linger = LINGER_SECONDS
    first = asyncio.create_task(cuff.measure(128, 76, 93, 71, NOON))
    await stage.discover(path)
    await stage.connect(path)
    value = await stage.characteristic(path, "2a35")
    since = len(caller.news)
    await caller.call(value, CHARACTERISTIC, "StartNotify")
    await stage.until_said(path, DEVICE, "Connected False", since)
    await first
    second = asyncio.create_task(cuff.measure(129, 77, 94, 72, NOON))
    await stage.discover(path)
    since = len(caller.news)
    seen["connect"] = await stage.connect(path)
    try:
        await caller.until(lambda: any("Value" in one for one in stage.said(value, since)), UNASKED_SECONDS)
    except TimeoutError:
        seen["told without being asked"] = False
        await caller.call(value, CHARACTERISTIC, "StartNotify")
    else:
        seen["told without being asked"] = True
    seen["characteristic"] = shown((await caller.objects())[value][CHARACTERISTIC])
    await stage.until_said(path, DEVICE, "Connected False", since)
    seen["device"] = caller.changes(path, DEVICE, since)
    seen["values"] = stage.said(value, since)
    seen["sent"] = (await second).hex()


async def host_leaves(stage: Stage, seen: Seen) -> None:
    """The host subscribes, stops, and hangs up itself."""
    caller, strap = stage.caller, stage.devices.strap
    path = path_of(strap.address)
    worn = asyncio.create_task(strap.wear([Beats(70)] * 100, every=0.2))
    await stage.discover(path)
    since = len(caller.news)
    await stage.connect(path)
    value = await stage.characteristic(path, "2a37")
    battery = await stage.characteristic(path, "2a19")
    seen |= {"subscribe": await caller.call(value, CHARACTERISTIC, "StartNotify")}
    seen["subscribe again"] = await caller.call(value, CHARACTERISTIC, "StartNotify")
    await stage.until_said(value, CHARACTERISTIC, "Value 0646", since)
    seen["battery"] = await caller.call(battery, CHARACTERISTIC, "ReadValue", "a{sv}", {})
    seen["stop"] = await caller.call(value, CHARACTERISTIC, "StopNotify")
    seen["values"] = list(dict.fromkeys(caller.changes(value, CHARACTERISTIC, since)))
    seen["disconnect"] = await caller.call(path, DEVICE, "Disconnect")
    await stage.until_said(path, DEVICE, "Connected False", since)
    seen["device"] = caller.changes(path, DEVICE, since)
    seen["read when it is gone"] = await caller.call(battery, CHARACTERISTIC, "ReadValue", "a{sv}", {})
    seen["subscribe when it is gone"] = await caller.call(value, CHARACTERISTIC, "StartNotify")
    worn.cancel()


async def agents(stage: Stage, seen: Seen) -> None:
    caller = stage.caller
    seen |= {
        "default before any": await caller.call(BLUEZ, MANAGER, "RequestDefaultAgent", "o", AGENT_PATH),
        "nonsense": await caller.call(BLUEZ, MANAGER, "RegisterAgent", "os", AGENT_PATH, "Telepathy"),
        "register": await caller.call(BLUEZ, MANAGER, "RegisterAgent", "os", AGENT_PATH, "NoInputNoOutput"),
        "register again": await caller.call(BLUEZ, MANAGER, "RegisterAgent", "os", AGENT_PATH, "NoInputNoOutput"),
        "default of another": await caller.call(BLUEZ, MANAGER, "RequestDefaultAgent", "o", "/another"),
        "default": await caller.call(BLUEZ, MANAGER, "RequestDefaultAgent", "o", AGENT_PATH),
        "pairable with an agent": await caller.get(ADAPTER_PATH, ADAPTER, "Pairable"),
        "unregister": await caller.call(BLUEZ, MANAGER, "UnregisterAgent", "o", AGENT_PATH),
        "unregister again": await caller.call(BLUEZ, MANAGER, "UnregisterAgent", "o", AGENT_PATH),
    }


async def pair_without_agent(stage: Stage, seen: Seen) -> None:
    caller, oximeter = stage.caller, stage.devices.oximeter
    path = path_of(oximeter.address)
    oximeter.bond.pairing = Pairing.JUST_WORKS
    measured = asyncio.create_task(oximeter.measure(96, 70, NOON))
    await stage.discover(path)
    since = len(caller.news)
    seen |= {"connect": await stage.connect(path)}
    seen["pair"] = await caller.call(path, DEVICE, "Pair")
    seen["changes"] = caller.changes(path, DEVICE, since)
    seen["trusted"] = await caller.get(path, DEVICE, "Trusted")
    measured.cancel()


async def bonded(stage: Stage, seen: Seen) -> None:
    """Pairs without a word, takes a value, loses the link, comes back, and forgets."""
    caller, oximeter = stage.caller, stage.devices.oximeter
    path = path_of(oximeter.address)
    oximeter.bond.pairing = Pairing.JUST_WORKS
    await caller.call(ADAPTER_PATH, PROPERTIES, "Set", "ssv", ADAPTER, "Pairable", Variant("b", True))
    await caller.call(BLUEZ, MANAGER, "RegisterAgent", "os", AGENT_PATH, "NoInputNoOutput")
    await caller.call(BLUEZ, MANAGER, "RequestDefaultAgent", "o", AGENT_PATH)
    first = asyncio.create_task(oximeter.measure(96, 70, NOON))
    await stage.discover(path)
    since, asked = len(caller.news), len(caller.asked)
    seen |= {"connect": await stage.connect(path)}
    seen["pair"] = await caller.call(path, DEVICE, "Pair")
    seen["asked"] = list(caller.asked[asked:])
    value = await stage.characteristic(path, "2a5e")
    seen["subscribe"] = await caller.call(value, CHARACTERISTIC, "StartNotify")
    await stage.until_said(path, DEVICE, "Connected False", since)
    seen["device"] = caller.changes(path, DEVICE, since)
    seen["values"] = caller.changes(value, CHARACTERISTIC, since)
    seen["sent"] = (await first).hex()
    seen["value kept"] = plain(await caller.get(value, CHARACTERISTIC, "Value"))
    seen["notifying after"] = await caller.get(value, CHARACTERISTIC, "Notifying")
    seen["removed"] = [one for one in sorted(caller.removed(since)) if GATT in one]
    oximeter.linger = LINGER_SECONDS
    second = asyncio.create_task(oximeter.measure(97, 71, NOON))
    await stage.discover(path)
    since = len(caller.news)
    seen["connect again"] = await caller.call(path, DEVICE, "Connect")
    await stage.until_said(path, DEVICE, "Connected False", since)
    seen["device again"] = caller.changes(path, DEVICE, since)
    seen["values again"] = caller.changes(value, CHARACTERISTIC, since)
    seen["sent again"] = (await second).hex()


async def passkey(stage: Stage, seen: Seen) -> None:
    """Six digits on the device's display, typed by a person at ours."""
    caller, cuff = stage.caller, stage.devices.cuff
    path = path_of(cuff.address)
    cuff.bond.pairing = Pairing.PASSKEY
    caller.passkey = cuff.bond.shown
    await caller.call(BLUEZ, MANAGER, "RegisterAgent", "os", AGENT_PATH, "KeyboardDisplay")
    await caller.call(BLUEZ, MANAGER, "RequestDefaultAgent", "o", AGENT_PATH)
    measured = asyncio.create_task(cuff.measure(128, 76, 93, 71, NOON))
    await stage.discover(path)
    since, asked = len(caller.news), len(caller.asked)
    seen |= {"connect": await stage.connect(path)}
    seen["pair"] = await caller.call(path, DEVICE, "Pair")
    seen["asked"] = list(caller.asked[asked:])
    seen["authenticated"] = await cuff.bond.authenticated()
    value = await stage.characteristic(path, "2a35")
    await caller.call(value, CHARACTERISTIC, "StartNotify")
    await stage.until_said(path, DEVICE, "Connected False", since)
    seen["device"] = caller.changes(path, DEVICE, since)
    seen["sent"] = (await measured).hex()
    caller.passkey = None


ENDED_WHILE_CONNECTING = frozenset(
    f"org.bluez.Error.Failed: {text}" for text in ("br-connection-canceled", "le-connection-abort-by-local")
)
"""BlueZ says one or the other, as its socket for management or that for ATT is read first (device.c)."""


async def _lose_bond(stage: Stage, seen: Seen, path: str) -> None:
    """The cuff is bonded with, and forgets that; it is awake then."""
    caller, cuff = stage.caller, stage.devices.cuff
    cuff.bond.pairing = Pairing.JUST_WORKS
    await caller.call(ADAPTER_PATH, PROPERTIES, "Set", "ssv", ADAPTER, "Pairable", Variant("b", True))
    await caller.call(BLUEZ, MANAGER, "RegisterAgent", "os", AGENT_PATH, "NoInputNoOutput")
    await caller.call(BLUEZ, MANAGER, "RequestDefaultAgent", "o", AGENT_PATH)
    await stage.discover(path)
    seen["connect"] = await stage.connect(path)
    seen["pair"] = await caller.call(path, DEVICE, "Pair")
    since = len(caller.news)
    await caller.call(path, DEVICE, "Disconnect")
    await stage.until_said(path, DEVICE, "Connected False", since)
    await cuff.forget_bond()


async def lost_bond(stage: Stage, seen: Seen) -> None:
    """The cuff lost its key; BlueZ has its own still."""
    caller, cuff = stage.caller, stage.devices.cuff
    path = path_of(cuff.address)
    measured = asyncio.create_task(cuff.measure(129, 77, 94, 72, NOON))
    await _lose_bond(stage, seen, path)
    await stage.discover(path)
    since = len(caller.news)
    answer = await caller.call(path, DEVICE, "Connect")
    seen["connect again"] = "ended while connecting" if answer in ENDED_WHILE_CONNECTING else answer
    await stage.until_said(path, DEVICE, "Connected False", since)
    seen["device"] = caller.changes(path, DEVICE, since)
    seen["paired"] = await caller.get(path, DEVICE, "Paired")
    measured.cancel()


async def lost_bond_told(stage: Stage, seen: Seen) -> None:
    """The same, and our link is who meets the cuff: the bedside is told, and BlueZ forgets the bond."""
    caller, cuff = stage.caller, stage.devices.cuff
    path = path_of(cuff.address)
    measured = asyncio.create_task(cuff.measure(129, 77, 94, 72, NOON))
    await _lose_bond(stage, {}, path)
    since = len(caller.news)
    seen["told"] = await of_a_lost_bond(cuff.address)
    await caller.until(lambda: f"{path} {DEVICE}" in caller.removed(since))
    # it may have been seen again since
    seen["bonded"] = bool(await caller.get(path, DEVICE, "Bonded"))
    measured.cancel()


async def families(stage: Stage, seen: Seen) -> None:
    await of_each_family(stage.devices, seen)


Step = Callable[[Stage, Seen], Awaitable[None]]
STEPS: tuple[Step, ...] = (
    adapter,
    discovery,
    start_twice,
    refusals,
    unbonded,
    met_again,
    host_leaves,
    agents,
    families,
    pair_without_agent,
    bonded,
    passkey,
    lost_bond,
    lost_bond_told,
)


async def observe(
    bus_address: str, devices: Devices, version: str, progress: Callable[[Observations], object] = lambda _: None
) -> Observations:
    """Runs every step, one after the other, and hands over what was seen after each. One that fails is recorded as that."""
    seen = Observations(version, {})
    async with Caller(bus_address) as caller:
        stage = Stage(caller, devices)
        for step in STEPS:
            told: Seen = {}
            seen.steps[step.__name__] = told
            try:
                async with asyncio.timeout(STEP_SECONDS):
                    await step(stage, told)
            except Exception as exc:  # noqa: BLE001 - the next step may still tell something
                told["failed"] = f"{type(exc).__name__}: {exc}"
            progress(seen)
            async with asyncio.timeout(STEP_SECONDS):
                await stage.clear()
    return seen
