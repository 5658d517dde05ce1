"""A whole cart with seeded residents and with defects whose words name them: nothing of a resident in any log (T20)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.domain.fault import Fault
from edge.door import messages as m
from edge.mains import demo_cart
from edge.mains.demo import Round
from edge.mains.demo_cart import DemoCart, new_folder
from edge.mains.nurse import Nurse
from tests import needs, seeded
from tests.defective import DEFECTS

ROOT = Path(__file__).parents[2]
RESIDENTS = seeded.residents()
IDENTIFIERS = sorted({identifier for resident in RESIDENTS for identifier in resident.identifiers()})


async def a_round(cart: DemoCart, nurse: Nurse) -> None:
    """What a nurse does with three residents; whatever fails is done again by her."""
    await nurse.ask(m.SelectResident(patient_id=RESIDENTS[0].id))
    for _attempt in range(6):
        await cart.ward.tell({"do": "cuff"})
        with contextlib.suppress(Fault):
            await nurse.until(lambda s: any(i.kind == "blood_pressure" for i in s.items), 10, "blood pressure")
            break
    for resident in RESIDENTS[:3]:
        with contextlib.suppress(Fault):
            await nurse.ask(m.SelectResident(patient_id=resident.id))
            await nurse.until(lambda s, of=resident.id: s.resident is not None and s.resident.id == of, 20, "resident")
            await cart.ward.tell({"do": "ecg"})
            await cart.ward.tell({"do": "cuff"})
            await nurse.ask(m.TakePhoto(view="close_up"), 10)
            await nurse.until(lambda s: any(i.kind in {"ecg", "photo"} for i in s.items), 20, "recording")
    with contextlib.suppress(Fault):
        await Round(cart, nurse, lambda _: None).call(2.0)


async def until_all_struck(folder: Path) -> None:
    async with asyncio.timeout(90):
        while set(os.listdir(folder)) < set(DEFECTS):  # noqa: PTH208
            await asyncio.sleep(0.2)


def written(folder: Path) -> dict[Path, bytes]:
    """Every file of the cart: logs, what crashed processes left, the store as it lies on the disk.

    But for those that have residents in them by their nature: the site's list, what the simulated devices and far ends hold.
    """
    apart = {folder / "ward", folder / "far-end", folder / "residents.toml"}
    return {
        file: file.read_bytes() for file in folder.rglob("*") if file.is_file() and not apart & {file, *file.parents}
    }


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, since a socket lies in it; gone afterwards, whatever happened."""
    made = new_folder()
    yield made
    shutil.rmtree(made)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.hazard("T20", without="tests.controls_audit:logs_say_everything")
async def test_of_200_seeded_identifiers_none_is_in_a_log_a_traceback_or_a_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs.program("dbus-daemon", "dbus")
    assert len(IDENTIFIERS) >= 200
    defects = folder / "defects"
    defects.mkdir()
    monkeypatch.setattr(demo_cart, "RESIDENTS", "".join(one.toml() for one in RESIDENTS))
    monkeypatch.setattr(
        demo_cart, "telecart", lambda config, *command: [sys.executable, "-m", "tests.defective", str(config), *command]
    )
    monkeypatch.setenv("TELECART_DEFECTS", str(defects))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    async with DemoCart(folder) as cart, Nurse(cart.settings.door) as nurse:
        await a_round(cart, nurse)
        await until_all_struck(defects)
    files = written(folder)
    logs = {file.name: content.decode(errors="replace") for file, content in files.items() if file.suffix == ".log"}
    found = {(file.name, word) for word in IDENTIFIERS for file, content in files.items() if word.encode() in content}
    assert found == set()
    # the failures were told, each with its kind and place
    for event in ("event_defect", "crashed", "thread_crashed", "unraisable", "library=asyncio", "library=py.warnings"):
        assert event in logs["edge.log"], logs["edge.log"]
    assert "recorder.py" in logs["edge.log"]
    assert "builder_failed" in logs["sync.log"]
    assert "crashed" in logs["sync.log"]
    assert cart.children["edge"].starts > 1
    assert cart.children["sync"].starts > 1
