"""The line is down: everything is taken, nothing is lost; the line is back: everything arrives, once."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pydicom
import pytest

from edge.door import messages as m
from edge.mains.demo import RESIDENT
from edge.mains.demo_cart import DemoCart, new_folder
from edge.mains.nurse import Nurse, all_received
from edge.mains.outbox import waiting
from edge.mains.report import tally
from tests import needs
from tests.servers import free_port

KINDS = {"blood_pressure", "spo2", "ecg", "photo"}


def sop_uids(folder: Path) -> list[str]:
    """Of every file under ``folder`` that is a DICOM object."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.read_bytes()[128:132] == b"DICM"]
    return [str(pydicom.dcmread(file, stop_before_pixels=True).SOPInstanceUID) for file in files]


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_round_without_a_network_is_kept_and_arrives_once_when_it_is_back() -> None:
    needs.program("dbus-daemon", "dbus")
    folder = new_folder()
    async with DemoCart(folder) as cart, Nurse(cart.settings.door) as nurse:
        await cart.cut_the_line()
        for port in (cart.settings.pacs[0].port, urlsplit(cart.settings.fhir[0].url).port):
            assert free_port(port) == port
        await nurse.ask(m.SelectResident(patient_id=RESIDENT))
        for what in ("cuff", "oximeter", "ecg"):
            await cart.ward.tell({"do": what})
        await nurse.until(lambda s: {i.kind for i in s.items} >= KINDS - {"photo"}, 60, "measurements")
        await nurse.ask(m.TakePhoto(view="overview"))
        offline = await nurse.until(lambda s: {i.kind for i in s.items} >= KINDS, 60, "photo")
        assert offline.waiting.received == 0
        # each row says why it waits, in words
        await nurse.until(lambda s: all(i.state == "pending" for i in s.items), 60, "frozen objects")
        rows = waiting(cart.settings)
        # and the paper of the ECG, which no screen lists
        assert len(rows) == len(offline.items) + 1

        await cart.mend_the_line()
        online = await nurse.until(all_received, 120, "proof that everything was received")
        assert {item.state for item in online.items} == {"received"}
        assert waiting(cart.settings) == []
        found = await tally(cart.settings, cart.destinations())
        assert (found.lost, found.received) == (0, len(online.items) + 1)
        held = sop_uids(folder / "far-end")
        assert len(held) == len(set(held)) == sum(found.captured[kind] for kind in ("ecg", "ecg_paper", "photo"))
    shutil.rmtree(folder)
