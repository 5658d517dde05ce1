"""What the specialist's page makes of what the cart sends on the channel of asking, in a real browser, without a call."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.test_specialist_page import RESIDENT, item, page, told

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["page"]

pytestmark = pytest.mark.slow

SENT = """async ({ change, more, kind }) => {
  const canvas = document.createElement('canvas');
  canvas.width = 64; canvas.height = 48;
  canvas.getContext('2d').fillRect(0, 0, 32, 24);
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg'));
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const sha256 = hexOf(await digest(bytes));
  window.outcome = null;
  awaited = { id: 1, done: (reason) => { window.outcome = reason; sayAsk(reason ? refused(reason) : 'still_here'); } };
  hear(JSON.stringify({ type: 'content', id: 1, kind, view: 'dermoscopy', source: '', taken: '2026-03-11T09:00:00Z', ecg: null,
    bytes: bytes.length, sha256 }));
  if (change) bytes[20] ^= 1;
  hear(bytes.slice(0, 100).buffer);
  hear(bytes.slice(100).buffer);
  if (more) hear(new ArrayBuffer(more));
  return sha256;
}"""

CHANNEL = (
    """() => { window.told = []; asks = { readyState: 'open', send: (text) => window.told.push(JSON.parse(text)) }; }"""
)

PICTURE = """async () => {
  const canvas = document.createElement('canvas');
  canvas.width = 640; canvas.height = 360;
  canvas.getContext('2d').fillRect(0, 0, 640, 360);
  $('remote').srcObject = canvas.captureStream(5);
  window.painting = setInterval(() => canvas.getContext('2d').fillRect(0, 0, 640, 360), 100);
}"""


async def sent(page: Page, *, change: bool = False, more: int = 0, kind: str = "photo") -> tuple[str, str]:
    """What became of a picture, and its hash."""
    sha256 = await page.evaluate(SENT, {"change": change, "more": more, "kind": kind})
    await page.wait_for_function("() => window.outcome !== null", timeout=60_000)
    return await page.evaluate("() => window.outcome"), sha256


@pytest.mark.hazard("T14", without="tests.controls_specialist:the_page_believes_what_comes")
async def test_a_picture_is_shown_with_its_hash_and_not_at_all_where_a_byte_differs(page: Page) -> None:
    outcome, _ = await sent(page, change=True)
    assert outcome == "hash"
    assert await page.is_hidden("#viewer")
    outcome, sha256 = await sent(page)
    assert outcome == ""
    assert await page.is_visible("#viewer canvas")
    assert await page.evaluate("document.querySelector('#viewer canvas').width") == 64
    assert sha256 in await page.inner_text("#viewer-about")
    assert "dermatoscope" in await page.inner_text("#viewer-title")


@pytest.mark.hazard("H3", without="tests.controls_specialist:the_page_keeps_pictures")
async def test_nothing_that_was_opened_or_written_is_left_when_the_call_is_over(page: Page) -> None:
    await told(page, item("spo2"))
    assert (await sent(page))[0] == ""
    await page.fill("#note", "Pansement gras")
    await page.evaluate(
        "hear(JSON.stringify({ type: 'earlier', items: [{ id: 'a', kind: 'photo', title: 'overview', taken: '' }] }))"
    )
    assert "vue large" in await page.inner_text("#earlier")
    await page.evaluate("forgetValues()")
    assert await page.locator("#viewer canvas").count() == 0
    assert await page.input_value("#note") == ""
    assert await page.inner_text("#earlier") == ""
    # the line came back for another resident: what was written for the one before is not hers
    another = {"type": "vitals", "number": 1, "resident": {**RESIDENT, "birth_name": "Autre"}, "items": []}
    await page.evaluate("(text) => receive(text)", json.dumps(another))
    assert await page.input_value("#note") == ""


async def test_a_note_that_was_not_saved_is_there_again_for_the_same_resident_unless_she_hung_up(page: Page) -> None:
    await told(page, item("spo2"))
    await page.fill("#note", "Pansement gras")
    await page.evaluate("forgetValues()")
    await told(page, item("spo2"))
    assert await page.input_value("#note") == "Pansement gras"
    await page.evaluate("forgetValues()")
    await page.evaluate("$('hang-up').click()")
    await told(page, item("spo2"))
    assert await page.input_value("#note") == ""


async def test_what_is_not_as_announced_is_thrown_away(page: Page) -> None:
    heard = (
        """(messages) => { for (const one of messages) hear(typeof one === 'number' ? new ArrayBuffer(one) : one); }"""
    )
    head = {"type": "content", "id": 1, "kind": "photo", "sha256": "0" * 64, "bytes": 10, "ecg": None}
    wrong: list[dict[str, Any]] = [
        {**head, "bytes": 1 << 40},
        {**head, "bytes": -1},
        {**head, "bytes": "10"},
        {**head, "sha256": "x"},
        {**head, "kind": "<script>"},
        {**head, "ecg": {"leads": [], "hertz": 500, "scales": []}},
        {**head, "ecg": {"leads": ["I"], "hertz": 1e9, "scales": [None]}},
        {**head, "ecg": {"leads": ["I"], "hertz": 500, "scales": [[1]]}},
    ]
    for one in wrong:
        await page.evaluate("window.why = null; awaited = { id: 1, done: (reason) => { window.why = reason; } };")
        await page.evaluate(heard, [json.dumps(one)])
        assert await page.evaluate("[window.why, incoming]") == ["nonsense", None], one
    await page.evaluate(
        heard, [5, "{", "null", "[]", json.dumps(head), json.dumps({"type": "earlier", "items": [None, 5]})]
    )
    assert await page.evaluate("incoming") is None, "nothing was asked for"
    assert (await sent(page, more=1))[0] in {"", "nonsense"}
    await page.evaluate(
        "closeViewer(); window.why = null; awaited = { id: 1, done: (reason) => { window.why = reason; } };"
    )
    await page.evaluate(heard, [json.dumps(head), 11])
    assert await page.evaluate("[window.why, incoming]") == ["nonsense", None]
    assert await page.is_hidden("#viewer")


async def test_the_keyboard_freezes_points_asks_and_writes(page: Page) -> None:
    await told(page, item("photo", "photo-1"))
    await page.evaluate(CHANNEL)
    await page.evaluate(PICTURE)
    await page.wait_for_function("() => $('remote').videoWidth", timeout=60_000)
    reached = []
    for _ in range(40):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.id || document.activeElement.dataset.open || ''"))
    wanted = {"hang-up", "language", "freeze", "point", "still-view", "take-still", "note", "save-note", "photo-1"}
    assert wanted <= set(reached)
    await page.focus("#freeze")
    await page.keyboard.press("Space")
    await page.focus("#point")
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowRight")
    await page.wait_for_function("() => window.told.some((one) => one.type === 'point')", timeout=60_000)
    assert await page.is_visible("#spot")
    assert "52 %" in await page.inner_text("#ask-said")
    await page.keyboard.press("Escape")
    assert await page.is_hidden("#spot")
    await page.focus("#take-still")
    await page.keyboard.press("Enter")
    said = await page.evaluate("window.told")
    assert said[0] == {"type": "freeze", "on": True}
    assert {"type": "point", "x": 520, "y": 500, "shown": True, "frozen": True} in said
    assert said[-2:] == [{"type": "point", "shown": False}, {"type": "still", "view": "overview", "id": 1}]
    # one thing at a time: a second one waits for the first
    await page.focus("[data-open=photo-1]")
    await page.keyboard.press("Enter")
    assert "demande précédente" in await page.inner_text("#ask-said")


TREE = """() => [...document.querySelectorAll('[data-say]')].filter((one) => one.dataset.say).map((one) => [one.dataset.say, one.textContent])"""


async def test_every_sentence_is_there_in_both_languages_and_the_choice_stays(page: Page) -> None:
    await told(page, item("blood_pressure"), item("photo"))
    french = dict(await page.evaluate(TREE))
    assert await page.get_attribute("html", "lang") == "fr"
    await page.click("#language")
    english = dict(await page.evaluate(TREE))
    assert await page.get_attribute("html", "lang") == "en"
    assert english.keys() == french.keys()
    assert {key for key in english if english[key] == french[key]} <= {"allergies", "cart"}
    assert "Blood pressure" in await page.inner_text("#vitals")
    assert "Pression" not in await page.inner_text("body")
    await page.reload()
    assert await page.get_attribute("html", "lang") == "en"


NAMED = {"button", "combobox", "textbox", "region", "image", "group", "heading", "link", "option"}


@pytest.mark.parametrize("state", ["idle", "connected"])
async def test_everything_has_a_name_for_who_does_not_see_it(page: Page, state: str) -> None:
    await page.evaluate("(state) => show(state)", state)
    if state == "connected":
        await told(page, item("blood_pressure"), item("photo", "photo-1"))
        await sent(page)
    session = await page.context.new_cdp_session(page)
    await session.send("Accessibility.enable")
    nodes = [one for one in (await session.send("Accessibility.getFullAXTree"))["nodes"] if not one["ignored"]]
    roles = [(one["role"]["value"], one.get("name", {}).get("value", "")) for one in nodes]
    unnamed = [role for role, name in roles if role in NAMED and not name.strip()]
    assert not unnamed
    found = {role for role, _ in roles}
    assert {"banner", "heading", "status", "button"} <= found
    if state == "connected":
        assert {"main", "region", "image"} <= found
        assert ("button", "Ouvrir : Photo, otoscope 09:00") in roles
        assert await page.evaluate("document.activeElement.id") == "viewer", "what was opened is read next"
        # a value that comes is told, one that stands is not told again
        await told(page, item("blood_pressure"), item("photo", "photo-1"), item("spo2"))
        assert "94 %" in await page.inner_text("#news")


async def test_nothing_is_cut_off_on_a_telephone(page: Page) -> None:
    await told(page, *(item(kind) for kind in ("blood_pressure", "spo2", "photo")))
    for language in ("fr", "en"):
        await page.evaluate("(language) => speak(language)", language)
        for width in (390, 1280):
            await page.set_viewport_size({"width": width, "height": 800})
            await asyncio.sleep(0)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
