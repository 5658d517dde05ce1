"""Files of strangers are read by a worker, one for each format; what comes back are values of the domain (T7, T8)."""

from __future__ import annotations

import atexit
import dataclasses
import functools

import msgspec

from edge.domain.fault import Fault, Reason
from edge.domain.photo import Photo
from edge.domain.waveform import Waveform
from edge.foreign.sandbox import Sandbox


class Said(msgspec.Struct, frozen=True):
    """One of both. The bytes of a photo are those of the file and are not sent back."""

    ecg: Waveform | None = None
    photo: Photo | None = None


def said(content: Waveform | Photo) -> Said:
    if isinstance(content, Photo):
        return Said(photo=dataclasses.replace(content, jpeg=b""))
    return Said(ecg=content)


@functools.cache
def sandbox(model: str) -> Sandbox[Said]:
    """The one of this process for files of this model."""
    made = Sandbox(("drivers.worker", model), Said)
    atexit.register(made.close)
    return made


def read(model: str, data: bytes) -> Waveform | Photo:
    """Raises Fault(CORRUPT_FILE | UNDECODABLE); NotStarted, which is an OSError, where it is to be tried again."""
    found = sandbox(model).read(data)
    if found.ecg is not None:
        return found.ecg
    if found.photo is not None:
        return dataclasses.replace(found.photo, jpeg=data)
    raise Fault(Reason.UNDECODABLE, "the reader of the file said nothing", "the file is kept")
