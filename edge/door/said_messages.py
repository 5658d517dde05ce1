"""What the server says beside snapshots."""

from __future__ import annotations

import msgspec

from edge.door.cards import Trace
from edge.door.still_messages import WholeEcg


class Said(msgspec.Struct, frozen=True, tag_field="type", tag=True, kw_only=True):
    pass


class Done(Said, frozen=True):
    id: int


class Refused(Said, frozen=True):
    id: int
    reason: str
    what: str
    do: str = ""


class StillWanted(Said, frozen=True):
    """To media: take a still now. It is bound to the resident who was on screen when it was asked for."""

    request_id: str
    view: str


class SoundWanted(Said, frozen=True):
    """To media: record ``seconds`` of ``source`` (stethoscope or voice) now, bound as a still is."""

    request_id: str
    source: str
    seconds: float


class LiveTrace(Said, frozen=True):
    """The next stretch of a running signal (ecg, pleth, respiration), oldest first; told as it comes, never repeated.

    ``values`` in millivolts where ``in_millivolts``, else in steps of the device that mean nothing to anybody else. ``lost``
    samples are missing before the first.
    """

    device: str
    signal: str
    label: str
    hertz: float
    values: tuple[float, ...]
    lost: int = 0
    in_millivolts: bool = True


class Earlier(Said, frozen=True):
    """To the bedside, once: a picture (a baseline JPEG as it was taken, never mirrored), the beginning of an ECG, or all of it.

    It is of the resident of ``encounter_id``, and of nobody else: a screen that shows another one leaves it out.
    """

    prior_id: str
    encounter_id: str
    jpeg: bytes = b""
    trace: Trace | None = None
    ecg: WholeEcg | None = None


class Face(Said, frozen=True):
    """To the bedside, once: the picture of a resident as a JPEG, empty where there is none. Of ``patient_id`` and nobody else."""

    patient_id: str
    jpeg: bytes = b""


class ForSpecialist(Said, frozen=True):
    """To media, for the page of the specialist of ``call_id``: what she asked for by ``ask``, or why she does not get it (``refused``).

    ``kind``: photo or ecg; ``taken`` as in EarlierCard. ``sha256`` is of ``jpeg``, or of the samples of ``ecg``.
    """

    call_id: str
    ask: int
    refused: str = ""
    kind: str = ""
    view: str = ""
    source: str = ""
    taken: str = ""
    jpeg: bytes = b""
    ecg: WholeEcg | None = None
    sha256: str = ""


class AnswerPage(Said, frozen=True):
    """To the bedside, once: page ``page``, from 0, of the PDF of an answer as a JPEG, of ``pages``, of which MOST_LEAVES are shown.

    It is of the resident of ``encounter_id``, and of nobody else: a screen that shows another one leaves it out.
    """

    answer: int
    encounter_id: str
    jpeg: bytes
    page: int
    pages: int


Pictured = Earlier | Face | AnswerPage
"""What a picture for the bedside comes in."""
