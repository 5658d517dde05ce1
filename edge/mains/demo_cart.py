"""A whole cart for demonstrations: settings, residents, simulated peripherals, far ends and the cart's own processes."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

import msgspec

from edge import settings as settings_file
from edge.domain.fault import Fault, Reason
from edge.domain.ports import Destination
from edge.mains.children import Child, telecart
from edge.mains.sync import destinations
from edge.settings import Settings

_START_SECONDS = 40.0

RESIDENTS = """\
# Invented people: any likeness is chance. One more is told of by the residents' record.
[[resident]]
id = "IPP-0211"
birth_name = "BERNARD"
given_names = "Louis"
birth_date = 1941-07-04
sex = "M"
room = "211"
status = "provisoire"

[[resident]]
id = "IPP-0212"
birth_name = "PETIT"
given_names = "Odette"
birth_date = 1935-11-19
sex = "F"
room = "212"
status = "validee"
allergies = []

[[resident]]
id = "IPP-0216"
birth_name = "DUPOND"
given_names = "Jeanne"
birth_date = 1938-12-03
sex = "F"
room = "216"
status = "provisoire"
"""


DEVICES = {
    "cuff": "blood-pressure",
    "bm85": "beurer-bm85",
    "oximeter": "pulse-oximeter",
    "thermometer": "thermometer",
    "scale": "weight-scale",
    "glucose": "glucose",
    "strap": "heart-rate",
}
"""What the ward calls its Bluetooth devices, and what the catalog does."""


def pacs_of(text: str) -> tuple[str, str, int]:
    """(AE title, host, port) of ``AET@HOST:PORT``. Raises Fault(SETTINGS)."""
    found = re.fullmatch(r"([^@\s]{1,16})@([^@:\s]+|\[[0-9a-fA-F:]+\]):(\d{1,5})", text)
    if not found or not 0 < int(found[3]) < 65536:
        raise Fault(Reason.SETTINGS, f"{text} is not a PACS", "write it as AET@HOST:PORT")
    return found[1], found[2].strip("[]"), int(found[3])


class DemoCart:
    """``async with DemoCart(folder, ...) as cart``: everything runs; afterwards nothing does.

    ``screen_on_pty`` also runs the bedside screen, on a terminal of its own.
    """

    def __init__(self, folder: Path, *, pacs: str | None = None, screen_on_pty: bool = False) -> None:
        self.folder = folder
        self._pacs = pacs_of(pacs) if pacs else None
        logs = folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self.config = folder / "telecart.toml"
        self.ward = Child(
            "ward",
            [sys.executable, "-m", "firmware_stubs.ward", "--folder", str(folder / "ward")],
            logs,
            {},
        )
        self._record_port = _free_port()
        self.record = Child(
            "record",
            [sys.executable, "-m", "firmware_stubs.record_sender", "--port", str(self._record_port)],
            logs,
            {},
        )
        self.far_end = Child(
            "far-end",
            [sys.executable, "-m", "firmware_stubs.far_end", "--folder", str(folder / "far-end")],
            logs,
            {},
        )
        self._far_end_ports: list[str] = []
        self._logs = logs
        self._names = ("edge", "sync", "media", *(("ui",) if screen_on_pty else ()))
        self.children: dict[str, Child] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> DemoCart:
        try:
            (self.folder / "ward").mkdir(exist_ok=True)
            ward, far = await asyncio.gather(
                self.ward.start_and_read(_START_SECONDS), self.far_end.start_and_read(_START_SECONDS)
            )
            self._far_end_ports = [
                f"--pacs-port={far['pacs_port']}",
                f"--fhir-port={urlsplit(str(far['fhir_url'])).port}",
            ]
            self._write_settings(ward, far)
            self.settings: Settings = settings_file.read(self.config)
            environment = {"DBUS_SYSTEM_BUS_ADDRESS": str(ward["bus"])} if ward["bus"] else {}
            self.has_bluetooth = bool(ward["bus"])
            self.bluetooth = _addresses(ward)
            for name in self._names:
                self.children[name] = Child(name, telecart(self.config, name), self._logs, environment)
                self._tasks.append(asyncio.create_task(self.children[name].keep_running()))
            await asyncio.gather(self._until_the_door_opens(), self._until_the_record_is_answered())
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # edge last of the three, so that media can tell it how its call ended
        for name in ("ui", "media", "sync", "edge"):
            if name in self.children:
                await self.children[name].stop()
        await asyncio.gather(self.ward.stop(), self.far_end.stop(), self.record.stop())

    async def cut_the_line(self) -> None:
        """The PACS and the FHIR endpoint are gone until ``mend_the_line``."""
        await self.far_end.stop()

    async def mend_the_line(self) -> None:
        """They come back at the same addresses, with what they held."""
        await self.far_end.start_and_read(_START_SECONDS, *self._far_end_ports)

    def destinations(self) -> dict[str, Destination]:
        return {end.name: end for end in destinations(self.settings)}

    async def _until_the_door_opens(self) -> None:
        try:
            async with asyncio.timeout(_START_SECONDS):
                # a socket that is not there yet tells nobody when it comes
                while not await _answers(self.settings.door):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise Fault(Reason.LINK_REFUSED, "edge did not start", f"read {self._logs / 'edge.log'}") from None

    async def _until_the_record_is_answered(self) -> None:
        """One resident is told of by the record, once sync listens."""
        told = await self.record.start_and_read(2 * _START_SECONDS)
        if told["answer"] != "AA":
            raise Fault(Reason.LINK_REFUSED, "the residents' record was not heard", f"read {self._logs / 'sync.log'}")

    def _write_settings(self, ward: dict[str, str | int], far: dict[str, str | int]) -> None:
        residents = self.folder / "residents.toml"
        residents.write_text(RESIDENTS, encoding="utf-8")
        aet, host, port = self._pacs or ("DEMOPACS", "127.0.0.1", int(far["pacs_port"]))
        text = msgspec.json.encode  # a JSON string is a TOML basic string

        def quoted(value: object) -> str:
            return text(str(value)).decode()

        self.config.write_text(
            f"cart = {quoted('Borne 3')}\n"
            "demo = true\n"
            f"bluetooth = {'true' if ward['bus'] else 'false'}\n"
            f"data = {quoted(self.folder / 'data')}\n"
            f"residents = {quoted(residents)}\n"
            f"recorder_folder = {quoted(ward['recorder'])}\n"
            f"[site]\nname = {quoted('EHPAD de démonstration')}\nissuer = {quoted('DEMO')}\n"
            f"[cameras]\nroom = {quoted(ward['camera'])}\n"
            f"dermatoscope = {quoted(ward['camera'])}\notoscope = {quoted(ward['camera'])}\n"
            f"[sound]\nmicrophone = {quoted(ward['microphone'])}\nstethoscope = {quoted(ward['microphone'])}\n"
            f"[[serial]]\nport = {quoted(ward['nonin'])}\nmodel = {quoted('nonin-2')}\n"
            f"[[pacs]]\naet = {quoted(aet)}\nhost = {quoted(host)}\nport = {port}\n"
            # who points a demonstration at a PACS of his own says how: in the clear
            f"for_demonstration = {'true' if self._pacs else 'false'}\nplain = {'true' if self._pacs else 'false'}\n"
            f"[record.mllp]\nhost = {quoted('127.0.0.1')}\nport = {self._record_port}\ncallers = [{quoted('127.0.0.1')}]\n"
            f"[[fhir]]\nurl = {quoted(far['fhir_url'])}\n" + _listed(_addresses(ward)),
            encoding="utf-8",
        )
        (self.folder / "data").mkdir(exist_ok=True)


def _addresses(ward: Mapping[str, object]) -> dict[str, str]:
    """Of the ward's Bluetooth devices, by what it calls them."""
    found = ward["bluetooth"]
    assert isinstance(found, dict)
    return found


def _listed(addresses: Mapping[str, str]) -> str:
    """The devices of the ward on the cart's list, but for the body scale, which a person may take in."""
    return "".join(
        f'[[device]]\nid = "{address}"\nmodel = "{DEVICES[name]}"\n'
        for name, address in addresses.items()
        if name in DEVICES
    )


def _free_port() -> int:
    """Nobody listens there now, and none of the ports that the kernel gives away by itself."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


async def _answers(door: Path) -> bool:
    with contextlib.suppress(OSError):
        _reader, writer = await asyncio.open_unix_connection(door)
        writer.close()
        return True
    return False


def new_folder() -> Path:
    """A fresh place for one demonstration; short, since a Unix socket's path may have 107 characters at most."""
    folder = Path("/tmp") / f"telecart-{secrets.token_hex(4)}"  # noqa: S108 - made below, private to us, or it fails
    folder.mkdir(mode=0o700)
    return folder
