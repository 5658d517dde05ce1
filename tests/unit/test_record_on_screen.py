"""The residents' record changes who is on screen: the banner follows, and what she is having measured stays hers."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drivers.english import english
from edge.acquire.recorder import Recorder, changed_notice
from edge.domain.patient import Doctor, Patient, Protection
from edge.door import messages as m, snapshot
from edge.store.ledger import EdgeStore, Places, StoredLedger, open_for_edge
from edge.store.thread import StoreThread
from tests.unit.test_recorder import SetClock, arrived, patient, recorder_of, show
from ui.bedside import record
from ui.bedside.locales import LANGUAGES

KNOWN = patient(1)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[StoredLedger]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")

    def opened() -> EdgeStore:
        return open_for_edge(places, {}, "demonstration")

    async with StoreThread(opened) as thread:
        found = StoredLedger(thread, "TC")
        await found.put_patient(KNOWN)
        yield found


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        ({"departed": dt.date(2026, 11, 20)}, "Le dossier annonce"),
        ({"birth_name": "AUTRE"}, "Le dossier a corrigé"),
        ({"room": "99"}, "Le dossier de ce résident"),
        ({"representative": "UDAF"}, ""),
    ],
)
def test_what_the_record_changed_is_said_in_both_languages(changes: dict[str, object], begins: str) -> None:
    now = dataclasses.replace(KNOWN, **changes)  # type: ignore[arg-type]
    said = changed_notice(KNOWN, now)
    assert said.startswith(begins)
    assert bool(said) == bool(begins)
    assert not said or "record" in english(said)
    if "departed" in changes:
        assert changed_notice(now, KNOWN) == "Le dossier annule la sortie de ce résident."


async def test_who_is_on_screen_is_shown_as_she_is_now(ledger: StoredLedger) -> None:
    clock, told = SetClock(), []
    recorder: Recorder = recorder_of(ledger, clock, lambda: told.append(1))
    encounter = await show(recorder, ledger, clock, 1)
    before = recorder.on_screen
    assert before is not None
    recorder.follow([KNOWN])
    assert recorder.on_screen is before
    left = dataclasses.replace(KNOWN, room="99", departed=dt.date(2026, 11, 20))
    await ledger.put_patient(left)
    recorder.follow(await ledger.patients())
    shown = recorder.on_screen
    assert shown is not None
    assert (shown.patient, shown.encounter.id, shown.since) == (left, encounter.id, before.since)
    assert recorder.notice
    assert told


async def test_a_reading_under_way_stays_hers_when_the_record_says_that_she_left(ledger: StoredLedger) -> None:
    clock = SetClock()
    recorder = recorder_of(ledger, clock, lambda: None)
    encounter = await show(recorder, ledger, clock, 1)
    clock.seconds += 60
    left = dataclasses.replace(KNOWN, departed=dt.date(2026, 11, 20))
    await ledger.put_patient(left)
    recorder.follow(await ledger.patients())
    await recorder.take(arrived())
    overview = await ledger.overview(encounter.id)
    assert len(overview.lines) == 1


def test_the_screen_says_who_treats_her_and_who_speaks_for_her() -> None:
    one: Patient = dataclasses.replace(
        KNOWN,
        treating_doctor=Doctor("Dr Anne Morel", "10001234567"),
        protection=Protection.GUARDIANSHIP,
        representative="UDAF 38, 04 76 00 00 02",
        long_term_illness=False,
    )
    card: m.ResidentCard = snapshot.resident(one)
    french = "\n".join(record.lines(card, LANGUAGES["fr"]()))
    for part in ("Dr Anne Morel", "10001234567", "tutelle", "UDAF 38, 04 76 00 00 02", "ALD : non"):
        assert part in french
    unknown = record.lines(snapshot.resident(KNOWN), LANGUAGES["en"]())
    assert unknown == ("Treating doctor not stated", "Legal protection: none known")
