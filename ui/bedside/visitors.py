"""Who waits at the door of a call, or is in it, in one line."""

from __future__ import annotations

from edge.door import messages as m
from ui.bedside.locales import Words


def note(card: m.CallCard, words: Words) -> tuple[str, ...]:
    """What the specialist wrote line by line, below who did; () for nothing."""
    if not card.note:
        return ()
    who = words.note_of.format(card.note_by) if card.note_by else words.note_of_doctor
    return (who, *card.note)


def line(card: m.CallCard, words: Words) -> str:
    """At the door how far her name is verified; in the call her name and, once they are known, the digits. "" for nobody."""
    one = card.visitor
    if card.state == "waiting":
        if not one.name:
            return words.visitor_unknown
        if one.invited or not one.rpps:
            return words.visitor_invited.format(name=one.name)
        return words.visitor_signed_in.format(name=one.name, rpps=one.rpps)
    if card.state not in {"admitted", "connected"}:
        return ""
    digits = words.visitor_digits.format(f"{one.spoken[:3]} {one.spoken[3:]}") if one.spoken else ""
    return " · ".join(part for part in (one.name, digits) if part)
