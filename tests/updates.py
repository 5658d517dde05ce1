"""A small world of updates: keys, a repository of tiny wheels, a web server with Range, and a cart's folder of releases."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import http.server
import platform
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from edge.domain.fault import Fault
from sync.update import building, client, manifest, signing
from sync.update.fetching import Line
from sync.update.locked import Locked
from sync.update.manifest import Offer, Release, Rings
from sync.update.shelf import Shelf
from sync.update.trees import digest

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
MACHINE = platform.machine()
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
ROOTS = ("root-1", "root-2", "root-3")
TARGETS = ("targets-1", "targets-2", "targets-3")
ONLINE = "online"


def wheel(folder: Path, name: str, version: str, files: dict[str, str | bytes], tag: str = "py3-none-any") -> Path:
    path = folder / f"{name}-{version}-{tag}.whl"
    told = {
        **files,
        f"{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for place, content in told.items():
            file.writestr(zipfile.ZipInfo(place, (2026, 1, 1, 0, 0, 0)), content)
    return path


def our_wheel(folder: Path, version: str, said: str, *, tag: str = "py3-none-any") -> Path:
    """Our own in small: its command says ``said``."""
    entry = {f"telecart-{version}.dist-info/entry_points.txt": "[console_scripts]\ntelecart = told:main\n"}
    code = f"import part\n\n\ndef main() -> int:\n    print({said!r}, part.VALUE)\n    return 0\n"
    return wheel(folder, "telecart", version, {"told.py": code, **entry}, tag)


def part_wheel(folder: Path, version: str, value: str, ballast: bytes = b"") -> Path:
    return wheel(folder, "part", version, {"part/__init__.py": f"VALUE = {value!r}\n", "part/ballast.bin": ballast})


def locked(path: Path) -> Locked:
    name, version = path.name.split("-")[:2]
    sha256, size = digest(path)
    return Locked(name, version, path.name, "", sha256, size, ())


@dataclasses.dataclass(frozen=True, slots=True)
class Publisher:
    """A repository with its keys."""

    repository: signing.Repository
    keys: Path
    wheels: Path

    @classmethod
    def new(cls, folder: Path, now: dt.datetime = NOW) -> Publisher:
        made = cls(signing.Repository(folder / "repository"), folder / "keys", folder / "wheels")
        made.keys.mkdir(parents=True)
        made.wheels.mkdir()
        for name in (*ROOTS, *TARGETS, ONLINE):
            signing.make_key(made.keys / name)
        made.repository.begin(
            [made.public(name) for name in ROOTS], [made.public(name) for name in TARGETS], made.public(ONLINE), now
        )
        made.sign(*ROOTS[:2])
        made.repository.publish(made.keys / ONLINE, now)
        return made

    def public(self, name: str) -> Path:
        return self.keys / f"{name}.pub"

    @property
    def trust(self) -> bytes:
        return (self.repository.metadata / "1.root.json").read_bytes()

    def sign(self, *names: str) -> None:
        for name in names:
            self.repository.sign(self.keys / name)

    def publish(self, now: dt.datetime = NOW, signers: Sequence[str] = TARGETS[:2]) -> None:
        self.sign(*signers)
        self.repository.publish(self.keys / ONLINE, now)

    def build(
        self,
        release: str,
        wheels: Sequence[Path],
        before: Sequence[str] = (),
        *,
        now: dt.datetime = NOW,
        reader: int = 2,
    ) -> Release:
        plan = building.Plan(release, release, MACHINE, PYTHON, reader, now)
        parts = [locked(path) for path in wheels]
        places = {one.name: path for one, path in zip(parts, wheels, strict=True)}
        return building.build(self.repository, plan, parts, places, before, lambda _: None)

    def ring(self, rings: Rings, now: dt.datetime = NOW) -> None:
        self.repository.add(manifest.RINGS, manifest.written(rings), now)

    def offer(self, release: str, now: dt.datetime = NOW) -> None:
        self.ring(Rings(format=1, everyone=Offer(release=release)), now)

    def first(self, release: str = "1.0") -> Release:
        """A published release of two wheels that everybody is offered."""
        ballast = bytes(range(256)) * 200
        built = self.build(
            release,
            [our_wheel(self.wheels, release, f"release {release}"), part_wheel(self.wheels, "1", "one", ballast)],
        )
        self.offer(release)
        self.publish()
        return built


class _Files(http.server.SimpleHTTPRequestHandler):
    """Static files, with Range as web servers have it."""

    server: Web

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - so the library calls it
        pass

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        self.server.asked.append(self.path)
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        start = 0
        if (asked := self.headers.get("Range", "")).startswith("bytes="):
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                self.send_error(416)
                return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        endless = self.path in self.server.endless
        if not endless:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self._send(content[start:], endless=endless)

    def _send(self, content: bytes, *, endless: bool) -> None:
        while True:
            cut = self.server.cut_after
            self.wfile.write(content[:cut] if cut else content)
            self.server.sent += min(cut, len(content)) if cut else len(content)
            if cut and len(content) > cut:
                self.close_connection = True
                return
            if not endless:
                return
            content = content or b" "


class Web(http.server.ThreadingHTTPServer):
    """``cut_after``: each answer breaks after so many bytes; 0: none does. ``endless``: paths that never end. ``sent``: bytes."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), lambda *given: _Files(*given, directory=str(folder)))
        self.cut_after = 0
        self.sent = 0
        self.endless: set[str] = set()
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def web(folder: Path) -> Iterator[Web]:
    server = Web(folder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclasses.dataclass(slots=True)
class Cart:
    """What a cart does of an update, up to the switch. ``clock`` is its own."""

    shelf: Shelf
    trust: bytes
    url: str
    clock: dt.datetime = NOW
    id: str = "cart-1"

    def believe(self) -> client.Believed:
        with Line(quiet=20) as line:
            found = client.Repository(self.url, line, trust=self.trust, metadata=self.shelf.metadata).believe(
                self.clock, self.shelf.state().floor
            )
        state = self.shelf.state()
        state = type(state)(floor=found.floor, trial=state.trial, back=state.back, bad=state.bad)
        self.shelf.folder.mkdir(parents=True, exist_ok=True)
        self.shelf.note(state)
        return found

    def install(self, over: Line | None = None) -> Release:
        """Fetches and installs what is offered to it."""
        with contextlib.nullcontext(over) if over else Line(quiet=20) as line, self.shelf.alone():
            repository = client.Repository(self.url, line, trust=self.trust, metadata=self.shelf.metadata)
            believed = repository.believe(self.clock, self.shelf.state().floor)
            assert believed.rings is not None
            offer = believed.rings.of(self.id)
            assert offer is not None
            release = repository.release(offer.release, self.shelf.machine, self.shelf.python)
            self.shelf.fetch(release, self.url, line)
            self.shelf.install(release)
        return release


def cart(folder: Path, publisher: Publisher, url: str) -> Cart:
    return Cart(Shelf(folder), publisher.trust, url)


def refusal(work: Callable[[], object]) -> str:
    """What the fault of ``work()`` says, in its one line."""
    with pytest.raises(Fault) as told:
        work()
    assert "\n" not in str(told.value)
    return str(told.value)
