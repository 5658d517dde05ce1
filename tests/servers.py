"""Far ends for tests: programs of this machine (Orthanc, dcmtk) and the project's own, behind one face."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib
import io
import json
import socket
import subprocess
import tempfile
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

import pydicom
from pydicom.dataset import Dataset
from pynetdicom import AE, evt

from edge.domain.item import Frozen, InMemory, Item
from edge.domain.ports import Destination
from firmware_stubs.fhir_endpoint import FhirEndpoint
from firmware_stubs.pacs import EmbeddedPacs
from sync.dicom.building.modules import Source
from sync.dicom.sending.store_scu import PacsDestination
from sync.dicom.speaking.association import Timeouts
from sync.fhir.client import FhirDestination
from tests import items, needs

SOURCE = Source("EHPAD Les Tilleuls", "Borne 1", "0.1.0", ZoneInfo("Europe/Paris"))
QUICK = Timeouts(connect=5.0, stalled=5.0, answer=10.0)
PATIENCE = 20.0
"""Seconds in which a program of this machine is up, or down."""


def free_port(port: int = 0) -> int:
    """A port, or this ``port``, of which the kernel gives no other process one until this process ends.

    A server that sets SO_REUSEADDR may listen on it, again and again.
    """
    holding = socket.socket()
    holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holding.bind(("127.0.0.1", port))
    held: int = holding.getsockname()[1]
    holding.detach()
    return held


def wait_until_listening(program: subprocess.Popen[bytes], port: int) -> None:
    """Waits for the program's end, which must not come, until its port answers."""
    for _ in range(int(PATIENCE / 0.02)):
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 5):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(0.02)
            raise AssertionError(f"{program.args!r} ended with {program.returncode}")
    raise AssertionError(f"{program.args!r} does not listen on {port}")


def end(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    try:
        program.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


class FarEnd(Protocol):
    """``held`` is the number of objects there under an item's identifiers; ``proves`` whether it can be asked back."""

    proves: bool
    destination: Destination

    def new_item(self) -> Item: ...

    async def up(self) -> None: ...

    async def down(self) -> None: ...

    async def held(self, item: Item) -> int: ...


def pacs(port: int, aet: str = "DEMOPACS", timeouts: Timeouts = QUICK) -> PacsDestination:
    return PacsDestination("pacs", aet, "127.0.0.1", port, "TELECART", SOURCE, timeouts)


class EmbeddedFarEnd:
    proves = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = EmbeddedPacs(folder, port=free_port())
        self.destination: Destination = pacs(self.server.port)

    def new_item(self) -> Item:
        return items.ecg()

    async def up(self) -> None:
        self.server.start()

    async def down(self) -> None:
        self.server.stop()

    async def held(self, item: Item) -> int:
        return sum(instance.sop_uid == item.sop_uid for instance in self.server.instances())

    def file(self, item: Item) -> bytes:
        (instance,) = (one for one in self.server.instances() if one.sop_uid == item.sop_uid)
        return instance.path.read_bytes()


class OrthancFarEnd:
    proves = True
    plugins: tuple[Path, ...] = ()
    options: Mapping[str, str | bool] = {}

    def __init__(self, folder: Path) -> None:
        self.executable = needs.program("Orthanc", "orthanc")
        self.folder = folder
        self.port, self.http = free_port(), free_port()
        self.destination: Destination = pacs(self.port, "ORTHANC")
        self._program: subprocess.Popen[bytes] | None = None

    def new_item(self) -> Item:
        return items.photo()

    async def up(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "orthanc.json"
        configuration.write_text(
            json.dumps(
                {
                    "Name": "test",
                    "StorageDirectory": str(self.folder / "storage"),
                    "IndexDirectory": str(self.folder / "storage"),
                    "Plugins": [str(plugin) for plugin in self.plugins],
                    "DicomAet": "ORTHANC",
                    "DicomPort": self.port,
                    "DicomCheckCalledAet": True,
                    "DicomAlwaysAllowEcho": True,
                    "DicomAlwaysAllowStore": True,
                    "DicomAlwaysAllowFind": True,
                    "HttpPort": self.http,
                    "RemoteAccessAllowed": False,
                    "AuthenticationEnabled": False,
                    **self.options,
                }
            )
        )
        self._program = subprocess.Popen(  # noqa: ASYNC220
            [self.executable, str(configuration)],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until_listening(self._program, self.http)
        wait_until_listening(self._program, self.port)

    async def down(self) -> None:
        """Killed: its own way to end takes more than three seconds, and what it has taken is on its disk."""
        if self._program is not None:
            self._program.kill()
            self._program.wait()
            self._program = None

    async def held(self, item: Item) -> int:
        return len(self._found(item))

    def file(self, item: Item) -> bytes:
        (identity,) = self._found(item)
        return self._rest(f"/instances/{identity}/file")

    def _found(self, item: Item) -> list[str]:
        found = json.loads(self._rest("/tools/lookup", item.sop_uid.encode()))
        return [one["ID"] for one in found if one["Type"] == "Instance"]

    def _rest(self, path: str, body: bytes | None = None) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", body, timeout=10) as answer:
            content: bytes = answer.read()
            return content


class StorescpFarEnd:
    proves = False
    options: Sequence[str] = ()
    takes: Sequence[str] = ("+xa",)

    def __init__(self, folder: Path) -> None:
        self.executable = needs.program("storescp", "dcmtk")
        self.folder = folder
        self.port = free_port()
        self.destination: Destination = pacs(self.port, "STORESCP")
        self._program: subprocess.Popen[bytes] | None = None

    def new_item(self) -> Item:
        return items.photo()

    async def up(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # +B writes what came, bit for bit; +xa takes every class in every transfer syntax
        self._program = subprocess.Popen(  # noqa: ASYNC220
            [
                self.executable,
                "+B",
                *self.takes,
                *self.options,
                "-aet",
                "STORESCP",
                "-od",
                str(self.folder),
                str(self.port),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until_listening(self._program, self.port)

    async def down(self) -> None:
        if self._program is not None:
            end(self._program)
            self._program = None

    async def held(self, item: Item) -> int:
        return len(self._files(item))

    def file(self, item: Item) -> bytes:
        (path,) = self._files(item)
        return path.read_bytes()

    def _files(self, item: Item) -> list[Path]:
        return [path for path in self.folder.iterdir() if path.name.endswith(item.sop_uid)]


class FhirFarEnd:
    proves = True

    def __init__(self, folder: Path) -> None:
        self.server = FhirEndpoint(folder, free_port())
        self.destination: Destination = FhirDestination("fhir", self.server.url)

    def new_item(self) -> Item:
        return items.blood_pressure()

    async def up(self) -> None:
        await self.server.__aenter__()

    async def down(self) -> None:
        await self.server.__aexit__()

    async def held(self, item: Item) -> int:
        return int(("Observation", item.id) in self.server.resources())


AnyFarEnd = TypeVar("AnyFarEnd", bound=FarEnd)


@contextlib.asynccontextmanager
async def running(far_end: AnyFarEnd) -> AsyncIterator[AnyFarEnd]:
    try:
        await far_end.up()
        yield far_end
    finally:
        await far_end.down()


TAKEN = {
    "1.2.840.10008.5.1.4.1.1.9.1.1": ("1.2.840.10008.1.2.1",),
    "1.2.840.10008.5.1.4.1.1.77.1.4": ("1.2.840.10008.1.2.4.50",),
    "1.2.840.10008.5.1.4.1.2.2.1": ("1.2.840.10008.1.2",),
}
"""12-lead ECG, VL photographic, Study Root FIND, with their transfer syntaxes."""


@dataclasses.dataclass
class Scripted:
    """A DICOM node that answers as a test says; ``stored`` are the SOP instances that it saw."""

    answer: Callable[[Any], int] = lambda _: 0x0000
    find: Callable[[Any], Iterator[tuple[int, Dataset | None]]] = lambda _: iter(())
    contexts: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=lambda: dict(TAKEN))
    stored: list[str] = dataclasses.field(default_factory=list)
    associations: int = 0
    port: int = 0

    @contextlib.contextmanager
    def running(self) -> Iterator[Scripted]:
        ae = AE(ae_title="DEMOPACS")
        ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 10
        for abstract, syntaxes in self.contexts.items():
            ae.add_supported_context(abstract, list(syntaxes))

        def store(event: Any) -> int:
            self.stored.append(str(event.request.AffectedSOPInstanceUID))
            return self.answer(event)

        def accepted(_: Any) -> None:
            self.associations += 1

        server = ae.start_server(
            ("127.0.0.1", 0),
            block=False,
            evt_handlers=[(evt.EVT_C_STORE, store), (evt.EVT_C_FIND, self.find), (evt.EVT_ACCEPTED, accepted)],
        )
        assert server is not None
        self.port = server.server_address[1]
        try:
            yield self
        finally:
            server.shutdown()


@contextlib.asynccontextmanager
async def stalling_after(taken: int, port: int) -> AsyncIterator[int]:
    """The port of a line to ``port`` on which nothing more is read once ``taken`` bytes have gone there."""
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        answers = asyncio.create_task(pump(there, writer))
        left = taken
        while left > 0 and (piece := await reader.read(min(left, 65536))):
            left -= len(piece)
            back.write(piece)
            await back.drain()
        await done.wait()
        answers.cancel()
        back.close()
        writer.transport.abort()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        done.set()
        server.close()
        await server.wait_closed()


def frozen(destination: Destination, item: Item) -> Frozen:
    content = b"".join(destination.freeze(item).pieces())
    return Frozen(
        item.id, item.sop_uid, item.encounter.study_uid, InMemory(content), hashlib.sha256(content).hexdigest()
    )


def data_set(file: bytes) -> bytes:
    """A part-10 file without preamble and file meta information: what the object is, whoever wrote the file."""
    meta = pydicom.dcmread(io.BytesIO(file), specific_tags=[], stop_before_pixels=True).file_meta
    return file[128 + 4 + 12 + int(meta.FileMetaInformationGroupLength) :]


KNOWN = frozenset(
    {
        *("TwelveLeadECG", "GeneralECG", "AmbulatoryECG"),
        *("VLPhotographicImage", "VLEndoscopicImage", "DermoscopicPhotographyImage"),
        *("EncapsulatedPDF", "KeyObjectSelectionDocument"),
    }
)
"""How the validator names the kinds of ours that it knows."""


def dciodvfy(file: bytes) -> list[str]:
    """The errors of David Clunie's validator."""
    executable = needs.program("dciodvfy", "dicom3tools")
    with tempfile.NamedTemporaryFile(suffix=".dcm") as named:
        named.write(file)
        named.flush()
        done = subprocess.run([executable, named.name], capture_output=True, text=True, check=False, timeout=60)
    lines = (done.stdout + done.stderr).splitlines()
    assert any(line in KNOWN for line in lines), lines
    return [line for line in lines if line.startswith("Error")]
