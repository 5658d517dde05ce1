"""The running ECG of a board on a serial line, through the whole cart, to the specialist whom the nurse admitted."""

from __future__ import annotations

import array
import asyncio
import shutil
from typing import Any

import aioice.ice
import pytest

from edge.door import messages as m
from edge.mains.demo import RESIDENT
from edge.mains.demo_cart import new_folder
from edge.mains.nurse import Nurse
from firmware_stubs import specialist
from firmware_stubs.serial.cable import Pty
from firmware_stubs.serial.healthypi import HealthyPi
from tests import needs
from tests.integration.test_strip import HERTZ, SOON, CartWithBoard
from tests.media_door import PATIENCE


def place(board: HealthyPi, got: list[int | None]) -> int:
    """After how many samples of the board ``got`` ends, which is a stretch of them without a hole. -1 where it is none."""
    if None in got:
        return -1
    at = array.array("h", board.sent_ecg).tobytes().find(array.array("h", [one or 0 for one in got]).tobytes())
    return at // 2 + len(got) if at >= 0 else -1


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_what_a_board_says_comes_whole_to_who_is_admitted_and_ends_with_the_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needs.program("dbus-daemon", "dbus")
    seen: list[specialist.Specialist] = []
    made = specialist.Specialist

    def remembered() -> specialist.Specialist:
        seen.append(made())
        return seen[-1]

    monkeypatch.setattr(specialist, "Specialist", remembered)
    monkeypatch.setattr(aioice.ice, "get_host_addresses", aioice.ice.get_host_addresses)
    folder = new_folder()
    async with HealthyPi(Pty(folder / "board")) as board:
        board.leads_on(heart_rate=71, respiratory_rate=0)
        async with CartWithBoard(folder, board.port) as cart, Nurse(cart.settings.door) as nurse:
            await nurse.ask(m.SelectResident(patient_id=RESIDENT))
            await nurse.until(lambda s: any(d.model == "healthypi" and d.connected for d in s.devices), SOON, "board")
            await nurse.agree()
            await nurse.ask(m.StartCall())
            lobby = await nurse.until(lambda s: bool(s.call.address), SOON, "lobby")
            there: asyncio.Task[dict[str, Any]] = asyncio.create_task(specialist.consult(lobby.call.address, 600.0))
            try:
                await nurse.until(lambda s: s.call.state == "waiting", SOON, "specialist at the door")
                await board.said(HERTZ)
                assert seen[0].ecg_messages == 0
                await nurse.ask(m.AdmitSpecialist())
                await nurse.until(lambda s: s.call.state == "connected", SOON, "connection")
                async with asyncio.timeout(2 * PATIENCE):
                    while not seen[0].ecg.series or place(board, seen[0].ecg.samples(0)) < 3 * HERTZ:
                        await asyncio.sleep(0.1)

                await nurse.ask(m.EndCall())
                said = len(board.sent_ecg)
                await board.said(3 * HERTZ)
                for number in seen[0].ecg.series:
                    assert place(board, seen[0].ecg.samples(number)) <= said
            finally:
                there.cancel()
                await asyncio.gather(there, return_exceptions=True)
    shutil.rmtree(folder)
