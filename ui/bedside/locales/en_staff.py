"""The English words of who may do what, of badge readers, and of replacements."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class EnglishStaff:
    reserved = "Only: {}"
    locked_number = "Type your number, then OK"
    locked_number_hint = "or call without signing in, in an emergency"
    locked_not_you_number = "Not you? Touch BACK."
    other_profession = "other carer"
    let_in = "LET A REPLACEMENT IN"
    letting_title = "Who is the replacement? Type the name."
    letting_as = "Profession"
    letting_roles: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"infirmier": "NURSE", "aide-soignant": "ASSIST.", "autre": "OTHER"}
    )
    letting_for = "For how long?"
    letting_until = "until {}"
    letting_go = "GIVE ACCESS"
    letting_end = "END"
    letting_ended = "The access has ended."
    welcome_title = "Access given"
    welcome_number = "The number"
    welcome_start = "The start code, good once"
    welcome_how = "Note them and lock: the replacement types the number, the code, and chooses a secret code."
    welcome_lock = "LOCK: YOUR TURN"
