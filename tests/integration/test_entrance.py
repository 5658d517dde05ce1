"""A whole cart with a staff list: its screen is locked, opens for who is listed, and locks again when edge starts anew."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge import staff_file
from edge.domain.fault import Fault, Reason
from edge.door import messages as m
from edge.mains import audit, users
from edge.mains.demo import RESIDENT
from edge.mains.demo_cart import DemoCart, new_folder
from edge.mains.nurse import Nurse
from edge.settings import Settings, Staff

SOON = 60
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


async def takes_in_a_list(settings: Settings, folder: Path, role: str = "infirmier", number: int = 1) -> None:
    path = folder / "staff.toml"
    path.write_text(
        f'site = "{settings.site.name}"\nnumber = {number}\nexpires = 2099-12-31\n\n'
        f'[[user]]\nid = "c.leroy"\nname = "Camille LEROY"\nrole = "{role}"\ncode = "214"\n',
        encoding="utf-8",
    )
    staff_file.signature_of(path).write_bytes(staff_file.sign(path.read_bytes(), KEY))
    await users.take(msgspec.structs.replace(settings, staff=Staff(public_key=PUBLIC)), path)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_staff_list_locks_the_screen_and_a_number_with_its_code_opens_it() -> None:
    folder = new_folder()
    async with DemoCart(folder) as cart, Nurse(cart.settings.door) as nurse:
        await nurse.ask(m.SelectResident(patient_id=RESIDENT))
        await nurse.until(lambda s: s.resident is not None, SOON, "resident")
        await takes_in_a_list(cart.settings, folder)
        locked = await nurse.until(lambda s: s.attendance.locked, SOON, "locked screen")
        assert (locked.resident, locked.residents, locked.items) == (None, (), ())
        for command in (m.SelectResident(patient_id=RESIDENT), m.TakePhoto(), m.StartCall()):
            with pytest.raises(Fault) as raised:
                await nurse.ask(command)
            assert raised.value.reason is Reason.NOT_ALLOWED
        await nurse.ask(m.SayWho(code="214"))
        await nurse.until(lambda s: s.attendance.entrance == "not_invited", SOON, "refusal of a number alone")
        start = await users.invite(cart.settings, "c.leroy")
        await nurse.ask(m.SayWho(code="214"))
        await nurse.until(lambda s: s.attendance.entrance == "start", SOON, "question for the start code")
        await nurse.ask(m.TypePin(pin=start))
        await nurse.until(lambda s: s.attendance.entrance == "set_pin", SOON, "question for a code")
        await nurse.ask(m.TypePin(pin="2580"))
        # behind the lock the resident stayed who she was
        opened = await nurse.until(lambda s: not s.attendance.locked, SOON, "opened screen")
        assert opened.resident is not None
        assert opened.resident.id == RESIDENT
        await nurse.ask(m.FinishRound())
        os.kill(cart.children["edge"].pid, signal.SIGKILL)
        await nurse.until(lambda s: s.attendance.locked, SOON, "locked screen after a restart")
        await nurse.ask(m.SayWho(code="214"))
        await nurse.ask(m.TypePin(pin="0852"))
        await nurse.until(lambda s: s.attendance.entrance == "wrong_pin", SOON, "refusal")
        await nurse.ask(m.TypePin(pin="2580"))
        await nurse.until(lambda s: s.attendance.name == "Camille LEROY", SOON, "sign-in")
        # a new list without her rights
        await takes_in_a_list(cart.settings, folder, role="admin", number=2)
        await nurse.until(lambda s: s.attendance.locked, SOON, "locked screen after a new list")
        acts = [one.act for one in await asyncio.to_thread(lambda: list(audit.newest(cart.settings, 50)))]
        for act in ("staff", "pin_set", "signed_in", "not_let_in", "signed_out"):
            assert act in acts
    shutil.rmtree(folder)
