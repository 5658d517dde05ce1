"""Nothing that comes through the door reaches the terminal as anything but text (T17)."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from edge.domain.news2 import Part
from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, NOBODY, Bedside, bedside
from tests.screens.hostile import FORBIDDEN, PAYLOADS, hostile, hostile_snapshot
from tests.screens.strays import WAITING
from ui.bedside.messages import AskZone, CloseZones, Go, KeepShot, ShowAppliance, Tapped
from ui.bedside.picture import APPLIANCES, EARLIER, FULL_SET, NEARBY
from ui.bedside.views import Page

PHOTO = msgspec.structs.replace(BESIDE_JEANNE.items[-1], site="heel", side="L", intimate=True)
EVERYTHING = msgspec.structs.replace(
    BESIDE_JEANNE,
    items=(*FULL_SET, PHOTO),
    earlier=EARLIER,
    devices=APPLIANCES,
    nearby=NEARBY,
    news2=m.News2Card(
        enabled=True,
        parts=tuple(m.News2Part(part=part, why="x", value=m.Value(name="x", value="1", unit="x")) for part in Part),
        total=9,
        risk="x",
        scale_two_by="x",
    ),
    strays=WAITING.strays,
    unread=WAITING.unread,
    reconciled=WAITING.reconciled,
    unassigned=6,
    quarantined=1,
    pairing=m.PairingCard(device_id=APPLIANCES[1].id, state="passkey", what="x"),
)


def _written(screen: Bedside) -> str:
    """What the compositor hands to the terminal for the whole display, without its own styles."""
    return "".join(screen.rows())


def _only_text(screen: Bedside) -> None:
    written = _written(screen)
    assert "\x1b" not in written
    assert not FORBIDDEN.search(written)


async def _walk_photos(screen: Bedside) -> None:
    """What came since is a picture with a hostile remark; then the camera with its lists."""
    for wanted in (AskZone("foot", "heel"), KeepShot(), CloseZones()):
        screen.clock.seconds += 1.0
        screen.app.post_message(Tapped(wanted))
        await screen.pilot.pause()
        _only_text(screen)


@pytest.mark.slow
@pytest.mark.hazard("T17", without="tests.screens.controls:unsanitised")
async def test_hostile_texts_reach_the_display_as_text(tmp_path: Path) -> None:
    seed = random.Random(17)
    async with bedside(tmp_path) as screen:
        for _ in range(3):
            before = screen.app.view
            screen.door.say(hostile_snapshot(EVERYTHING, seed))
            await screen.until(lambda before=before: screen.app.view is not before)  # type: ignore[misc]
            for page in (
                Page.RESIDENTS,
                Page.HOME,
                Page.VITALS,
                Page.ECG,
                Page.PHOTO,
                Page.CALL,
                Page.OUTBOX,
                Page.DETAILS,
                Page.SOUND,
                Page.APPLIANCE,
                Page.APPLIANCES,
                Page.NEARBY,
                Page.PASSKEY,
                Page.TYPING,
                Page.PAIN,
                Page.ALGOPLUS,
                Page.SCORE,
            ):
                trace = m.LiveTrace(device="M", signal="ecg", label="II", hertz=125.0, values=(0.5,))
                screen.door.say_bytes(m.encode(hostile(trace, seed, frozenset({"signal"}))))
                screen.clock.seconds += 1.0
                wanted = ShowAppliance(APPLIANCES[1].id) if page is Page.APPLIANCE else Go(page)
                screen.app.post_message(Tapped(wanted))
                await screen.until(lambda page=page: screen.app.page is page)  # type: ignore[misc]
                await screen.pilot.pause()
                _only_text(screen)
                if page is Page.PHOTO:
                    await _walk_photos(screen)


async def test_markup_in_a_name_is_only_letters(tmp_path: Path) -> None:
    async with bedside(tmp_path, NOBODY) as screen:
        names = ("[red]Rouge[/red]", "[@click=app.exit]Clic[/]", "[/", "[b")
        residents = tuple(
            m.ResidentCard(
                id=f"r-{number}",
                birth_name=name,
                given_names="Ada",
                used_name=None,
                birth_date="1930-01-01",
                sex="F",
                room=f"10{number}",
                identity_status="provisoire",
                allergies=None,
            )
            for number, name in enumerate(names)
        )
        screen.door.say(m.Snapshot(cart="[blink]B[/]", demo=False, clock="x", residents=residents, notice="[u]n[/u]"))
        await screen.says("[RED]ROUGE[/RED]", "[@CLICK=APP.EXIT]CLIC[/]", "[blink]B[/]", "[u]n[/u]")


async def test_a_refusal_with_hostile_words_is_text_too(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        screen.door.refusal = m.Refused(id=0, reason="missing_program", what="".join(PAYLOADS))
        await screen.tap("#bar-photo")
        await screen.tap("#zone-none")
        await screen.tap("#take")
        await screen.says("Le chariot a refusé")
        assert "\x1b" not in _written(screen)
        assert not FORBIDDEN.search(_written(screen))
