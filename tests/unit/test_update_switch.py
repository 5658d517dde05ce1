"""The switch: nobody is interrupted, a bad release is taken back and not tried again, and what ends the updater ends nothing else."""

from __future__ import annotations

import contextlib
import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from edge.domain.fault import Fault, Reason
from edge.in_use import Interlock, InUse
from sync.update.manifest import Offer
from sync.update.shelf import State
from sync.update.switching import Outcome, Switch, Told, Tried, note_packages, refuse_older
from tests import updates
from tests.updates import NOW, Cart, Publisher, cart


class Killed(BaseException):
    """SIGKILL, as far as Python goes: nothing catches it but ``finally``."""


@dataclasses.dataclass
class Processes:
    """What runs on the cart: ``started`` says of each start which release it was. A release that is ``sick`` does not become healthy."""

    current: Path
    data: Path
    min_reader: int = 1
    sick: str = ""
    fails_its_test: str = ""
    killed_at: str = ""
    started: list[str] = dataclasses.field(default_factory=list)
    locked: list[bool] = dataclasses.field(default_factory=list)

    def tried(self, release: Path) -> Tried:
        if release.name == self.fails_its_test:
            raise Fault(Reason.UPDATE_REFUSED, "its test says no")
        return Tried(self.min_reader)

    def restarted(self) -> None:
        self.started.append(
            subprocess.run([self.current / "bin/telecart"], check=True, capture_output=True, text=True).stdout.split()[
                1
            ]
        )
        if self.killed_at == "restarted":
            raise Killed
        served = InUse(self.data)
        with contextlib.suppress(Fault):
            served.begin()
        self.locked.append(not served.served)
        served.end()

    def healthy(self) -> None:
        if self.killed_at == "healthy":
            raise Killed
        if self.started[-1] == self.sick:
            raise Fault(Reason.UPDATE_REFUSED, "its door does not answer")


@dataclasses.dataclass
class World:
    """A cart on which 1.0 runs and 2.0 is installed."""

    cart: Cart
    publisher: Publisher
    processes: Processes
    data: Path

    @property
    def switch(self) -> Switch:
        return Switch(self.cart.shelf, self.processes, Interlock(self.data), lambda: NOW)

    def to(self, release: str, *, again: bool = False) -> Told:
        found = self.cart.shelf.release(release)
        assert found is not None
        return self.switch.to(found, again=again)

    @property
    def state(self) -> State:
        return self.cart.shelf.state()


@pytest.fixture
def world(tmp_path: Path) -> World:
    publisher = Publisher.new(tmp_path / "region")
    publisher.first()
    one = cart(tmp_path / "opt", publisher, publisher.repository.folder.as_uri())
    data = tmp_path / "data"
    data.mkdir()
    made = World(one, publisher, Processes(one.shelf.current, data), data)
    one.install()
    assert made.to("1.0").outcome is Outcome.DONE
    part = publisher.wheels / "part-1-py3-none-any.whl"
    publisher.build("2.0", [updates.our_wheel(publisher.wheels, "2.0", "release 2.0"), part], ["1.0"])
    publisher.offer("2.0")
    publisher.publish()
    one.install()
    return made


def test_a_good_release_runs_and_the_one_before_is_kept_to_go_back_to(world: World) -> None:
    assert world.to("2.0") == Told(Outcome.DONE, "2.0 runs")
    assert (world.processes.started, world.state.trial, world.state.back) == (["1.0", "2.0"], "", "1.0")
    assert world.switch.back().outcome is Outcome.DONE
    assert world.cart.shelf.running() == "1.0"
    assert world.to("2.0").outcome is Outcome.NOTHING
    assert world.to("2.0", again=True).outcome is Outcome.DONE


@pytest.mark.hazard("H21", without="tests.controls_update:no_interlock")
def test_nothing_is_switched_while_somebody_is_served_and_it_is_done_afterwards(world: World) -> None:
    served = InUse(world.data)
    served.begin()
    assert world.to("2.0") == Told(Outcome.DEFERRED, "2.0 is ready, and waits until nobody is served")
    assert (world.cart.shelf.running(), world.processes.started, world.state.trial) == ("1.0", ["1.0"], "")
    served.end()
    assert world.to("2.0").outcome is Outcome.DONE


@pytest.mark.hazard("H21", without="tests.controls_update:the_lock_is_not_held")
def test_nobody_can_begin_to_be_served_until_the_switch_is_over(world: World) -> None:
    world.processes.locked.clear()
    assert world.to("2.0").outcome is Outcome.DONE
    assert world.processes.locked == [True]
    served = InUse(world.data)
    served.begin()
    assert served.served


_SERVING = """
import sys
from pathlib import Path
from edge.in_use import InUse

use = InUse(Path(sys.argv[1]))
use.begin()
print("served", flush=True)
sys.stdin.read()
"""


def test_nobody_is_served_by_a_process_that_is_dead(world: World) -> None:
    command = [sys.executable, "-c", _SERVING, world.data]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"served\n"
        assert world.to("2.0").outcome is Outcome.DEFERRED
        process.kill()
    assert world.to("2.0").outcome is Outcome.DONE


@pytest.mark.hazard("T18", without="tests.controls_update:bad_releases_are_forgotten")
def test_a_sick_release_is_taken_back_and_not_tried_again(world: World) -> None:
    world.processes.sick = "2.0"
    told = world.to("2.0")
    assert told == Told(Outcome.TAKEN_BACK, "2.0 did not run (its door does not answer); 1.0 runs again")
    assert world.processes.started == ["1.0", "2.0", "1.0"]
    assert (world.cart.shelf.running(), world.state.trial) == ("1.0", "")
    assert world.to("2.0") == Told(Outcome.NOTHING, "2.0 is not tried again: its door does not answer")


def test_a_release_that_fails_its_own_test_is_not_switched_to(world: World) -> None:
    world.processes.fails_its_test = "2.0"
    with pytest.raises(Fault, match=r"2\.0 did not pass its own test: its test says no"):
        world.to("2.0")
    assert (world.cart.shelf.running(), world.processes.started) == ("1.0", ["1.0"])
    assert world.to("2.0").outcome is Outcome.NOTHING


@pytest.mark.hazard("T18", without="tests.controls_update:any_reader_will_do")
def test_a_release_after_which_the_one_before_cannot_read_the_store_is_not_switched_to(world: World) -> None:
    world.processes.min_reader = 3
    with pytest.raises(Fault, match=r"after 2\.0 the store needs a reader 3, 1\.0 is 2"):
        world.to("2.0")
    assert world.cart.shelf.running() == "1.0"


@pytest.mark.parametrize("at", ["restarted", "healthy"])
@pytest.mark.parametrize("sick", ["", "2.0"])
def test_an_updater_that_was_killed_leaves_what_the_next_one_judges(world: World, at: str, sick: str) -> None:
    world.processes.killed_at, world.processes.sick = at, sick
    with pytest.raises(Killed):
        world.to("2.0")
    assert world.state.trial == "2.0"
    world.processes.killed_at = ""
    served = InUse(world.data)
    served.begin()
    told = world.switch.settle()
    assert told == Told(Outcome.DEFERRED, "2.0 is judged when nobody is served")
    served.end()
    told = world.switch.settle()
    assert told is not None
    assert told.outcome is (Outcome.TAKEN_BACK if sick else Outcome.DONE)
    assert world.cart.shelf.running() == world.processes.started[-1] == ("1.0" if sick else "2.0")
    assert world.switch.settle() is None


def test_an_updater_that_was_killed_before_the_switch_has_changed_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as cut:
        cut.setattr(Switch, "_point", killed)
        with pytest.raises(Killed):
            world.to("2.0")
    told = world.switch.settle()
    assert told is not None
    assert told.outcome is Outcome.NOTHING
    assert world.processes.started == ["1.0"]
    assert world.to("2.0").outcome is Outcome.DONE


def test_an_updater_that_was_killed_while_it_took_a_release_back_is_finished(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.processes.sick = "2.0"
    point, made = Switch._point, []

    def killed_after_the_second(self: Switch, release: str) -> None:
        point(self, release)
        made.append(release)
        if len(made) == 2:
            raise Killed

    with monkeypatch.context() as cut:
        cut.setattr(Switch, "_point", killed_after_the_second)
        with pytest.raises(Killed):
            world.to("2.0")
    assert (world.cart.shelf.running(), world.processes.started[-1]) == ("1.0", "2.0")
    world.switch.settle()
    assert world.processes.started[-1] == "1.0"
    assert world.to("2.0").outcome is Outcome.NOTHING


@pytest.mark.hazard("T18", without="tests.controls_update:older_releases_are_taken")
def test_a_signed_release_that_is_older_than_what_runs_is_refused(world: World) -> None:
    from sync.update import switching

    world.to("2.0")
    old = world.cart.shelf.release("1.0")
    assert old is not None
    with pytest.raises(Fault, match=r"1\.0 \(number 1\) is older than 2\.0 \(number 2\)"):
        switching.refuse_older(old, world.cart.shelf.release("2.0"))
    refuse_older(old, None)


def test_one_updater_at_a_time(world: World) -> None:
    with (
        world.cart.shelf.alone(),
        pytest.raises(Fault, match="another update is at work"),
        world.cart.shelf.alone(),
    ):
        pass
    with world.cart.shelf.alone():
        pass


def test_the_moment_of_the_systems_packages_is_written_once(world: World) -> None:
    offer = Offer(release="2.0", debian="20261120T000000Z")
    assert note_packages(world.cart.shelf, offer)
    assert not note_packages(world.cart.shelf, offer)
    assert (world.cart.shelf.folder / "debian-snapshot").read_text() == "20261120T000000Z\n"
