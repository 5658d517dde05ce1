"""A specialist's note in the PDF of the report, and where she points in the nurse's window."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from drivers.codec import preview
from edge.domain.report import Language
from edge.domain.specialist_note import LONGEST_NOTE, SpecialistNote
from tests import reports
from tests.unit.test_report_pdf import said

WHEN = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(("language", "heading"), [("fr", "Note du spécialiste"), ("en", "The specialist's note")])
def test_the_note_stands_in_the_report_word_for_word_with_who_wrote_it(
    language: Language, heading: str, tmp_path: Path
) -> None:
    written = SpecialistNote("call", "Érythème du talon.\n\nRevoir à 48 h.", "Claire MARTIN", "10001234567", WHEN)
    nameless = SpecialistNote("call", "Une seconde note.", "", "", WHEN)
    told = said(dataclasses.replace(reports.report(), notes=(written, nameless)), tmp_path, language)
    assert heading in told
    for words in ("Érythème du talon. Revoir à 48 h.", "Claire MARTIN RPPS 10001234567", "Une seconde note."):
        assert words in told, words
    assert heading not in said(reports.report(), tmp_path, language)


def test_the_longest_note_goes_on_on_the_next_page(tmp_path: Path) -> None:
    words = " ".join(f"mot{number}" for number in range(600))[:LONGEST_NOTE].rsplit(" ", 1)[0]
    told = said(dataclasses.replace(reports.report(), notes=(SpecialistNote("c", words, "", "", WHEN),)), tmp_path)
    assert words.split()[-1] in told


@pytest.mark.parametrize(("at", "column", "row"), [((0, 0), 0, 0), ((500, 500), 80, 45), ((1000, 1000), 159, 89)])
def test_the_point_lies_where_it_was_pointed_at_whatever_stands_beside_the_picture(
    at: tuple[int, int], column: int, row: int
) -> None:
    own = preview.frame_of(np.full((90, 160, 3), 128, np.uint8), 1)
    canvas = preview.Canvas(160, 120)  # 15 rows of black above and below
    shown = preview.pointed(canvas, own, at)
    marked = np.argwhere((shown.min(axis=2) > 200) & (np.indices(shown.shape[:2])[1] >= 0))
    distance = np.hypot(marked[:, 0] - (row + 15), marked[:, 1] - column)
    assert distance.min() <= 3, "the dot itself"
    assert distance.max() <= 20
