"""`telecart devices` and `telecart record`: real processes over the simulated radio and a serial line."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.door import messages as m
from edge.mains.children import telecart
from edge.mains.demo_cart import DemoCart, new_folder
from edge.mains.nurse import Nurse
from firmware_stubs.ble_ward import BleWard
from firmware_stubs.private_bus import private_bus
from firmware_stubs.serial.cms50d import Cms50d
from firmware_stubs.serial.cms50d_46 import Cms50d46, Night
from firmware_stubs.serial.nonin_waves import Nonin2
from tests import needs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


async def run(*arguments: str, config: Path | None = None, bus: str = "") -> tuple[int, str, str]:
    """(exit status, standard output, standard error) of the command."""
    command = telecart(config, *arguments) if config else [sys.executable, "-m", "edge.cli", *arguments]
    environment = os.environ | ({"DBUS_SYSTEM_BUS_ADDRESS": bus} if bus else {})
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment
    )
    async with asyncio.timeout(90):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
async def cart() -> AsyncIterator[DemoCart]:
    needs.program("dbus-daemon", "dbus")
    folder = new_folder()
    try:
        async with DemoCart(folder) as cart:
            yield cart
    finally:
        shutil.rmtree(folder)


async def listed(cart: DemoCart) -> dict[str, dict[str, object]]:
    status, out, err = await run("devices", "list", "--json", config=cart.config)
    assert status == 0, err
    return {card["id"]: card for card in json.loads(out)["devices"]}


async def test_a_new_device_is_taken_in_tested_and_forgotten(cart: DemoCart) -> None:
    address = cart.bluetooth["body_scale"]
    assert address not in await listed(cart)
    async with Nurse(cart.settings.door, m.ADMIN) as watching:
        pairing = asyncio.create_task(run("devices", "pair", address.lower(), config=cart.config))
        await watching.until(lambda s: s.pairing.state == "pairing", 30, "pairing")
        await cart.ward.tell({"do": "body_scale"})
        status, out, err = await pairing
    assert (status, "on the list" in out) == (0, True), err
    card = (await listed(cart))[address]
    assert (card["trusted"], card["model"]) == (True, "body-composition")
    status, out, err = await run("devices", "forget", address, config=cart.config)
    assert (status, "Off the list" in out) == (0, True), err
    assert not (await listed(cart)).get(address, {"trusted": False})["trusted"]


async def test_a_device_that_is_not_there_is_one_plain_line(cart: DemoCart) -> None:
    status, _, err = await run("devices", "test", "F0:00:00:00:00:01", config=cart.config)
    assert status == 1
    assert len(err.splitlines()) == 1
    assert err.startswith("telecart: ")


async def test_without_the_cart_it_says_what_to_start(tmp_path: Path) -> None:
    status, _, err = await run("--data", str(tmp_path), "devices", "list")
    assert status == 1
    assert "systemctl start telecart-edge" in err
    assert len(err.splitlines()) == 1


async def test_what_a_serial_device_says_is_recorded_and_decoded(tmp_path: Path) -> None:
    out = tmp_path / "frames.hex"
    async with Nonin2() as oximeter:
        oximeter.set(96, 74)
        status, _, err = await run(
            *(
                "--data",
                str(tmp_path),
                "record",
                "nonin-2",
                "--port",
                oximeter.port,
                "--seconds",
                "4",
                "--out",
                str(out),
            )
        )
    assert status == 0, err
    status, lines, _ = await run("decode", "nonin-2", str(out), "--hex")
    found = [json.loads(line) for line in lines.splitlines()]
    assert {(one["quantity"], one["value"]) for one in found if one.get("quantity") in {"spo2", "pulse_rate"}} == {
        ("spo2", 96),
        ("pulse_rate", 74),
    }


async def test_what_a_device_stored_is_recorded_and_decoded(tmp_path: Path) -> None:
    out = tmp_path / "night.hex"
    began = dt.datetime(2026, 11, 21, 23, 30, 0)  # noqa: DTZ001 - a device's clock
    async with Cms50d46() as oximeter:
        oximeter.nights.append(Night(began, ((96, 61), (95, 62), None, (94, 63))))
        status, _, err = await run(
            *("--data", str(tmp_path), "record", "cms50d-4.6", "--port", oximeter.port, "--stored"),
            *("--seconds", "6", "--out", str(out)),
        )
    assert status == 0, err
    _, lines, _ = await run("decode", "cms50d-4.6", str(out), "--hex")
    found = [json.loads(line) for line in lines.splitlines()]
    spo2 = [(one["value"], one["device_time"], one["quality"]) for one in found if one.get("quantity") == "spo2"]
    assert spo2[:2] == [(96, "2026-11-21T23:30:00", ["from_storage"]), (95, "2026-11-21T23:30:01", ["from_storage"])]
    assert (94, "2026-11-21T23:30:03", ["from_storage"]) in spo2


async def test_what_an_older_device_stored_is_recorded_and_decoded_without_a_time(tmp_path: Path) -> None:
    out = tmp_path / "night.hex"
    async with Cms50d() as oximeter:
        oximeter.night = (*((97 - second % 5, 60 + second) for second in range(150)), None, (94, 140))
        status, _, err = await run(
            *("--data", str(tmp_path), "record", "cms50d", "--port", oximeter.port, "--stored"),
            *("--seconds", "4", "--out", str(out)),
        )
        assert oximeter.uploads == 1
        # it is live again
        await oximeter.said(5)
    assert status == 0, err
    _, lines, _ = await run("decode", "cms50d", str(out), "--hex")
    found = [json.loads(line) for line in lines.splitlines()]
    stored = [one for one in found if "from_storage" in one.get("quality", ())]
    assert [one["value"] for one in stored if one["quantity"] == "spo2"] == [
        None if value is None else value[0] for value in oximeter.night
    ]
    assert [one["value"] for one in stored if one["quantity"] == "pulse_rate"] == [
        None if value is None else value[1] for value in oximeter.night
    ]
    assert {one["device_time"] for one in stored} == {None}


async def test_a_device_that_stops_within_its_memory_is_told_of_in_english(tmp_path: Path) -> None:
    async with Cms50d() as oximeter:
        oximeter.night = ((96, 61),) * 4000
        recording = asyncio.create_task(
            run(
                *("--data", str(tmp_path), "record", "cms50d", "--port", oximeter.port, "--stored"),
                *("--seconds", "8", "--out", str(tmp_path / "night.hex")),
            )
        )
        while not oximeter.uploads:
            await oximeter.said(1)
        await oximeter.said(3)
        oximeter.stop_mid_frame()
        status, _, err = await recording
    assert status == 0
    assert "Contec oximeter: did not hand over all its readings. Switch it off and on, and try again." in err


async def test_a_memory_that_nobody_knows_how_to_ask_is_one_plain_line(tmp_path: Path) -> None:
    out = tmp_path / "x"
    status, _, err = await run("record", "nonin-2", "--port", "/dev/null", "--stored", "--out", str(out))
    assert (status, len(err.splitlines()), out.exists()) == (1, 1, False)
    assert "nonin-2" in err


async def test_what_a_bluetooth_device_says_is_recorded_and_decoded(tmp_path: Path) -> None:
    needs.program("dbus-daemon", "dbus")
    out = tmp_path / "frames.hex"
    async with private_bus() as bus, BleWard(bus) as ward:
        recording = asyncio.create_task(
            run(
                *("--data", str(tmp_path), "record", "blood-pressure", "--seconds", "8", "--out", str(out)),
                bus=bus,
            )
        )
        sent = await ward.cuff.measure(124, 86, 97, 51, ward.cuff.clock.now())
        status, _, err = await recording
    assert status == 0, err
    assert f"2A35 {sent.hex()}" in out.read_text().splitlines()
    assert ward.cuff.address not in out.read_text()
    status, lines, _ = await run("decode", "blood-pressure", str(out))
    assert [json.loads(line)["value"] for line in lines.splitlines()][:4] == [124, 86, 97, 51]


async def test_a_running_cart_keeps_its_devices(cart: DemoCart, tmp_path: Path) -> None:
    status, _, err = await run("record", "blood-pressure", "--out", str(tmp_path / "x"), config=cart.config)
    assert (status, "stop telecart-edge" in err) == (1, True)
    assert not (tmp_path / "x").exists()
