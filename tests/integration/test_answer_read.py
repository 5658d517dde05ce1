"""A whole edge: an answer's PDF that came in is drawn by its worker, page by page, at the door of the screen and of nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge import settings as settings_file
from edge.domain.answer import AnswerKind, Came, whoever
from edge.domain.fault import Fault, Reason
from edge.domain.operator import Operator
from edge.door import messages as m
from edge.door.client import DoorClient
from edge.mains import audit
from edge.mains.actor import of_process
from edge.mains.children import Child, telecart
from edge.mains.clock import SystemClock
from edge.mains.nurse import Nurse
from edge.mains.places import places_of
from edge.settings import Settings
from edge.store.answer_book import ArrivingAnswers
from edge.store.ledger import open_for_sync
from edge.store.thread import StoreThread
from tests.unit.test_leafing import pdf

SOON = 90

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

RESIDENTS = "\n".join(
    f'[[resident]]\nid = "{number}"\nbirth_name = "{name}"\ngiven_names = "Jeanne"\nbirth_date = 1938-03-12\nsex = "F"\n'
    f'room = "2"\nstatus = "validee"\n'
    for number, name in (("IPP-1", "DUPONT"), ("IPP-2", "BERNARD"))
)


@pytest.fixture
async def cart(tmp_path: Path) -> AsyncIterator[Settings]:
    (tmp_path / "residents.toml").write_text(RESIDENTS, encoding="utf-8")
    config = tmp_path / "telecart.toml"
    config.write_text(
        f'demo = true\nbluetooth = false\ndata = "{tmp_path / "data"}"\nresidents = "{tmp_path / "residents.toml"}"\n',
        encoding="utf-8",
    )
    edge = Child("edge", telecart(config, "edge"), tmp_path, {})
    await edge.start()
    settings = settings_file.read(config)
    try:
        async with asyncio.timeout(SOON):
            while not settings.door.exists():
                assert edge.pid, (tmp_path / "edge.log").read_text()
                await asyncio.sleep(0.05)
        yield settings
    finally:
        await edge.stop()


async def comes_in(settings: Settings, request_id: str, content: bytes, number: int) -> None:
    """As sync takes it."""
    clock = SystemClock()
    key = f"mail:{number}"
    came = Came(
        key, key, (request_id,), AnswerKind.REPORT, Operator("Dr NGUYEN"), dt.datetime.now(dt.UTC), "Voir.", content
    )
    async with StoreThread(lambda: open_for_sync(places_of(settings))) as thread:
        await ArrivingAnswers(thread, clock.now, of_process("sync")).take(came, "mail", clock.now(), whoever)


async def hear(screen: DoorClient, pages: asyncio.Queue[m.AnswerPage]) -> None:
    async for said in screen.said():
        if isinstance(said, m.AnswerPage):
            pages.put_nowait(said)


async def shown(nurse: Nurse, wanted: m.ShowAnswer, pages: asyncio.Queue[m.AnswerPage]) -> m.AnswerPage:
    """Asked again as the screen does: a visitor who reads too slowly misses one."""
    async with asyncio.timeout(SOON):
        while True:
            await nurse.ask(wanted)
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(pages.get(), 10.0)


async def test_a_page_comes_to_the_screen_and_what_is_damaged_is_refused(cart: Settings) -> None:
    pages: asyncio.Queue[m.AnswerPage] = asyncio.Queue()
    async with Nurse(cart.door) as nurse:
        await nurse.until(lambda s: bool(s.residents), SOON, "residents")
        await nurse.ask(m.SelectResident(patient_id="IPP-1"))
        await nurse.agree()
        hers = await nurse.until(lambda s: bool(s.encounter_id), SOON, "round")
        encounter_id = hers.encounter_id or ""
        asked = m.AskOpinion(
            encounter_id=encounter_id, specialty="wounds", question="conduct", urgency="routine", anyway=True
        )
        await nurse.ask(asked)
        followed = await nurse.until(lambda s: bool(s.following.requests), SOON, "request")
        request_id = followed.following.requests[0].request_id
        for number, content in enumerate((pdf(2), b"%PDF-1.4\n%invented\n")):
            await comes_in(cart, request_id, content, number)
        came = await nurse.until(lambda s: len(s.following.requests[0].answers) == 2, SOON, "answers")
        whole, damaged = sorted(one.answer for one in came.following.requests[0].answers)
        async with DoorClient(cart.door, m.UI) as screen, asyncio.TaskGroup() as tasks:
            hearing = tasks.create_task(hear(screen, pages))
            page = await shown(nurse, m.ShowAnswer(encounter_id=encounter_id, answer=whole, page=1), pages)
            assert (page.answer, page.encounter_id, page.page, page.pages) == (whole, encounter_id, 1, 2)
            assert page.jpeg.startswith(b"\xff\xd8")
            with pytest.raises(Fault) as refused:
                await nurse.ask(m.ShowAnswer(encounter_id=encounter_id, answer=damaged))
            assert refused.value.reason is Reason.UNDECODABLE
            await nurse.ask(m.SelectResident(patient_id="IPP-2"))
            other = await nurse.until(lambda s: s.encounter_id not in {None, encounter_id}, SOON, "other round")
            for of in (encounter_id, other.encounter_id or ""):
                with pytest.raises(Fault):
                    await nurse.ask(m.ShowAnswer(encounter_id=of, answer=whole))
            hearing.cancel()
    traced = await asyncio.to_thread(lambda: [one for one in audit.newest(cart, 100) if one.act == "shown"])
    assert {(one.patient_id, one.detail) for one in traced} == {("IPP-1", f"answer {whole}, page 2")}
