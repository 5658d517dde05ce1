"""The page of all bases: what each tap says at the door, and what stands on the page of calls."""

from __future__ import annotations

from pathlib import Path

import msgspec

from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, Bedside, bedside
from ui.bedside.invented_consent import AGREED, AUTHORISED, GUARDED, REFUSED
from ui.bedside.views import Page

ENCOUNTER = BESIDE_JEANNE.encounter_id or ""


def _with(**changes: object) -> m.Snapshot:
    return msgspec.structs.replace(BESIDE_JEANNE, **changes)


async def _all_cases(screen: Bedside) -> None:
    await screen.tap("#bar-call")
    await screen.tap("#consent-other")
    assert screen.app.page is Page.CONSENT


async def test_under_guardianship_the_person_is_asked_first_and_the_guardian_is_named_by_a_tap(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with(consent=GUARDED)) as screen:
        await _all_cases(screen)
        await screen.says("Tutelle : demandez d'abord à la personne")
        await screen.tap("#scope-standing")
        await screen.tap("#basis-representative")
        assert screen.door.heard == []
        await screen.says("Paul MARTIN, tuteur", "Qui ?")
        await screen.tap("#other-0")
        await screen.until(lambda: screen.door.heard != [])
        assert screen.door.heard == [
            m.CollectConsent(encounter_id=ENCOUNTER, basis="representative", standing=True, other="Paul MARTIN, tuteur")
        ]
        assert screen.app.page is Page.CALL
        screen.door.say(_with(consent=AUTHORISED))
        await screen.says("[ ✓ ]", "Autorisation du", "durable")


async def test_a_refusal_blocks_calls_and_says_so_and_an_emergency_is_one_tap_on_its_page(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with(consent=REFUSED)) as screen:
        await screen.tap("#bar-call")
        await screen.says("REFUS de la résidente", "refus noté")
        await screen.tap("#start")
        assert screen.door.heard == []
        await screen.tap("#consent")
        assert screen.app.page is Page.CONSENT
        await screen.tap("#basis-emergency")
        await screen.until(lambda: screen.door.heard != [])
        assert screen.door.heard == [m.CollectConsent(encounter_id=ENCOUNTER, basis="emergency")]


async def test_what_stands_is_taken_back_and_an_emergency_never_stands(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with(consent=AGREED)) as screen:
        await _all_cases(screen)
        await screen.tap("#consent-take-back")
        await screen.until(lambda: screen.door.heard != [])
        assert screen.door.heard == [m.WithdrawConsent(encounter_id=ENCOUNTER, consent_id="k-1")]
        await screen.tap("#scope-standing")
        assert screen.app.screen.query_one("#basis-emergency").has_class("-off")
        screen.door.say(_with(consent=msgspec.structs.replace(AGREED, withdrawn=True)))
        await screen.tap("#consent-back")
        await screen.says("[   ]", "retiré le 20/11/2026")
