"""In a call with the whole cart a specialist in a real browser takes a still, opens it again and writes a note."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from edge.domain.photo import Photo
from edge.door import messages as m
from edge.mains.demo import RESIDENT
from edge.mains.demo_cart import DemoCart
from edge.mains.nurse import Nurse
from edge.mains.places import places_of
from edge.store.keeping import notes
from edge.store.keeping.reading import load
from edge.store.ledger import open_for_sync
from tests.integration.test_call_chromium import cart, page

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["cart", "page"]

PATIENCE = 90_000


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_still_of_the_call_is_the_stored_photo_to_the_byte_and_a_note_is_kept(
    cart: DemoCart, page: Page
) -> None:
    async with Nurse(cart.settings.door) as nurse:
        await nurse.ask(m.SelectResident(patient_id=RESIDENT))
        await nurse.agree()
        await nurse.ask(m.StartCall())
        lobby = await nurse.until(lambda s: bool(s.call.address), 90, "lobby")
        await page.goto(lobby.call.address)
        await page.click("#join-receive-only")
        await nurse.until(lambda s: s.call.state == "waiting", 90, "specialist at the door")
        # nothing can be asked for before the nurse admits
        assert await page.evaluate("send({ type: 'still', id: 1, view: 'overview' })") is False
        await nurse.ask(m.AdmitSpecialist())
        await page.wait_for_function("() => last !== null && asks.readyState === 'open'", timeout=PATIENCE)

        await page.click("#take-still")
        await page.wait_for_selector("#viewer canvas", timeout=PATIENCE)
        taken = await nurse.until(
            lambda s: any(i.kind == "photo" for i in s.items), 90, "the photo on the nurse's screen"
        )
        (line,) = [one for one in taken.items if one.kind == "photo"]
        opened = open_for_sync(places_of(cart.settings))
        item = load(opened.database, opened.blobs, line.item_id)
        assert isinstance(item.payload, Photo)
        assert item.patient is not None
        assert item.patient.id == RESIDENT
        stored = hashlib.sha256(item.payload.jpeg).hexdigest()
        assert stored in await page.inner_text("#viewer-about")
        shown = await page.evaluate("[$('viewer-paper').firstChild.width, $('viewer-paper').firstChild.height]")
        assert shown == [item.payload.width, item.payload.height]
        rows = opened.database.connection.execute(
            "SELECT count(*) FROM outbox b JOIN item i ON i.sequence = b.item WHERE i.id = ?", (line.item_id,)
        ).fetchone()
        assert rows[0] >= 1, "it goes to the PACS as any photo"

        await page.click("#viewer-close")
        await page.wait_for_selector(f"[data-open='{line.item_id}']", timeout=PATIENCE)
        await page.click(f"[data-open='{line.item_id}']")
        await page.wait_for_selector("#viewer canvas", timeout=PATIENCE)
        assert stored in await page.inner_text("#viewer-about")
        await page.click("#viewer-close")

        await page.fill("#note", "Pansement gras, revoir à 48 h.")
        await page.click("#save-note")
        await page.wait_for_function("() => $('note-said').dataset.say === 'note_saved'", timeout=PATIENCE)
        await nurse.until(lambda s: "note pour le compte rendu" in s.notice, 90, "the note on the nurse's screen")
        (note,) = notes.of(opened.database, taken.encounter_id or "")
        assert note.text == "Pansement gras, revoir à 48 h."

        await page.click("#point")
        await page.keyboard.press("ArrowRight")
        pointed = await nurse.until(lambda s: "Le médecin montre" in s.notice, 90, "the point on the nurse's screen")
        assert re.search(r"au milieu, au centre", pointed.notice)
        await nurse.ask(m.EndCall())
        await page.wait_for_selector("#status[data-state=ended]", timeout=PATIENCE, state="attached")
        assert await page.input_value("#note") == ""
