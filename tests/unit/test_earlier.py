"""Earlier photos and ECGs of the resident on screen: listed, asked for one at a time, and nobody else's (H1, H4)."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from pydicom.uid import generate_uid

from edge.cli import main
from edge.domain.audit import Act
from edge.domain.body_site import BodySite, Side
from edge.domain.capture import Capture
from edge.domain.fault import Reason
from edge.domain.measurement import Instant, Kind
from edge.domain.operator import Operator
from edge.domain.patient import Encounter
from edge.domain.photo import Encoding, Photo, View
from edge.domain.prior import Found, Prior, PriorKind, of_site
from edge.door import messages as m
from edge.door.earlier_desk import cards
from edge.store.keeping import audit
from edge.store.ledger import Places, StoredLedger, open_for_edge
from edge.store.thread import StoreThread
from tests import foreign_objects as foreign, items
from tests.items import drawn_jpeg
from tests.screens.door import BESIDE_JEANNE, bedside
from tests.unit.test_door import At, Cart, refused
from tests.unit.test_recorder import patient
from ui.bedside import state
from ui.bedside.locales import Words

NURSE = Operator("Anne Petit")


@pytest.fixture
async def cart(tmp_path: Path) -> AsyncIterator[Cart]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")
    async with StoreThread(lambda: open_for_edge(places, {Kind.PHOTO: ("pacs",)}, "demonstration")) as thread:
        ledger = StoredLedger(thread, "TC")
        for number in (1, 2):
            await ledger.put_patient(patient(number))
        cart = Cart(ledger, tmp_path / "door.sock")
        async with cart.server.open():
            yield cart


def photo(site: BodySite | None = BodySite.HEEL, side: Side | None = Side.LEFT, **changes: object) -> Photo:
    plain = Photo(drawn_jpeg(), 320, 240, Encoding.JPEG_Q95, View.CLOSE_UP, 80.5, 120.0, site=site, side=side)
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


async def take(
    cart: Cart, content: Photo, number: int = 1, *, days_ago: int = 0, encounter: Encounter | None = None
) -> str:
    """A photo of that resident, in an encounter of its own."""
    now = cart.clock.now()
    when: Instant = dataclasses.replace(now, utc=now.utc - dt.timedelta(days=days_ago))
    if encounter is None:
        _, encounter = await cart.ledger.open_encounter(patient(number).id, now)
    capture = Capture(Kind.PHOTO, content, items.CAMERA, when, f"still {dt.datetime.now(dt.UTC)}", operator=NURSE)
    return (await cart.ledger.save(capture, encounter)).item_id


async def test_the_newest_come_first_with_site_side_and_who(cart: Cart) -> None:
    older = await take(cart, photo(BodySite.SACRUM, None), days_ago=9)
    newer = await take(cart, photo(), days_ago=2)
    await take(cart, photo(), number=2)
    listed = await cart.ledger.earlier(patient(1).id)
    assert [one.id for one in listed] == [newer, older]
    assert (listed[0].kind, listed[0].site, listed[0].side) == (PriorKind.PHOTO, BodySite.HEEL, Side.LEFT)
    assert (listed[0].title, listed[0].who, listed[0].source) == ("close_up", "Anne Petit", "")


async def test_this_round_s_and_undone_pictures_are_not_earlier_ones(cart: Cart) -> None:
    undone = await take(cart, photo(), days_ago=5)
    (encounter_id,) = [line async for line in encounters(cart, undone)]
    await cart.ledger.mark_entered_in_error(undone, encounter_id, cart.clock.now())
    here = await take(cart, photo())
    (encounter_id,) = [line async for line in encounters(cart, here)]
    assert await cart.ledger.earlier(patient(1).id, encounter_id) == ()


async def encounters(cart: Cart, item_id: str) -> AsyncIterator[str]:
    yield (await cart.ledger.load(item_id)).encounter.id


@pytest.mark.hazard("H4", without="tests.controls_priors:any_side_is_the_same")
def test_a_wound_is_compared_with_the_same_side_only() -> None:
    series = [
        Prior(f"{site} {side}", PriorKind.PHOTO, "", "", site=site, side=side)
        for site, side in [
            (BodySite.HEEL, Side.LEFT),
            (BodySite.HEEL, Side.RIGHT),
            (BodySite.HEEL, None),
            (BodySite.SACRUM, None),
            (None, None),
        ]
    ]
    assert of_site(series, BodySite.HEEL, Side.LEFT) == (series[0],)
    assert of_site(series, BodySite.SACRUM, None) == (series[3],)
    assert of_site(series, BodySite.HEEL, None) == of_site(series, None, None) == ()


async def test_a_picture_is_handed_to_the_screen_and_noted(cart: Cart) -> None:
    old = await take(cart, photo(), days_ago=3)
    async with At(cart, m.UI) as nurse, At(cart, m.MEDIA) as media:
        await nurse.ask(m.SelectResident(patient_id=patient(1).id))
        await nurse.ask(m.ShowEarlier(prior_id=old))
        said = await nurse.until(lambda one: isinstance(one, m.Earlier))
        assert isinstance(said, m.Earlier)
        assert (said.prior_id, said.jpeg) == (old, drawn_jpeg())
        assert not any(isinstance(one, m.Earlier) for one in media.said)
        assert await refused(media.ask(m.ShowEarlier(prior_id=old))) is Reason.NOT_ALLOWED
    acts = await cart.ledger._store.run(lambda s: list(audit.entries(s.database)))
    (shown,) = [one for one in acts if one.act == Act.SHOWN]
    assert (shown.patient_id, shown.detail) == (patient(1).id, f"photo, {old}")


@pytest.mark.hazard("H1", without="tests.controls_priors:anybody_s_picture_is_shown")
async def test_no_picture_of_another_resident_is_shown(cart: Cart) -> None:
    hers = await take(cart, photo(), number=2, days_ago=3)
    async with At(cart, m.UI) as nurse:
        assert await refused(nurse.ask(m.ShowEarlier(prior_id=hers))) is Reason.NO_RESIDENT
        await nurse.ask(m.SelectResident(patient_id=patient(1).id))
        assert await refused(nurse.ask(m.ShowEarlier(prior_id=hers))) is Reason.PURGED
        assert not any(isinstance(one, m.Earlier) for one in nurse.said)


async def test_an_ecg_comes_as_its_beginning(cart: Cart) -> None:
    now = cart.clock.now()
    _, encounter = await cart.ledger.open_encounter(patient(1).id, now)
    ecg = (await cart.ledger.save(Capture(Kind.ECG, items.mortara(), items.RECORDER, now, "ecg 1"), encounter)).item_id
    async with At(cart, m.UI) as nurse:
        await nurse.ask(m.SelectResident(patient_id=patient(1).id))
        await nurse.ask(m.ShowEarlier(prior_id=ecg))
        said = await nurse.until(lambda one: isinstance(one, m.Earlier))
        assert isinstance(said, m.Earlier)
        assert said.trace is not None
        assert (said.trace.lead, said.trace.in_millivolts) == ("II", True)


async def keep(cart: Cart, content: bytes, kind: PriorKind) -> str:
    uid = str(generate_uid())
    found = Found("1.2.3", "1.2.3.4", uid, "1.2", kind, "XC", "2026-09-01", "Escarre")
    now = cart.clock.now()
    kept = await cart.ledger._store.run(lambda s: s.priors.keep(patient(1), "region", found, content, now))
    assert kept
    return uid


async def test_a_copy_of_a_far_end_is_read_in_its_worker_and_shown(cart: Cart) -> None:
    picture, ecg = await keep(cart, foreign.photo(), PriorKind.PHOTO), await keep(cart, foreign.ecg(), PriorKind.ECG)
    broken = await keep(cart, foreign.photo()[:2000] + b"\xff" * 50, PriorKind.PHOTO)
    async with At(cart, m.UI) as nurse:
        await nurse.ask(m.SelectResident(patient_id=patient(1).id))
        await nurse.ask(m.ShowEarlier(prior_id=picture))
        said = await nurse.until(lambda one: isinstance(one, m.Earlier) and one.prior_id == picture)
        assert isinstance(said, m.Earlier)
        assert said.jpeg.rstrip(b"\0") == drawn_jpeg()
        await nurse.ask(m.ShowEarlier(prior_id=ecg))
        said = await nurse.until(lambda one: isinstance(one, m.Earlier) and one.prior_id == ecg)
        assert isinstance(said, m.Earlier)
        assert said.trace is not None
        assert await refused(nurse.ask(m.ShowEarlier(prior_id=broken))) is Reason.CORRUPT_FILE


def before(*listed: m.EarlierCard) -> m.Snapshot:
    return m.Snapshot(cart="B", demo=True, clock="2026-11-22T10:00:00Z", earlier=listed)


CARDS = (
    m.EarlierCard(
        prior_id="1",
        kind="photo",
        taken="2026-09-01T10:15:00",
        title="close_up",
        site="heel",
        side="L",
        who="Anne Petit",
    ),
    m.EarlierCard(prior_id="2", kind="photo", source="region", region="Talon\x1b[31m", title="Escarre"),
    m.EarlierCard(prior_id="3", kind="photo", taken="2026-08-01", site="heel", device="Caméra"),
    m.EarlierCard(prior_id="4", kind="ecg", taken="2026-08-01"),
)


def test_each_is_said_in_words_with_its_side_or_that_nobody_told_it() -> None:
    shown = state.view(state.clean(before(*CARDS)), Words()).earlier
    assert [(one.title, one.facts) for one in shown] == [
        ("Talon, côté gauche", "01/09/2026 · DE PRÈS · Anne Petit"),
        ("Talon\N{REPLACEMENT CHARACTER}[31m", "sans date · Escarre · region"),
        ("Talon, côté non dit", "01/08/2026 · Caméra"),
    ]


async def test_the_photo_page_shows_them_beside_the_new_ones(tmp_path: Path) -> None:
    snapshot = msgspec.structs.replace(BESIDE_JEANNE, earlier=CARDS)
    async with bedside(tmp_path, snapshot) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#zones-close")
        await screen.says("Photos d'avant", "Talon, côté gauche", "Anne Petit")


def test_a_list_is_what_the_door_says(tmp_path: Path) -> None:
    async def listed() -> tuple[m.EarlierCard, ...]:
        places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")
        async with StoreThread(lambda: open_for_edge(places, {}, "care")) as thread:
            ledger = StoredLedger(thread, "TC")
            await ledger.put_patient(patient(1))
            cart = Cart(ledger, tmp_path / "door.sock")
            await take(cart, photo(), days_ago=3)
            return cards(await ledger.earlier(patient(1).id))

    (card,) = asyncio.run(listed())
    run = CliRunner()
    done = run.invoke(main, ["--data", str(tmp_path), "priors", "--patient", patient(1).id, "--json"])
    assert done.exit_code == 0, done.output
    (prior,) = json.loads(done.output)["priors"]
    assert (prior["id"], prior["site"], prior["side"], prior["who"]) == (card.prior_id, "heel", "L", "Anne Petit")
    plain = run.invoke(main, ["--data", str(tmp_path), "priors", "--patient", patient(1).id])
    assert "Skin of heel left  Anne Petit" in plain.output
    stranger = run.invoke(main, ["--data", str(tmp_path), "priors", "--patient", "nobody"])
    assert stranger.exit_code == 1
