"""`telecart export`: what was frozen as it was frozen, the rest as it would be sent."""

from __future__ import annotations

import hashlib
import io
import json
import stat
from pathlib import Path

import pydicom
import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.domain.capture import Capture
from edge.domain.item import Payload
from edge.domain.measurement import Kind, Reading
from edge.domain.patient import Encounter
from edge.domain.photo import Encoding, Photo, View
from edge.store.ledger import EdgeStore, Places, open_for_edge, open_for_sync
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from tests import items, servers
from tests.unit.test_store import CUFF, JEANNE, now

PROMISED = {Kind.BLOOD_PRESSURE: ("fhir",), Kind.SPO2: ("fhir",), Kind.PHOTO: ("pacs",), Kind.ECG: ("pacs",)}


class Cart:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places = Places(folder / "store.db", folder / "blobs", folder / "store.key")
        self.store: EdgeStore = open_for_edge(self.places, PROMISED, "care")
        self.store.journal.put_patient(JEANNE)
        self.encounter = self.opened()
        self.photos = 0

    def opened(self) -> Encounter:
        return self.store.journal.open_encounter(JEANNE.id, now(), "TC")[1]

    def save(self, kind: Kind, payload: Payload) -> str:
        number = self.store.run("SELECT count(*) FROM item").fetchone()[0]
        return self.store.journal.save(Capture(kind, payload, CUFF, now(), f"{kind} {number}"), self.encounter).item_id

    def photo(self) -> str:
        # each of its own bytes
        self.photos += 1
        photo = Photo(
            items.drawn_jpeg(320 + 16 * self.photos),
            320 + 16 * self.photos,
            240,
            Encoding.CAMERA_MJPEG,
            View.CLOSE_UP,
            80.5,
            120.0,
        )
        return self.save(Kind.PHOTO, photo)

    def reading(self, kind: Kind) -> str:
        payload = (items.blood_pressure() if kind is Kind.BLOOD_PRESSURE else items.spo2()).payload
        assert isinstance(payload, Reading)
        return self.save(kind, payload)

    async def freeze(self, item_id: str) -> bytes:
        async with StoreThread(lambda: open_for_sync(self.places)) as thread:
            box = StoredOutbox(thread)
            content = servers.pacs(0).freeze(await box.load("pacs", item_id))
            frozen = await box.freeze("pacs", item_id, content)
        assert frozen is not None
        return frozen.content

    def export(self, to: Path, study: str = "") -> tuple[int, str, str]:
        arguments = [
            "--data",
            str(self.folder),
            "export",
            "--study",
            study or self.encounter.study_uid,
            "--to",
            str(to),
        ]
        done = CliRunner().invoke(main, arguments)
        return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def cart(tmp_path: Path) -> Cart:
    (tmp_path / "data").mkdir()
    return Cart(tmp_path / "data")


async def test_the_files_of_one_study(cart: Cart, tmp_path: Path) -> None:
    ecg, photo = cart.save(Kind.ECG, items.mortara()), cart.photo()
    cart.reading(Kind.BLOOD_PRESSURE)
    cart.reading(Kind.SPO2)
    frozen = await cart.freeze(ecg)
    first = cart.encounter
    cart.encounter = cart.opened()
    cart.photo()
    out = tmp_path / "out"
    status, said, err = cart.export(out, first.study_uid)
    assert (status, err) == (0, "")
    assert sorted(said.splitlines()) == sorted(str(path) for path in out.iterdir())
    images = {path.name: path.read_bytes() for path in out.glob("*.dcm")}
    assert len(images) == 2
    assert hashlib.sha256(frozen).digest() in {hashlib.sha256(content).digest() for content in images.values()}
    for name, content in images.items():
        dataset = pydicom.dcmread(io.BytesIO(content))
        assert (dataset.StudyInstanceUID, dataset.PatientID) == (first.study_uid, JEANNE.id)
        assert name == f"{dataset.SOPInstanceUID}.dcm"
    assert photo
    entries = [entry["resource"] for entry in json.loads((out / "observations.json").read_bytes())["entry"]]
    kinds = [one["resourceType"] for one in entries]
    assert kinds.count("Patient") == 1
    assert kinds.count("Observation") == len(kinds) - 1 >= 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert stat.S_IMODE(out.stat().st_mode) == 0o700


async def test_what_was_undone_is_left_out_and_said(cart: Cart, tmp_path: Path) -> None:
    kept, undone = cart.photo(), cart.photo()
    cart.store.journal.mark_entered_in_error(undone, cart.encounter.id, now())
    status, said, err = cart.export(tmp_path / "out")
    assert status == 0
    assert len(said.splitlines()) == 1
    assert err == f"left out: {undone}  photo: it was undone at the bedside\n"
    assert kept not in err


async def test_what_cannot_be_read_is_told_and_the_rest_is_there(cart: Cart, tmp_path: Path) -> None:
    whole, damaged = cart.photo(), cart.photo()
    (sha256,) = cart.store.run("SELECT blob_sha256 FROM item WHERE id = ?", (damaged,)).fetchone()
    file = cart.folder / "blobs" / sha256[:2] / sha256
    assert file.exists()
    file.write_bytes(file.read_bytes()[:-1])
    status, said, err = cart.export(tmp_path / "out")
    assert status == 1
    assert len(said.splitlines()) == 1
    assert err.startswith(f"telecart: {damaged}  photo: ")
    assert whole not in err


async def test_it_stands_in_the_audit_trail_without_traits(cart: Cart, tmp_path: Path) -> None:
    cart.photo()
    cart.export(tmp_path / "out")
    newest = cart.store.run("SELECT act, patient_id, detail FROM audit ORDER BY sequence DESC LIMIT 1").fetchone()
    assert tuple(newest) == ("study", JEANNE.id, cart.encounter.study_uid)


async def test_what_cannot_be_is_one_plain_line(cart: Cart, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "other").write_text("")
    for to, study, told in [
        (tmp_path / "out", "1.2.3", "no study 1.2.3 was opened on this cart"),
        (full, "", "is not empty"),
        (tmp_path / "no" / "out", "", "No such file"),
    ]:
        status, said, err = cart.export(to, study)
        assert (status, said) == (1, "")
        assert told in err
        assert err.count("\n") == 1
    assert list(full.iterdir()) == [full / "other"]
    assert not (tmp_path / "out").exists()
