"""An ECG recorder that drops its recordings as DICOM files into a folder, as they do: complete, by renaming."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pydicom
from pydicom.data import get_testdata_file
from pydicom.uid import generate_uid


class EcgRecorder:
    """``record()`` drops the twelve-lead Mortara recording of the pydicom wheel, each time as a recording of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def record(self) -> Path:
        path = get_testdata_file("waveform_ecg.dcm", download=False)
        if path is None:
            raise FileNotFoundError("this pydicom carries no waveform_ecg.dcm")
        recording = pydicom.dcmread(str(path))
        now = dt.datetime.now(dt.UTC)
        recording.SOPInstanceUID = generate_uid()
        recording.file_meta.MediaStorageSOPInstanceUID = recording.SOPInstanceUID
        recording.AcquisitionDateTime = now.strftime("%Y%m%d%H%M%S.%f+0000")
        name = f"ecg-{recording.SOPInstanceUID}.dcm"
        unfinished = self._folder / f".{name}.tmp"
        recording.save_as(unfinished, enforce_file_format=True)
        return unfinished.rename(self._folder / name)
