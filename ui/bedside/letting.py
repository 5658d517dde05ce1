"""Who is let in for a shift, and who may do what, in words: pure."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from edge.domain.staff import MAY, SHIFTS, Deed, Role
from edge.door import messages as m
from ui.bedside.instants import instant
from ui.bedside.locales import Words


@dataclasses.dataclass(frozen=True, slots=True)
class WelcomeView:
    """What is told to a replacement: ``line`` who until when, her ``number`` and her ``start`` code; "" for nobody."""

    line: str = ""
    number: str = ""
    start: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class ThereView:
    """Somebody who was let in and is still there."""

    member_id: str
    line: str


@dataclasses.dataclass(frozen=True, slots=True)
class LettingView:
    """``shifts``: (hours, in words until when). ``signed_in`` changes when somebody else does."""

    welcome: WelcomeView = WelcomeView()
    there: tuple[ThereView, ...] = ()
    shifts: tuple[tuple[int, str], ...] = ()
    signed_in: str = ""


def letting(snapshot: m.Snapshot, words: Words, zone: dt.tzinfo | None) -> LettingView:
    card = snapshot.attendance
    now = instant(snapshot.clock, zone)
    return LettingView(
        welcome=_welcome(card.welcome, words, zone),
        there=tuple(
            ThereView(one.member_id, f"{_who(one.name, one.role, words)} · {_until(one.ends, words, zone)}")
            for one in card.replacements
        ),
        shifts=tuple((hours, f"{hours} h · {now + dt.timedelta(hours=hours):%H:%M}") for hours in SHIFTS)
        if now
        else (),
        signed_in=card.name,
    )


def _welcome(card: m.WelcomeCard | None, words: Words, zone: dt.tzinfo | None) -> WelcomeView:
    if card is None:
        return WelcomeView()
    line = f"{_who(card.name, card.role, words)}, {_until(card.ends, words, zone)}"
    return WelcomeView(line, card.number, card.start)


def _who(name: str, role: str, words: Words) -> str:
    return f"{words.roles.get(role, '')} {name}".strip()


def _until(ends: str, words: Words, zone: dt.tzinfo | None) -> str:
    end = instant(ends, zone)
    return words.letting_until.format(f"{end:%H:%M}" if end else "")


NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "vitals": (Deed.MEASURE.value,),
        "ecg": (Deed.ECG.value,),
        "photo": (Deed.PHOTO.value,),
        "sound": (Deed.SOUND.value,),
        "call": (Deed.CALL.value, Deed.EMERGENCY_CALL.value),
        "handover": (Deed.HANDOVER.value,),
        "appliances": (Deed.DEVICES.value,),
        "residents": (Deed.CHOOSE_RESIDENT.value,),
    }
)
"""Which deeds open a place (the value of its Page): any of them."""


def opens(page: str, allows: Callable[[str], bool]) -> bool:
    """Whether somebody whom ``allows`` tells of has anything to do on ``page``."""
    return page not in NEEDS or any(map(allows, NEEDS[page]))


_ORDER = (Role.NURSE, Role.DOCTOR, Role.CARE_ASSISTANT, Role.PHARMACIST, Role.OTHER_PROFESSION, Role.ADMIN)
"""Whom one would ask first."""


def reserved(deeds: Iterable[str], words: Words) -> str:
    """Who may do any of ``deeds``, for somebody who may not: "Réservé : IDE, Dr"."""
    wanted = {Deed(deed) for deed in deeds}
    may = (words.roles.get(role.value, words.other_profession) for role in _ORDER if wanted & MAY[role])
    return words.reserved.format(", ".join(may))
