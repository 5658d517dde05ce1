"""Recording the running ECG at the bedside: one button beside the trace, and no doubt whether it records."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, Bedside, bedside
from ui.bedside.live import LIVE_SECONDS
from ui.bedside.picture import LIVE, RECORDING
from ui.bedside.widgets.touch import Touch
from ui.bedside.widgets.trace import TraceCurve

RUNNING = LIVE["ecg-live"]


def _with(**changes: object) -> m.Snapshot:
    return msgspec.structs.replace(BESIDE_JEANNE, **changes)


async def _watch(screen: Bedside) -> None:
    """The ECG page, and the trace runs."""
    await screen.tap("#bar-ecg")
    screen.door.say_bytes(m.encode(RUNNING))
    await screen.says("▸ TRACÉ EN DIRECT")


def _button(screen: Bedside) -> Touch:
    return screen.app.screen.query_one("#ecg-strip", Touch)


@pytest.mark.parametrize("size", [(106, 33), (80, 24)])
async def test_the_trace_is_recorded_and_stopped_with_one_tap_each(tmp_path: Path, size: tuple[int, int]) -> None:
    async with bedside(tmp_path, size=size) as screen:
        await screen.tap("#bar-ecg")
        assert not _button(screen).display, "nothing runs"
        await _watch(screen)
        await screen.says("ENREGISTRER 10 s", "n'est pas gardé")
        assert _button(screen).region.height >= 3
        await screen.tap("#ecg-strip")
        assert screen.door.heard == [m.StartStrip()]
        screen.door.say(_with(strip=msgspec.structs.replace(RECORDING, safe_seconds=1.9)))
        await screen.says("ARRÊTER · 1 s gardée", "gardé à mesure")
        # where the status row has no room for more than that it goes on, the button says how much
        await screen.says("● Tracé enregistré : 1 s gardée" if size[0] > 100 else "● Tracé ")
        assert "ENREGISTRER 10 s" not in screen.seen()
        screen.door.say(_with(strip=msgspec.structs.replace(RECORDING, safe_seconds=8.0)))
        await screen.says("ARRÊTER · 8 s gardées")
        await screen.tap("#ecg-strip")
        assert screen.door.heard == [m.StartStrip(), m.StopStrip()]


async def test_it_is_seen_on_every_page_and_can_be_stopped_when_the_trace_is_gone(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with(strip=RECORDING)) as screen:
        for page in ("#bar-home", "#bar-vitals", "#bar-photo"):
            await screen.tap(page)
            await screen.says("● Tracé enregistré : 12 s gardées")
        await screen.tap("#bar-ecg")
        screen.clock.seconds += LIVE_SECONDS + 1
        await screen.says("ARRÊTER · 12 s gardées")
        await screen.tap("#ecg-strip")
        assert screen.door.heard == [m.StopStrip()]


async def test_what_is_being_written_cannot_be_stopped_twice(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with(strip=msgspec.structs.replace(RECORDING, state="ending"))) as screen:
        await screen.tap("#bar-ecg")
        await screen.says("FIN DU TRACÉ · 12 s gardées")
        await screen.tap("#ecg-strip")
        assert screen.door.heard == []


async def test_why_it_cannot_be_recorded_is_said_in_the_cart_s_words(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await _watch(screen)
        screen.door.refusal = m.Refused(
            id=0, reason="trace", what="Deux appareils donnent un tracé", do="éteignez l'un des deux"
        )
        await screen.tap("#ecg-strip")
        await screen.says("Deux appareils donnent un tracé : éteignez l'un des deux.")


@pytest.mark.hazard("H15", without="tests.controls_strip:every_trace_is_in_millivolts")
async def test_a_saved_trace_without_a_scale_says_so_and_has_no_calibration_pulse(tmp_path: Path) -> None:
    trace = m.Trace(
        item_id="item-3", lead="", hertz=125.0, millivolts=(5.0, 300.0) * 625, in_millivolts=False, seconds=62.4
    )
    async with bedside(tmp_path, _with(trace=trace)) as screen:
        await screen.tap("#bar-ecg")
        await screen.until(lambda: bool(screen.app.screen.query_one(TraceCurve).millivolts))
        assert not screen.app.screen.query_one(TraceCurve).scaled
        await screen.says("début d'un tracé de 62 s", "amplitude SANS échelle")
        assert "repère 1 mV" not in screen.seen()
        assert "Dérivation" not in screen.seen()
