"""Every kind of object of the cart, opened by programs of others: dcmtk, and PACSs that take it and give it back."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.domain.body_site import BodySite, Side
from edge.domain.delivery import Event
from edge.domain.item import Frozen, InMemory, Item
from edge.domain.photo import Photo, View
from sync.dicom.building.document import Reference
from sync.dicom.building.objects import build, build_ecg_page, build_rejection
from sync.dicom.building.rejection import Note, Rejected
from tests import items, needs
from tests.servers import SOURCE, EmbeddedFarEnd, OrthancFarEnd, StorescpFarEnd, data_set, running
from tests.unit.test_jpeg_strip import exif, with_segments

PacsFarEnd = EmbeddedFarEnd | OrthancFarEnd | StorescpFarEnd


def heel(view: View) -> Item:
    item = items.photo(view=view)
    assert isinstance(item.payload, Photo)
    return dataclasses.replace(item, payload=dataclasses.replace(item.payload, site=BodySite.HEEL, side=Side.LEFT))


def frozen(item: Item, content: bytes) -> Frozen:
    return Frozen(
        item.id, item.sop_uid, item.encounter.study_uid, InMemory(content), hashlib.sha256(content).hexdigest()
    )


def examples() -> dict[str, tuple[Item, bytes]]:
    """One object of each kind that the cart makes, beside the item of its identifiers."""
    made = {
        "12-lead": items.ecg(),
        "strip": items.strip(),
        "photo": heel(View.CLOSE_UP),
        "dermoscopy": heel(View.DERMOSCOPY),
        "otoscopy": items.photo(view=View.OTOSCOPY),
        "sound": items.sound(),
        "turned photo": items.photo(with_segments(items.drawn_jpeg(), exif(6))),
    }
    built = {name: (item, build(item, SOURCE)) for name, item in made.items()}
    page, note = items.ecg(), items.photo()
    withdrawn = Rejected("2.25.9", Reference("1.2.840.10008.5.1.4.1.1.9.1.1", "2.25.10"))
    said = Note([withdrawn], "Enregistré pour un autre résident", note.taken, note.sop_uid, note.series_uid)
    return built | {
        "ECG page": (page, build_ecg_page(page, SOURCE, page.sop_uid, page.series_uid)),
        "rejection note": (note, build_rejection(note, said, SOURCE)),
    }


PICTURES = ("photo", "dermoscopy", "otoscopy", "turned photo")
EXAMPLES = examples()


@pytest.fixture(params=[EmbeddedFarEnd, OrthancFarEnd, StorescpFarEnd])
async def far_end(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PacsFarEnd]:
    async with running(request.param(tmp_path / "far")) as running_one:
        yield running_one


async def test_every_kind_arrives_and_comes_back_as_it_was_sent(far_end: PacsFarEnd) -> None:
    batch = [frozen(item, content) for item, content in EXAMPLES.values()]
    outcomes = await far_end.destination.send(batch)
    assert [outcome.event for outcome in outcomes] == [Event.ACCEPTED] * len(batch)
    for item, content in EXAMPLES.values():
        assert data_set(far_end.file(item)) == data_set(content)


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_dcmtk_reads_every_kind(name: str, tmp_path: Path) -> None:
    file = tmp_path / "object.dcm"
    file.write_bytes(EXAMPLES[name][1])
    done = subprocess.run(
        [needs.program("dcmdump", "dcmtk"), "-q", "+P", "SOPInstanceUID", str(file)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert f"[{EXAMPLES[name][0].sop_uid}]" in done.stdout
    assert not done.stderr


@pytest.mark.parametrize("name", PICTURES)
def test_dcmtk_draws_every_picture(name: str, tmp_path: Path) -> None:
    file, drawn = tmp_path / "object.dcm", tmp_path / "picture.ppm"
    file.write_bytes(EXAMPLES[name][1])
    subprocess.run([needs.program("dcmj2pnm", "dcmtk"), "-q", str(file), str(drawn)], check=True, timeout=60)
    width, height = (240, 320) if name == "turned photo" else (320, 240)
    assert drawn.read_bytes().split(maxsplit=3)[:3] == [b"P6", str(width).encode(), str(height).encode()]
