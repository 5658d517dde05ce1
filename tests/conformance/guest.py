"""What runs in the machine: ``python -m tests.conformance.guest TTY`` writes the observations so far to TTY, one line a step.

The controller behind /dev/vhci and the simulated devices share one link in this process; between them and the caller are
the real kernel and the real bluetoothd.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TextIO

from bumble.controller import Controller
from bumble.hci import (
    HCI_ErrorCode,
    HCI_LE_Set_Random_Address_Command,
    HCI_StatusReturnParameters,
    LeFeatureMask,
)
from bumble.link import LocalLink
from bumble.transport.vhci import open_vhci_transport
from dbus_fast import MessageType

from firmware_stubs.ble_ward import Devices
from tests.conformance.caller import ADAPTER, ADAPTER_PATH, Caller
from tests.conformance.scenario import observe

BLUETOOTHD = "/usr/libexec/bluetooth/bluetoothd"
BUS = "unix:path=/run/dbus/system_bus_socket"
POWER_SECONDS = 60.0

# bumble's controller claims them, and does not do all that Linux then asks of it
UNSUPPORTED = LeFeatureMask.LL_PRIVACY | LeFeatureMask.LE_EXTENDED_ADVERTISING


class SteadyController(Controller):
    """Linux takes a new address for each scan; bumble's link would then no longer find the connections of the old one."""

    def on_hci_le_set_random_address_command(
        self, command: HCI_LE_Set_Random_Address_Command
    ) -> HCI_StatusReturnParameters:
        if self.le_connections:
            return HCI_StatusReturnParameters(HCI_ErrorCode.SUCCESS)
        return super().on_hci_le_set_random_address_command(command)


@contextlib.asynccontextmanager
async def adapter(link: LocalLink) -> AsyncIterator[None]:
    """A controller on ``link`` as the kernel's hci0. It has no public address: then Linux takes a static random one."""
    transport = await open_vhci_transport(None)
    controller = SteadyController("hci0", host_source=transport.source, host_sink=transport.sink, link=link)
    controller.le_features &= ~UNSUPPORTED
    try:
        yield
    finally:
        await transport.close()


@contextlib.asynccontextmanager
async def bluetoothd() -> AsyncIterator[None]:
    debug = ["-d"] if os.environ.get("TELECART_BLUEZ_DEBUG") else []
    process = await asyncio.create_subprocess_exec(BLUETOOTHD, "-n", *debug)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def powered() -> None:
    """Returns once org.bluez has an adapter that is on."""
    async with asyncio.timeout(POWER_SECONDS), Caller(BUS) as caller:
        while True:
            reply = await caller.raw("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
            if reply.message_type is MessageType.METHOD_RETURN:
                found = reply.body[0].get(ADAPTER_PATH, {}).get(ADAPTER)
                if found is not None and found["Powered"].value:
                    return
            await asyncio.sleep(0.2)


async def run(version: str, told: TextIO) -> None:
    link = LocalLink()
    async with Devices(link) as devices, adapter(link), bluetoothd():
        await powered()
        await observe(
            BUS,
            devices,
            f"bluetoothd {version}, Linux {os.uname().release}",
            lambda seen: print(seen.to_json(indent=None), end="", file=told, flush=True),
        )


def main() -> None:
    version = subprocess.run([BLUETOOTHD, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    with Path(sys.argv[1]).open("w", encoding="utf-8") as told:
        asyncio.run(run(version, told))


if __name__ == "__main__":
    main()
