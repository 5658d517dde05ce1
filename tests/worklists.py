"""Worklists for tests: dcmtk's wlmscpfs, Orthanc's plugin, and a node that answers as a test says."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt

from sync.dicom.fetching.worklist import Worklist
from sync.dicom.speaking.association import Peer
from tests import items, needs
from tests.servers import QUICK, OrthancFarEnd, end, free_port, wait_until_listening

WORKLIST = "1.2.840.10008.5.1.4.31"
DAY = dt.date(2026, 3, 29)
PLUGIN = Path("/usr/share/orthanc/plugins/libModalityWorklists.so")


def asked(number: int = 1, **changes: str) -> Dataset:
    """One step for our resident, as a worklist has it; ``changes`` by keyword, those of the step too."""
    step = Dataset()
    step.ScheduledStationAETitle = "TELECART"
    step.ScheduledProcedureStepStartDate = f"{DAY:%Y%m%d}"
    step.ScheduledProcedureStepStartTime = "093000"
    step.Modality = "ECG"
    step.ScheduledPerformingPhysicianName = ""
    step.ScheduledProcedureStepDescription = "ECG 12 derivations"
    step.ScheduledProcedureStepID = f"SPS{number}"
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "29303009", "SCT", "Electrocardiographic procedure"
    issuer = Dataset()
    issuer.LocalNamespaceEntityID = "CLINIQUE"
    made = Dataset()
    made.SpecificCharacterSet = "ISO_IR 192"
    made.AccessionNumber = f"RIS{number}"
    made.IssuerOfAccessionNumberSequence = [issuer]
    made.PatientName = "L'HÉRITIER^MARIE-ÈVE"
    made.PatientID = items.PATIENT.id
    made.IssuerOfPatientID = items.PATIENT.issuer
    made.PatientBirthDate = f"{items.PATIENT.birth_date:%Y%m%d}"
    made.PatientSex = "F"
    made.StudyInstanceUID = f"1.2.826.0.1.{number}"
    made.RequestedProcedureID = f"RP{number}"
    made.RequestedProcedureDescription = "ECG de repos"
    made.RequestedProcedureCodeSequence = [code]
    made.RequestedProcedurePriority = "ROUTINE"
    made.ScheduledProcedureStepSequence = [step]
    for keyword, value in changes.items():
        setattr(step if keyword in step else made, keyword, value)
    return made


def write(folder: Path, *datasets: Dataset) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.wl"):
        old.unlink()
    for number, dataset in enumerate(datasets):
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.MediaStorageSOPClassUID = WORKLIST
        dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number}"
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.save_as(folder / f"{number}.wl", enforce_file_format=True)
    (folder / "lockfile").touch()


def worklist(
    port: int, aet: str = "WORKLIST", modality: str = "", issuer: str = "", station: str = "TELECART"
) -> Worklist:
    return Worklist(Peer(aet, "127.0.0.1", port, "TELECART"), station, modality, issuer, QUICK)


@contextlib.contextmanager
def wlmscpfs(folder: Path) -> Iterator[int]:
    """Serves ``folder``/WORKLIST, with the character set of each file; the port."""
    program = needs.program("wlmscpfs", "dcmtk")
    port = free_port()
    running = subprocess.Popen(
        [program, "--keep-char-set", "--single-process", "-dfp", str(folder), str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_listening(running, port)
        yield port
    finally:
        end(running)


class OrthancWorklist(OrthancFarEnd):
    plugins = (PLUGIN,)

    def __init__(self, folder: Path, files: Path) -> None:
        super().__init__(folder)
        self.options = {
            "Worklists": {"Enable": True, "Database": str(files)},  # type: ignore[dict-item]
            "DicomAlwaysAllowFindWorklist": True,
            "DicomModalities": {"cart": ["TELECART", "127.0.0.1", 104]},  # type: ignore[dict-item]
        }


@dataclasses.dataclass
class Telling:
    """A node whose worklist says what a test says."""

    find: Callable[[Any], Iterator[tuple[int, Dataset | None]]]
    queries: list[Dataset] = dataclasses.field(default_factory=list)
    sent: int = 0

    @contextlib.contextmanager
    def running(self) -> Iterator[int]:
        ae = AE(ae_title="WORKLIST")
        ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 10
        ae.add_supported_context(WORKLIST, ImplicitVRLittleEndian)

        def find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
            self.queries.append(event.identifier)
            for status, answer in self.find(event):
                self.sent += 1
                yield status, answer

        server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find)])
        assert server is not None
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def telling(*datasets: Dataset) -> Telling:
    return Telling(lambda _: iter([(0xFF00, one) for one in datasets]))
