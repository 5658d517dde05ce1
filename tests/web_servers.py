"""Far ends for tests that are reached by DICOMweb."""

from __future__ import annotations

from pathlib import Path

from firmware_stubs.dicomweb import DicomwebSide
from sync.dicom.sending.stow import DicomwebDestination
from sync.dicom.speaking.association import Timeouts
from tests import needs
from tests.servers import QUICK, SOURCE, EmbeddedFarEnd, OrthancFarEnd, free_port

ORTHANC_DICOMWEB = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")


def dicomweb(url: str, timeouts: Timeouts = QUICK) -> DicomwebDestination:
    return DicomwebDestination("dicomweb", url, SOURCE, timeouts)


class EmbeddedWebFarEnd(EmbeddedFarEnd):
    """The embedded PACS by its DICOMweb side."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.web = DicomwebSide(self.server, free_port())
        self.destination = dicomweb(self.web.url)

    async def up(self) -> None:
        await super().up()
        await self.web.__aenter__()

    async def down(self) -> None:
        await self.web.__aexit__()
        await super().down()


class OrthancWebFarEnd(OrthancFarEnd):
    """Orthanc by Debian's DICOMweb plugin."""

    plugins = (ORTHANC_DICOMWEB,)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if not ORTHANC_DICOMWEB.exists():
            needs.lacking("Orthanc's DICOMweb plugin", "sudo apt install orthanc-dicomweb")
        self.destination = dicomweb(f"http://127.0.0.1:{self.http}/dicom-web")
