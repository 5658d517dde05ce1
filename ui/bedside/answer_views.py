"""What the page of answers shows, as frozen values in the words of the language."""

from __future__ import annotations

import dataclasses
import enum


class Stand(enum.StrEnum):
    """How a row is drawn: the first three want somebody."""

    UNREAD = "unread"
    CHASE = "chase"
    ELSEWHERE = "elsewhere"  # another resident's, of the first two
    QUIET = "quiet"
    PRINTABLE = "printable"  # quiet, and can be printed
    STRAY = "stray"  # an answer of which nobody knows whose it is
    PICK = "pick"  # a request that a stray answer may answer
    NOBODYS = "nobodys"  # the way out: it is for nobody here


@dataclasses.dataclass(frozen=True, slots=True)
class RowView:
    """``answer`` is the number of what can be taken note of, 0 for none; ``request_id`` of what can be chased; ``patient_id`` of
    whom it is where that is not who is on screen. ``document`` is the number of an answer whose PDF may be read, 0 for none.
    ``said`` is what the one confirmation asks, of a request to pick.
    """

    key: str
    stand: Stand
    title: str
    lines: tuple[str, ...] = ()
    answer: int = 0
    request_id: str = ""
    patient_id: str = ""
    document: int = 0
    said: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class AnswersView:
    """``alert`` names nobody. ``button`` is what opens the page, ``wants`` whether something is to be done about it.

    ``strays`` are answers of nobody, ``candidates`` the requests that one of them may answer.
    ``printer``: what somebody took note of can be printed. ``marks`` are residents, by id, with the words that stand on their card.
    """

    alert: str = ""
    button: str = ""
    wants: bool = False
    rows: tuple[RowView, ...] = ()
    marks: tuple[tuple[str, str], ...] = ()
    strays: tuple[RowView, ...] = ()
    candidates: tuple[RowView, ...] = ()
    printer: bool = False

    def mark(self, patient_id: str) -> str:
        return dict(self.marks).get(patient_id, "")
