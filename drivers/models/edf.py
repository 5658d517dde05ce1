"""ECG recorders and Holters that hand over EDF or EDF+ files."""

from __future__ import annotations

from drivers.models.model import FileModel, Sure
from edge.domain.waveform import Waveform


def _recognises(data: bytes) -> bool:
    from drivers.files import edf

    return edf.recognises(data)


def _read(data: bytes) -> Waveform:
    # the reader brings large libraries, and the catalog is part of every process
    from drivers.files import edf

    return edf.read(data)


def _prepare() -> None:
    from drivers.files import edf  # noqa: F401


EDF = FileModel(
    name="edf",
    label="ECG",
    label_en="ECG",
    facts="EDF (Kemp 1992) and EDF+ (Kemp and Olivan 2003), edfplus.info; read with edfio",
    sure=Sure.CONFIRMED,
    recognises=_recognises,
    parse=_read,
    prepare=_prepare,
)
