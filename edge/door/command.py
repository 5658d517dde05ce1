"""What every command at the door is, and those about who is at the cart, what she types, and devices."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Command(msgspec.Struct, frozen=True, tag_field="type", tag=True, kw_only=True):
    id: int = 0


class SayWho(Command, frozen=True):
    """The code of who stands at the locked screen and has no badge at hand; then her PIN is asked for."""

    code: str


class TypePin(Command, frozen=True):
    """Of whom the badge or the code named; her first one where she has none. What came of it stands in the snapshot."""

    pin: str


class OpenEmergency(Command, frozen=True):
    """From the locked screen, without a badge: a call and nothing else, traced."""


class Lock(Command, frozen=True):
    """Hides what is on screen; what runs goes on."""


class Awake(Command, frozen=True):
    """Somebody touches the screen: it does not lock by itself."""


class TypedValue(msgspec.Struct, frozen=True, kw_only=True):
    """As edge.domain.typed.Typed: ``value`` is a decimal number as text, ``unit`` the UCUM code that stood beside it."""

    name: str
    value: str
    unit: str


class TypeValue(Command, frozen=True):
    """``values`` of one sheet of edge.domain.typed, for the resident of ``encounter_id``: who was on screen when the pad opened.

    Refused where somebody else is on screen by now (H1). What is unusual is saved only where ``confirmed`` says that the
    screen asked, and what was typed is what was meant.
    """

    sheet: str
    values: tuple[TypedValue, ...]
    encounter_id: str
    confirmed: bool = False


class SetScaleTwo(Command, frozen=True):
    """The SpO2 scale of NEWS2 for hypercapnic failure, for the resident of ``encounter_id``: by a doctor who signed in."""

    encounter_id: str
    on: bool


class PairDevice(Command, frozen=True):
    """Takes a Bluetooth device heard nearby into the cart's list, with a bond where it can.

    ``user`` and ``consent`` are the slot and code of a scale that keeps users apart; -1 for none. Done comes at once;
    how it goes stands in the snapshot's ``pairing``.
    """

    device_id: str
    user: int = -1
    consent: int = -1


class AnswerPasskey(Command, frozen=True):
    """The six digits that the device shows, asked for in the snapshot's ``pairing``."""

    device_id: str
    passkey: int


class ForgetDevice(Command, frozen=True):
    device_id: str


class TestDevice(Command, frozen=True):
    """Connects and asks the device what it is; the answer stands in its card."""

    __test__: ClassVar[bool] = False
    device_id: str
