"""Invented people at the cart, for pictures and tests."""

from __future__ import annotations

from collections.abc import Mapping

from edge.domain.staff import MAY, Role
from edge.door import messages as m
from ui.bedside.letting_acts import As, NameKey
from ui.bedside.messages import Act, Go, Key
from ui.bedside.views import Page

_NOBODY: Mapping[str, object] = {
    "resident": None,
    "encounter_id": None,
    "items": (),
    "live": (),
    "trace": None,
    "residents": (),
    "devices": (),
    "notice": "",
    "notice_en": "",
}


def signed_in(role: Role, name: str, **more: object) -> m.AttendanceCard:
    may = tuple(deed.value for deed in MAY[role])
    return m.AttendanceCard(required=True, name=name, role=role.value, may=may, reader="here", **more)  # type: ignore[arg-type]


def locked(**more: object) -> Mapping[str, object]:
    """What a locked screen hears."""
    card = m.AttendanceCard(required=True, locked=True, **({"reader": "here"} | more))  # type: ignore[arg-type]
    return {**_NOBODY, "attendance": card}


HERE = m.ReplacementCard(
    member_id="replacement:1", name="SOPHIE BLANC", role="aide-soignant", ends="2026-11-20T18:00:00+00:00"
)

WELCOME = m.WelcomeCard(
    name="INES MOREAU", role="infirmier", ends="2026-11-21T01:32:00+00:00", number="902", start="40718263"
)

_LEROY = signed_in(Role.NURSE, "Camille LEROY")

STAFF_SCENES: Mapping[str, tuple[Mapping[str, object], tuple[Act, ...]]] = {
    "locked": (locked(), ()),
    "locked-rings": ({**locked(), "call": m.CallCard(state="waiting")}, ()),
    "locked-pin": (locked(asked="Camille LEROY"), (Key("2"), Key("5"))),
    "locked-no-reader": (
        locked(
            reader="away",
            reader_what="Lecteur de badge n'est pas branché. Branchez-le, ou tapez votre numéro.",
            reader_what_en="Badge reader is not plugged in. Plug it in, or type your number.",
        ),
        (Key("2"), Key("1"), Key("4")),
    ),
    "residents-nurse": ({"attendance": _LEROY, "resident": None, "items": (), "live": (), "trace": None}, ()),
    "home-nurse": ({"attendance": _LEROY}, (Go(Page.HOME),)),
    "home-night": ({"attendance": signed_in(Role.CARE_ASSISTANT, "Aïssatou DIALLO")}, (Go(Page.HOME),)),
    "home-pharmacist": ({"attendance": signed_in(Role.PHARMACIST, "Luc MARTEL")}, (Go(Page.HOME),)),
    "letting": (
        {"attendance": signed_in(Role.NURSE, "Camille LEROY", replacements=(HERE,))},
        (Go(Page.LETTING), *map(NameKey, "INES MOREAU"), As("infirmier")),
    ),
    "letting-welcome": (
        {"attendance": signed_in(Role.NURSE, "Camille LEROY", welcome=WELCOME)},
        (Go(Page.LETTING),),
    ),
}
"""By its name: what the cart says otherwise than in the other pictures, and what is touched."""
