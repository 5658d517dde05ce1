"""Edge and sync are two users of one group (systemd/): whatever one of them or root makes in the store, both can use."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import tempfile
import traceback
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from edge.domain.capture import Capture
from edge.domain.delivery import Event, State
from edge.domain.fault import Fault
from edge.domain.measurement import Kind
from edge.domain.photo import Encoding, Photo, View
from edge.domain.ports import Outcome
from edge.domain.retention import Retention
from edge.mains import importing, purging, store as commands, store_verify
from edge.settings import Settings, read
from edge.store.disk.keys import new_key, write_key
from edge.store.ledger import EdgeStore, Places, StoredLedger, open_for_edge, open_for_sync
from edge.store.sending.outbox import Opened, StoredOutbox
from edge.store.thread import StoreThread
from tests import items
from tests.unit.test_purge import later
from tests.unit.test_store import CUFF, JEANNE, capture, now, reading

EDGE, SYNC, GROUP = 61001, 61002, 61000
UNITS, SHELL = 0o007, 0o022
"""The umask of the units, and that of an admin's shell."""

TO = {Kind.BLOOD_PRESSURE: ("fhir",), Kind.PHOTO: ("pacs",)}
DAYS = Retention(10, 10, 10, 10, 3)


def run_as(uid: int, umask: int, work: Callable[[], Awaitable[None]]) -> None:
    """In a process of that user, 0 for root, who is in the store's group in any case."""
    assert os.geteuid() == 0, "this test gives files to users, and has to be root"
    said, saying = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.umask(umask)
            if uid:
                os.setgroups([])
                os.setresgid(GROUP, GROUP, GROUP)
                os.setresuid(uid, uid, uid)
            asyncio.run(_awaited(work))
        except BaseException:  # noqa: BLE001
            os.write(saying, traceback.format_exc().encode()[-4000:])
        finally:
            os._exit(0)
    os.close(saying)
    with os.fdopen(said) as answer:
        wrong = answer.read()
    os.waitpid(child, 0)
    assert wrong == ""


async def _awaited(work: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.timeout(60):
        await work()


class Cart:
    """The folder as systemd/telecart.tmpfiles.conf makes it, and a key for each user as LoadCredential gives it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "telecart"
        self.folder.mkdir()
        os.chown(self.folder, EDGE, GROUP)
        self.folder.chmod(0o2770)
        key = new_key()
        self.keys = {uid: root / f"credentials-{uid}" / "store-key" for uid in (EDGE, SYNC, 0)}
        for uid, path in self.keys.items():
            path.parent.mkdir()
            write_key(path, key)
            os.chown(path, uid, GROUP)
        residents = root / "residents.toml"
        residents.write_text(
            '[[resident]]\nid = "IPP1"\nbirth_name = "DUPONT"\ngiven_names = "JEANNE"\nbirth_date = 1938-03-12\n'
            'sex = "F"\nroom = "214"\n'
        )
        config = root / "telecart.toml"
        config.write_text(
            f'cart = "C1"\nresidents = "{residents}"\n[[pacs]]\naet = "A"\nhost = "127.0.0.1"\nport = 1\n'
        )
        self.config = config

    def settings(self) -> Settings:
        os.environ["CREDENTIALS_DIRECTORY"] = str(self.keys[0].parent)
        return read(self.config, self.folder)

    def places(self, uid: int) -> Places:
        return Places(self.folder / "store.db", self.folder / "blobs", self.keys[uid])

    async def edge(self) -> None:
        """Measures, takes a photo, and rests: its mark and its reserve are written."""

        def open_it() -> EdgeStore:
            return open_for_edge(self.places(EDGE), TO, "care", DAYS)

        async with StoreThread(open_it) as thread:
            ledger = StoredLedger(thread, "TC")
            await ledger.put_patient(JEANNE)
            _patient, encounter = await ledger.open_encounter(JEANNE.id, now())
            before = await thread.run(lambda store: store.run("SELECT count(*) FROM item").fetchone()[0])
            jpeg = items.drawn_jpeg(64 + 2 * before, 48)
            photo = Photo(jpeg, 64 + 2 * before, 48, Encoding.CAMERA_MJPEG, View.CLOSE_UP, 80.5, 120.0)
            await ledger.save(Capture(Kind.PHOTO, photo, CUFF, now(), f"photo {before}"), encounter)
            await ledger.save(capture(reading(100 + before)), encounter)
            assert [line.item_id for line in (await ledger.overview(encounter.id)).lines]
        mark = self.folder / "store.mark"
        assert mark.stat().st_mtime_ns >= (self.folder / "store.db").stat().st_ctime_ns - 10**11

    async def edge_writes_its_mark(self) -> None:
        mark = self.folder / "store.mark"
        before = mark.read_bytes()
        await self.edge()
        assert mark.read_bytes() != before

    async def sync(self) -> None:
        """All that is kept is brought where it belongs."""

        def open_it() -> Opened:
            return open_for_sync(self.places(SYNC))

        async with StoreThread(open_it) as thread:
            box = StoredOutbox(thread)
            for name in ("fhir", "pacs"):
                for claim in await box.claim(name, State.KEPT, 100, 60):
                    item = await box.load(name, claim.item_id)
                    frozen = await box.freeze(name, claim.item_id, repr(item).encode() * 100)
                    assert frozen is not None
                    for event in (Event.ACCEPTED, Event.PROVEN):
                        await box.record(name, Outcome(claim.item_id, event), 0, 0)

    async def edge_purges(self) -> None:
        """Also the files that sync and root wrote."""

        def open_it() -> EdgeStore:
            return open_for_edge(self.places(EDGE), TO, "care", DAYS)

        async with StoreThread(open_it) as thread:
            certificate = await StoredLedger(thread, "TC").purge(later(11))
        assert certificate is not None
        assert certificate.items
        assert list((self.folder / "blobs").glob("??/*")) == []

    def refused(self) -> dict[str, str]:
        """What edge and sync cannot both write, with its mode and owner."""
        found = {}
        for path in [self.folder, *self.folder.rglob("*")]:
            about = path.lstat()
            wanted = 0o770 if path.is_dir() else 0o660
            if about.st_gid != GROUP or (about.st_mode & wanted) != wanted or about.st_mode & 0o007:
                found[path.name] = f"{stat.filemode(about.st_mode)} {about.st_uid}:{about.st_gid}"
        return found


@pytest.fixture
def cart() -> Iterator[Cart]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        # what is imported only when it is needed, the others may not be allowed to read
        warm = root / "warm"
        warm.mkdir()
        run_here = Cart(warm)
        for work in (run_here.edge, run_here.sync, run_here.edge_purges):
            asyncio.run(work())
        yield Cart(root)


@pytest.mark.parametrize("first", ["edge", "root"])
def test_what_one_of_them_makes_both_can_use(cart: Cart, first: str) -> None:
    if first == "root":
        run_as(0, SHELL, lambda: imported(cart))
        assert cart.refused() == {}
    run_as(EDGE, UNITS, cart.edge)
    assert cart.refused() == {}
    run_as(SYNC, UNITS, cart.sync)
    assert cart.refused() == {}
    run_as(EDGE, UNITS, cart.edge_writes_its_mark)
    run_as(SYNC, UNITS, cart.sync)
    run_as(EDGE, UNITS, cart.edge_purges)
    assert cart.refused() == {}


async def imported(cart: Cart) -> None:
    file = cart.config.with_name("wound.jpg")
    file.write_bytes(items.drawn_jpeg(640, 480))
    outcomes = [one async for one in importing.bring_in(cart.settings(), [file], "IPP1")]
    assert [one.said for one in outcomes] == ["imported"]


def test_what_an_admin_does_as_root_leaves_the_store_to_edge_and_sync(cart: Cart) -> None:
    async def as_root() -> None:
        settings = cart.settings()
        await imported(cart)
        with contextlib.suppress(Fault):  # this machine's clock may not be known to be right
            purging.due(settings)
        assert not store_verify.verify(settings).wrong
        commands.backup(settings, cart.config.with_name("backup"), lambda _: None)
        commands.stats(settings)

    run_as(EDGE, UNITS, cart.edge)
    run_as(0, SHELL, as_root)
    assert cart.refused() == {}
    run_as(SYNC, UNITS, cart.sync)
    run_as(EDGE, UNITS, cart.edge_purges)
    assert cart.refused() == {}


def test_a_store_that_root_salvaged_is_edge_s_and_sync_s(cart: Cart) -> None:
    async def salvaged() -> None:
        store_verify.salvage(cart.settings())

    run_as(EDGE, UNITS, cart.edge)
    with (cart.folder / "store.db").open("r+b") as file:
        file.seek(8 * 4096 + 100)
        file.write(bytes(16))
    run_as(0, SHELL, salvaged)
    assert cart.refused() == {}
    run_as(EDGE, UNITS, cart.edge)
    run_as(SYNC, UNITS, cart.sync)
    assert cart.refused() == {}


def test_a_store_that_root_restored_under_another_key_is_edge_s_and_sync_s(cart: Cart) -> None:
    backup = cart.config.with_name("backup")

    async def backed_up() -> None:
        commands.backup(cart.settings(), backup, lambda _: None)

    async def restored() -> None:
        commands.restore(cart.settings(), backup, None, lambda _: None)
        commands.rekey(cart.settings(), cart.config.with_name("new-key"), lambda _: None)

    async def finished() -> None:
        commands.finish_rekey(cart.settings(), lambda _: None)

    run_as(EDGE, UNITS, cart.edge)
    run_as(SYNC, UNITS, cart.sync)
    run_as(0, SHELL, backed_up)
    for path in sorted(cart.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    run_as(0, SHELL, restored)
    assert cart.refused() == {}
    for uid, path in cart.keys.items():
        write_key(path, cart.config.with_name("new-key").read_bytes())
        os.chown(path, uid, GROUP)
    run_as(EDGE, UNITS, cart.edge)
    run_as(0, SHELL, finished)
    assert cart.refused() == {}
    run_as(SYNC, UNITS, cart.sync)
    run_as(EDGE, UNITS, cart.edge_purges)
