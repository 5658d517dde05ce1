"""SIGKILL of edge and of sync, hundreds of times in their work: nothing is lost, and each item has one effect at its far end.

A cuff on a serial line repeats each reading until edge acknowledges it; photos come through the door. Both reach an embedded
PACS and FHIR endpoint that keep what they are sent. ``TELECART_FORKED_KILLS`` says how often in all (300), ``TELECART_SEED``
repeats a run's choices.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import datetime as dt
import itertools
import os
import random
import shutil
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest

from edge import settings as settings_file
from edge.domain.delivery import State
from edge.domain.fault import Fault
from edge.domain.measurement import Name, Reading
from edge.domain.photo import Photo
from edge.door import messages as m
from edge.door.client import DoorClient
from edge.mains.children import Child
from edge.mains.demo_cart import new_folder
from edge.mains.nurse import Nurse
from edge.mains.places import places_of
from edge.settings import Settings
from edge.store.ledger import open_for_edge
from edge.store.sending import outbox
from firmware_stubs.fhir_endpoint import FhirEndpoint
from firmware_stubs.serial.and_bp import AndBloodPressure
from tests.faults.cutting import seed_of_run
from tests.faults.forking import Forked, forked

KILLS = int(os.environ.get("TELECART_FORKED_KILLS", "300"))
PATIENCE = 60.0
SETTLED_SECONDS = 180.0
AGAIN = 0.1

RESIDENTS = """
[[resident]]
id = "IPP-0042"
birth_name = "ESSAI"
given_names = "Odile"
birth_date = 1931-02-03
sex = "F"
room = "12"
status = "provisoire"
"""


@dataclasses.dataclass
class Acknowledged:
    """What was acknowledged to whoever brought it: readings by their values, photos by their bytes."""

    measured: set[tuple[int, int, int]] = dataclasses.field(default_factory=set)
    pictures: set[bytes] = dataclasses.field(default_factory=set)


async def measure(cuff: AndBloodPressure, chance: random.Random, done: Acknowledged, enough: asyncio.Event) -> None:
    """The cuff forgets a measurement only when edge has told it PWA1: so also the last one, after ``enough``.

    Each has values of its own, by which it is known again.
    """
    for number in itertools.count():
        if enough.is_set():
            return
        measured = (100 + number % 100, 30 + number // 100 % 60, 50 + number // 6000)
        systolic, diastolic, pulse = measured
        now = dt.datetime.now(dt.UTC).astimezone().replace(tzinfo=None, microsecond=0)  # a device's clock has no zone
        cuff.measure(systolic, diastolic, diastolic, pulse, now)
        await cuff.emptied()
        done.measured.add(measured)
        await asyncio.sleep(chance.uniform(0.0, 0.1))


async def photograph_for_ever(settings: Settings, chance: random.Random, done: Acknowledged) -> None:
    """Media's side of the door: a picture is acknowledged when edge answers Done."""
    while True:
        with contextlib.suppress(Fault, OSError):
            async with DoorClient(settings.door, m.MEDIA) as door:
                async for said in door.said():
                    if isinstance(said, m.StillWanted):
                        asyncio.get_running_loop().create_task(submit(door, said, picture(chance), done))
        await asyncio.sleep(AGAIN)


async def submit(door: DoorClient, wanted: m.StillWanted, jpeg: bytes, done: Acknowledged) -> None:
    still = m.SubmitStill(
        request_id=wanted.request_id,
        jpeg=jpeg,
        width=32,
        height=24,
        encoding="camera-mjpeg",
        sharpness=140.0,
        brightness=120.0,
    )
    with contextlib.suppress(Fault):
        await door.ask(still)
        done.pictures.add(jpeg)


def picture(chance: random.Random) -> bytes:
    pixels = np.frombuffer(chance.randbytes(32 * 24 * 3), np.uint8).reshape(24, 32, 3)
    encoded, jpeg = cv2.imencode(".jpg", pixels)
    assert encoded
    return jpeg.tobytes()


async def nurse_for_ever(nurse: Nurse, chance: random.Random) -> None:
    while True:
        with contextlib.suppress(Fault):
            await nurse.ask(m.TakePhoto(view="close_up"), 1)
        await asyncio.sleep(chance.uniform(0.0, 0.1))


async def kill_again_and_again(children: Forked, name: str, times: int, chance: random.Random) -> int:
    """Starts it, kills it at a random moment, and so on; runs at last. Returns how often it was killed."""
    killed = 0
    for _ in range(times):
        await children.start(name)
        # random moments are the point: nothing to wait for
        await asyncio.sleep(chance.uniform(0.02, 0.6))
        await children.kill(name)
        killed += 1
    await children.start(name)
    return killed


def write_settings(folder: Path, cuff: AndBloodPressure, far: dict[str, str | int]) -> Settings:
    (folder / "residents.toml").write_text(RESIDENTS)
    (folder / "data").mkdir()
    (folder / "telecart.toml").write_text(
        f'demo = true\nbluetooth = false\ndata = "{folder}/data"\nresidents = "{folder}/residents.toml"\n'
        f'[[serial]]\nport = "{cuff.port}"\nmodel = "and-bp"\n'
        f'[[pacs]]\naet = "{far["aet"]}"\nhost = "127.0.0.1"\nport = {far["pacs_port"]}\n'
        f'[[fhir]]\nurl = "{far["fhir_url"]}"\n'
    )
    return settings_file.read(folder / "telecart.toml")


@pytest.mark.slow
@pytest.mark.timeout(600 + KILLS)
async def test_hundreds_of_kills_lose_nothing_and_have_one_effect_per_item() -> None:
    seed = seed_of_run()
    print(f"seed {seed}: repeat with TELECART_SEED={seed}")
    began = time.monotonic()
    folder = new_folder()
    (folder / "logs").mkdir()
    done = Acknowledged()
    argv = [sys.executable, "-m", "firmware_stubs.far_end", "--folder", str(folder / "far-end")]
    far_end = Child("far-end", argv, folder / "logs", {})
    try:
        far = await far_end.start_and_read(PATIENCE)
        async with AndBloodPressure(speed=20.0, again=1.0) as cuff:
            settings = write_settings(folder, cuff, far)
            async with forked(folder / "telecart.toml", folder / "logs") as children, Nurse(settings.door) as nurse:
                killed = await lively(settings, children, cuff, nurse, seed, done)
                await nurse.until(lambda s: all_received(s, len(done.measured)), SETTLED_SECONDS, "proof of everything")
        took = time.monotonic() - began
        print(
            f"killed {killed} in {took:.0f} s; {len(done.measured)} readings, {len(done.pictures)} photos acknowledged"
        )
        assert sum(killed.values()) >= KILLS
        assert len(done.measured) >= KILLS / 10
        assert len(done.pictures) >= KILLS / 30
        compare(settings, folder, done)
    finally:
        await far_end.stop()
    shutil.rmtree(folder)


async def lively(
    settings: Settings, children: Forked, cuff: AndBloodPressure, nurse: Nurse, seed: int, done: Acknowledged
) -> dict[str, int]:
    chances = [random.Random(f"{seed} {number}") for number in range(5)]
    await children.start("edge")
    await nurse.ask(m.SelectResident(patient_id="IPP-0042"))
    await children.kill("edge")
    enough = asyncio.Event()
    measuring = asyncio.create_task(measure(cuff, chances[0], done, enough))
    tasks = [
        measuring,
        asyncio.create_task(photograph_for_ever(settings, chances[1], done)),
        asyncio.create_task(nurse_for_ever(nurse, chances[2])),
    ]
    try:
        edge, sync = await asyncio.gather(
            kill_again_and_again(children, "edge", KILLS - KILLS // 2, chances[3]),
            kill_again_and_again(children, "sync", KILLS // 2, chances[4]),
        )
        enough.set()
        async with asyncio.timeout(PATIENCE):
            await asyncio.shield(measuring)
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
    return {"edge": edge, "sync": sync}


def all_received(snapshot: m.Snapshot, least: int) -> bool:
    counts = snapshot.waiting
    return counts.received >= least and not (counts.kept or counts.pending or counts.sent or counts.needs_person)


def compare(settings: Settings, folder: Path, done: Acknowledged) -> None:
    store = open_for_edge(places_of(settings), {}, "demonstration")
    try:
        found = [store.journal.load(item.item_id) for item in outbox.items(store) if not item.nobodys]
        nobodys = store.journal.unassigned()
        unfinished = [item for item in outbox.items(store) if {state for _, state in item.states} != {State.RECEIVED}]
    finally:
        store.database.close()
    assert (unfinished, nobodys) == ([], 0)
    readings = [item for item in found if isinstance(item.payload, Reading)]
    photos = [item for item in found if isinstance(item.payload, Photo)]
    # at the bedside: each reading once, however often the cuff had to tell it, and every photo
    kept = collections.Counter(told(item.payload) for item in readings if isinstance(item.payload, Reading))
    assert done.measured <= set(kept)
    assert [what for what, times in kept.items() if times != 1] == []
    assert done.pictures <= {item.payload.jpeg for item in photos if isinstance(item.payload, Photo)}
    # at the far ends: one object for each photo, each statement of a reading once
    objects = [pydicom.dcmread(path, stop_before_pixels=True) for path in (folder / "far-end" / "pacs").glob("*.dcm")]
    assert sorted(str(one.SOPInstanceUID) for one in objects) == sorted(item.sop_uid for item in photos)
    said = collections.Counter(
        (resource["identifier"][0]["value"], resource["code"]["coding"][0]["code"])
        for resource in FhirEndpoint(folder / "far-end" / "fhir").resources().values()
        if resource["resourceType"] == "Observation"
    )
    assert [what for what, times in said.items() if times != 1] == []
    of_item = collections.Counter(item_id for item_id, _ in said)
    assert set(of_item) == {f"urn:uuid:{item.id}" for item in readings}


def told(reading: Reading) -> tuple[int, ...]:
    values = {one.name: one.quantity for one in reading.components}
    return tuple(int(values[name].value) for name in (Name.SYSTOLIC, Name.DIASTOLIC, Name.PULSE_RATE))  # type: ignore[union-attr]
