"""`telecart update apply` from the region to the running release, with the cart's real locks and a clock that is right."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from edge.domain.fault import Fault
from edge.in_use import InUse
from edge.mains import update
from edge.mains.update import Updates
from edge.sections import Updates as Section
from edge.settings import Settings
from sync.update.switching import Outcome
from tests import updates
from tests.unit.test_update_switch import Processes
from tests.updates import Publisher


class Place:
    """A region, and a cart whose settings name it."""

    def __init__(self, folder: Path) -> None:
        self.publisher = Publisher.new(folder / "region", update.now())
        self.data = folder / "data"
        self.data.mkdir()
        (folder / "root.json").write_bytes(self.publisher.trust)
        self.settings = Settings(
            data=self.data,
            update=Section(
                repository=str(self.publisher.repository.folder),
                trust=folder / "root.json",
                folder=folder / "opt",
                id="cart-1",
            ),
        )
        self.processes = Processes(folder / "opt/current", self.data)
        self.said: list[str] = []

    def offer(self, release: str, before: str = "") -> None:
        part = self.publisher.wheels / "part-1-py3-none-any.whl"
        own = updates.our_wheel(self.publisher.wheels, release, f"release {release}")
        wheels = [own, part if part.exists() else updates.part_wheel(self.publisher.wheels, "1", "one")]
        self.publisher.build(release, wheels, [before] if before else [], now=update.now())
        self.publisher.offer(release, update.now())
        self.publisher.publish(update.now())

    @property
    def updates(self) -> Updates:
        return Updates(self.settings, self.processes)

    def apply(self) -> Outcome:
        told = self.updates.apply(self.said.append)
        self.said.append(told.what)
        return told.outcome


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.offer("1.0")
    assert made.apply() is Outcome.DONE
    return made


def test_a_cart_goes_from_release_to_release_and_keeps_the_one_before(place: Place) -> None:
    assert place.apply() is Outcome.NOTHING
    for release, before in (("2.0", "1.0"), ("3.0", "2.0")):
        place.offer(release, before)
        assert place.apply() is Outcome.DONE
    told = place.updates.status()
    assert (told.running, told.back, told.installed, told.bad) == ("3.0", "2.0", ("2.0", "3.0"), {})
    assert place.processes.started == ["1.0", "2.0", "3.0"]


@pytest.mark.hazard("H21", without="tests.controls_update:no_interlock")
def test_an_update_that_is_offered_in_a_call_is_brought_in_and_waits_for_its_end(place: Place) -> None:
    served = InUse(place.data)
    served.begin()
    place.offer("2.0", "1.0")
    assert place.apply() is Outcome.DEFERRED
    told = place.updates.status()
    assert (told.running, told.installed, place.processes.started) == ("1.0", ("1.0", "2.0"), ["1.0"])
    served.end()
    place.said.clear()
    assert place.apply() is Outcome.DONE
    assert place.updates.status().running == "2.0"


def test_a_bad_release_is_not_even_fetched_again_and_the_next_one_is_taken(place: Place) -> None:
    place.offer("2.0", "1.0")
    place.processes.sick = "2.0"
    assert place.apply() is Outcome.TAKEN_BACK
    place.said.clear()
    assert place.apply() is Outcome.NOTHING
    assert place.said == ["2.0 is not tried again: its door does not answer"]
    place.offer("3.0", "1.0")
    assert place.apply() is Outcome.DONE
    assert place.updates.status().bad.keys() == {"2.0"}


@pytest.mark.hazard("T18", without="tests.controls_update:older_releases_are_taken")
def test_a_signed_step_back_is_refused(place: Place) -> None:
    place.offer("2.0", "1.0")
    assert place.apply() is Outcome.DONE
    place.publisher.offer("1.0", update.now())
    place.publisher.publish(update.now())
    with pytest.raises(Fault, match=r"1\.0 \(number 1\) is older than 2\.0"):
        place.updates.apply(place.said.append)


def test_a_cart_without_a_repository_says_what_to_write(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, update=Section(folder=tmp_path / "opt"))
    with pytest.raises(Fault, match="the settings name no repository"):
        Updates(settings, Processes(tmp_path, tmp_path)).check()


def test_a_cart_without_a_name_has_one_of_its_own_that_gives_its_machine_away_to_nobody(tmp_path: Path) -> None:
    machine = tmp_path / "machine-id"
    machine.write_text("b08dfa6083e7567a1921a715000001fb\n")
    named = update.cart_id(Settings(), machine)
    assert named == update.cart_id(Settings(), machine)
    assert len(named) == 16
    assert named not in machine.read_text()


async def test_a_door_that_closes_at_once_is_no_sign_of_health(tmp_path: Path) -> None:
    async def closes(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_unix_server(closes, tmp_path / "door"):
        with pytest.raises(Fault, match="nobody answers at its door"):
            await update.answered(tmp_path / "door", 20.0)


_SYSTEMCTL = """#!/bin/sh
# says of each unit what a file of its name holds
[ "$1" = restart ] && echo "$2" >> "{folder}/restarted" && exit 0
cat "{folder}/$2"
"""


class Systemctl:
    """A `systemctl` that is asked for what stands in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "systemctl").write_text(_SYSTEMCTL.format(folder=folder))
        (folder / "systemctl").chmod(0o755)
        for unit in update.UNITS:
            self.says(unit, "active")

    def says(self, unit: str, state: str, starts: int = 0) -> None:
        (self.folder / f"{unit}.service").write_text(f"ActiveState={state}\nNRestarts={starts}\n")


@pytest.mark.parametrize("state", ["inactive", "failed"])
def test_a_screen_that_was_down_before_makes_no_release_a_bad_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    systemctl = Systemctl(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    async def answered(*_: object) -> None:
        pass

    monkeypatch.setattr(update, "answered", answered)
    (tmp_path / "release/bin").mkdir(parents=True)
    (tmp_path / "release/bin/telecart").write_text("#!/bin/sh\necho '{\"min_reader\": 2}'\n")
    (tmp_path / "release/bin/telecart").chmod(0o755)
    units = update.Systemd(Settings(data=tmp_path))
    systemctl.says("telecart-ui", state)
    assert units.tried(tmp_path / "release").min_reader == 2
    units.restarted()
    assert (tmp_path / "restarted").read_text() == "telecart.target\n"
    units.healthy()
    systemctl.says("telecart-sync", state)
    with pytest.raises(Fault, match="telecart-sync does not stay up"):
        units.healthy()


def test_a_release_whose_own_test_fails_says_its_last_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Systemctl(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "release/bin").mkdir(parents=True)
    (tmp_path / "release/bin/telecart").write_text("#!/bin/sh\necho 'telecart: the store is damaged' >&2\nexit 1\n")
    (tmp_path / "release/bin/telecart").chmod(0o755)
    with pytest.raises(Fault, match="telecart selftest: telecart: the store is damaged"):
        update.Systemd(Settings(data=tmp_path)).tried(tmp_path / "release")
