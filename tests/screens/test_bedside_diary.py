"""Appointments at the bedside: said before they begin, planned with five touches, called back without anybody being changed (H1)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pytest

from edge.domain.opinion import Urgency
from edge.domain.staff import Role
from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, NOBODY, Bedside, bedside
from tests.screens.test_bedside_entrance import LOCKED, signed_in
from tests.screens.test_bedside_whose import words_of
from ui.bedside.diary import diary
from ui.bedside.diary_views import Way, Where
from ui.bedside.invented_consent import AGREED
from ui.bedside.invented_diary import CALLED_BACK, DIARY, LATE, PARKED, RINGING
from ui.bedside.locales import LANGUAGES
from ui.bedside.messages import Go, Tapped
from ui.bedside.picture import SAMPLE, ZONE
from ui.bedside.screens.diary import LENGTHS, PlanningPage
from ui.bedside.views import NEEDS_RESIDENT, Page
from ui.bedside.widgets.recall import Recall

HERS = msgspec.structs.replace(BESIDE_JEANNE, diary=DIARY)
RUNG = msgspec.structs.replace(BESIDE_JEANNE, diary=CALLED_BACK, call=PARKED)
SIZES = [(80, 24), (106, 33), (120, 32)]


def told(screen: Bedside) -> list[m.Command]:
    return [one for one in screen.door.heard if isinstance(one, m.AnyAppointment)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reminder_says_when_who_with_whom_and_how_late(language: str) -> None:
    words = LANGUAGES[language]()
    view = diary(msgspec.structs.replace(SAMPLE, diary=DIARY), words, 0.0, ZONE)
    for part in ("14:25", "13 min", "DUPONT", "Dr Sophie Vidal", words.diary_late_short.format(20)):
        assert part in view.recall.text
    assert (view.recall.where, view.recall.rings) == (Where.LISTS, False)
    later = diary(msgspec.structs.replace(SAMPLE, diary=DIARY), words, 600.0, ZONE)
    assert "3 min" in later.recall.text
    ways = {row.key: row.way for row in view.rows}
    assert ways == {"rdv-1": Way.READY, "rdv-2": Way.SEE, "rdv-3": Way.READY, "rdv-4": Way.ASK}
    assert diary(SAMPLE, words, 0.0, ZONE).recall.text == ""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_call_back_is_said_on_every_page_and_covers_nothing(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    async with bedside(tmp_path, RUNG, size, language) as screen:
        for page in (Page.RESIDENTS, *sorted(NEEDS_RESIDENT - {Page.STILL, Page.PAPER}), Page.DIARY, Page.OUTBOX):
            screen.clock.seconds += 1.0
            screen.app.post_message(Tapped(Go(page)))
            await screen.until(lambda page=page: screen.app.page is page)  # type: ignore[misc]
            await screen.pilot.pause()
            recall, banner = screen.app.screen.query_one(Recall), screen.app.screen.query_one("#banner")
            assert recall.display
            assert recall.region.height >= 3
            assert recall.region.y >= banner.region.bottom
            assert recall.region.intersection(banner.region).area == 0
            assert screen.app.view.resident is not None
            assert screen.app.view.resident.id == "r-214"
        assert "PETIT" in words_of(screen)


@pytest.mark.hazard("H1", without="tests.controls_appointments:a_call_back_chooses_the_resident")
async def test_a_call_back_of_another_resident_asks_who_is_there_and_changes_nobody(tmp_path: Path) -> None:
    async with bedside(tmp_path, RUNG) as screen:
        await screen.tap("#recall")
        assert screen.app.page is Page.CONFIRM
        assert not [one for one in screen.door.heard if isinstance(one, m.SelectResident | m.AdmitSpecialist)]
        assert told(screen) == []


async def test_back_with_her_resident_one_touch_goes_on(tmp_path: Path) -> None:
    mine = msgspec.structs.replace(RINGING, patient_id="r-214")
    back = msgspec.structs.replace(RUNG, diary=m.DiaryCard(appointments=(mine,)))
    async with bedside(tmp_path, back) as screen:
        await screen.tap("#recall")
        assert told(screen) == [m.ComeBack(appointment_id=mine.id, encounter_id=back.encounter_id or "")]


@pytest.mark.parametrize("size", SIZES)
async def test_one_is_planned_without_a_keyboard(tmp_path: Path, size: tuple[int, int]) -> None:
    async with bedside(tmp_path, HERS, size) as screen:
        for target in (
            "#bar-call",
            "#call-diary",
            "#diary-plan",
            "#day-4",
            "#hour-14",
            "#quarter-15",
            "#planning-length",
            "#planning-length",
            "#planning-urgency",
            "#field-cardiology",
        ):
            screen.app.screen.query_one(target).scroll_visible(animate=False)
            await screen.pilot.pause()
            await screen.tap(target)
        screen.app.screen.query_one("#plan-it").scroll_visible(animate=False)
        await screen.pilot.pause()
        await screen.tap("#plan-it")
        (asked,) = told(screen)
        assert isinstance(asked, m.PlanAppointment)
        assert (asked.encounter_id, asked.specialty) == (HERS.encounter_id, "cardiology")
        assert (asked.minutes, asked.urgency) == (45, "soon")
        starts = dt.datetime.fromisoformat(asked.starts).astimezone(screen.app.view.diary.zone)
        assert f"{starts:%d/%m %H:%M}" == "24/11 14:15"
        assert screen.app.page is Page.DIARY


async def test_length_and_urgency_of_one_are_not_those_of_the_next(tmp_path: Path) -> None:
    async with bedside(tmp_path, HERS) as screen:
        for target in ("#bar-call", "#call-diary", "#diary-plan", "#planning-length", "#planning-urgency"):
            await screen.tap(target)
        page = screen.app.frame.page(PlanningPage)
        assert (page.minutes, page.urgency) == (30, Urgency.SOON)
        assert HERS.resident is not None
        other = msgspec.structs.replace(HERS.resident, id="somebody-else")
        screen.door.say(msgspec.structs.replace(HERS, resident=other))
        await screen.until(lambda: page.minutes == LENGTHS[0])
        assert page.urgency is Urgency.ROUTINE


async def test_nothing_opens_before_she_agreed(tmp_path: Path) -> None:
    async with bedside(tmp_path, HERS) as screen:
        await screen.tap("#recall")
        await screen.tap(".planned.-strong .planned-way")
        assert told(screen) == []
        assert screen.app.page is Page.CONSENT


async def test_with_her_agreement_one_touch_opens_the_lobby(tmp_path: Path) -> None:
    async with bedside(tmp_path, msgspec.structs.replace(HERS, consent=AGREED)) as screen:
        await screen.tap("#recall")
        await screen.tap(".planned.-strong .planned-way")
        assert told(screen) == [m.BeReady(appointment_id=LATE.id, encounter_id=HERS.encounter_id or "")]
        assert screen.app.page is Page.CALL


async def test_who_waits_for_the_doctor_may_leave_the_room(tmp_path: Path) -> None:
    waits = msgspec.structs.replace(LATE, state="waiting")
    lobby = m.CallCard(call_id="c-2", state="lobby", address="https://borne-3.ehpad.local:8443/c", pin="402718")
    snapshot = msgspec.structs.replace(HERS, diary=m.DiaryCard(appointments=(waits,)), call=lobby)
    async with bedside(tmp_path, snapshot) as screen:
        await screen.tap("#bar-call")
        assert "20 min" in words_of(screen)
        await screen.tap("#recall")
        assert told(screen) == [m.LeaveRoom(appointment_id=LATE.id)]


async def test_a_locked_screen_names_nobody(tmp_path: Path) -> None:
    async with bedside(tmp_path, LOCKED) as screen:
        assert not screen.app.screen.query_one(Recall).display


async def test_the_list_of_residents_reminds_too(tmp_path: Path) -> None:
    told_of = signed_in(Role.CARE_ASSISTANT, msgspec.structs.replace(NOBODY, diary=DIARY))
    async with bedside(tmp_path, told_of) as screen:
        await screen.tap("#recall")
        assert screen.app.page is Page.DIARY
