"""A whole edge with a PC/SC reader: a badge signs in, its removal locks, and what runs goes on."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from edge import settings as settings_file, staff_file
from edge.door import messages as m
from edge.mains import audit, users
from edge.mains.badges import LABEL
from edge.mains.children import Child, telecart
from edge.mains.nurse import Nurse
from edge.settings import Settings, Staff
from firmware_stubs.badge_card import BadgeCard
from firmware_stubs.serial.cable import Pty
from firmware_stubs.serial.healthypi import HealthyPi
from tests.integration.test_entrance import KEY, PUBLIC
from tests.pcsc import Pcscd, pcscd

SOON = 40
LEROY, DIALLO, NOBODY = (bytes.fromhex(uid) for uid in ("04A2241A5C6180", "0493B21AEF5C80", "04112233445566"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

RESIDENTS = """
[[resident]]
id = "IPP-0214"
birth_name = "DUPONT"
given_names = "Jeanne"
birth_date = 1938-03-12
sex = "F"
room = "214"
status = "validee"
"""

STAFF = f"""
site = "EHPAD"
number = 1
expires = 2099-12-31

[[user]]
id = "c.leroy"
name = "Camille LEROY"
role = "infirmier"
badge = "{LEROY.hex().upper()}"
code = "214"

[[user]]
id = "a.diallo"
name = "Aïssatou DIALLO"
role = "aide-soignant"
badge = "{DIALLO.hex().upper()}"
"""


class Cart:
    """A nurse's screen at an edge of its own, and a reader beside it."""

    def __init__(self, settings: Settings, daemon: Pcscd, nurse: Nurse, board: HealthyPi) -> None:
        self.settings = settings
        self.board = board
        self.daemon = daemon
        self.nurse = nurse

    async def put(self, uid: bytes) -> BadgeCard:
        card = BadgeCard(self.daemon.port, uid)
        await card.insert()
        return card

    async def asked(self, name: str, entrance: str = "") -> m.Snapshot:
        return await self.nurse.until(
            lambda s: s.attendance.asked == name and s.attendance.entrance == entrance, SOON, f"question to {name}"
        )

    async def signed_in(self, name: str) -> m.Snapshot:
        return await self.nurse.until(lambda s: s.attendance.name == name, SOON, f"sign-in of {name}")

    async def locked(self) -> m.Snapshot:
        return await self.nurse.until(lambda s: s.attendance.locked, SOON, "locked screen")


@pytest.fixture
async def cart(tmp_path: Path) -> AsyncIterator[Cart]:
    (tmp_path / "residents.toml").write_text(RESIDENTS, encoding="utf-8")
    config = tmp_path / "telecart.toml"
    config.write_text(
        f'demo = true\nbluetooth = false\ndata = "{tmp_path / "data"}"\nresidents = "{tmp_path / "residents.toml"}"\n'
        f'[staff]\npublic_key = "{PUBLIC}"\n[badge]\nreader = "pcsc"\nname = "Virtual"\n',
        encoding="utf-8",
    )
    listed = tmp_path / "staff.toml"
    listed.write_text(STAFF, encoding="utf-8")
    staff_file.signature_of(listed).write_bytes(staff_file.sign(listed.read_bytes(), KEY))
    async with pcscd(tmp_path) as daemon, HealthyPi(Pty(tmp_path / "board")) as board:
        board.leads_on(heart_rate=71, respiratory_rate=0)
        with config.open("a", encoding="utf-8") as file:
            file.write(f'[[serial]]\nport = "{board.port}"\nmodel = "healthypi"\n')
        settings = settings_file.read(config)
        edge = Child("edge", telecart(config, "edge"), tmp_path, {})
        await edge.start()
        try:
            async with Nurse(settings.door) as nurse:
                await nurse.until(lambda s: s.attendance.reader == "here", SOON, "reader")
                await users.take(msgspec.structs.replace(settings, staff=Staff(public_key=PUBLIC)), listed)
                await nurse.until(lambda s: s.attendance.locked, SOON, "locked screen")
                yield Cart(settings, daemon, nurse, board)
        finally:
            await edge.stop()


async def acts(settings: Settings) -> list[tuple[str, str]]:
    found = await asyncio.to_thread(lambda: list(audit.newest(settings, 100)))
    return [(one.act, one.who_name) for one in found]


async def test_a_badge_signs_in_and_its_removal_locks_while_a_round_goes_on(cart: Cart) -> None:
    nurse = cart.nurse
    badge = await cart.put(LEROY)
    await cart.asked("Camille LEROY", "set_pin")
    await nurse.ask(m.TypePin(pin="2580"))
    await cart.signed_in("Camille LEROY")
    await nurse.ask(m.SelectResident(patient_id="IPP-0214"))
    round_ = await nurse.until(lambda s: s.encounter_id is not None, SOON, "round")
    await badge.remove()
    locked = await cart.locked()
    assert (locked.resident, locked.items) == (None, ())
    # the next time her code is asked for, and she finds the same round
    badge = await cart.put(LEROY)
    await cart.asked("Camille LEROY")
    await nurse.ask(m.TypePin(pin="2580"))
    again = await cart.signed_in("Camille LEROY")
    assert again.encounter_id == round_.encounter_id
    await badge.remove()
    await cart.locked()
    assert [act for act, who in await acts(cart.settings) if who == "Camille LEROY"].count("signed_out") == 2


async def test_a_badge_that_is_only_held_to_the_reader_asks_for_its_code_and_locks_the_next_time(cart: Cart) -> None:
    badge = await cart.put(LEROY)
    await cart.asked("Camille LEROY", "set_pin")
    await badge.remove()
    await cart.nurse.ask(m.TypePin(pin="2580"))
    await cart.signed_in("Camille LEROY")
    badge = await cart.put(LEROY)
    await cart.locked()
    await badge.remove()


async def test_another_badge_locks_and_asks_for_its_own_code(cart: Cart) -> None:
    badge = await cart.put(LEROY)
    await cart.asked("Camille LEROY", "set_pin")
    await badge.remove()
    await cart.nurse.ask(m.TypePin(pin="2580"))
    await cart.signed_in("Camille LEROY")
    await cart.nurse.ask(m.SelectResident(patient_id="IPP-0214"))
    badge = await cart.put(DIALLO)
    seen = await cart.asked("Aïssatou DIALLO", "set_pin")
    assert (seen.attendance.locked, seen.attendance.name, seen.resident) == (True, "", None)
    # the former one's code opens nothing, and nothing is done in her name
    with contextlib.suppress(Exception):
        await cart.nurse.ask(m.FinishRound())
    await cart.nurse.ask(m.TypePin(pin="1470"))
    await cart.signed_in("Aïssatou DIALLO")
    await cart.nurse.ask(m.FinishRound())
    done = await acts(cart.settings)
    assert ("left", "Camille LEROY") not in done
    assert ("left", "Aïssatou DIALLO") in done
    await badge.remove()
    await cart.locked()


async def test_a_badge_that_nobody_has_and_a_reader_that_is_gone_say_so(cart: Cart) -> None:
    badge = await cart.put(NOBODY)
    seen = await cart.nurse.until(lambda s: s.attendance.entrance == "unknown", SOON, "refusal")
    assert seen.attendance.locked
    await badge.remove()
    await cart.daemon.stop()
    away = await cart.nurse.until(
        lambda s: s.attendance.reader == "away" and "pcscd" in s.attendance.reader_what, SOON, "word of the reader"
    )
    assert away.attendance.reader_what.startswith(f"{LABEL} ne répond pas")
    assert away.attendance.reader_what_en.startswith("Badge reader does not answer")
    assert "04112233445566" not in json.dumps(msgspec.to_builtins(away))


async def test_an_ecg_that_is_recorded_goes_on_behind_the_lock_and_is_hers(cart: Cart) -> None:
    nurse, board = cart.nurse, cart.board
    badge = await cart.put(LEROY)
    await cart.asked("Camille LEROY", "set_pin")
    await nurse.ask(m.TypePin(pin="2580"))
    await cart.signed_in("Camille LEROY")
    await nurse.ask(m.SelectResident(patient_id="IPP-0214"))
    await nurse.until(lambda s: any(d.model == "healthypi" and d.connected for d in s.devices), SOON, "board")
    await board.said(25)
    await nurse.ask(m.StartStrip())
    before = await nurse.until(lambda s: s.strip.safe_seconds >= 1, SOON, "recorded seconds")
    await badge.remove()
    await cart.locked()
    # it goes on for longer than it had gone before
    await board.said(5 * 125)
    locked = await nurse.until(lambda s: s.strip.safe_seconds >= before.strip.safe_seconds + 2, SOON, "more of it")
    assert (locked.attendance.locked, locked.strip.state, locked.resident) == (True, "recording", None)
    badge = await cart.put(LEROY)
    await cart.asked("Camille LEROY")
    await nurse.ask(m.TypePin(pin="2580"))
    await cart.signed_in("Camille LEROY")
    await nurse.ask(m.StopStrip())
    kept = await nurse.until(lambda s: any(one.kind == "ecg" for one in s.items), SOON, "ECG")
    assert kept.resident is not None
    assert kept.resident.id == "IPP-0214"
    await badge.remove()
    await cart.locked()


async def test_the_emergency_door_is_traced_and_shows_nothing_that_is_saved_and_a_badge_ends_it(cart: Cart) -> None:
    nurse = cart.nurse
    await nurse.ask(m.OpenEmergency())
    seen = await nurse.until(lambda s: s.attendance.emergency, SOON, "emergency door")
    assert (seen.items, seen.earlier, seen.strays, seen.trace) == ((), (), (), None)
    assert set(seen.attendance.may) == {"choose_resident", "emergency_call"}
    done = await acts(cart.settings)
    assert [act for act, _ in done].count("emergency") == 1
    badge = await cart.put(LEROY)
    await cart.asked("Camille LEROY", "set_pin")
    assert [act for act, _ in await acts(cart.settings)].count("signed_out") == 1
    await badge.remove()
