"""What the figures of sending have in common: a store with frozen objects, an Orthanc, `telecart sync` as a process, storescu.

Ours is a run of `telecart sync` as systemd starts it, over its own copy of the store: its seconds, and the processor's, count from
when it says that it is ready (READY=1 to NOTIFY_SOCKET, all rows are there by then) until every row is committed as sent. Theirs
is a run of dcmtk's storescu over the same objects as plain files, from its start to its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from edge.domain.capture import Capture
from edge.domain.delivery import State
from edge.domain.measurement import Kind
from edge.mains.bench.figure import Unmeasured
from edge.mains.bench.store_scene import DEVICE, RESIDENT, now, places_in
from edge.mains.children import telecart
from edge.store.ledger import Places, open_for_edge, open_for_sync
from edge.store.sending.outbox import Opened, StoredOutbox
from edge.store.thread import StoreThread
from sync.dicom.building import objects
from sync.dicom.building.modules import Source

DESTINATION: Final = "far"
SOURCE: Final = Source("EHPAD", "Borne 1", "bench")
AET: Final = "ORTHANC"
_PLUGIN: Final = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
_PATIENCE: Final = 120.0
_LOOK: Final = 0.004
"""Seconds between two looks at the rows, by which a run may be told too long."""
_LOOK_AT_MEMORY: Final = 0.1

Payload = Callable[[int], Capture]


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """``seconds`` and ``cpu`` (seconds of processor) for the objects; ``whole`` from the start of the process, ``whole_cpu``
    likewise; ``peak_mb`` of resident memory, summed over its processes."""

    seconds: float
    cpu: float
    whole: float
    whole_cpu: float
    peak_mb: float


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    """A closed store in ``folder`` with ``count`` objects that are frozen and due, and the same as plain files in ``plain``."""

    folder: Path
    plain: Path
    count: int
    megabytes: float
    freezing_ms: Sequence[float]


def frozen(folder: Path, count: int, capture: Payload) -> Frozen:
    """Each is built, checked and frozen as `telecart sync` does it, and timed."""
    folder.mkdir()
    plain = folder / "plain"
    plain.mkdir()
    places = places_in(folder / "data")
    (folder / "data").mkdir()
    kind = capture(0).kind
    store = open_for_edge(places, {kind: (DESTINATION,)}, "care")
    with contextlib.closing(store.database):
        store.journal.put_patient(RESIDENT)
        _, encounter = store.journal.open_encounter(RESIDENT.id, now(), "TC")
        for number in range(count):
            store.journal.save(capture(number), encounter)
        taken = asyncio.run(_freeze(places, plain, kind))
    size = sum(path.stat().st_size for path in plain.iterdir())
    return Frozen(folder, plain, count, size / 1e6, taken)


def saved(folder: Path, captures: Sequence[Capture]) -> Frozen:
    """A closed store with ``captures`` as they were saved: nothing is built yet. There is nothing in ``plain``."""
    folder.mkdir()
    (folder / "data").mkdir()
    store = open_for_edge(places_in(folder / "data"), {one.kind: (DESTINATION,) for one in captures}, "care")
    with contextlib.closing(store.database):
        store.journal.put_patient(RESIDENT)
        _, encounter = store.journal.open_encounter(RESIDENT.id, now(), "TC")
        for one in captures:
            store.journal.save(one, encounter)
    size = sum(path.stat().st_size for path in (folder / "data").rglob("*") if path.is_file())
    return Frozen(folder, folder / "plain", len(captures), size / 1e6, ())


async def _freeze(places: Places, plain: Path, kind: Kind) -> list[float]:
    taken: list[float] = []
    async with StoreThread[Opened](lambda: open_for_sync(places)) as thread:
        outbox = StoredOutbox(thread)
        while claims := await outbox.claim(DESTINATION, State.KEPT, 50, 600.0):
            for claim in claims:
                item = await outbox.load(DESTINATION, claim.item_id)
                assert item.kind is kind
                begin = time.perf_counter()
                content = await asyncio.to_thread(objects.built, item, SOURCE)
                done = await outbox.freeze(DESTINATION, claim.item_id, content)
                taken.append((time.perf_counter() - begin) * 1e3)
                assert done is not None
                (plain / f"{len(taken)}.dcm").write_bytes(done.content)
    return taken


def capture_of(kind: Kind, payload: object, number: int) -> Capture:
    """``payload`` may be the same for every ``number``: each is an item of its own."""
    return Capture(kind, payload, DEVICE, now(), f"bench-{number}")  # type: ignore[arg-type]


class Orthanc:
    """As Debian configures it but for its ports and folder, and whether it answers C-FIND of a cart that it does not know.

    ``environment`` is its own and storescu's. Raises Unmeasured where one of them is not installed.
    """

    def __init__(self, folder: Path, environment: dict[str, str], *, answers_queries: bool = False) -> None:
        self._executable = program("Orthanc", "orthanc")
        if not _PLUGIN.exists():
            raise Unmeasured("Orthanc's DICOMweb plugin is not installed: apt install orthanc-dicomweb")
        program("storescu", "dcmtk")
        self._folder = folder
        self.environment = environment
        self._answers_queries = answers_queries
        self.dicom, self.http = free_port(), free_port()

    @contextlib.contextmanager
    def running(self) -> Iterator[Orthanc]:
        self._folder.mkdir()
        configuration = self._folder / "orthanc.json"
        configuration.write_text(json.dumps({
            "StorageDirectory": str(self._folder / "storage"), "IndexDirectory": str(self._folder / "storage"),
            "Plugins": [str(_PLUGIN)], "DicomAet": AET, "DicomPort": self.dicom, "HttpPort": self.http,
            "RemoteAccessAllowed": False, "AuthenticationEnabled": False, "DicomAlwaysAllowFind": self._answers_queries,
        }))  # fmt: skip
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(  # noqa: S603
            [self._executable, str(configuration)], cwd=self._folder, env=os.environ | self.environment,
            stdout=quiet, stderr=quiet,
        )  # fmt: skip
        try:
            self._wait(process)
            yield self
        finally:
            end(process)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + 30.0
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(OSError):
                self.held()
                socket.create_connection(("127.0.0.1", self.dicom), 5.0).close()
                return
            time.sleep(0.05)
        raise Unmeasured("Orthanc does not start here")

    def held(self) -> int:
        """How many objects it has."""
        return int(json.loads(self._ask("/statistics"))["CountInstances"])

    def forget(self) -> None:
        """All of them."""
        for patient in json.loads(self._ask("/patients")):
            self._ask(f"/patients/{patient}", "DELETE")

    def _ask(self, path: str, method: str = "GET") -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", method=method)
        with urllib.request.urlopen(request, timeout=30.0) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content

    def by_store(self) -> str:
        """The section of the settings by which the cart reaches it with C-STORE."""
        return f'[[pacs]]\nname = "{DESTINATION}"\naet = "{AET}"\nhost = "127.0.0.1"\nport = {self.dicom}\n'

    def by_stow(self) -> str:
        return f'[[dicomweb]]\nname = "{DESTINATION}"\nurl = "http://127.0.0.1:{self.http}/dicom-web"\n'


def program(name: str, package: str) -> str:
    """Raises Unmeasured."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Unmeasured(f"{name} is not installed: apt install {package}")
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def theirs(orthanc: Orthanc, sent: Frozen) -> Run:
    """dcmtk's storescu with what it needs to send these at all: the transfer syntax of JPEG, and of each kind only what is there."""
    orthanc.forget()
    command = [program("storescu", "dcmtk"), "-xy", "-R", "-aec", AET, "127.0.0.1", str(orthanc.dicom), "+sd"]
    begin = time.perf_counter()
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603
        [*command, str(sent.plain)], env=os.environ | orthanc.environment, stdout=quiet, stderr=quiet
    )
    peak = 0.0
    while not (waited := os.wait4(process.pid, os.WNOHANG))[0]:
        peak = max(peak, Family(process.pid).peak_mb())
        time.sleep(_LOOK)
    seconds = time.perf_counter() - begin
    _, status, used = waited
    process.returncode = os.waitstatus_to_exitcode(status)
    _check(process.returncode == 0 and orthanc.held() == sent.count, "storescu did not send everything")
    cpu = used.ru_utime + used.ru_stime
    return Run(seconds, cpu, seconds, cpu, peak)


def ours(orthanc: Orthanc, sent: Frozen, section: str, state: State = State.SENT) -> Run:
    """`telecart sync` over a copy of the store, until every row is in ``state`` or beyond."""
    orthanc.forget()
    with tempfile.TemporaryDirectory(dir=sent.folder, prefix="run-") as made:
        folder = Path(made)
        shutil.copytree(sent.folder / "data", folder / "data")
        config = folder / "telecart.toml"
        config.write_text(f'data = "{folder / "data"}"\nbluetooth = false\n{section}')
        run = drained(config, places_in(folder / "data"), sent.count, state)
    _check(orthanc.held() == sent.count, "telecart sync did not send everything")
    return run


def drained(config: Path, places: Places, count: int, state: State) -> Run:
    reached = ("received",) if state is State.RECEIVED else ("sent", "received")
    opened = open_for_sync(places)
    with (
        contextlib.closing(opened.database),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified,
        (config.parent / "sync.log").open("wb") as log,
    ):
        notified.bind(str(config.parent / "notify"))
        notified.settimeout(_PATIENCE)
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            telecart(config, "sync"), env=os.environ | {"NOTIFY_SOCKET": str(config.parent / "notify")},
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        family = Family(process.pid)
        try:
            notified.recv(1024)
            begin, before = time.perf_counter(), family.cpu()
            _wait_for_rows(opened, count, reached, process, family)
            ended = time.perf_counter()
            after = family.cpu()
            return Run(ended - begin, after - before, ended - started, after, family.peak_mb())
        finally:
            end(process)


def _wait_for_rows(
    opened: Opened, count: int, reached: tuple[str, ...], process: subprocess.Popen[bytes], family: Family
) -> None:
    until = time.monotonic() + _PATIENCE
    next_look = 0.0
    seen = -1
    marks = ",".join("?" * len(reached))
    while time.monotonic() < until and process.poll() is None:
        version = opened.database.data_version()
        if version != seen:
            seen = version
            (found,) = opened.run(f"SELECT count(*) FROM outbox WHERE state IN ({marks})", reached).fetchone()  # noqa: S608
            if found == count:
                return
        if time.monotonic() > next_look:
            family.look()
            next_look = time.monotonic() + _LOOK_AT_MEMORY
        time.sleep(_LOOK)
    raise Unmeasured("telecart sync does not come to an end here")


class Family:
    """A process and those that it started, by proc(5)."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0.0
        self._tick = os.sysconf("SC_CLK_TCK")

    def cpu(self) -> float:
        """Seconds of processor that they took, with those of their children that ended."""
        total = 0
        for fields in self._stats():
            total += sum(int(one) for one in fields[11:15])
        return total / self._tick

    def peak_mb(self) -> float:
        """The largest resident memory of each (VmHWM) that lived at a time, together: what was seen of it."""
        self.look()
        return self._peak

    def shared_mb(self) -> float:
        """Resident memory now, what several have in common counted once (proc(5), smaps_rollup, Pss)."""
        total = 0
        for pid in self._pids():
            for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total * 1024 / 1e6

    def look(self) -> None:
        """A process that is gone has no peak any more."""
        total = 0
        for pid in self._pids():
            for line in _read(Path(f"/proc/{pid}/status")).splitlines():
                if line.startswith("VmHWM:"):
                    total += int(line.split()[1])
        self._peak = max(self._peak, total * 1024 / 1e6)

    def _stats(self) -> Iterator[list[str]]:
        for pid in self._pids():
            if text := _read(Path(f"/proc/{pid}/stat")):
                yield text.rpartition(")")[2].split()

    def _pids(self) -> list[int]:
        parents = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            if text := _read(path):
                parents[int(path.parent.name)] = int(text.rpartition(")")[2].split()[1])
        found = [self._pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # it ended meanwhile


def _check(good: bool, what: str) -> None:
    if not good:
        raise Unmeasured(what)
