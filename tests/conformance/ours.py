"""The scenario on our own org.bluez. ``python -m tests.conformance.ours`` prints what differs from the recorded one."""

from __future__ import annotations

import asyncio
import os
import sys

from firmware_stubs.ble_ward import BleWard
from firmware_stubs.private_bus import private_bus
from tests.conformance.compare import differences
from tests.conformance.machine import RECORDED
from tests.conformance.scenario import Observations, observe


async def observe_ours() -> Observations:
    """Sets DBUS_SYSTEM_BUS_ADDRESS for this process: bleak finds its bus by it."""
    async with private_bus() as address:
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = address
        async with BleWard(address) as ward:
            return await observe(address, ward, "simulated")


def main() -> None:
    ours = asyncio.run(observe_ours())
    for line in differences(Observations.from_json(RECORDED.read_text()), ours):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
