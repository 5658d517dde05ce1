"""What becomes of an object whose class a PACS does not take.

A still of a special camera goes as an ordinary photo, a new object. A sound and the paper of an ECG, of which the cart keeps what
was recorded, stay here and are offered again from time to time: many a PACS takes neither, and nobody at the bedside can help.
Anything else waits for a person: an ECG and a photo have to arrive, and so has the note that withdraws one.
"""

from __future__ import annotations

import io

from pydicom.filereader import read_partial

from edge.domain.delivery import Event
from edge.domain.fault import Reason
from edge.domain.item import Frozen
from edge.domain.ports import Outcome
from sync.dicom.audio import GENERAL_AUDIO
from sync.dicom.document import ENCAPSULATED_PDF
from sync.dicom.photo import DERMOSCOPIC, VL_ENDOSCOPIC

CLASS_NOT_SUPPORTED = 0x0122
"""PS3.7 C.5.6, PS3.18 table 10.5.3-2."""

_PLAINER = frozenset({DERMOSCOPIC, VL_ENDOSCOPIC})
_STAYS = frozenset({GENERAL_AUDIO, ENCAPSULATED_PDF})


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
