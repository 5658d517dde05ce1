"""`telecart export`: the files of one study in a folder, as they were or would be sent."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from edge.domain.audit import Act, Entry
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import AS_FHIR, IMAGING, Kind
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import places_of
from edge.mains.sync import oids_of, source_of
from edge.settings import Settings
from edge.store.keeping import audit
from edge.store.keeping.reporting import load
from edge.store.leaving.study import Kept, Study, study
from edge.store.ledger import open_for_sync
from edge.store.sending.outbox import Opened
from sync.dicom.building import objects
from sync.dicom.building.identity import Identity
from sync.dicom.building.modules import Source
from sync.fhir.bundle import bundle, joined

BUNDLE = "observations.json"


@dataclasses.dataclass(frozen=True, slots=True)
class Exported:
    """``files`` by name; one plain line for each item that is in none of them: ``left_out`` on purpose, ``failed`` not."""

    files: tuple[str, ...]
    left_out: tuple[str, ...]
    failed: tuple[str, ...]


def export(settings: Settings, study_uid: str, to: Path) -> Exported:
    """What was frozen goes as it was frozen, the rest as it is built now. Nothing of it is encrypted.

    Raises Fault: no such study, a folder that holds something already, a disk or a store that fails.
    """
    opened = open_for_sync(places_of(settings))
    try:
        found = study(opened, study_uid)
        if found is None:
            raise Fault(Reason.NOT_ALLOWED, f"no study {study_uid} was opened on this cart", "check the UID")
        _make(to)
        # first: no copy without its trace
        _trace(opened, found, study_uid)
        return _written(opened, found, source_of(settings), to)
    finally:
        opened.database.close()


def _trace(opened: Opened, found: Study, study_uid: str) -> None:
    by = of_process("export", "telecart export")
    entry = Entry(Act.STUDY, by, SystemClock().now(), found.patient_id, found.encounter_id, detail=study_uid)
    audit.note(opened.database, entry)


def _written(opened: Opened, found: Study, source: Source, to: Path) -> Exported:
    files: list[str] = []
    bundles: list[bytes] = []
    left_out: list[str] = []
    failed: list[str] = []
    for kept in found.items:
        line = f"{kept.item_id}  {kept.kind.value}: "
        if why := _no_file_of(kept):
            left_out.append(line + why)
            continue
        try:
            content = _content(opened, kept, source)
        except Fault as fault:
            failed.append(line + str(fault))
            continue
        if kept.kind in AS_FHIR:
            bundles.append(content)
        else:
            files.append(_put(to, f"{Identity.of(content).sop_uid}.dcm", content))
    if bundles:
        files.append(_put(to, BUNDLE, joined(bundles)))
    return Exported(tuple(files), tuple(left_out), tuple(failed))


def _no_file_of(kept: Kept) -> str:
    if kept.purged:
        return "its retention here is over"
    if kept.kind in AS_FHIR:
        return ""  # a resource that was undone says so itself
    if kept.kind is Kind.WITHDRAWAL:
        return "it withdraws what is not exported any more"
    if kept.undone:
        return "it was undone at the bedside"
    return "" if kept.kind in IMAGING else "it has no form in which it would be sent"


def _content(opened: Opened, kept: Kept, source: Source) -> bytes:
    """Raises Fault(STORE_DAMAGED | OBJECT_INVALID | PURGED)."""
    for _, sha256 in kept.frozen:
        if sha256 is not None:
            return opened.blobs.get(sha256)
    destination = next((name for name, _ in kept.frozen), "")
    item = load(opened.database, opened.blobs, kept.item_id, destination)
    if kept.kind in AS_FHIR:
        return bundle(item, demonstration=source.demonstration, oids=oids_of(source))
    return objects.build(item, source)


def _make(to: Path) -> None:
    try:
        to.mkdir(mode=0o700, exist_ok=True)
        empty = not any(to.iterdir())
    except OSError as exc:
        raise Fault(Reason.STORE_IO, f"{to}: {exc.strerror}", "name a new folder") from exc
    if not empty:
        raise Fault(Reason.NOT_ALLOWED, f"{to} is not empty", "name a new folder")


def _put(to: Path, name: str, content: bytes) -> str:
    """For its owner only. Raises Fault(STORE_IO)."""

    def owned(path: str, flags: int) -> int:
        return os.open(path, flags, 0o600)

    try:
        with open(to / name, "xb", opener=owned) as file:
            file.write(content)
    except OSError as exc:
        raise Fault(Reason.STORE_IO, f"{to / name}: {exc.strerror}", "check the disk") from exc
    return name
