"""What the specialist wrote for the report stands on the call's page, for the resident of that call only."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, bedside
from ui.bedside.messages import Go, Tapped
from ui.bedside.views import Page
from ui.bedside.widgets.line import Line
from ui.bedside.window_acts import PutNoteAway

NOTE = ("Érythème du talon.", "Pansement gras, revoir à 48 h.")


@pytest.mark.parametrize("state", ["connected", "ended"])
async def test_the_nurse_reads_the_note_and_who_wrote_it(tmp_path: Path, state: str) -> None:
    call = m.CallCard(call_id="c", state=state, note=NOTE, note_by="Claire MARTIN")
    async with bedside(tmp_path, msgspec.structs.replace(BESIDE_JEANNE, call=call)) as screen:
        screen.clock.seconds += 1.0
        screen.app.post_message(Tapped(Go(Page.CALL)))
        await screen.pilot.pause()
        told = screen.app.screen.query_one("#call-note", Line)
        assert told.text == "\n".join(("Note de Claire MARTIN pour le compte rendu", *NOTE))
        assert told.region.height == 3
        away = screen.app.screen.query_one("#note-read")
        assert away.display is (state == "ended")
        screen.clock.seconds += 1.0
        screen.app.post_message(Tapped(PutNoteAway()))
        await screen.pilot.pause()
        assert told.region.height == 0
        assert not away.display
