"""Who is at the cart, in words: pure."""

from __future__ import annotations

import math

from edge.domain.staff import Entrance
from edge.door import messages as m
from ui.bedside import views as v
from ui.bedside.locales import Words


def who(card: m.AttendanceCard, words: Words) -> str:
    """For the status row: "IDE Camille LEROY"; "" where nobody signs in."""
    if card.emergency:
        return words.emergency_status
    return f"{words.roles.get(card.role, '')} {card.name}".strip()


def lock(snapshot: m.Snapshot, words: Words, elapsed: float) -> v.LockView:
    card = snapshot.attendance
    if not card.required:
        return v.LockView()
    if not card.locked:
        return v.LockView(required=True, may=frozenset(card.may))
    left = max(0.0, card.wait_seconds - elapsed)
    line = words.entrance.get(card.entrance, "").format(seconds=math.ceil(left))
    if card.entrance == Entrance.WAIT and not left:
        line = ""
    title, hint = words.locked_title, words.locked_or_code
    if card.reader != "here":
        title, hint = words.locked_number, words.of(card.reader_what, card.reader_what_en) or words.locked_number_hint
    if card.asked:
        titles = {Entrance.SET_PIN: words.locked_first_pin, Entrance.START: words.locked_start}
        title = titles.get(Entrance(card.entrance) if card.entrance else Entrance.IN, words.locked_pin).format(
            card.asked
        )
        hint = words.locked_not_you if card.reader == "here" else words.locked_not_you_number
    return v.LockView(
        required=True,
        locked=True,
        pin=bool(card.asked),
        title=title,
        hint=hint,
        line=words.of(card.what, card.what_en) or line,
        goes_on=snapshot.strip.state != "none" or snapshot.call.state in {"admitted", "connected"},
        rings=snapshot.call.state == "waiting",
        may=frozenset(card.may),
    )
