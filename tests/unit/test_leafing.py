"""A foreign PDF is drawn page by page by a worker; what is hostile costs one line, and not the next one (T7, T8)."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from edge.domain.fault import Fault, Reason
from sync.report import leafing
from sync.report.leafing import ACROSS, DOWN, leaf, leafer

A4 = (595.0, 842.0)


def pdf(pages: int = 1, size: tuple[float, float] = A4, secret: str = "") -> bytes:
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=size, encrypt=StandardEncryption(secret) if secret else None)
    for _ in range(pages):
        canvas.setFont("Helvetica", 40)
        canvas.drawString(60, 700, "AVIS")
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def darkest(picture: Image.Image) -> int:
    """Of 0 to 255."""
    return min(picture.convert("L").tobytes())


@pytest.mark.hazard("T8", without="tests.controls_papers:pages_are_drawn_here")
async def test_a_page_is_drawn_by_a_worker_that_can_do_nothing_else() -> None:
    leafing.own.cache_clear()
    assert not leafing.own().confined
    assert (await leafing.leaf_of(pdf(), 0)).pages == 1
    assert leafing.own().confined


def test_the_text_of_each_page_is_dark_where_it_stands() -> None:
    with leafer() as by:
        said = leaf(by, pdf(2), 1)
        assert by.confined
    picture = Image.open(io.BytesIO(said.jpeg)).convert("L")
    assert (said.page, said.pages) == (1, 2)
    assert picture.width <= ACROSS
    assert picture.height <= DOWN
    scale = picture.width / A4[0]
    text = picture.crop((int(55 * scale), int(105 * scale), int(180 * scale), int(145 * scale)))
    below = picture.crop((0, int(200 * scale), picture.width, picture.height))
    assert darkest(text) < 60
    assert darkest(below) > 240


@pytest.mark.parametrize(
    ("data", "page"),
    [
        (pdf()[:300], 0),
        (b"junk", 0),
        (b"", 0),
        (pdf(secret="x1"), 0),
        (pdf(10_000), 20),
        (pdf(), 1),
        (pdf(size=(14_000.0, 1.0)), 0),
    ],
    ids=["cut", "junk", "empty", "encrypted", "page-beyond", "no-such-page", "sliver"],
)
def test_what_cannot_be_shown_is_refused_and_the_next_is_drawn(data: bytes, page: int) -> None:
    with leafer() as by:
        with pytest.raises(Fault) as caught:
            leaf(by, data, page)
        assert caught.value.reason is Reason.UNDECODABLE
        assert leaf(by, pdf(), 0).pages == 1


def test_what_was_typed_into_a_form_is_drawn() -> None:
    """A field has its words apart from the page: a prescription without them would look whole."""
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4)
    canvas.acroForm.textfield(value="AMOXICILLINE 1 g", x=60, y=700, width=300, height=40, fontSize=24, borderWidth=0)
    canvas.showPage()
    canvas.save()
    with leafer() as by:
        picture = Image.open(io.BytesIO(leaf(by, made.getvalue(), 0).jpeg)).convert("L")
    scale = picture.width / A4[0]
    field = picture.crop((int(60 * scale), int(105 * scale), int(300 * scale), int(140 * scale)))
    assert darkest(field) < 60


def test_a_huge_page_and_many_pages_are_no_larger_than_the_display() -> None:
    with leafer() as by:
        huge = leaf(by, pdf(size=(200_000.0, 200_000.0)), 0)
        assert leaf(by, pdf(10_000), 19).pages == 10_000
    assert max(Image.open(io.BytesIO(huge.jpeg)).size) <= DOWN
