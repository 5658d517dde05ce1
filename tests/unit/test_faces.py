"""The pictures of residents: read apart, made small, kept for as long as she is who she was, told only when asked for (H1)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drivers.files import face
from edge.domain.audit import THE_CART, Actor
from edge.domain.fault import Fault, Reason
from edge.door import messages as m
from edge.door.face_desk import FaceDesk
from edge.store.face_book import StoredFaces
from edge.store.keeping.faces import Faces
from edge.store.ledger import Places, open_for_edge
from edge.store.thread import StoreThread
from tests.unit.test_purge import Cart, later
from tests.unit.test_residents_table import HEAD, JEANNE as JEANNE_LINE, LOUIS as LOUIS_LINE, telecart, written
from tests.unit.test_store import JEANNE, now

ORIENTATION, MAKER = 0x0112, 0x010F


def noise(width: int, height: int, kind: str = "JPEG", mode: str = "RGB") -> bytes:
    """The worst for a JPEG, with all that a telephone writes beside its pixels."""
    pixels = np.random.default_rng(7).integers(0, 256, (height, width, 3), dtype=np.uint8)
    turned = Image.Exif()
    turned[ORIENTATION], turned[MAKER] = 6, "MAKER-OF-PHONES"
    content = io.BytesIO()
    image = Image.fromarray(pixels, "RGB").convert(mode)
    if kind == "JPEG":
        image.save(content, kind, exif=turned, comment=b"GARDEN-OF-HOUSE")
    else:
        image.save(content, kind)
    return content.getvalue()


@pytest.fixture
def cart(tmp_path: Path) -> Cart:
    return Cart(Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key"))


@pytest.fixture
def faces(cart: Cart) -> Faces:
    return Faces(cart.store.database, cart.store.blobs)


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1")]
)
def test_a_picture_becomes_small_upright_and_bare(kind: str, mode: str) -> None:
    small = face.read(noise(1200, 900, kind, mode))
    assert len(small) <= 20_000
    with Image.open(io.BytesIO(small)) as shown:
        # a telephone that was held upright says so beside its pixels, and only there
        assert shown.size == ((180, 240) if kind == "JPEG" else (320, 240))
        assert not shown.getexif()
        assert "progressive" not in shown.info
    assert not any(words in small for words in (b"MAKER", b"GARDEN", b"Exif"))
    assert face._sandbox().confined


def bomb() -> bytes:
    """A few kilobytes that become 100 million pixels."""
    content = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(content, "PNG")
    return content.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a" + bytes(100), noise(400, 400)[:9000], noise(90, 90, "PNG")[:3000], bomb()],
    ids=["empty", "another kind", "cut JPEG", "cut PNG", "bomb"],
)  # fmt: skip
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Fault) as caught:
        face.read(content)
    assert caught.value.reason is Reason.CORRUPT_FILE
    assert face.read(noise(40, 40))


def test_a_new_picture_takes_the_place_of_the_old_one(cart: Cart, faces: Faces) -> None:
    assert faces.get(JEANNE.id) is None
    assert faces.put(JEANNE, b"one", now(), THE_CART)
    assert not faces.put(JEANNE, b"one", now(), THE_CART)
    assert faces.get(JEANNE.id) == b"one"
    assert faces.put(JEANNE, b"two", now(), THE_CART)
    assert faces.get(JEANNE.id) == b"two"
    assert len(cart.files()) == 2
    for _ in range(32):
        cart.store.sweep.run()
    assert len(cart.files()) == 1
    assert faces.get(JEANNE.id) == b"two"
    assert all(b"two" not in path.read_bytes() for path in cart.places.blobs.rglob("*") if path.is_file())


@pytest.mark.hazard("H1", without="tests.controls_faces_of_residents:a_face_belongs_to_an_identifier")
@pytest.mark.parametrize(
    "changed",
    [{"birth_name": "ANOTHER"}, {"birth_date": dt.date(1940, 1, 1)}, {"departed": dt.date(2026, 1, 1)}],
    ids=["name", "birth", "left"],
)
def test_a_face_is_nobodys_once_its_resident_is_another_or_gone(
    cart: Cart, faces: Faces, changed: dict[str, dt.date]
) -> None:
    faces.put(JEANNE, b"hers", now(), THE_CART)
    cart.store.journal.put_patient(dataclasses.replace(JEANNE, **changed))  # type: ignore[arg-type]
    assert faces.get(JEANNE.id) is None
    # nor is it put by a list that was read before
    assert not faces.put(JEANNE, b"hers", now(), THE_CART)
    assert faces.get(JEANNE.id) is None


def test_a_picture_goes_with_its_resident(cart: Cart, faces: Faces) -> None:
    from edge.store.leaving import faces as leaving

    faces.put(JEANNE, b"hers", now(), THE_CART)
    assert leaving.purge(cart.store.database, cart.store.blobs) == 0
    cart.store.journal.leave_encounter(cart.encounter.id, now(), THE_CART)
    cart.store.journal.put_patient(dataclasses.replace(JEANNE, departed=now().utc.date()))
    assert leaving.purge(cart.store.database, cart.store.blobs) == 1
    assert cart.files() == set()


def test_who_is_erased_leaves_no_face(cart: Cart, faces: Faces) -> None:
    faces.put(JEANNE, b"hers", now(), THE_CART)
    cart.store.journal.leave_encounter(cart.encounter.id, now(), THE_CART)
    cart.store.journal.put_patient(dataclasses.replace(JEANNE, departed=now().utc.date()))
    [certificate] = cart.purge(later(10))
    assert certificate.residents == (JEANNE.id,)
    assert cart.store.database.connection.execute("SELECT count(*) FROM face").fetchone() == (0,)


def test_the_command_takes_pictures_and_names_what_is_none(tmp_path: Path) -> None:
    head, folder = f"{HEAD};Photo", tmp_path / "photos"
    folder.mkdir()
    (folder / "jeanne.jpg").write_bytes(noise(1000, 800))
    (folder / "louis.png").write_bytes(b"no picture")
    lines = [f"{JEANNE_LINE};photos/jeanne.jpg", f"{LOUIS_LINE};photos/louis.png"]
    done = telecart(tmp_path, str(written(tmp_path, *lines, head=head)))
    assert done.returncode == 1
    assert done.stdout == "2 residents, 2 of them new or changed; 1 new photos\n"
    assert "line 3: the photo is not taken: the file is no JPEG or PNG" in done.stderr
    assert "BERNARD" not in done.stderr
    for name, reason in (("../outside.jpg", "not in the folder"), ("none.jpg", "no such file"), ("photos", "no such")):
        again = telecart(tmp_path, str(written(tmp_path, f"{JEANNE_LINE};{name}", head=head)), "--json")
        said = json.loads(again.stdout)
        assert (said["photos"], said["wrong"], again.returncode) == (0, [], 1)
        assert reason in said["photos_wrong"][0]["reason"]
    same = telecart(tmp_path, str(written(tmp_path, f"{JEANNE_LINE};photos/jeanne.jpg", head=head)), "--json")
    assert (json.loads(same.stdout)["photos"], same.returncode) == (0, 0)


def test_a_picture_is_taken_away_and_its_resident_stays(cart: Cart, faces: Faces) -> None:
    from edge.store.leaving import faces as leaving

    run = cart.store.database.connection.execute
    assert not leaving.take_away(cart.store.database, cart.store.blobs, JEANNE.id, now(), THE_CART)
    faces.put(JEANNE, b"hers", now(), THE_CART)
    assert leaving.take_away(cart.store.database, cart.store.blobs, JEANNE.id, now(), THE_CART)
    assert faces.get(JEANNE.id) is None
    assert cart.files() == set()
    assert run("SELECT count(*) FROM patient WHERE id = ? AND departed IS NULL", (JEANNE.id,)).fetchone() == (1,)
    (last,) = run("SELECT detail FROM audit ORDER BY sequence DESC LIMIT 1").fetchone()
    assert last == "the picture taken away"


def test_a_table_and_a_command_take_pictures_away(tmp_path: Path) -> None:
    head, folder = f"{HEAD};Photo", tmp_path / "photos"
    folder.mkdir()
    (folder / "jeanne.jpg").write_bytes(noise(80, 60))

    def brought(cell: str) -> tuple[int, int]:
        """New photos, and those that are gone."""
        said = json.loads(
            telecart(tmp_path, str(written(tmp_path, f"{JEANNE_LINE};{cell}", head=head)), "--json").stdout
        )
        return said["photos"], said["photos_gone"]

    assert brought("photos/jeanne.jpg") == (1, 0)
    # an empty cell says nothing of it
    assert brought("") == (0, 0)
    assert brought("Aucune") == (0, 1)
    assert brought("photos/jeanne.jpg") == (1, 0)
    assert telecart(tmp_path, "0214", "--remove", command="photo").returncode == 0
    again = telecart(tmp_path, "0214", "--remove", command="photo")
    assert again.returncode == 1
    assert "no photo" in again.stderr


async def test_the_door_tells_a_face_to_who_may_still_see_it(tmp_path: Path) -> None:
    told: list[m.Face] = []
    others: list[m.AnyCommand] = []

    async def inner(command: m.AnyCommand, by: Actor) -> None:
        others.append(command)

    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        await thread.run(lambda s: s.journal.put_patient(JEANNE))
        book = StoredFaces(thread)
        assert await book.put(JEANNE, b"hers", now(), THE_CART)
        desk = FaceDesk(book, lambda: True, told.append, inner)
        await desk.handle(m.ShowFace(patient_id=JEANNE.id), THE_CART)
        await desk.handle(m.ShowFace(patient_id="nobody"), THE_CART)
        await desk.handle(m.ReleaseResident(), THE_CART)
        assert told == [m.Face(patient_id=JEANNE.id, jpeg=b"hers"), m.Face(patient_id="nobody")]
        assert others == [m.ReleaseResident()]
        # the screen was locked while it was read
        locked = FaceDesk(book, lambda: False, told.append, inner)
        await locked.handle(m.ShowFace(patient_id=JEANNE.id), THE_CART)
        assert len(told) == 2
