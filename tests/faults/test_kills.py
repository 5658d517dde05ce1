"""SIGKILL at seeded random moments of a round: nothing that was shown as saved is lost, and all of it arrives.

``TELECART_KILLS`` says how often (32), ``TELECART_SEED`` repeats a run.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import random
import shutil
import signal

import pytest

from edge.domain.fault import Fault
from edge.door import messages as m
from edge.mains.demo import RESIDENT
from edge.mains.demo_cart import DemoCart, new_folder
from edge.mains.nurse import Nurse, all_received
from edge.mains.report import Tally, tally
from tests import listening, needs

KILLS = int(os.environ.get("TELECART_KILLS", "32"))
IDENTIFYING = (
    "DUPONT",
    "Jeanne",
    "MARTIN",
    "BERNARD",
    "PETIT",
    "Odette",
    "IPP-0",
    "1938-03",
    "19380312",
    "1941-07",
    "nicilline",
)
VICTIMS = ("edge", "sync", "media", "ui")


async def kill(cart: DemoCart, chance: random.Random) -> dict[str, int]:
    """Kills every process equally often, in a random order at random moments; returns how often each died."""
    victims = [VICTIMS[number % len(VICTIMS)] for number in range(KILLS)]
    chance.shuffle(victims)
    killed = dict.fromkeys(VICTIMS, 0)
    for victim in victims:
        # random moments are the point: nothing to wait for
        await asyncio.sleep(chance.uniform(0.2, 2.2))
        while not (pid := cart.children[victim].pid):
            await asyncio.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        killed[victim] += 1
    return killed


async def capture_for_ever(cart: DemoCart, nurse: Nurse, chance: random.Random) -> None:
    """What a nurse does, over and over, in any order, whatever happens to the cart."""
    while True:
        what = chance.choice(["cuff", "oximeter", "ecg", "photo", "finger", "call", "no_finger"])
        with contextlib.suppress(Fault):
            match what:
                case "photo":
                    await nurse.ask(m.TakePhoto(view="overview"), 3)
                case "call":
                    await nurse.agree(seconds=3)
                    await nurse.ask(m.StartCall(), 3)
                    await nurse.until(lambda s: bool(s.call.address), 5, "lobby")
                    await nurse.ask(m.EndCall(), 3)
                case _:
                    await cart.ward.tell({"do": what})
        await asyncio.sleep(chance.uniform(0.05, 0.8))


async def counted(cart: DemoCart, nurse: Nurse) -> tuple[set[str], Tally]:
    """What was shown as saved, and the tally after it, as soon as all is received; else as it is after four minutes.

    What a device or the recorder had measured before may be saved at any moment, so also after all was received once.
    """
    deadline = asyncio.get_running_loop().time() + 240
    while True:
        left = deadline - asyncio.get_running_loop().time()
        await nurse.until(all_received, max(left, 1.0), "proof that everything was received")
        shown = set(nurse.shown_as_saved)
        found = await tally(cart.settings, cart.destinations())
        if found.received == found.saved or left <= 0:
            return shown, found


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_no_kill_loses_what_was_shown_as_saved() -> None:
    needs.program("dbus-daemon", "dbus")
    seed = int(os.environ.get("TELECART_SEED", random.SystemRandom().randrange(1 << 30)))
    print(f"seed {seed}: repeat with TELECART_SEED={seed}")
    chance = random.Random(seed)
    folder = new_folder()
    async with DemoCart(folder, screen_on_pty=True) as cart, Nurse(cart.settings.door) as nurse:
        await nurse.ask(m.SelectResident(patient_id=RESIDENT))
        capturing = asyncio.create_task(capture_for_ever(cart, nurse, random.Random(seed + 1)))
        killed = await kill(cart, chance)
        capturing.cancel()
        await asyncio.gather(capturing, return_exceptions=True)
        await cart.ward.tell({"do": "no_finger"})
        with contextlib.suppress(Fault):
            await nurse.ask(m.EndCall(), 20)
        # one more, so that what follows is seen after the last kill
        known = set(nurse.shown_as_saved)
        await cart.ward.tell({"do": "ecg"})
        await nurse.until(lambda s: any(i.kind == "ecg" and i.item_id not in known for i in s.items), 60, "ECG")
        shown, found = await counted(cart, nurse)
        heard_at = {a for child in cart.children.values() for a in listening.addresses(child.pid)}
    print(f"killed {killed}; shown as saved {len(shown)}; {found.captured}")
    assert min(killed.values()) >= KILLS // len(VICTIMS)
    assert len(shown) > 3
    assert shown <= found.item_ids
    assert (found.lost, found.received) == (0, found.saved)
    assert all(ipaddress.ip_address(address).is_loopback for address in heard_at)
    logged = "".join(log.read_text(errors="replace") for log in (folder / "logs").iterdir())
    assert [word for word in IDENTIFYING if word in logged] == []
    shutil.rmtree(folder)
