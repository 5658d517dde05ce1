"""What becomes of an object whose class a PACS does not take.

A still of a special camera goes as an ordinary photo, a new object. A sound and the paper of an ECG, of which the cart keeps what
was recorded, stay here and are offered again from time to time: many a PACS takes neither, and nobody at the bedside can help.
Anything else waits for a person: an ECG and a photo have to arrive, and so has the note that withdraws one.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from types import MappingProxyType

from pydicom.filereader import read_partial
from pydicom.uid import UID

from edge.domain.delivery import Event
from edge.domain.fault import Reason
from edge.domain.item import Frozen
from edge.domain.ports import Outcome
from sync.dicom.building.audio import GENERAL_AUDIO
from sync.dicom.building.document import ENCAPSULATED_PDF
from sync.dicom.building.objects import SYNTAXES
from sync.dicom.building.photo import DERMOSCOPIC, VL_ENDOSCOPIC, VL_PHOTOGRAPHIC

CLASS_NOT_SUPPORTED = 0x0122
"""PS3.7 C.5.6, PS3.18 table 10.5.3-2."""

_PLAINER = frozenset({DERMOSCOPIC, VL_ENDOSCOPIC})
_STAYS = frozenset({GENERAL_AUDIO, ENCAPSULATED_PDF})


_FATES: Mapping[Event, str] = MappingProxyType(
    {
        Event.PLAINER: "goes as an ordinary photo",
        Event.NOT_TAKEN: "stays on the cart",
        Event.REFUSED: "waits for a person",
    }
)


def summary(taken: Collection[tuple[str, str]]) -> str:
    """In plain words: which of the cart's objects somebody takes of whom these classes and transfer syntaxes were accepted."""
    missing: list[str] = []
    for sop_class, syntaxes in SYNTAXES.items():
        if not (left := [syntax for syntax in syntaxes if (sop_class, syntax) not in taken]):
            continue
        fate = _FATES[of_class("", sop_class, "").event]
        if sop_class in _PLAINER and not any((VL_PHOTOGRAPHIC, syntax) in taken for syntax in syntaxes):
            fate = _FATES[Event.REFUSED]
        encoded = "" if len(left) == len(syntaxes) else f" as {', '.join(UID(one).name for one in left)}"
        missing.append(f"{UID(sop_class).name.removesuffix(' Storage')}{encoded} ({fate})")
    return f"it does not take: {', '.join(missing)}" if missing else f"takes all {len(SYNTAXES)} kinds of objects"


def of_class(item_id: str, sop_class: str, who: str) -> Outcome:
    """``who`` begins the line, such as "the PACS REGION"."""
    if sop_class in _PLAINER:
        event, what = Event.PLAINER, "does not take this kind of picture: it goes as an ordinary photo"
    elif sop_class in _STAYS:
        event, what = Event.NOT_TAKEN, "does not take this kind of object: it stays on the cart and is offered again"
    else:
        event, what = Event.REFUSED, "does not take this kind of object: ask its administrator to accept it"
    return Outcome(item_id, event, Reason.DESTINATION_REFUSED, f"{who} {what}")


def class_of(frozen: Frozen) -> str:
    """By the head of its file. Raises Fault(STORE_DAMAGED)."""
    head = read_partial(io.BytesIO(next(frozen.body.pieces())), stop_when=lambda tag, _vr, _length: tag.group > 2)
    return str(head.file_meta.MediaStorageSOPClassUID)
