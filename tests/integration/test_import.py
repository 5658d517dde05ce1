"""`telecart import` and `telecart decode` of files, as processes, beside a running edge and without one."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib
import json
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from edge import settings as settings_file
from edge.domain.body_site import BodySite, Side
from edge.domain.item import Item
from edge.domain.measurement import NOT_CAPTURED, Kind
from edge.domain.photo import Encoding, Photo, View
from edge.domain.waveform import Waveform
from edge.door import messages as m
from edge.mains.importing import Outcome, bring_in
from edge.mains.nurse import Nurse
from edge.mains.places import places_of
from edge.settings import Settings
from edge.store.keeping.reading import load
from edge.store.ledger import open_for_sync
from edge.store.sending import outbox
from edge.store.sending.outbox import Opened
from tests import edf_file, scp_file
from tests.items import drawn_jpeg
from tests.recordings import shared_path
from tests.unit.test_dicom_ecg import MORTARA

RESIDENTS = """
[[resident]]
id = "IPP1"
birth_name = "DUPONT"
given_names = "JEANNE"
birth_date = 1938-03-12
sex = "F"
room = "214"

[[resident]]
id = "IPP2"
birth_name = "MARTIN"
given_names = "PAUL"
birth_date = 1941-07-01
sex = "M"
room = "215"
"""
SAMPLES = {"I": [1, -2, 300], "II": [4, 5, 6]}


@dataclasses.dataclass(frozen=True)
class Cart:
    """A cart's folder with its settings: two residents, a PACS that nobody answers for."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "telecart.toml"

    @property
    def settings(self) -> Settings:
        return settings_file.read(self.config)

    def telecart(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "edge.cli", "--config", str(self.config), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def bring(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return self.telecart("import", *arguments, "--patient", "IPP2")

    @contextlib.contextmanager
    def store(self) -> Iterator[Opened]:
        opened = open_for_sync(places_of(self.settings))
        try:
            yield opened
        finally:
            opened.database.close()

    def items(self) -> list[Item]:
        with self.store() as store:
            return [load(store.database, store.blobs, item.item_id) for item in outbox.items(store)]

    def encounters(self) -> int:
        with self.store() as store:
            (count,) = store.database.connection.execute("SELECT count(*) FROM encounter").fetchone()
            return int(count)


@pytest.fixture
def cart(tmp_path: Path) -> Cart:
    (tmp_path / "residents.toml").write_text(RESIDENTS)
    (tmp_path / "telecart.toml").write_text(
        f'demo = true\nbluetooth = false\ndata = "{tmp_path / "data"}"\nresidents = "{tmp_path / "residents.toml"}"\n'
        '[[pacs]]\naet = "PACS"\nhost = "127.0.0.1"\nport = 1\n'
    )
    return Cart(tmp_path)


def files(folder: Path) -> dict[str, Path]:
    signals = [edf_file.Signal(f"ECG {lead}", [numbers]) for lead, numbers in SAMPLES.items()]
    contents = {
        "scp-ecg": scp_file.recording(SAMPLES),
        "edf": edf_file.edf(signals, seconds="0.006"),
        "dicom-ecg": MORTARA,
        "jpeg": drawn_jpeg(),
    }
    found = {}
    for model, content in contents.items():
        found[model] = folder / f"file of {model}"
        found[model].write_bytes(content)
    return found


def papers(cart: Cart) -> int:
    """Saved with the 12-lead ECG among the files."""
    count = sum(item.kind is Kind.ECG_PAPER for item in cart.items())
    assert count == 1
    return count


def test_files_of_every_kind_become_captures_of_the_named_resident(cart: Cart) -> None:
    brought = files(cart.folder)
    done = cart.bring(*brought.values(), "--view", "dermoscopy")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"{path}: imported" for path in brought.values()]
    items = {item.device.model: item for item in cart.items() if item.kind not in NOT_CAPTURED}
    assert set(items) == set(brought)
    assert {item.patient.id for item in items.values()} == {"IPP2"}
    assert len({item.encounter.study_uid for item in items.values()}) == 1
    for model in ("scp-ecg", "edf"):
        ecg = items[model].payload
        assert isinstance(ecg, Waveform)
        assert {lead: list(ecg.lead(lead)) for lead in ecg.leads} == SAMPLES
    photo = items["jpeg"].payload
    assert isinstance(photo, Photo)
    assert (photo.jpeg, photo.encoding) == (brought["jpeg"].read_bytes(), Encoding.IMPORTED)
    assert photo.view is View.DERMOSCOPY
    with cart.store() as store:
        assert sorted((row.kind, row.destination) for row in outbox.waiting(store)) == [
            *[("ecg", "pacs")] * 3,
            *[("ecg_paper", "pacs")] * papers(cart),
            ("photo", "pacs"),
        ]


@pytest.mark.hazard("H11", without="tests.controls_files:every_file_is_new")
async def test_what_is_brought_in_twice_is_there_once(cart: Cart) -> None:
    brought = list(files(cart.folder).values())
    first = [outcome async for outcome in bring_in(cart.settings, brought, "IPP2")]
    again = [outcome async for outcome in bring_in(cart.settings, [*brought, brought[0]], "IPP2")]
    assert {outcome.said for outcome in first} == {"imported"}
    assert {outcome.said for outcome in again} == {"already there"}
    assert (len(cart.items()) - papers(cart), cart.encounters()) == (4, 1)


def test_a_photo_is_of_the_part_of_the_body_that_is_said(cart: Cart) -> None:
    file = files(cart.folder)["jpeg"]
    refused = cart.bring(file, "--site", "sacrum", "--side", "L")
    assert refused.returncode == 2
    assert "of which there are two" in refused.stderr
    assert cart.bring(file, "--view", "close_up", "--site", "heel", "--side", "L", "--intimate").returncode == 0
    [item] = cart.items()
    assert isinstance(item.payload, Photo)
    assert (item.payload.site, item.payload.side, item.payload.intimate) == (BodySite.HEEL, Side.LEFT, True)


@pytest.mark.hazard("H1", without="tests.controls_files:anybodys_recording_is_here")
async def test_the_recording_of_one_resident_is_not_taken_for_another(cart: Cart) -> None:
    file = files(cart.folder)["scp-ecg"]
    [first] = [outcome async for outcome in bring_in(cart.settings, [file], "IPP1")]
    [second] = [outcome async for outcome in bring_in(cart.settings, [file], "IPP2")]
    assert first == Outcome(file, "imported", kind=Kind.ECG.value)
    assert second.failed
    assert "another resident" in second.said
    assert [item.patient.id for item in cart.items()] == ["IPP1"]


def test_a_file_that_is_wrong_is_told_and_the_others_are_taken(cart: Cart) -> None:
    brought = files(cart.folder)
    broken = cart.folder / "broken"
    broken.write_bytes(brought["scp-ecg"].read_bytes()[:-1])
    text = cart.folder / "notes.txt"
    text.write_text("no recording")
    absent = cart.folder / "absent"
    done = cart.bring(broken, brought["jpeg"], text, absent, cart.folder, brought["edf"])
    assert done.returncode == 1
    assert done.stdout.splitlines() == [f"{brought['jpeg']}: imported", f"{brought['edf']}: imported"]
    told = done.stderr.splitlines()
    assert [line.split(": ")[0] for line in told] == [str(one) for one in (broken, text, absent, cart.folder)]
    assert "another length" in told[0]
    assert "no kind that this cart reads" in told[1]
    assert len(cart.items()) == 2


def test_an_unknown_resident_is_one_line_and_nothing_is_kept(cart: Cart) -> None:
    done = cart.telecart("import", files(cart.folder)["jpeg"], "--patient", "IPP9")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "not known" in done.stderr
    assert (cart.items(), cart.encounters()) == ([], 0)


@pytest.mark.slow
def test_json_has_one_line_a_file(cart: Cart) -> None:
    brought = files(cart.folder)
    text = cart.folder / "notes.txt"
    text.write_text("no recording")
    cart.bring(brought["edf"])
    done = cart.bring(brought["edf"], text, brought["jpeg"], "--json")
    assert done.returncode == 1
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["file"], row["outcome"], row.get("kind")) for row in rows] == [
        (str(brought["edf"]), "already there", "ecg"),
        (str(text), "failed", None),
        (str(brought["jpeg"]), "imported", "photo"),
    ]
    assert rows[1]["reason"]


@contextlib.asynccontextmanager
async def running_edge(cart: Cart) -> AsyncIterator[Nurse]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "edge.cli", "--config", str(cart.config), "edge", stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with Nurse(cart.settings.door) as nurse:
            yield nurse
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.slow
async def test_beside_a_running_edge_the_screen_stays_with_its_resident(cart: Cart) -> None:
    brought = files(cart.folder)
    async with running_edge(cart) as nurse:
        await nurse.until(lambda seen: len(seen.residents) == 2, 30, "residents")
        await nurse.ask(m.SelectResident(patient_id="IPP1"))
        shown = await nurse.until(lambda seen: seen.encounter_id is not None, 10, "resident on screen")
        done = await asyncio.to_thread(cart.bring, *brought.values())
        assert (done.returncode, done.stderr) == (0, "")
        after = await nurse.until(lambda seen: seen.waiting.kept == 4 + papers(cart), 30, "refreshed screen")
        assert (after.resident, after.encounter_id, after.items) == (shown.resident, shown.encounter_id, ())
        again = await asyncio.to_thread(cart.bring, *brought.values())
        assert again.stdout.splitlines() == [f"{path}: already there" for path in brought.values()]
    assert {item.patient.id for item in cart.items()} == {"IPP2"}


# --- telecart decode


def decoded(cart: Cart, model: str, file: Path) -> list[dict[str, object]]:
    done = cart.telecart("decode", model, file)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_lead_is_a_line_in_microvolts_with_a_hash_in_nanovolts(cart: Cart) -> None:
    rows = decoded(cart, "scp-ecg", files(cart.folder)["scp-ecg"])
    assert rows == [
        {
            "lead": lead,
            "hertz": 500,
            "count": 3,
            "first_uv": first,
            "sha256_int32_nv": hashlib.sha256(struct.pack("<3i", *(2500 * one for one in SAMPLES[lead]))).hexdigest(),
        }
        for lead, first in (("I", [2.5, -5, 750]), ("II", [10, 12.5, 15]))
    ]


def test_halves_of_a_nanovolt_are_rounded_to_even(cart: Cart) -> None:
    # 0.0005 µV a step
    signal = edf_file.Signal("ECG I", [[1, 2, 3, 5, -1, -3]], "nV", ("-16384", "16383.5"))
    path = cart.folder / "half.edf"
    path.write_bytes(edf_file.edf([signal], seconds="0.7"))
    [row] = decoded(cart, "edf", path)
    assert row["sha256_int32_nv"] == hashlib.sha256(struct.pack("<6i", 0, 1, 2, 2, 0, -2)).hexdigest()
    assert row["first_uv"] == [0.0005, 0.001, 0.0015, 0.0025, -0.0005, -0.0015]
    assert row["hertz"] == pytest.approx(6 / 0.7, rel=1e-12)


@pytest.mark.slow
def test_the_real_recording_decodes_like_its_twin(cart: Cart) -> None:
    ours = decoded(cart, "scp-ecg", shared_path("ecg/ecgtoolkit_Example.scp"))
    twin = decoded(cart, "dicom-ecg", shared_path("ecg/ecgtoolkit_Example.dcm"))

    def by_lead(row: dict[str, object]) -> str:
        return str(row["lead"])

    assert sorted(ours, key=by_lead) == sorted(twin, key=by_lead)
    assert len(ours) == 12


@pytest.mark.parametrize(
    "model", ["scp-ecg", *(pytest.param(model, marks=pytest.mark.slow) for model in ("edf", "dicom-ecg", "jpeg"))]
)
def test_a_file_that_does_not_conform_is_one_clear_line(cart: Cart, model: str) -> None:
    path = cart.folder / "broken"
    path.write_bytes(files(cart.folder)[model].read_bytes()[:-3])
    done = cart.telecart("decode", model, path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
