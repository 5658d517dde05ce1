"""The specialist's page in a real browser, told what a cart would tell it, without a call."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import needs, specialist_page
from tests.integration.test_call_chromium import BROWSER

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

CART = "http://127.0.0.1:1"
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
RESIDENT = {
    "id": "r-1",
    "birth_name": "Dupont",
    "given_names": "Jeanne",
    "used_name": None,
    "birth_date": "1938-03-12",
    "sex": "F",
    "room": "214",
    "identity_status": "qualifiee",
    "allergies": None,
}
MEASURED = {
    "blood_pressure": [("systolic", "142", "mm[Hg]"), ("diastolic", "85", "mm[Hg]")],
    "spo2": [("spo2", "94", "%"), ("spo2_fast", "92", "%")],
    "heart_rate": [("heart_rate", "71", "/min"), ("rr_interval", "0.845", "s")],
    "temperature": [("temperature", "38.4", "Cel")],
    "respiration": [("respiratory_rate", "18", "/min")],
    "body_composition": [("body_fat", "31.5", "%"), ("weight", "62.4", "kg"), ("bmi", "24.1", "kg/m2")],
    "glucose": [("glucose", "5.6", "mmol/L")],
}
EXAMS: dict[str, list[tuple[str, str, str | None]]] = {
    "sound": [("source", "stethoscope", None), ("seconds", "15", "s")],
    "photo": [("view", "otoscopy", None)],
}
TILES = {
    "tile-blood-pressure": ("142 / 85", "mmHg"),
    "tile-spo2": ("94", "%"),
    "tile-pulse": ("71", "/min"),
    "tile-temperature": ("38.4", "°C"),
    "tile-respiratory-rate": ("18", "/min"),
    "tile-weight": ("62.4", "kg"),
    "tile-glucose": ("5.6", "mmol/L"),
}


def item(kind: str, item_id: str = "", age: float = 60.0, **changes: object) -> dict[str, object]:
    values = [
        {"name": name, "value": value, "unit": unit, "quality": []}
        for name, value, unit in [*MEASURED.get(kind, ()), *EXAMS.get(kind, ())]
    ]
    plain: dict[str, object] = {
        "item_id": item_id or kind,
        "kind": kind,
        "device": "Appareil",
        "taken": "2026-03-11T09:00:00+00:00",
        "age_seconds": age,
        "values": values,
        "quality": [],
        "state": "kept",
        "entered_in_error": False,
        "remark": "",
    }
    return plain | changes


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    from playwright.async_api import async_playwright

    chromium = needs.program("chromium", "chromium")

    async def serve(route: Route) -> None:
        name = route.request.url.removeprefix(CART).strip("/") or "index.html"
        if name == "call":
            await route.fulfill(json={"cart": "Borne", "demo": False, "pin": False, "ice_servers": []})
        else:
            kind = TYPES[Path(name).suffix.strip(".")]
            await route.fulfill(body=specialist_page.source(name), content_type=f"{kind}; charset=utf-8")

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=BROWSER)
        page = await browser.new_page(viewport={"width": 1366, "height": 768})
        await page.route(f"{CART}/**", serve)
        await page.goto(f"{CART}/#" + ".".join(part * 22 for part in "tsk"))
        # what the page asked for when it was opened has come
        await page.wait_for_function("() => $('lobby-text').dataset.say === 'invitation_cart'", timeout=60_000)
        await page.evaluate("show('connected')")
        yield page
        await browser.close()


async def told(page: Page, *items: dict[str, object]) -> None:
    number = await page.evaluate("last === null ? 1 : last.number + 1")
    message = {"type": "vitals", "number": number, "resident": RESIDENT, "items": list(items)}
    await page.evaluate("(text) => receive(text)", json.dumps(message))
    assert await page.evaluate("last !== null && last.number") == number, "the page could not draw it"


@pytest.mark.slow
@pytest.mark.hazard("H5", without="tests.controls_faces:the_page_leaves_units_out")
async def test_every_kind_has_its_tile_with_its_unit(page: Page) -> None:
    await told(page, *(item(kind) for kind in MEASURED))
    for tile, (number, unit) in TILES.items():
        assert await page.inner_text(f"#{tile} .big") == number
        assert await page.inner_text(f"#{tile} .unit") == unit, tile
    said = await page.inner_text("#vitals")
    assert "SpO₂, moyenne courte 92 %" in said
    assert "IMC 24.1 kg/m²" in said
    assert "masse grasse 31.5 %" in said


@pytest.mark.slow
@pytest.mark.hazard("T2", without="tests.controls_faces:the_page_doubts_nothing")
async def test_a_number_of_an_unknown_device_looks_doubtful(page: Page) -> None:
    await told(page, item("temperature", quality=["unauthenticated"]), item("glucose", quality=["battery_low"]))
    assert await page.locator("#tile-temperature.doubtful").count() == 1
    assert "appareil inconnu de la borne" in await page.inner_text("#tile-temperature")
    assert await page.locator("#tile-glucose.doubtful").count() == 0
    assert "pile de l’appareil faible" in await page.inner_text("#tile-glucose")


@pytest.mark.slow
@pytest.mark.hazard("H6", without="tests.controls_faces:the_page_takes_a_memory_for_now")
async def test_what_a_device_remembers_never_stands_before_what_was_measured(page: Page) -> None:
    remembered = [("glucose", "11.1", "mmol/L")]
    values = [{"name": name, "value": value, "unit": unit, "quality": []} for name, value, unit in remembered]
    await told(
        page, item("glucose", "here", 600.0), item("glucose", "old", 2.0, values=values, quality=["from_storage"])
    )
    assert await page.inner_text("#tile-glucose .big") == "5.6"
    assert "11.1" in await page.inner_text("#history")
    assert "relevé de la mémoire" in await page.inner_text("#history")


@pytest.mark.slow
async def test_sounds_and_otoscope_pictures_are_listed_in_words(page: Page) -> None:
    await told(page, item("sound", remark="trop faible"), item("photo"))
    listed = await page.inner_text("#exams")
    assert "Son, stéthoscope, durée 15 s" in listed
    assert "trop faible" in listed
    assert "Photo, otoscope" in listed


@pytest.mark.slow
async def test_a_hostile_text_is_text(page: Page) -> None:
    await told(page, item("glucose", device="<img src=x onerror=alert(1)>\u202e\x1b[31m", quality=["<b>"]))
    said = await page.inner_text("#tile-glucose")
    assert "<img src=x" in said
    assert "<b>" in said
    assert not {"\u202e", "\x1b"} & set(said)
    assert await page.locator("#tile-glucose img").count() == 0


@pytest.mark.slow
async def test_the_doctor_gets_a_link_to_sign_in_behind_and_nothing_of_it_stays(page: Page) -> None:
    url = "https://imagerie.example.org/?ipp=A%26b"
    portals = [{"name": "Imagerie <b>", "url": url}, {"name": "x", "url": "javascript:alert(1)"}]
    message = {"type": "vitals", "number": 1, "resident": RESIDENT, "items": [], "portals": portals}
    await page.evaluate("(text) => receive(text)", json.dumps(message))
    (link,) = await page.locator("#portals a").all()
    assert await link.get_attribute("href") == url
    assert await link.get_attribute("rel") == "noopener noreferrer"
    assert await page.inner_text("#portals") == "Images antérieures : Imagerie <b> · vous vous y identifiez vous-même"
    await page.evaluate("forgetValues()")
    assert await page.inner_text("#portals") == ""


@pytest.mark.slow
async def test_the_doctor_reads_on_which_basis_she_sees_the_resident(page: Page) -> None:
    agreed = {
        "basis": "assisted",
        "standing": True,
        "collected": "2026-09-04T08:12:00Z",
        "by": "C. LEROY <b>",
        "other": "fille",
    }
    message = {"type": "vitals", "number": 1, "resident": RESIDENT, "items": [], "portals": [], "agreed": agreed}
    await page.evaluate("(text) => receive(text)", json.dumps(message))
    said = await page.inner_text("#agreed")
    assert "avec l’aide de : fille" in said
    assert "durable" in said
    assert "04/09/2026" in said
    assert said.endswith("par C. LEROY <b>")
    await page.evaluate("(text) => receive(text)", json.dumps({**message, "number": 2, "agreed": None}))
    assert await page.inner_text("#agreed") == ""


@pytest.mark.slow
async def test_where_only_relays_may_be_used_the_offer_waits_for_the_first(page: Page) -> None:
    """The parts of RTCPeerConnection that say how far it is, without a relay that can be as slow as it likes."""
    await page.evaluate(
        """() => {
          about = { ...about, relay_only: true };
          window.slow = Object.assign(new EventTarget(), { iceGatheringState: "gathering", localDescription: { sdp: "v=0" } });
          window.asked = false;
          gathered(slow).then(() => { window.asked = true; });
        }"""
    )
    await page.wait_for_timeout(2500)  # longer than an offer waits for addresses of its own
    assert not await page.evaluate("window.asked")
    await page.evaluate(
        """() => {
          slow.localDescription.sdp += "\\r\\na=candidate:1 1 udp 1 192.0.2.1 3478 typ relay";
          slow.dispatchEvent(new Event("icecandidate"));
        }"""
    )
    await page.wait_for_function("() => window.asked", timeout=60_000)


@pytest.mark.slow
async def test_where_only_relays_may_be_used_and_none_is_found_the_page_says_so(page: Page) -> None:
    asked: list[str] = []

    async def told(route: Route) -> None:
        asked.append(route.request.url)
        await route.fulfill(json={"cart": "B", "demo": False, "pin": False, "ice_servers": [], "relay_only": True})

    await page.route(f"{CART}/call", told)
    await page.route(f"{CART}/offer", told)
    await page.evaluate("show('idle')")
    await page.click("#join-receive-only")
    await page.wait_for_selector("#status[data-state=ended]", timeout=60_000, state="attached")
    assert "bloque peut-être" in await page.inner_text("#lobby-text")
    assert asked == [f"{CART}/call"]
