"""`telecart demo`: the whole cart on simulated peripherals, with its screen, or headless with a scripted round and a report."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import shutil
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import click

from edge.domain.fault import Fault, Reason
from edge.domain.text import sanitise_line
from edge.door import messages as m
from edge.mains import logs
from edge.mains.children import guarded, telecart
from edge.mains.demo_cart import DemoCart, new_folder
from edge.mains.nurse import Nurse, all_received
from edge.mains.report import Tally, tally

RESIDENT = "IPP-0214"
ROUND_SECONDS = 230.0
"""The whole round ends within five minutes, its report included."""

CALL_SECONDS = 8.0
_ENOUGH_FRAMES = 30
_AGAIN_SECONDS = 15.0
_ROUND = ("finger", "cuff", "thermometer", "oximeter", "scale", "glucose", "ecg", "no_finger", "")
_PACE_SECONDS = 5.0

_NO_BLUETOOTH = (
    "dbus-daemon is missing, so there is no Bluetooth: a serial oximeter, ECG and camera only (sudo apt install dbus)"
)

Consultation = dict[str, float]


def main(data: Path | None, *, headless: bool, report: Path | None, pacs: str | None, browser: bool = False) -> int:
    """The exit status. ``browser``: the screen is a page on this machine, whose address is printed.

    Raises Fault where the demonstration cannot begin.
    """
    logs.configure("demo")
    folder = data.absolute() if data else new_folder()
    folder.mkdir(parents=True, exist_ok=True)
    keep = data is not None
    try:
        played = _headless(folder, report, pacs) if headless else _with_screen(folder, pacs, browser=browser)
        status = asyncio.run(played)
        keep = keep or status != 0
        return status
    finally:
        if keep:
            click.echo(f"The state and the logs of this demonstration are in {folder}", err=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)


async def _with_screen(folder: Path, pacs: str | None, *, browser: bool) -> int:
    click.echo("Démonstration : le chariot démarre…", err=True)
    async with DemoCart(folder, pacs=pacs) as cart:
        if not cart.has_bluetooth:
            click.echo(_NO_BLUETOOTH, err=True)
        way_out = "Ctrl+C" if browser else "F10 ou Ctrl+C"
        click.echo(
            f"L'adresse de la page du spécialiste s'affiche à l'écran après APPELER ; {way_out} pour quitter.",
            err=True,
        )
        screen = await _in_a_browser(cart) if browser else await _on_terminal(cart)
        bedside = asyncio.create_task(_devices_follow_the_resident(cart))
        try:
            return await screen.wait()
        finally:
            bedside.cancel()


async def _on_terminal(cart: DemoCart) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(*telecart(cart.config, "ui"))


async def _in_a_browser(cart: DemoCart) -> asyncio.subprocess.Process:
    """Ctrl+C ends it, and with it the demonstration."""
    click.echo("Ouvrez cette adresse dans un navigateur de cette machine :", err=True)
    command = (*guarded(), *telecart(cart.config, "ui", "--browser"))
    served = await asyncio.create_subprocess_exec(*command, process_group=0)
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, served.terminate)
    return served


async def _devices_follow_the_resident(cart: DemoCart) -> None:
    """Somebody puts cuff, oximeter and electrodes on whoever is on screen, one after another, round after round."""
    async with Nurse(cart.settings.door, m.ADMIN) as watching:
        while True:
            here = (await watching.until(lambda s: s.encounter_id is not None, math.inf, "resident")).encounter_id
            for what in _ROUND:
                with contextlib.suppress(Fault):
                    await watching.until(_another_than(here), _PACE_SECONDS, "change")
                    break
                if what:
                    await cart.ward.tell({"do": what})
            await cart.ward.tell({"do": "no_finger"})


def _another_than(encounter_id: str | None) -> Callable[[m.Snapshot], bool]:
    return lambda snapshot: snapshot.encounter_id != encounter_id


class Round:
    """One scripted round: vitals, ECG, photo, call; then everything must arrive."""

    def __init__(self, cart: DemoCart, nurse: Nurse, say: Callable[[str], None]) -> None:
        self._cart = cart
        self._nurse = nurse
        self._say = say
        self.consultation: Consultation = {"video_frames": 0, "audio_seconds": 0.0, "vitals_messages": 0}

    async def play(self) -> None:
        """Raises Fault that names what did not happen."""
        nurse = self._nurse
        await nurse.until(
            lambda s: any(one.id == RESIDENT for one in s.residents), 30, "who was admitted by the record"
        )
        await nurse.ask(m.SelectResident(patient_id=RESIDENT))
        await nurse.until(lambda s: s.resident is not None, 10, "resident on screen")
        self._say("resident chosen")
        ward = self._cart.ward
        if self._cart.has_bluetooth:
            await self._measure("blood_pressure", lambda: ward.tell({"do": "cuff"}))
            await self._measure("spo2", lambda: ward.tell({"do": "oximeter"}), model="pulse-oximeter")
            for kind, device in (("temperature", "thermometer"), ("weight", "scale"), ("glucose", "glucose")):
                await self._measure(kind, partial(ward.tell, {"do": device}))
        await self._measure("ecg", lambda: ward.tell({"do": "ecg"}))
        await self._measure("spo2", lambda: ward.tell({"do": "finger"}), model="nonin-2")
        await ward.tell({"do": "no_finger"})
        await self._measure("photo", self._photo)
        await self.call(CALL_SECONDS)
        # a round with a call has a report, which is made when the round is over
        await nurse.ask(m.FinishRound())
        await nurse.until(lambda s: s.resident is None and all_received(s), 120, "proof that everything was received")
        self._say("everything received")

    async def _measure(self, kind: str, trigger: Callable[[], Awaitable[None]], model: str = "") -> None:
        """As a nurse does: when nothing comes, measure again."""

        def done(snapshot: m.Snapshot) -> bool:
            return any(i.kind == kind and (not model or i.model == model) for i in snapshot.items)

        for _attempt in range(4):
            await trigger()
            with contextlib.suppress(Fault):
                await self._nurse.until(done, _AGAIN_SECONDS, kind)
                self._say(f"saved: {kind} {model}".rstrip())
                return
        await self._nurse.until(done, _AGAIN_SECONDS, kind)

    async def _photo(self) -> None:
        with contextlib.suppress(Fault):  # no media process yet: the caller tries again
            await self._nurse.ask(m.TakePhoto(view="close_up"))

    async def call(self, seconds: float) -> None:
        """A consultation with a specialist who is a WebRTC peer. Raises Fault(CALL) with what was missing."""
        nurse = self._nurse
        await nurse.agree()
        await nurse.ask(m.StartCall())
        lobby = await nurse.until(lambda s: bool(s.call.address), 30, "lobby")
        self._say("the lobby is open")
        specialist = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "firmware_stubs.specialist",
            lobby.call.address,
            "--seconds",
            str(seconds),
            "--frames",
            str(_ENOUGH_FRAMES),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await nurse.until(lambda s: s.call.state == "waiting", 30, "specialist at the door")
            await nurse.ask(m.AdmitSpecialist())
            await nurse.until(lambda s: s.call.state == "connected", 30, "connection")
            self._say("the call is connected")
            out, _ = await asyncio.wait_for(specialist.communicate(), seconds + 90)
        finally:
            if specialist.returncode is None:
                specialist.kill()
                await specialist.wait()
            await nurse.ask(m.EndCall())
        try:
            heard = json.loads(out)
            self.consultation = {name: heard[name] for name in self.consultation}
        except (ValueError, KeyError) as exc:
            raise Fault(Reason.CALL, "the specialist's end reported nothing", "read the logs") from exc

    @property
    def call_was_whole(self) -> bool:
        call = self.consultation
        return call["video_frames"] >= _ENOUGH_FRAMES and call["audio_seconds"] > 1 and call["vitals_messages"] > 0


async def _headless(folder: Path, report: Path | None, pacs: str | None) -> int:
    began = time.monotonic()

    def say(what: str) -> None:
        click.echo(f"[{time.monotonic() - began:5.1f} s] {what}", err=True)

    found = Tally({}, 0, 0, 0, 0, frozenset())
    played: Round | None = None
    problem = ""
    say("starting the cart")
    try:
        async with DemoCart(folder, pacs=pacs, screen_on_pty=True) as cart:
            say("the cart runs" if cart.has_bluetooth else _NO_BLUETOOTH)
            say("the residents' record admitted one resident")
            try:
                async with asyncio.timeout(ROUND_SECONDS), Nurse(cart.settings.door) as nurse:
                    played = Round(cart, nurse, say)
                    await played.play()
            except Fault as fault:
                problem = str(fault)
            except TimeoutError:
                problem = f"the round was not over after {ROUND_SECONDS:.0f} s"
            found = await tally(cart.settings, cart.destinations())
    except Fault as fault:
        problem = problem or str(fault)
    finally:
        consultation = (
            played.consultation if played else {"video_frames": 0, "audio_seconds": 0.0, "vitals_messages": 0}
        )
        text = json.dumps(
            {
                "captured": dict.fromkeys(_KINDS, 0) | found.captured,
                "saved": found.saved,
                "sent": found.sent,
                "received": found.received,
                "lost": found.lost,
                "consultation": consultation,
                "seconds": round(time.monotonic() - began, 1),
            },
            indent=2,
        )
        if report is not None:
            _write(report, text)
        click.echo(text)
    if problem:
        click.echo(f"telecart: {sanitise_line(problem)}", err=True)
        return 1
    whole = played is not None and played.call_was_whole
    if not whole:
        click.echo("telecart: the call did not carry picture, sound and numbers (read the logs)", err=True)
    lacking = [kind for kind in _KINDS if not found.captured.get(kind)]
    if lacking:
        click.echo(f"telecart: nothing was captured of: {', '.join(lacking)}", err=True)
    everything = found.saved > 0 and found.received == found.saved and found.lost == 0
    if not everything:
        counted = f"{found.saved} saved, {found.received} received, {found.lost} lost"
        click.echo(f"telecart: not everything arrived: {counted} (read the logs)", err=True)
    return 0 if whole and everything and not lacking else 1


_KINDS = ("blood_pressure", "spo2", "temperature", "weight", "glucose", "ecg", "photo")


def _write(report: Path, text: str) -> None:
    scratch = report.with_name(f"{report.name}.{os.getpid()}.tmp")
    scratch.write_text(text + "\n", encoding="utf-8")
    scratch.rename(report)
