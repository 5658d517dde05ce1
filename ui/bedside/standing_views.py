"""How the cart stands, as the pages show it: frozen values in words."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class SlotView:
    """A slot of the status row. ``short`` says the same in less, ``least`` what may not be missing.

    ``rank``: the highest goes first where there is no room.

    Rank 0 never goes. ``strong``: it asks for somebody.
    """

    full: str
    short: str = ""
    rank: int = 0
    strong: bool = False
    least: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class StatusView:
    """One row: ``slots`` in their order, the clock at the right edge with a rank of its own."""

    slots: tuple[SlotView, ...] = ()
    clock: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class WayLine:
    """What is not received of one resident: ``who``, how far in the four words, since when; ``moving``: some of it leaves now."""

    who: str
    counts: str
    since: str
    moving: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class StoppedView:
    """What waits for a person. ``why`` in plain words, ``advice`` what she can do; ``detail`` the far end's own words.

    ``photo``: what it shows can be said anew, from ``view``. ``movable``: it can be another resident's.
    """

    item_id: str
    title: str
    who: str
    facts: str
    why: str
    advice: str
    detail: str = ""
    photo: bool = False
    view: str = ""
    intimate: bool = False
    movable: bool = False
    patient_id: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class ChangeView:
    """One resident's line of the handover: ``who``, then the letters of SBAR each with what stands behind it."""

    patient_id: str
    who: str
    rows: tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class HandoverView:
    """``since`` says who read the last one and when; ``through`` and ``audited`` are what is read by a touch on LU.

    ``changes`` are those of ``page``, counted from 0.
    """

    through: int = 0
    audited: int = 0
    since: str = ""
    changes: tuple[ChangeView, ...] = ()
    besides: tuple[str, ...] = ()
    page: int = 0
    pages: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class StandingView:
    """``facts`` stand over the list of what leaves: how much, since when, who answers, how long the disk lasts.

    ``saved`` are the ids of what is saved of the resident on screen and not undone, each with what it is.
    """

    facts: tuple[str, ...] = ()
    saved: tuple[tuple[str, str], ...] = ()
    ways: tuple[WayLine, ...] = ()
    stopped: tuple[StoppedView, ...] = ()
    more_stopped: str = ""
    handover: HandoverView = HandoverView()
