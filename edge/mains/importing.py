"""`telecart import`: files of recorders and cameras into the store, like any capture, for a resident who is named."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

from drivers import catalog
from edge.domain.audit import Actor
from edge.domain.capture import Capture, identity_of
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device, Kind
from edge.domain.patient import Encounter
from edge.domain.photo import Photo, Shows
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import own_store
from edge.settings import Settings
from edge.store.ledger import StoredLedger

_LARGEST: Final = 64 * 1024 * 1024
_DEVICE: Final = "import"
_ANYTHING: Final = Shows()


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file. ``said`` is "imported", "already there", or what went wrong."""

    file: Path
    said: str
    failed: bool = False
    kind: str = ""


async def bring_in(
    settings: Settings, files: Sequence[Path], patient_id: str, shows: Shows = _ANYTHING
) -> AsyncIterator[Outcome]:
    """One outcome a file, in order; what is said of one is durable. Who is on the cart's screen does not change.

    All files of one call are one encounter; of a photo ``shows`` says what it shows. Raises Fault(NO_RESIDENT) before any file
    is read, and what keeps the store from opening.
    """
    by = of_process("import", "telecart import")
    async with own_store(settings, by) as ledger:
        if patient_id not in {patient.id for patient in await ledger.patients()}:
            raise Fault(Reason.NO_RESIDENT, "this resident is not known to the cart", "see the residents' file")
        importer = _Importer(ledger, patient_id, shows, by)
        for file in files:
            try:
                kind, new = await importer.take(file)
            except Fault as fault:
                yield Outcome(file, str(fault), failed=True)
            else:
                yield Outcome(file, "imported" if new else "already there", kind=kind.value)


class _Importer:
    def __init__(self, ledger: StoredLedger, patient_id: str, shows: Shows, by: Actor) -> None:
        self._ledger = ledger
        self._patient_id = patient_id
        self._shows = shows
        self._by = by
        self._clock = SystemClock()
        self._encounter: Encounter | None = None

    async def take(self, file: Path) -> tuple[Kind, bool]:
        """The kind of what is in ``file``, and whether it is new here. Raises Fault."""
        data = _bytes_of(file)
        model = catalog.file_model(data)
        try:
            content = await asyncio.to_thread(model.read, data)
        except OSError as exc:
            raise Fault(
                Reason.CORRUPT_FILE, "the file cannot be read now", "try again; the file is where it was"
            ) from exc
        if isinstance(content, Photo):
            shows = self._shows
            content = dataclasses.replace(
                content, view=shows.view, site=shows.site, side=shows.side, intimate=shows.intimate
            )
            kind, raw = Kind.PHOTO, b""
        else:
            kind, raw = Kind.ECG, data
        device = Device(_DEVICE, model.name, model.label)
        identity = identity_of(kind, content, device, data)
        if await self._is_here(identity):
            return kind, False
        await self._ledger.admit(len(data))
        now = self._clock.now()
        if self._encounter is None:
            _patient, self._encounter = await self._ledger.open_aside(self._patient_id, now, self._by)
        capture = Capture(kind, content, device, now, identity, raw)
        saved = await self._ledger.save(capture, self._encounter, self._by)
        # edge may have saved the same file since it was looked for
        return kind, saved.new or not await self._is_here(identity)

    async def _is_here(self, identity: str) -> bool:
        """Raises Fault(NOT_ALLOWED) where another resident has it: one of the two is the wrong one (H1)."""
        holders = await self._ledger.holders(identity)
        if any(holder != self._patient_id for holder in holders):
            raise Fault(
                Reason.NOT_ALLOWED,
                "this recording is another resident's here",
                "check whose it is; mark it as entered in error there first",
            )
        return bool(holders)


def _bytes_of(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST + 1)
    except OSError as exc:
        raise Fault(
            Reason.CORRUPT_FILE, f"the file cannot be read: {exc.strerror}", "check its name and rights"
        ) from exc
    if len(data) > _LARGEST:
        raise Fault(
            Reason.CORRUPT_FILE, f"the file is larger than {_LARGEST // 1024 // 1024} MiB", "bring in a smaller one"
        )
    return data
