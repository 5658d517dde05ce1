"""S7 and the status row: what leaves, what waits for a person, the handover; no word that reassures (H22)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len

from edge.domain.delivery import State
from edge.domain.staff import Role
from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, NOBODY, Bedside, bedside
from tests.screens.test_bedside_entrance import signed_in
from tests.screens.test_bedside_whose import does, words_of
from ui.bedside import state
from ui.bedside.invented_standing import OFFLINE, PARTLY, STANDING, WAITING
from ui.bedside.locales import LANGUAGES, Words
from ui.bedside.messages import Act, ChooseZone, Consider, Go
from ui.bedside.picture import SCENES
from ui.bedside.screens.handover import ChangeRow
from ui.bedside.standing_acts import OpenStopped, Relabel
from ui.bedside.views import Page
from ui.bedside.whose_acts import AskMove
from ui.bedside.widgets.frame import StatusBar, fitted
from ui.bedside.widgets.touch import Touch

SIZES = [
    pytest.param((80, 24), marks=pytest.mark.slow),
    (106, 33),
    pytest.param((120, 32), marks=pytest.mark.slow),
]
LANGUAGE = sorted(LANGUAGES)
AWAY = msgspec.structs.replace(BESIDE_JEANNE, standing=STANDING, waiting=WAITING, live=())
AWAY_NOBODY = msgspec.structs.replace(NOBODY, standing=STANDING, waiting=WAITING)


def page_of(screen: Bedside) -> Page:
    return screen.app.page


# --- the handover


@pytest.mark.parametrize("size", SIZES)
async def test_a_handover_is_read_with_two_taps_from_the_list_of_residents(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with bedside(tmp_path, signed_in(Role.NURSE, AWAY_NOBODY), size) as screen:
        assert page_of(screen) is Page.RESIDENTS
        taps = 0
        for touch in ("#residents-handover", "#handover-read"):
            await screen.tap(touch)
            taps += 1
        assert [one for one in screen.door.heard if not isinstance(one, m.Awake)] == [
            m.ReadHandover(through=812, audited=4031)
        ]
        assert taps <= 2
        await screen.says("Relève lue")


async def test_and_from_home_and_it_says_what_it_is_not(tmp_path: Path) -> None:
    async with bedside(tmp_path, AWAY) as screen:
        await screen.tap("#home-handover")
        said = words_of(screen)
        for text in (
            *("Depuis la relève lue il y a 8 h 00 par Camille Leroy", "Ne remplace pas les transmissions"),
            *("Ch. 203 · PETIT Odette", "S 2 nouvelles · 2 photos", "B aucune allergie connue"),
            *("A SpO₂ 94 % ┄ douteux", "R à refaire : SpO₂ · 4 à envoyer"),
            *("B allergies PÉNICILLINE, ARACHIDE", "Respiration 22 /min (saisi)", "NEWS2 9 ▲▲▲ RISQUE ÉLEVÉ"),
        ):
            assert text in said, text
        await screen.tap("#handover-read")
        assert screen.door.heard == [m.ReadHandover(through=812, audited=4031)]


async def test_every_line_of_a_long_handover_is_reached_with_the_big_keys(tmp_path: Path) -> None:
    many = tuple(
        m.ChangeCard(patient_id=f"p-{at}", name=f"NOM{at:02} Prénom", room=str(100 + at), photos=1) for at in range(40)
    )
    card = msgspec.structs.replace(STANDING, handover=m.HandoverCard(through=9, audited=9, changes=many))
    async with bedside(tmp_path, msgspec.structs.replace(AWAY, standing=card)) as screen:
        await does(screen, Go(Page.HANDOVER))
        seen: set[str] = set()
        for _ in range(40):
            seen |= set(re.findall(r"NOM\d\d", screen.seen()))
            if len(seen) == len(many):
                break
            await screen.tap("#handover .leaf-down")
        assert len(seen) == len(many)


async def test_one_resident_is_read_and_the_others_stay(tmp_path: Path) -> None:
    async with bedside(tmp_path, AWAY) as screen:
        await screen.tap("#home-handover")
        rows = list(screen.app.screen.query(ChangeRow))
        assert len(rows) == len(STANDING.handover.changes) > 1
        await screen.tap("#changes ChangeRow .change-read")
        first = STANDING.handover.changes[0].patient_id
        assert screen.door.heard == [m.ReadHandover(through=812, audited=4031, patient_ids=(first,))]
        await screen.says("Lu : c'est tracé")
        # ages that grow make no row anew; one that is read goes
        left = msgspec.structs.replace(STANDING.handover, changes=STANDING.handover.changes[1:])
        screen.door.say(msgspec.structs.replace(AWAY, standing=msgspec.structs.replace(STANDING, handover=left)))
        await screen.until(lambda: len(screen.app.screen.query(ChangeRow)) == len(rows) - 1)


async def test_a_handover_of_several_pages_is_read_page_by_page(tmp_path: Path) -> None:
    def page(at: int) -> m.Snapshot:
        one = m.ChangeCard(patient_id=f"p-{at}", name=f"NOM{at}", room=str(100 + at), photos=1)
        card = m.HandoverCard(through=9, audited=9, changes=(one,), page=at, pages=3)
        return msgspec.structs.replace(AWAY, standing=msgspec.structs.replace(STANDING, handover=card))

    async with bedside(tmp_path, page(1)) as screen:
        await does(screen, Go(Page.HANDOVER))
        await screen.says("Page 2 sur 3", "NOM1", "PAGE 1", "PAGE 3")
        await screen.tap("#changes .page-after")
        assert screen.door.heard == [m.TurnHandover(page=2)]
        screen.door.say(page(2))
        await screen.says("Page 3 sur 3", "NOM2", "PAGE 2")
        assert screen.app.screen.query_one("#changes .page-after", Touch).act is None
        await screen.tap("#handover-read")
        # what stands on another page was not seen
        assert screen.door.heard[1:] == [m.ReadHandover(through=9, audited=9, patient_ids=("p-2",))]


async def test_who_may_not_hand_over_sees_it_before_she_tries(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in(Role.OTHER_PROFESSION, AWAY_NOBODY)) as screen:
        assert screen.app.screen.query_one("#residents-handover", Touch).act is None
        await does(screen, Go(Page.OUTBOX))
        assert screen.app.screen.query_one("#outbox-handover", Touch).act is None


# --- what waits for a person


@pytest.mark.parametrize("size", SIZES)
async def test_what_waits_for_a_person_is_sent_again_at_the_bedside(tmp_path: Path, size: tuple[int, int]) -> None:
    async with bedside(tmp_path, AWAY, size) as screen:
        await screen.tap("#status")
        assert page_of(screen) is Page.OUTBOX
        await screen.tap("#ways .stopped")
        assert page_of(screen) is Page.STOPPED
        assert "Quelque chose de ce qui en est dit" in words_of(screen)
        await screen.tap("#stopped-resend")
        assert screen.door.heard == [m.SendAgain(item_id="stood-1")]
        assert page_of(screen) is Page.OUTBOX


async def test_all_of_it_is_sent_again_with_one_touch(tmp_path: Path) -> None:
    async with bedside(tmp_path, AWAY) as screen:
        await does(screen, Go(Page.OUTBOX))
        await screen.tap("#outbox-again")
        assert screen.door.heard == [m.SendAgain(item_id="")]


@pytest.mark.parametrize("size", SIZES)
async def test_a_photo_is_said_to_show_something_else(tmp_path: Path, size: tuple[int, int]) -> None:
    async with bedside(tmp_path, AWAY, size) as screen:
        await does(screen, OpenStopped("stood-1"))
        await screen.tap("#stopped-relabel")
        await screen.tap("#stopped-view-dermoscopy")
        assert page_of(screen) is Page.STOPPED
        zone = next(touch.act for touch in screen.app.screen.query("#stopped #usual Touch").results(Touch))
        assert isinstance(zone, ChooseZone)
        await does(screen, zone)
        assert screen.door.heard == [
            m.CorrectPhoto(item_id="stood-1", view="dermoscopy", site=zone.zone.site or "", side=zone.zone.side or "")
        ]
        assert page_of(screen) is Page.OUTBOX
        # the photo page was not touched by it
        await does(screen, Go(Page.PHOTO))
        assert screen.app.screen.query_one("#photo #zones").display


async def test_it_is_another_resident_or_nobody(tmp_path: Path) -> None:
    async with bedside(tmp_path, AWAY) as screen:
        await does(screen, OpenStopped("stood-1"))
        await screen.tap("#stopped-move")
        assert page_of(screen) is Page.RESIDENTS
        shown = [card.act for card in screen.app.screen.query("#cards Touch").results(Touch)]
        assert Consider("r-214") not in shown
        await does(screen, Consider("r-212"))
        await screen.says("OUI, C'EST À ELLE")
        assert screen.door.heard == []
        await screen.tap("#it-is")
        assert screen.door.heard == [m.MoveItem(item_id="stood-1", patient_id="r-212")]
        assert page_of(screen) is Page.OUTBOX
        await does(screen, OpenStopped("stood-1"))
        await screen.tap("#stopped-move")
        await screen.tap("#residents-aside")
        assert screen.door.heard[-1] == m.MoveItem(item_id="stood-1", patient_id="")


@pytest.mark.hazard("H1", without="tests.screens.controls:a_question_is_never_forgotten")
async def test_a_question_about_one_reading_is_forgotten_by_whoever_goes_elsewhere(tmp_path: Path) -> None:
    async with bedside(tmp_path, AWAY) as screen:
        await does(screen, AskMove("item-1"))
        await does(screen, Go(Page.HOME))
        await does(screen, Go(Page.RESIDENTS))
        await does(screen, Consider("r-212"))
        await screen.tap("#it-is")
        assert screen.door.heard == [m.SelectResident(patient_id="r-212")]


async def test_any_saved_item_goes_over_from_the_banner(tmp_path: Path) -> None:
    async with bedside(tmp_path, AWAY) as screen:
        await screen.tap("#banner")
        touches = list(screen.app.screen.query("#details-saved Touch").results(Touch))
        assert len(touches) == len(AWAY.items)
        await does(screen, AskMove("item-3"))
        await does(screen, Consider("r-212"))
        await screen.tap("#it-is")
        assert screen.door.heard == [m.MoveItem(item_id="item-3", patient_id="r-212")]
        assert page_of(screen) is Page.DETAILS


async def test_a_care_assistant_sends_again_and_sees_that_a_nurse_says_whose_it_is(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in(Role.CARE_ASSISTANT, AWAY)) as screen:
        await does(screen, OpenStopped("stood-1"))
        assert screen.app.screen.query_one("#stopped-move", Touch).act is None
        assert screen.app.screen.query_one("#stopped-resend", Touch).act is not None
        assert screen.app.screen.query_one("#stopped-relabel", Touch).act == Relabel()


async def test_what_was_put_right_meanwhile_asks_for_nothing_more(tmp_path: Path) -> None:
    async with bedside(tmp_path, AWAY) as screen:
        await does(screen, OpenStopped("stood-1"))
        screen.door.say(msgspec.structs.replace(AWAY, standing=msgspec.structs.replace(STANDING, stopped=())))
        await screen.says("Il ne demande plus rien")
        assert not screen.app.screen.query_one("#stopped-ways").display


# --- the status row

BUSY = msgspec.structs.replace(
    AWAY,
    cart="Borne 12 · Unité protégée",
    call=m.CallCard(state="waiting"),
    strip=m.StripCard(state="recording", seconds=599, safe_seconds=598),
    unassigned=128,
    waiting=msgspec.structs.replace(WAITING, pending=12_345, needs_person=321, oldest_seconds=99 * 86400.0),
    attendance=m.AttendanceCard(
        required=True, name="Marie-Antoinette DE LA ROCHEFOUCAULD", role="infirmier", may=("choose_resident",)
    ),
)


@pytest.mark.parametrize("language", LANGUAGE)
@pytest.mark.parametrize("width", [80, 106, 120])
@pytest.mark.parametrize("reach", [OFFLINE, PARTLY], ids=["offline", "partly"])
def test_nothing_required_is_clipped_on_the_status_row(language: str, width: int, reach: m.ReachCard) -> None:
    long = msgspec.structs.replace(reach, seconds=99 * 86400.0 + 23 * 3600)
    power = m.PowerCard(percent=9, step=2)
    standing = msgspec.structs.replace(STANDING, reach=long, power=power)
    status = state.view(msgspec.structs.replace(BUSY, standing=standing), LANGUAGES[language]()).status
    row = fitted(status, width - 4)
    assert cell_len(row) <= width - 4
    for slot in status.slots:
        if not slot.rank:
            assert any(text and text in row for text in (slot.full, slot.short, slot.least)), slot
    assert row.index("⚠") < row.index("↑")


@pytest.mark.parametrize("language", LANGUAGE)
@pytest.mark.parametrize("size", [(80, 24), (106, 33), (120, 32)])
@pytest.mark.parametrize("reach", [OFFLINE, PARTLY], ids=["offline", "partly"])
async def test_nothing_required_is_missing_on_the_display_itself(
    tmp_path: Path, language: str, size: tuple[int, int], reach: m.ReachCard
) -> None:
    long = msgspec.structs.replace(reach, seconds=99 * 86400.0 + 23 * 3600)
    standing = msgspec.structs.replace(STANDING, reach=long, power=m.PowerCard(percent=9, step=2))
    async with bedside(tmp_path, msgspec.structs.replace(BUSY, standing=standing), size, language) as screen:
        bar = screen.app.screen.query_one(StatusBar)
        row = screen.rows()[bar.region.y]
        for slot in bar.status.slots:
            forms = [text for text in (slot.full, slot.short, slot.least) if text]
            assert slot.rank or any(text in row for text in forms), (slot, row)


@pytest.mark.parametrize("language", LANGUAGE)
async def test_the_row_is_that_of_the_screen(tmp_path: Path, language: str) -> None:
    async with bedside(tmp_path, AWAY, (80, 24), language=language) as screen:
        bar = screen.app.screen.query_one(StatusBar)
        [row] = [row for at, row in enumerate(screen.rows()) if at == bar.region.y]
        for slot in bar.status.slots:
            assert slot.rank or slot.full in row or slot.short in row
        assert ("HORS LIGNE" if language == "fr" else "OFFLINE") in row


# --- no word that reassures

REASSURING = re.compile(
    r"\b(ok|r\.?a\.?s|normal(e|es|s|aux)?|va bien|rien à signaler|parfait(e|s)?|sans problème|à jour|synchronis\w*"
    r"|all (is )?(well|good|fine)|fine|up to date|synced|no problem|healthy|stable|nothing to report|rassur\w*)\b",
    re.IGNORECASE,
)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _texts(one)


KEY = re.compile(r"^OK$|(puis|then) OK")
"""A key that ends what is typed, and where it is told to touch it."""


def _catalog(words: Words) -> Iterator[str]:
    for name in dir(words):
        if not name.startswith("_"):
            yield from (text for text in _texts(getattr(words, name)) if not KEY.search(text))


@pytest.mark.hazard("H22", without="tests.controls_offline:the_screen_reassures")
@pytest.mark.parametrize("language", LANGUAGE)
def test_no_word_of_the_screen_reassures(language: str) -> None:
    words = LANGUAGES[language]()
    assert not [text for text in _catalog(words) if REASSURING.search(text)]
    for name, (snapshot, _) in SCENES.items():
        assert not REASSURING.search(KEY.sub("", repr(state.view(state.clean(snapshot), words)))), name


PARTIAL: Mapping[str, tuple[m.Snapshot, Act]] = {
    "nothing was ever received": (msgspec.structs.replace(BESIDE_JEANNE, waiting=m.Waiting()), Go(Page.OUTBOX)),
    "nobody was asked": (msgspec.structs.replace(BESIDE_JEANNE, waiting=m.Waiting()), Go(Page.HOME)),
    "offline, vitals partly there": (AWAY, Go(Page.VITALS)),
    "nothing new to hand over": (
        msgspec.structs.replace(BESIDE_JEANNE, standing=m.StandingCard(reach=PARTLY)),
        Go(Page.HANDOVER),
    ),
}


@pytest.mark.hazard("H22", without="tests.controls_offline:the_screen_reassures")
@pytest.mark.parametrize("language", LANGUAGE)
async def test_beside_partial_data_an_age_and_a_count_stand_and_nothing_friendly(tmp_path: Path, language: str) -> None:
    async with bedside(tmp_path, BESIDE_JEANNE, language=language) as screen:
        for name, (snapshot, act) in PARTIAL.items():
            screen.door.say(snapshot)
            await screen.pilot.pause()
            await does(screen, act)
            assert not REASSURING.search(screen.seen()), name
            assert not _green(screen), name


def _green(screen: Bedside) -> bool:
    """A colour that is more green than anything else would say that all is well."""
    for strip in screen.app.screen._compositor.render_strips():
        for segment in strip:
            for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                if colour is not None and colour.triplet is not None:
                    red, green, blue = colour.triplet
                    if green > red + 40 and green > blue + 40:
                        return True
    return False


def test_each_word_of_delivery_stands_once_whatever_the_page() -> None:
    for language in LANGUAGE:
        words = LANGUAGES[language]()
        assert [words.send_counts[name] for name in ("kept", "pending", "sent", "needs_person")] == [
            words.delivery[one] for one in (State.KEPT, State.PENDING, State.SENT, State.NEEDS_PERSON)
        ]
