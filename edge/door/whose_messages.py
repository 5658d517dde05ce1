"""What passes the door about whose something is: commands of the screen, and what waits to be said."""

from __future__ import annotations

import msgspec

from edge.door.cards import ItemCard, ResidentCard
from edge.door.command import Command


class AssignItem(Command, frozen=True):
    """What is nobody's is this resident's: a person said so."""

    item_id: str
    patient_id: str


class LeaveAside(Command, frozen=True):
    """What is nobody's stays so, and is listed no more."""

    item_id: str


class MoveItem(Command, frozen=True):
    """What is somebody's is this resident's; "": nobody's."""

    item_id: str
    patient_id: str


class MoveRound(Command, frozen=True):
    """All of the round ``encounter_id``, and what still comes of it. Where it is on screen, its right resident is from then on."""

    encounter_id: str
    patient_id: str


class NewResident(Command, frozen=True):
    """Somebody whom nobody can name, on screen from now. ``sex``: F or M; ``about_years``: her age as it looks."""

    sex: str
    room: str
    about_years: int


class Reconcile(Command, frozen=True):
    """The resident without identity ``patient_id`` turned out to be ``became``."""

    patient_id: str
    became: str


class TakeBack(Command, frozen=True):
    """She is not who she was taken for: a reconciliation is gone back."""

    patient_id: str


class LookedAt(Command, frozen=True):
    """Somebody saw that the bytes ``number`` are kept and were not understood."""

    number: int


AnyWhose = AssignItem | LeaveAside | MoveItem | MoveRound | NewResident | Reconcile | TakeBack | LookedAt

WHOSE: frozenset[type[Command]] = frozenset(
    {AssignItem, LeaveAside, MoveItem, MoveRound, Reconcile, TakeBack, LookedAt}
)
"""A person says whose something is."""


class StrayCard(msgspec.Struct, frozen=True, kw_only=True):
    """A saved item of nobody. ``why`` is a word of edge.domain.whose.Why; ``near`` are ids of who was on screen at about that time."""

    item: ItemCard
    why: str
    near: tuple[str, ...] = ()


class UnreadCard(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that were kept and not understood. ``device`` is its label where the cart knows it, else its family. ``taken`` ISO 8601."""

    number: int
    device: str
    taken: str
    reason: str
    device_en: str = ""


class ReconciledCard(msgspec.Struct, frozen=True, kw_only=True):
    """A resident without identity, and the id of whom she turned out to be."""

    resident: ResidentCard
    became: str
