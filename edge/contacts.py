"""Whom a site calls and asks: the ``[[contact]]`` of its settings."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

import msgspec


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """In the order of the screen. ``number`` as people write and dial it, ``hours`` in words.

    ``video``: over the cart's call where there is a network. ``specialty``: requests for an opinion of it go to this one, whose
    ``rpps`` has 11 digits where it is known. ``label_en`` is the label in English.
    """

    label: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    label_en: Annotated[str, msgspec.Meta(max_length=40)] = ""
    role: Literal["treating", "on_call", "emergency", "geriatrics", "nurse", "other"] = "other"
    number: str = ""
    hours: Annotated[str, msgspec.Meta(max_length=40)] = ""
    video: bool = False
    specialty: Literal["", "dermatology", "cardiology", "wounds", "geriatrics"] = ""
    rpps: str = ""

    def __post_init__(self) -> None:
        if self.number and not re.fullmatch(r"\+?[0-9][0-9 ]{1,18}", self.number, re.ASCII):
            raise ValueError("a number of [[contact]] is digits and blanks, such as 04 76 00 00 00")
        if not self.number and not self.video and not self.specialty:
            raise ValueError("a [[contact]] has a number, or video, or a specialty")
        if self.rpps and not re.fullmatch(r"\d{11}", self.rpps, re.ASCII):
            raise ValueError("an rpps of [[contact]] has 11 digits")


NATIONAL: Final = (
    Contact(label="SAMU", label_en="SAMU (emergency)", role="emergency", number="15", hours="24 h / 24"),
    Contact(label="Médecin de garde", label_en="Doctor on call", role="on_call", number="116 117"),
)
"""Where the settings name nobody."""
