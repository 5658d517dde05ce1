"""ECG recorders and Holters that hand over EDF or EDF+ files."""

from __future__ import annotations

from drivers.files import edf
from drivers.models.model import FileModel, Sure

EDF = FileModel(
    name="edf",
    label="ECG",
    facts="EDF (Kemp 1992) and EDF+ (Kemp and Olivan 2003), edfplus.info; read with edfio",
    sure=Sure.CONFIRMED,
    recognises=edf.recognises,
    read=edf.read,
)
