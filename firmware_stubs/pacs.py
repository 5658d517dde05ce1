"""A small PACS on loopback that really keeps what it is sent: C-ECHO, C-STORE, C-FIND (Study Root, IMAGE level).

Objects are written as they came (PS3.10 file, tmp, fsync, rename, fsync of the folder) before success is answered, and
are found again after a restart. Like Orthanc it keeps an object that comes under another patient as a second one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit
from pynetdicom import AE, evt

VERIFICATION = "1.2.840.10008.1.1"
FIND_STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.2.1"
STORED = {
    "1.2.840.10008.5.1.4.1.1.9.1.1": (ExplicitVRLittleEndian, ImplicitVRLittleEndian),
    "1.2.840.10008.5.1.4.1.1.9.1.2": (ExplicitVRLittleEndian, ImplicitVRLittleEndian),
    "1.2.840.10008.5.1.4.1.1.9.1.3": (ExplicitVRLittleEndian, ImplicitVRLittleEndian),
    "1.2.840.10008.5.1.4.1.1.77.1.1": (JPEGBaseline8Bit, ExplicitVRLittleEndian),
    "1.2.840.10008.5.1.4.1.1.77.1.4": (JPEGBaseline8Bit, ExplicitVRLittleEndian),
    "1.2.840.10008.5.1.4.1.1.77.1.7": (JPEGBaseline8Bit, ExplicitVRLittleEndian),
    "1.2.840.10008.5.1.4.1.1.104.1": (ExplicitVRLittleEndian, ImplicitVRLittleEndian),
    "1.2.840.10008.5.1.4.1.1.9.4.2": (ExplicitVRLittleEndian, ImplicitVRLittleEndian),
    "1.2.840.10008.5.1.4.1.1.88.59": (ExplicitVRLittleEndian, ImplicitVRLittleEndian),
}
"""SOP classes (12-lead, general and ambulatory ECG, VL endoscopic, VL and dermoscopic photographs, PDF, general audio, key
objects) and the transfer syntaxes in which they are taken.
"""

LOOPBACK = "127.0.0.1"
SUCCESS, PENDING, CANCEL = 0x0000, 0xFF00, 0xFE00
OUT_OF_RESOURCES, WRONG_IDENTIFIER, CANNOT_UNDERSTAND = 0xA700, 0xA900, 0xC000

_UID = re.compile(r"[0-9.]{1,64}")


@dataclasses.dataclass(frozen=True, slots=True)
class Instance:
    """One stored object, as its file says."""

    sop_uid: str
    sop_class: str
    series_uid: str
    study_uid: str
    patient_id: str
    modality: str
    path: Path


class EmbeddedPacs:
    """``port`` 0 takes a free one. Only associations that call it ``aet`` are accepted."""

    def __init__(self, folder: Path, aet: str = "DEMOPACS", port: int = 0) -> None:
        self.folder = folder
        self.aet = aet
        self.port = port
        self._lock = threading.Lock()
        self._instances: dict[Path, Instance] = {}
        self._server: Any = None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._instances = {path: _read(path) for path in sorted(self.folder.glob("*.dcm"))}
        ae = AE(ae_title=self.aet)
        ae.require_called_aet = True
        ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 30
        ae.add_supported_context(VERIFICATION)
        ae.add_supported_context(FIND_STUDY_ROOT)
        for sop_class, syntaxes in STORED.items():
            ae.add_supported_context(sop_class, list(syntaxes))
        self._server = ae.start_server(
            (LOOPBACK, self.port),
            block=False,
            evt_handlers=[
                (evt.EVT_C_ECHO, lambda _: SUCCESS),
                (evt.EVT_C_STORE, self._store),
                (evt.EVT_C_FIND, self._find),
            ],
        )
        self.port = self._server.server_address[1]

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server = None

    def instances(self) -> list[Instance]:
        with self._lock:
            return list(self._instances.values())

    def _store(self, event: Any) -> int:
        try:
            content = event.encoded_dataset()
            dataset = event.dataset
        except (AttributeError, ValueError, KeyError):
            return CANNOT_UNDERSTAND
        return self.keep(content, dataset, str(event.request.AffectedSOPInstanceUID))

    def keep(self, content: bytes, dataset: Dataset, sop_uid: str) -> int:
        """Keeps the PS3.10 file ``content``, announced as ``sop_uid``; ``dataset`` is what it says. Returns a status of C-STORE."""
        try:
            uids = [dataset.SOPInstanceUID, dataset.SeriesInstanceUID, dataset.StudyInstanceUID]
            patient = str(dataset.PatientID)
        except (AttributeError, ValueError, KeyError):
            return CANNOT_UNDERSTAND
        if not all(_UID.fullmatch(str(uid)) for uid in uids):
            return CANNOT_UNDERSTAND
        if str(dataset.SOPInstanceUID) != sop_uid:
            return WRONG_IDENTIFIER
        owner = hashlib.sha256("\n".join([str(dataset.StudyInstanceUID), patient]).encode()).hexdigest()[:16]
        path = self.folder / f"{dataset.SOPInstanceUID}_{owner}.dcm"
        try:
            with self._lock:
                write_durably(path, content)
                self._instances[path] = _read(path)
        except OSError:
            return OUT_OF_RESOURCES
        return SUCCESS

    def _find(self, event: Any) -> Iterator[tuple[int, Dataset | None]]:
        query: Dataset = event.identifier
        if query.get("QueryRetrieveLevel") != "IMAGE":
            yield WRONG_IDENTIFIER, None
            return
        for instance in self.instances():
            if event.is_cancelled:
                yield CANCEL, None
                return
            held = _keys(instance)
            if all(_matches(query, keyword, value) for keyword, value in held.items()):
                answer = Dataset()
                answer.QueryRetrieveLevel = "IMAGE"
                answer.RetrieveAETitle = self.aet
                for keyword, value in held.items():
                    if keyword in query:
                        setattr(answer, keyword, value)
                yield PENDING, answer


def _read(path: Path) -> Instance:
    dataset = pydicom.dcmread(path, stop_before_pixels=True)
    return Instance(
        str(dataset.SOPInstanceUID),
        str(dataset.SOPClassUID),
        str(dataset.SeriesInstanceUID),
        str(dataset.StudyInstanceUID),
        str(dataset.PatientID),
        str(dataset.Modality),
        path,
    )


def _keys(instance: Instance) -> dict[str, str]:
    return {
        "SOPInstanceUID": instance.sop_uid,
        "SOPClassUID": instance.sop_class,
        "SeriesInstanceUID": instance.series_uid,
        "StudyInstanceUID": instance.study_uid,
        "PatientID": instance.patient_id,
        "Modality": instance.modality,
    }


def _matches(query: Dataset, keyword: str, held: str) -> bool:
    """Universal, single value and list of UID matching (PS3.4 C.2.2.2)."""
    if keyword not in query or query[keyword].is_empty or query[keyword].value == "*":
        return True
    wanted = query[keyword].value
    return held in {str(one) for one in ([wanted] if isinstance(wanted, str) else wanted)}


def write_durably(path: Path, content: bytes) -> None:
    """All or nothing, also when the power fails."""
    # in a name of its own: two associations may bring the same object at once
    temporary = path.with_name(f".{path.name}.{threading.get_ident()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
