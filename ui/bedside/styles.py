"""The style sheets of the bedside screen, in the order in which they hold."""

from __future__ import annotations

from typing import Final

STYLES: Final = (
    "bedside.tcss",
    "vitals.tcss",
    "whose.tcss",
    "windows.tcss",
    "monitors.tcss",
    "opinion.tcss",
    "consent.tcss",
    "answers.tcss",
    "paper.tcss",
    "speaking.tcss",
    "record.tcss",
    "stills.tcss",
    "letting.tcss",
    "standing.tcss",
    "diary.tcss",
)
