"""A cart whose far end falls silent, or whose battery runs down: what the screen says, and when (H23, H25)."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from edge import settings as settings_file
from edge.domain.fault import Fault, Reason
from edge.domain.patient import Patient, Sex
from edge.domain.reach import Reach
from edge.door import messages as m
from edge.mains import users
from edge.mains.actor import of_process
from edge.mains.children import Child, telecart
from edge.mains.places import own_store
from edge.settings import Settings
from firmware_stubs.serial.cable import Pty
from firmware_stubs.serial.healthypi import HealthyPi
from tests.integration.test_entrance import takes_in_a_list
from tests.integration.test_typed_values import Screen, running as edge_of
from tests.sending import C_STORE, FHIR, STOW, Line, Way, named, silent
from tests.servers import running
from ui.bedside import state
from ui.bedside.locales import LANGUAGES

pytestmark = pytest.mark.timeout(180)

HALF_A_MINUTE = 30.0
JEANNE = Patient("P1", "EHPAD", "DUPONT", "Jeanne", dt.date(1938, 3, 12), Sex.FEMALE, "214")


def _config(folder: Path, *sections: str) -> Path:
    power = folder / "power_supply"
    power.mkdir(parents=True)
    config = folder / "telecart.toml"
    head = f'data = "{folder}/data"\nbluetooth = false\npower_supply = "{power}"\n'
    config.write_text(head + "".join(sections), encoding="utf-8")
    return config


async def _written(folder: Path, *sections: str) -> tuple[Path, Settings]:
    config = _config(folder, *sections)
    settings = settings_file.read(config)
    async with own_store(settings, of_process("test")) as ledger:
        await ledger.put_patient(JEANNE)
    return config, settings


def row_of(snapshot: m.Snapshot, language: str = "fr") -> str:
    """The status row as it stands where there is room for all of it."""
    view = state.view(state.clean(snapshot), LANGUAGES[language]())
    return "   ".join(slot.full for slot in view.status.slots)


async def _until(screen: Screen, true: Callable[[m.Snapshot], bool], seconds: float) -> float:
    """How many seconds it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while screen.newest is None or not true(screen.newest):
        waited = loop.time() - began
        assert waited < seconds, row_of(screen.newest) if screen.newest else "no snapshot"
        await asyncio.sleep(0.1)
    return loop.time() - began


@pytest.mark.hazard("H23", without="tests.controls_offline:a_link_that_is_up_is_enough")
@pytest.mark.parametrize("way", [C_STORE, STOW, FHIR], ids=named)
async def test_a_black_hole_is_said_within_half_a_minute_though_the_link_is_up(way: Way, tmp_path: Path) -> None:
    """Nothing waits to be sent: the far end takes every connection and every byte, and answers nothing."""
    async with contextlib.AsyncExitStack() as stack:
        far_end = await stack.enter_async_context(running(way.far_end(tmp_path / "far")))
        line = await stack.enter_async_context(Line(way.port(far_end), http=way.http))
        # as it is set one way, else as often as it may be set: which way it is asked has nothing to do with when
        often = "" if way is C_STORE else "[heartbeat]\nevery_seconds = 5.0\n"
        config, settings = await _written(tmp_path / "cart", way.section("far", line.port), often)
        screen = await stack.enter_async_context(edge_of(settings))
        sync = Child("sync", telecart(config, "sync"), tmp_path, {})
        await sync.start()
        stack.push_async_callback(sync.stop)
        await _until(screen, lambda s: s.standing.reach.state == Reach.ANSWERS, 40)
        assert screen.newest is not None
        assert "● Réponse" in row_of(screen.newest)
        assert "Answered" in row_of(screen.newest, "en")
        came = line.connections
        await line.mend(silent)
        took = await _until(screen, lambda s: "HORS LIGNE" in row_of(s), HALF_A_MINUTE)
        assert "OFFLINE" in row_of(screen.newest, "en")
        # the link was up all the time
        assert line.connections > came
        assert took <= HALF_A_MINUTE
        assert (screen.newest.standing.reach.silent, screen.newest.standing.reach.refusing) == (("far",), ())
        await line.mend()
        await _until(screen, lambda s: s.standing.reach.state == Reach.ANSWERS, HALF_A_MINUTE)


async def test_since_when_it_is_offline_survives_both_processes_and_grows_without_sync(tmp_path: Path) -> None:
    config, settings = await _written(tmp_path / "cart", FHIR.section("far", 1))
    sync = Child("sync", telecart(config, "sync"), tmp_path, {})
    async with edge_of(settings) as screen:
        await _until(screen, lambda s: s.standing.reach.state == Reach.UNKNOWN, 20)
        await sync.start()
        try:
            await _until(screen, lambda s: s.standing.reach.state == Reach.OFFLINE, HALF_A_MINUTE)
        finally:
            await sync.stop()
    async with edge_of(settings) as screen:
        await _until(screen, lambda s: s.standing.reach.state == Reach.OFFLINE, 20)
        assert screen.newest is not None
        assert screen.newest.standing.reach.seconds is None
        assert "jamais de réponse" in row_of(screen.newest)


# --- the battery


class Supply:
    """A battery as the kernel tells it, and the mains beside it."""

    def __init__(self, folder: Path) -> None:
        self._battery, self._mains = folder / "BAT0", folder / "AC"
        for one, kind in ((self._battery, "Battery"), (self._mains, "Mains")):
            one.mkdir()
            (one / "type").write_text(f"{kind}\n")
        (self._battery / "present").write_text("1\n")
        self.tells(100, plugged=True)

    def tells(self, percent: int, *, plugged: bool = False) -> None:
        (self._battery / "status").write_text("Charging\n" if plugged else "Discharging\n")
        (self._mains / "online").write_text(f"{int(plugged)}\n")
        (self._battery / "capacity").write_text(f"{percent}\n")


@contextlib.asynccontextmanager
async def on_battery(tmp_path: Path, *sections: str) -> AsyncIterator[tuple[Screen, Supply, Settings]]:
    _, settings = await _written(tmp_path / "cart", *sections)
    supply = Supply(settings.power_supply)
    async with edge_of(settings) as screen:
        await _until(screen, lambda s: s.standing.power.percent == 100, 20)
        await screen.ask(m.SelectResident(patient_id="P1"))
        yield screen, supply, settings


@pytest.mark.hazard("H25", without="tests.controls_offline:a_battery_says_nothing")
async def test_a_battery_from_twenty_to_nothing_is_said_and_readings_are_saved_to_the_end(tmp_path: Path) -> None:
    async with on_battery(tmp_path) as (screen, supply, _):
        assert screen.newest is not None
        assert screen.newest.warning == ""
        assert "▮▮▮▮ 100 % secteur" in row_of(screen.newest)
        said: list[int] = []
        for percent in range(21, -1, -1):
            supply.tells(percent)
            await _until(screen, lambda s, p=percent: s.standing.power.percent == p, 20)  # type: ignore[misc]
            snapshot = screen.newest
            assert f"{percent} %" in row_of(snapshot)
            assert bool(snapshot.warning) == bool(snapshot.warning_en) == (percent <= 20)
            if percent <= 20:
                assert f"Batterie {percent} %" in snapshot.warning
                assert "Battery" in snapshot.warning_en
            if percent % 7 == 0:
                before = len(snapshot.items)
                rate = m.TypedValue(name="respiratory_rate", value=f"{12 + percent}", unit="/min")
                encounter = snapshot.encounter_id or ""
                await screen.ask(
                    m.TypeValue(sheet="respiration", values=(rate,), encounter_id=encounter, confirmed=True)
                )
                await _until(screen, lambda s, b=before: len(s.items) > b, 20)  # type: ignore[misc]
                said.append(percent)
        assert said == [21, 14, 7, 0]
        supply.tells(1, plugged=True)
        await _until(screen, lambda s: s.warning == "", 20)


@pytest.mark.hazard("H25", without="tests.controls_offline:recordings_run_on")
@pytest.mark.parametrize(
    ("percent", "within"), [(5, 10.0), pytest.param(10, 45.0, marks=pytest.mark.slow)], ids=["at once", "after 30 s"]
)
async def test_a_trace_that_runs_is_closed_and_is_an_ecg(tmp_path: Path, percent: int, within: float) -> None:
    async with contextlib.AsyncExitStack() as stack:
        board = await stack.enter_async_context(HealthyPi(Pty(tmp_path / "board")))
        board.leads_on(heart_rate=71, respiratory_rate=0)
        section = f'[[serial]]\nport = "{board.port}"\nmodel = "healthypi"\n'
        screen, supply, _ = await stack.enter_async_context(on_battery(tmp_path, section))
        await _until(screen, lambda s: any(one.connected for one in s.devices), 30)
        await board.said(25)
        await screen.ask(m.StartStrip())
        await _until(screen, lambda s: s.strip.safe_seconds >= 1, 30)
        supply.tells(percent)
        await _until(screen, lambda s: s.strip.state == "none", within)
        await _until(screen, lambda s: any(item.kind == "ecg" for item in s.items), 10)
        if percent > 5:
            await screen.ask(m.StartStrip())
            await screen.ask(m.StopStrip())
            return
        with pytest.raises(Fault) as raised:
            await screen.ask(m.StartStrip())
        assert raised.value.reason is Reason.TRACE
        with pytest.raises(Fault, match="trop long"):
            await screen.ask(m.RecordSound(seconds=15.0))


@pytest.mark.hazard("H25", without="tests.controls_offline:a_battery_says_nothing")
async def test_the_screen_locks_before_the_end(tmp_path: Path) -> None:
    async with on_battery(tmp_path) as (screen, supply, settings):
        await takes_in_a_list(settings, tmp_path)
        await _until(screen, lambda s: s.attendance.locked, 20)
        start = await users.invite(settings, "c.leroy")
        await screen.ask(m.SayWho(code="214"))
        await screen.ask(m.TypePin(pin=start))
        await screen.ask(m.TypePin(pin="2580"))
        await _until(screen, lambda s: s.attendance.name == "Camille LEROY", 20)
        supply.tells(3)
        await _until(screen, lambda s: s.attendance.locked, 10)
        # that the battery is empty is said there too
        assert screen.newest is not None
        assert "Batterie 3 %" in screen.newest.warning
        # whoever comes is let in: it locks once
        await screen.ask(m.SayWho(code="214"))
        await screen.ask(m.TypePin(pin="2580"))
        await _until(screen, lambda s: not s.attendance.locked, 20)
