"""The scenario on our own org.bluez. ``python -m tests.conformance.ours`` prints what differs from each recorded one."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from types import MappingProxyType

from firmware_stubs.ble_ward import BleWard
from firmware_stubs.bluez.release import BOOKWORM, TRIXIE, Release
from firmware_stubs.private_bus import private_bus
from tests.conformance.compare import differences
from tests.conformance.machine import recorded_at
from tests.conformance.packages import SUITES, Suite
from tests.conformance.scenario import Observations, observe

RELEASES: Mapping[str, Release] = MappingProxyType({"5.66": BOOKWORM, "5.82": TRIXIE})
"""What our service can be, by the version of BlueZ."""


async def observe_ours(suite: Suite) -> Observations:
    """Our service as that suite's BlueZ. Sets DBUS_SYSTEM_BUS_ADDRESS for this process: bleak finds its bus by it."""
    async with private_bus() as address:
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = address
        async with BleWard(address, RELEASES[suite.bluez]) as ward:
            return await observe(address, ward, f"our service as BlueZ {suite.bluez}")


def main() -> None:
    for suite in SUITES:
        ours = asyncio.run(observe_ours(suite))
        for line in differences(Observations.from_json(recorded_at(suite).read_text()), ours):
            sys.stdout.write(f"{suite.bluez} {line}\n")


if __name__ == "__main__":
    main()
