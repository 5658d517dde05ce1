"""Workloads on a disk that will be cut.

Each writer makes one call at a time, so that after a cut the store has to be exactly as it was after the last acknowledged
call, or after the one that was under way.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import random
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge.domain.delivery import Event, State, next_state
from edge.domain.fault import Fault, Reason
from edge.domain.photo import Photo
from edge.domain.ports import Outcome
from edge.store.disk.blobs import Blobs
from edge.store.file.database import migrations
from edge.store.ledger import Places, open_for_sync
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from tests.faults.bedside import Bedside, photo
from tests.faults.cutting import Expected, Notes, Step, Verdict
from tests.faults.looking import compare, observe

_OLD_STORES = Path(__file__).parents[1] / "databases"


def outdated_stores() -> list[Path]:
    """Those of an older schema than today's, which are migrated when they are opened."""
    newest = migrations()[-1][0]
    folders = (folder for folder in _OLD_STORES.iterdir() if folder.is_dir())
    return sorted(folder for folder in folders if int(folder.name[:4]) < newest)


LEASE_SECONDS = 60.0


class _Compared:
    """A writer whose store is compared with what it acknowledged."""

    def check(self, places: Places, acknowledged: Sequence[Step], under_way: Sequence[Step]) -> Verdict:
        return compare(places, acknowledged, under_way)


class Readings(_Compared):
    """So many readings that a checkpoint falls: the database file itself changes, not just what stands beside it."""

    name = "readings"

    def __init__(self, count: int = 400, *, with_checkpoint: bool = True) -> None:
        self._count, self._with_checkpoint = count, with_checkpoint

    def write(self, places: Places, chance: random.Random, notes: Notes) -> None:
        bedside = Bedside(places, chance, notes)
        bedside.receive()
        notes.begin()
        before = hashlib.sha256(places.database.read_bytes()).digest()
        for _ in range(self._count):
            bedside.save_reading()
        if self._with_checkpoint:
            assert hashlib.sha256(places.database.read_bytes()).digest() != before, "no checkpoint fell"
        bedside.done()


class Restarts(_Compared):
    """Whoever closes the store last has a checkpoint made: so that cuts fall into many of them."""

    name = "restarts"

    def write(self, places: Places, chance: random.Random, notes: Notes) -> None:
        bedside = Bedside(places, chance, notes)
        bedside.receive()
        notes.begin()
        for _ in range(40):
            for _ in range(chance.randint(1, 4)):
                bedside.save_reading()
            bedside.done()
            bedside = Bedside(places, chance, notes)
            bedside.receive()
        bedside.done()


class Photos(_Compared):
    name = "photos"

    def write(self, places: Places, chance: random.Random, notes: Notes) -> None:
        bedside = Bedside(places, chance, notes)
        bedside.receive()
        bedside.save_photo()
        notes.begin()
        for _ in range(40):
            bedside.save_photo()
        bedside.done()


class Round(_Compared):
    """Readings, of residents and of nobody, photos and undo marks, in any order."""

    name = "round"

    def write(self, places: Places, chance: random.Random, notes: Notes) -> None:
        bedside = Bedside(places, chance, notes)
        bedside.receive()
        bedside.save_reading()
        notes.begin()
        for _ in range(120):
            match chance.choice(["reading", "reading", "nobody's", "photo", "undo", "undo"]):
                case "reading":
                    bedside.save_reading()
                case "nobody's":
                    bedside.save_reading(of_somebody=False)
                case "photo":
                    bedside.save_photo()
                case _:
                    bedside.undo_any()
        bedside.done()


class Draining(_Compared):
    """Edge saves and undoes while sync, on a connection of its own, claims, freezes and records."""

    name = "drain"

    def write(self, places: Places, chance: random.Random, notes: Notes) -> None:
        bedside = Bedside(places, chance, notes)
        bedside.receive()
        for _ in range(5):
            bedside.save_reading()
        notes.begin()
        asyncio.run(self._drain(places, bedside, chance, notes))
        bedside.done()

    async def _drain(self, places: Places, bedside: Bedside, chance: random.Random, notes: Notes) -> None:
        async with StoreThread(lambda: open_for_sync(places)) as thread:
            box = StoredOutbox(thread)
            for _ in range(60):
                match chance.choice(["save", "photo", "undo"]):
                    case "save":
                        bedside.save_reading()
                    case "photo":
                        bedside.save_photo()
                    case _:
                        bedside.undo_any()
                await self._deliver(box, chance, notes)
            await thread.run(lambda opened: opened.database.close())

    async def _deliver(self, box: StoredOutbox, chance: random.Random, notes: Notes) -> None:
        destination = chance.choice(["fhir", "copy", "pacs"])
        state = chance.choice([State.KEPT, State.PENDING, State.SENT])
        for claim in await box.claim(destination, state, 3, LEASE_SECONDS):
            before = notes.model[claim.item_id]
            began = time.monotonic_ns()
            if claim.state is State.KEPT:
                content = chance.randbytes(chance.randint(200, 20_000))
                await box.freeze(destination, claim.item_id, content)
                event = Event.FROZEN
                frozen = {**before.frozen, destination: content}
            else:
                event = chance.choice([e for e in Event if e in _ANSWERS[claim.state]])
                await box.record(destination, Outcome(claim.item_id, event), 0, 0.0)
                frozen = dict(before.frozen)
            states = {**before.states, destination: next_state(claim.state, event)}
            notes.did(began, claim.item_id, dataclasses.replace(before, states=states, frozen=frozen))


_ANSWERS: Mapping[State, Sequence[Event]] = {
    State.PENDING: (Event.ACCEPTED, Event.TRY_LATER),
    State.SENT: (Event.PROVEN, Event.NOT_HELD, Event.TRY_LATER),
}


class Creation(_Compared):
    """A store that is not there yet, and its first readings."""

    name = "creation"

    def write(self, places: Places, chance: random.Random, notes: Notes) -> None:
        notes.begin()
        bedside = Bedside(places, chance, notes)
        bedside.receive()
        for _ in range(3):
            bedside.save_reading()
        bedside.done()


class Migration(_Compared):
    """A store of an older release is opened by this one. The copy that is made before has to be whole wherever there is one."""

    def __init__(self, old: str) -> None:
        self.name = f"migration-{old}"
        self._old = _OLD_STORES / old

    def write(self, places: Places, chance: random.Random, notes: Notes) -> None:
        folder = places.database.parent
        shutil.copytree(self._old, folder)
        places.key.chmod(0o600)
        # what an undisturbed migration makes of it: tests/unit/test_migrations.py says that this is right
        undisturbed = folder.parent / "undisturbed"
        shutil.copytree(folder, undisturbed)
        for item_id, expected in observe(_within(undisturbed)).items():
            notes.did(0, item_id, expected)
        notes.steps[:] = [dataclasses.replace(step, acknowledged=0) for step in notes.steps]
        shutil.rmtree(undisturbed)
        notes.begin()
        bedside = Bedside(places, chance, notes)
        bedside.receive()
        bedside.save_reading()
        bedside.done()

    def check(self, places: Places, acknowledged: Sequence[Step], under_way: Sequence[Step]) -> Verdict:
        verdict = super().check(places, acknowledged, under_way)
        old = {step.item_id: step.expected for step in acknowledged if not step.began}
        wrong = list(verdict.wrong)
        copies = [*places.database.parent.glob(f"{places.database.name}.before-[0-9][0-9][0-9][0-9]")]
        if not copies:
            wrong.append("no copy of what was there before")
        for copy in copies:
            try:
                if observe(Places(copy, places.blobs, places.key)) != old:
                    wrong.append(f"{copy.name} is not what was there before")
            except Fault as fault:
                wrong.append(f"{copy.name}: {fault.what}")
        return Verdict(verdict.lost, tuple(wrong))


def _within(folder: Path) -> Places:
    return Places(folder / "store.db", folder / "blobs", folder / "store.key")


class Files:
    """Large content alone: what ``put`` returned from is there, before any row names it."""

    name = "files"

    def write(self, places: Places, chance: random.Random, notes: Notes) -> None:
        places.blobs.mkdir(parents=True)
        blobs = Blobs(places.blobs, bytes(32))
        blobs.put(b"the first")
        notes.begin()
        for _ in range(80):
            content = photo(chance)
            began = time.monotonic_ns()
            notes.did(began, blobs.put(content.jpeg), Expected(content))

    def check(self, places: Places, acknowledged: Sequence[Step], under_way: Sequence[Step]) -> Verdict:
        blobs = Blobs(places.blobs, bytes(32))
        lost = [step.item_id for step in acknowledged if not _has(blobs, step)]
        # what was cut short may be there or not, and is taken again
        wrong = [
            step.item_id
            for step in under_way
            if isinstance(step.expected.payload, Photo)
            and (blobs.put(step.expected.payload.jpeg) != step.item_id or not _has(blobs, step))
        ]
        return Verdict(tuple(lost), tuple(wrong))


def _has(blobs: Blobs, step: Step) -> bool:
    assert isinstance(step.expected.payload, Photo)
    try:
        return blobs.get(step.item_id) == step.expected.payload.jpeg
    except Fault as fault:
        if fault.reason is not Reason.STORE_DAMAGED:
            raise
        return False
