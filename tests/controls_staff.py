"""Switches (see tests/controls.py) of the controls over who works at the cart."""

from __future__ import annotations

import pytest

from edge import staff_file
from edge.acquire import attendance
from edge.domain.staff import Known


def any_signature_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: whoever may write the file decides who is who."""
    monkeypatch.setattr(staff_file, "_verify", lambda *_: None)


def every_pin_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: whoever knows a colleague's code is that colleague."""
    monkeypatch.setattr(attendance, "_fits", lambda *_: True)


def the_screen_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: nobody locks it."""
    monkeypatch.setattr(attendance.Attendance, "_touch", lambda self: setattr(self, "_touched", 1 << 62))


def a_locked_screen_asks_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: what is asked at a locked screen is done."""
    monkeypatch.setattr(attendance.Attendance, "locked", False)
    monkeypatch.setattr(attendance.Attendance, "may", lambda *_: True)


def everybody_may_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: edge leaves it to the screen who may do what."""
    monkeypatch.setattr(attendance.Attendance, "may", lambda *_: True)


def a_number_is_proof_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: whoever types a number may choose its first PIN."""
    asked = attendance.Attendance._ask

    async def proved(self: attendance.Attendance, known: Known | None, **_: bool) -> None:
        await asked(self, known, proved=True)

    monkeypatch.setattr(attendance.Attendance, "_ask", proved)
