"""What the screen shows of appointments, as frozen values in the words of the language."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum


class Way(enum.StrEnum):
    """What can be done about an appointment with one touch."""

    NONE = "none"
    READY = "ready"
    LEAVE = "leave"
    BACK = "back"
    CALL = "call"  # turns to the page of the call
    ASK = "ask"  # to the request for an opinion, which stands there too
    SEE = "see"  # another resident's: whose page is asked for, and confirmed as ever


@dataclasses.dataclass(frozen=True, slots=True)
class PlannedView:
    """One line of the page. ``strong``: somebody has to do something about it now. ``cancels``: it may be cancelled here."""

    key: str
    title: str
    lines: tuple[str, ...] = ()
    way: Way = Way.NONE
    cancels: bool = False
    strong: bool = False
    patient_id: str = ""


class Where(enum.StrEnum):
    """On which pages a line stands that reminds of an appointment."""

    NOWHERE = "nowhere"
    LISTS = "lists"  # the residents and her home page
    CALL = "call"
    ANYWHERE = "anywhere"


@dataclasses.dataclass(frozen=True, slots=True)
class RecallView:
    """A line under the banner that answers to a finger. ``rings``: the doctor is there, and nobody is with the resident."""

    text: str = ""
    where: Where = Where.NOWHERE
    way: Way = Way.NONE
    key: str = ""
    patient_id: str = ""
    rings: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class DiaryView:
    """``days`` are those that can be planned, each an ISO date, its name and its day and month; ``now`` is the clock to the quarter of an hour,

    in ``zone``. ``requests``: by speciality the open request for an opinion of who is on screen.
    """

    recall: RecallView = RecallView()
    button: str = ""
    wants: bool = False
    rows: tuple[PlannedView, ...] = ()
    days: tuple[tuple[str, str, str], ...] = ()
    now: dt.datetime | None = None
    zone: dt.tzinfo | None = None
    requests: tuple[tuple[str, str], ...] = ()
