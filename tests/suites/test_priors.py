"""Earlier objects are fetched from a PACS within their budgets, and never another person's: on real Orthanc, two ways."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import MappingProxyType

import pytest

from edge.domain.audit import Act
from edge.domain.body_site import BodySite, Side
from edge.domain.capture import Capture
from edge.domain.fault import Fault
from edge.domain.measurement import Instant, Kind
from edge.domain.patient import Encounter, Patient
from edge.domain.photo import Encoding, Photo, View
from edge.domain.prior import Budget, PriorKind
from edge.mains.actor import of_process
from edge.store.keeping import audit
from edge.store.keeping.priors import Priors
from edge.store.leaving import copies
from edge.store.ledger import EdgeStore, Places, open_for_edge, open_for_sync
from edge.store.sending.fetching import StoredPriors
from edge.store.thread import StoreThread
from sync.dicom.fetching import prior_reading
from sync.dicom.fetching.prior_get import PacsSource
from sync.dicom.fetching.prior_web import WebSource
from sync.dicom.fetching.priors import Fetching, Listed, Source, Study
from sync.dicom.speaking.association import Peer, Timeouts
from tests import foreign_objects as foreign
from tests.hostile_files import HOSTILE
from tests.items import drawn_jpeg
from tests.servers import free_port, running
from tests.unit.test_store import CUFF, JEANNE, now
from tests.web_servers import OrthancWebFarEnd

PATIENT = Timeouts(connect=20.0, stalled=20.0, answer=60.0)
IMPATIENT = Timeouts(connect=2.0, stalled=2.0, answer=5.0)
WIDE = Budget(50_000_000, 60.0, 100_000, frozenset({"ECG", "XC", "DMS", "ES"}))


class Giving(OrthancWebFarEnd):
    options = MappingProxyType({"DicomAlwaysAllowGet": True})

    def take(self, *objects: bytes) -> None:
        for one in objects:
            self._rest("/instances", one)

    def source(self, way: str, timeouts: Timeouts = PATIENT) -> Source:
        if way == "web":
            return WebSource("region", f"http://127.0.0.1:{self.http}/dicom-web", timeouts=timeouts)
        return PacsSource("region", Peer("ORTHANC", "127.0.0.1", self.port, "TELECART"), timeouts)


@pytest.fixture
async def orthanc(tmp_path: Path) -> AsyncIterator[Giving]:
    async with running(Giving(tmp_path / "orthanc")) as far_end:
        yield far_end


@dataclasses.dataclass
class Cart:
    """``store`` as edge has it, ``fetched`` as sync has it; JEANNE is on screen."""

    places: Places
    store: EdgeStore
    fetched: StoredPriors
    encounter: Encounter

    def fetching(self, source: Source, budget: Budget = WIDE, issuer: str = "", every: float = 3600.0) -> Fetching:
        return Fetching(self.fetched, source, budget, now, every, issuer)

    @property
    def priors(self) -> Priors:
        return self.store.priors

    def purge(self, when: Instant, days: int) -> int:
        return copies.purge(self.store.database, self.store.blobs, when, days)

    def listed(self) -> list[str]:
        return [one.id for one in self.priors.listed(JEANNE.id)]

    def acts(self) -> list[tuple[Act, str, str]]:
        return [
            (Act(link.act), link.patient_id, link.detail)
            for link in audit.entries(self.store.database)
            if link.act in {Act.FETCHED, Act.NOT_THEIRS}
        ]


@pytest.fixture
async def cart(tmp_path: Path) -> AsyncIterator[Cart]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")
    store = open_for_edge(places, {Kind.PHOTO: ("pacs",)}, "demonstration")
    store.journal.put_patient(JEANNE)
    encounter = store.journal.open_encounter(JEANNE.id, now(), "TC")[1]
    async with StoreThread(lambda: open_for_sync(places)) as thread:
        yield Cart(places, store, StoredPriors(thread, ("pacs",), of_process("sync")), encounter)
    store.database.close()


pytestmark = pytest.mark.slow
BOTH = pytest.mark.parametrize("way", ["web", "get"])


@BOTH
async def test_what_is_fetched_is_at_hand_when_the_far_end_is_gone(cart: Cart, orthanc: Giving, way: str) -> None:
    photo, ecg = foreign.photo(day="20260901"), foreign.ecg(day="20260801")
    orthanc.take(photo, ecg)
    search = await cart.fetching(orthanc.source(way)).search(JEANNE)
    assert (search.done, search.left_out, search.what) == (True, 0, "")
    await orthanc.down()
    newest, older = cart.priors.listed(JEANNE.id)
    assert [newest.id, older.id] == [foreign.uid_of(photo), foreign.uid_of(ecg)]
    assert (newest.kind, newest.site, newest.side) == (PriorKind.PHOTO, BodySite.HEEL, Side.LEFT)
    assert newest.source == older.source == "region"
    picture = await prior_reading.opened(cart.priors.copy(JEANNE.id, newest.id))
    assert picture.jpeg is not None
    assert picture.jpeg.rstrip(b"\0") == drawn_jpeg()
    assert (await prior_reading.opened(cart.priors.copy(JEANNE.id, older.id))).ecg is not None
    assert cart.acts() == [(Act.FETCHED, JEANNE.id, "region, 2 objects, 0 left out")]


@pytest.mark.hazard("H1", without="tests.controls_priors:birth_dates_are_not_compared")
@BOTH
async def test_another_person_under_the_same_identifier_is_refused_and_told_without_her_identity(
    cart: Cart, orthanc: Giving, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, hers = foreign.photo(), foreign.photo(birth_date="19410707")
    orthanc.take(mine, hers)
    search = await cart.fetching(orthanc.source(way)).search(JEANNE)
    assert cart.listed() == [foreign.uid_of(mine)]
    assert "another person" in search.what
    refused, fetched = cart.acts()
    assert refused == (Act.NOT_THEIRS, JEANNE.id, "region, birth_date")
    assert fetched[0] is Act.FETCHED
    said = capsys.readouterr()
    assert "19410707" not in said.out + said.err + search.what
    # it is not asked for again
    await cart.fetching(orthanc.source(way)).search(JEANNE)
    assert len(cart.acts()) == 2


@pytest.mark.hazard("H1", without="tests.controls_priors:lists_are_believed")
@BOTH
async def test_an_object_that_is_another_person_s_than_its_list_says_is_refused(
    cart: Cart, orthanc: Giving, way: str
) -> None:
    hers = foreign.photo(birth_date="19410707")
    orthanc.take(hers)
    source = orthanc.source(way)
    lying = Lying(
        source, lambda study: dataclasses.replace(study, claimed=dataclasses.replace(study.claimed, birth_date=""))
    )
    await cart.fetching(lying).search(JEANNE)
    assert cart.listed() == []
    assert cart.acts() == [(Act.NOT_THEIRS, JEANNE.id, "region, birth_date")]


class Lying:
    """A far end whose list says something else than its objects."""

    def __init__(self, source: Source, change: Callable[[Study], Study]) -> None:
        self.name = source.name
        self._source = source
        self._change = change

    async def studies(self, patient_id: str, since: dt.date) -> list[Study]:
        return [self._change(one) for one in await self._source.studies(patient_id, since)]

    async def objects(self, study_uid: str, modalities: frozenset[str]) -> list[Listed]:
        return list(await self._source.objects(study_uid, modalities))

    async def fetch(self, one: Listed, limit: int) -> bytes | None:
        return await self._source.fetch(one, limit)


@BOTH
@pytest.mark.parametrize(
    ("stands", "default", "taken"),
    [("EHPAD", "", True), ("", "EHPAD", True), ("", "", False), ("CHU", "EHPAD", False)],
)
async def test_the_issuer_has_to_be_ours_and_is_never_guessed(
    cart: Cart, orthanc: Giving, way: str, stands: str, default: str, taken: bool
) -> None:
    orthanc.take(foreign.photo(issuer=stands))
    await cart.fetching(orthanc.source(way), issuer=default).search(JEANNE)
    assert bool(cart.listed()) is taken


@BOTH
async def test_the_byte_budget_is_kept_and_what_is_left_out_is_counted(cart: Cart, orthanc: Giving, way: str) -> None:
    objects = [foreign.ecg(day=f"2026080{day}") for day in range(1, 7)]
    size = len(objects[0])
    orthanc.take(*objects)
    budget = dataclasses.replace(WIDE, most_bytes=2 * size + size // 2)
    search = await cart.fetching(orthanc.source(way), budget).search(JEANNE)
    # the newest two
    assert cart.listed() == [foreign.uid_of(one) for one in reversed(objects[-2:])]
    assert search.left_out == 4
    assert sum(one.size for one in cart.priors.listed(JEANNE.id)) <= budget.most_bytes
    # what is held counts: a second search fetches nothing more
    again = await cart.fetching(orthanc.source(way), budget).search(JEANNE)
    assert (again.left_out, len(cart.listed())) == (4, 2)


@pytest.mark.hazard("T6", without="tests.controls_priors:a_far_end_may_send_what_it_likes")
@BOTH
async def test_an_object_beyond_its_limit_is_not_received_whole(orthanc: Giving, way: str) -> None:
    ecg = foreign.ecg()
    orthanc.take(ecg)
    source = orthanc.source(way)
    (study,) = await source.studies("IPP1", dt.date(2000, 1, 1))
    (one,) = await source.objects(study.uid, frozenset({"ECG"}))
    assert await source.fetch(one, len(ecg) // 2) is None
    whole = await source.fetch(one, len(ecg) + 10_000)
    assert whole is not None
    assert foreign.uid_of(whole) == foreign.uid_of(ecg)


@BOTH
async def test_only_modalities_and_ages_that_were_granted(cart: Cart, orthanc: Giving, way: str) -> None:
    today = f"{dt.datetime.now(dt.UTC):%Y%m%d}"
    new, old, ecg = foreign.photo(day=today), foreign.photo(day="20010101"), foreign.ecg(day=today)
    orthanc.take(new, old, ecg)
    budget = dataclasses.replace(WIDE, days=30, modalities=frozenset({"XC"}))
    await cart.fetching(orthanc.source(way), budget).search(JEANNE)
    assert cart.listed() == [foreign.uid_of(new)]


@BOTH
async def test_what_this_cart_sent_itself_is_not_fetched(cart: Cart, orthanc: Giving, way: str) -> None:
    orthanc.take(foreign.photo(change=lambda one: setattr(one, "StudyInstanceUID", cart.encounter.study_uid)))
    search = await cart.fetching(orthanc.source(way)).search(JEANNE)
    assert (cart.listed(), search.left_out) == ([], 0)


@BOTH
async def test_a_far_end_that_is_down_is_a_plain_line_and_tried_again(cart: Cart, orthanc: Giving, way: str) -> None:
    photo = foreign.photo()
    orthanc.take(photo)
    await orthanc.down()
    fetching = cart.fetching(orthanc.source(way))
    assert await fetching.round() is False
    (search,) = cart.priors.searches(JEANNE.id)
    assert not search.done
    assert "does not answer" in search.what
    await orthanc.up()
    assert await fetching.round() is True
    assert cart.listed() == [foreign.uid_of(photo)]
    # and not again within the hour
    assert await cart.fetched.wanted("region", now(), 3600.0) == []


@contextlib.asynccontextmanager
async def narrow(port: int, most: int, *, then_hang: bool = False) -> AsyncIterator[int]:
    """The port of a line to ``port`` that breaks, or hangs, once ``most`` bytes have come back from there."""
    left = [most]
    done = asyncio.Event()

    async def back(there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await there.read(4096):
            left[0] -= len(piece)
            if left[0] < 0:
                if then_hang:
                    await done.wait()
                return
            writer.write(piece)
            await writer.drain()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, forth = await asyncio.open_connection("127.0.0.1", port)

        async def ahead() -> None:
            while piece := await reader.read(4096):
                forth.write(piece)
                await forth.drain()

        tasks = [asyncio.create_task(ahead()), asyncio.create_task(back(there, writer))]
        with contextlib.suppress(ConnectionError):
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        forth.close()
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        done.set()
        server.close()


def through(orthanc: Giving, way: str, port: int) -> Source:
    if way == "web":
        return WebSource("region", f"http://127.0.0.1:{port}/dicom-web", timeouts=IMPATIENT)
    return PacsSource("region", Peer("ORTHANC", "127.0.0.1", port, "TELECART"), IMPATIENT)


@BOTH
@pytest.mark.parametrize("then_hang", [False, True])
async def test_a_search_that_is_cut_in_the_middle_goes_on_with_what_it_lacks(
    cart: Cart, orthanc: Giving, way: str, then_hang: bool
) -> None:
    objects = [foreign.ecg(day=f"2026080{day}") for day in range(1, 5)]
    orthanc.take(*objects)
    there = orthanc.http if way == "web" else orthanc.port
    async with narrow(there, 2 * len(objects[0]) + 60_000, then_hang=then_hang) as port:
        search = await cart.fetching(through(orthanc, way, port)).search(JEANNE)
    assert not search.done
    assert search.what
    kept = cart.listed()
    assert 0 < len(kept) < 4
    assert search.left_out == 4 - len(kept)
    (before,) = cart.store.run("SELECT max(fetched_utc) FROM prior").fetchone()
    search = await cart.fetching(orthanc.source(way)).search(JEANNE)
    assert search.done
    assert len(cart.listed()) == 4
    # what was here was not fetched again
    again = cart.store.run("SELECT count(*) FROM prior WHERE fetched_utc <= ?", (before,)).fetchone()
    assert again == (len(kept),)


@BOTH
async def test_a_slow_far_end_has_the_time_of_its_budget(cart: Cart, orthanc: Giving, way: str) -> None:
    orthanc.take(*(foreign.ecg(day=f"2026080{day}") for day in range(1, 5)))
    there = orthanc.http if way == "web" else orthanc.port
    patient = dataclasses.replace(IMPATIENT, stalled=30.0, answer=60.0)
    async with narrow(there, 300_000, then_hang=True) as port:
        source: Source = PacsSource("region", Peer("ORTHANC", "127.0.0.1", port, "TELECART"), patient)
        if way == "web":
            source = WebSource("region", f"http://127.0.0.1:{port}/dicom-web", timeouts=patient)
        began = asyncio.get_running_loop().time()
        search = await cart.fetching(source, dataclasses.replace(WIDE, seconds=3.0)).search(JEANNE)
        assert asyncio.get_running_loop().time() - began < 15
    assert "time" in search.what
    assert search.left_out == 4 - len(cart.listed()) > 0


async def test_nothing_is_fetched_while_a_delivery_has_something_to_send(cart: Cart, orthanc: Giving) -> None:
    photo = foreign.photo()
    orthanc.take(photo)
    mine = Photo(drawn_jpeg(), 320, 240, Encoding.JPEG_Q95, View.CLOSE_UP, 80.5, 120.0)
    cart.store.journal.save(Capture(Kind.PHOTO, mine, CUFF, now(), "still 1"), cart.encounter)
    assert await cart.fetched.busy()
    searching = asyncio.create_task(
        cart.fetching(orthanc.source("web"), dataclasses.replace(WIDE, seconds=5.0)).search(JEANNE)
    )
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(searching), 5.5)
    assert foreign.uid_of(photo) not in cart.listed()
    cart.store.run("UPDATE outbox SET state = 'received', lease_until = 0")
    assert not await cart.fetched.busy()
    search = await asyncio.wait_for(searching, 30)
    assert search.what == ""
    assert foreign.uid_of(photo) in cart.listed()


@pytest.mark.hazard("T7", without="tests.controls_priors:priors_are_parsed_here")
async def test_a_hostile_object_of_the_far_end_is_left_and_the_others_are_taken(cart: Cart) -> None:
    good = foreign.photo()
    listing = {"1.2.9": HOSTILE["nested"](), "1.2.8": HOSTILE["deflate bomb"](), foreign.uid_of(good): good}

    class Hostile:
        name = "region"

        async def studies(self, patient_id: str, since: dt.date) -> list[Study]:
            seen = await prior_reading.looked_at(good)
            return [Study(seen.study_uid, prior_reading.claimed(seen), "20260901")]

        async def objects(self, study_uid: str, modalities: frozenset[str]) -> list[Listed]:
            seen = await prior_reading.looked_at(good)
            return [Listed(study_uid, seen.series_uid, uid, seen.sop_class) for uid in listing]

        async def fetch(self, one: Listed, limit: int) -> bytes | None:
            return listing[one.sop_uid]

    search = await cart.fetching(Hostile()).search(JEANNE)
    assert search.done
    assert cart.listed() == [foreign.uid_of(good)]
    assert prior_reading.sandbox().pid is not None
    (refused,) = cart.store.run("SELECT count(*) FROM prior_refused WHERE reason = 'unreadable'").fetchone()
    assert refused == 2
    # nobody is accused by a file that cannot be read
    assert [act for act, _, _ in cart.acts()] == [Act.FETCHED]


async def test_an_object_under_another_name_than_was_asked_for_is_not_kept(cart: Cart) -> None:
    one, other = foreign.photo(), foreign.photo()

    class Swapping:
        name = "region"

        async def studies(self, patient_id: str, since: dt.date) -> list[Study]:
            return [Study("1.2.3", prior_reading.claimed(await prior_reading.looked_at(one)), "20260901")]

        async def objects(self, study_uid: str, modalities: frozenset[str]) -> list[Listed]:
            return [Listed(study_uid, "1.2.3.4", foreign.uid_of(one), foreign.PHOTOGRAPHIC)]

        async def fetch(self, wanted: Listed, limit: int) -> bytes | None:
            return other

    await cart.fetching(Swapping()).search(JEANNE)
    assert cart.listed() == []


@pytest.mark.parametrize("patient_id", ["*", "IPP?", "IPP1\\IPP2", ""])
@BOTH
async def test_an_identifier_that_would_match_others_is_not_asked_for(way: str, patient_id: str) -> None:
    source: Source = WebSource("region", f"http://127.0.0.1:{free_port()}/dicom-web", timeouts=IMPATIENT)
    if way == "get":
        source = PacsSource("region", Peer("ORTHANC", "127.0.0.1", free_port(), "TELECART"), IMPATIENT)
    # nobody listens there: whoever asked would raise
    assert list(await source.studies(patient_id, dt.date(2020, 1, 1))) == []
    with pytest.raises(Fault):
        await source.studies("IPP1", dt.date(2020, 1, 1))


# --- what becomes of the copies


async def test_a_correction_of_the_resident_hides_and_removes_her_copies(cart: Cart, orthanc: Giving) -> None:
    orthanc.take(foreign.photo())
    await cart.fetching(orthanc.source("web")).search(JEANNE)
    (name,) = cart.store.run("SELECT blob_sha256 FROM prior").fetchone()
    assert cart.store.blobs.has(name)
    cart.store.journal.put_patient(dataclasses.replace(JEANNE, birth_date=dt.date(1939, 3, 12)))
    assert cart.listed() == []
    with pytest.raises(Fault, match="not here"):
        cart.priors.copy(JEANNE.id, "1.2.3")
    assert cart.purge(now(), 30) == 1
    assert not cart.store.blobs.has(name)


async def test_copies_go_after_their_days_and_with_the_resident(cart: Cart, orthanc: Giving) -> None:
    orthanc.take(foreign.photo())
    await cart.fetching(orthanc.source("web")).search(JEANNE)
    later = dataclasses.replace(now(), utc=now().utc + dt.timedelta(days=31))
    assert cart.purge(now(), 30) == 0
    assert cart.purge(dataclasses.replace(later, clock_trusted=False), 30) == 0
    assert cart.purge(later, 30) == 1
    await cart.fetching(orthanc.source("web")).search(JEANNE)
    assert len(cart.listed()) == 1
    cart.store.journal.put_patient(dataclasses.replace(JEANNE, departed=now().utc.date()))
    assert cart.purge(now(), 30) == 1
    assert cart.listed() == []


async def test_nothing_is_kept_for_a_resident_who_was_corrected_meanwhile(cart: Cart, orthanc: Giving) -> None:
    orthanc.take(foreign.photo())
    corrected = dataclasses.replace(JEANNE, birth_date=dt.date(1939, 3, 12))
    cart.store.journal.put_patient(corrected)
    old: Patient = JEANNE
    await cart.fetching(orthanc.source("web")).search(old)
    assert cart.store.run("SELECT count(*) FROM prior").fetchone() == (0,)
    assert [path for path in cart.places.blobs.rglob("*") if path.is_file() and len(path.name) == 64] == []


async def test_who_is_on_screen_comes_first_then_who_is_expected(cart: Cart) -> None:
    expected, wrong, nobody = (dataclasses.replace(JEANNE, id=f"IPP{number}") for number in (2, 3, 4))
    today = now().utc.date()
    for one, birth in ((expected, JEANNE.birth_date), (wrong, dt.date(1940, 1, 1))):
        cart.store.journal.put_patient(one)
        cart.store.run(
            "INSERT INTO scheduled VALUES (?,'1','A','','','',NULL,?,?,'',?,'F',?,'','ECG',?,?,NULL)",
            (f"1.2.{one.id[-1]}", one.id, "", birth.isoformat(), f"{today}T09:00:00", "", ""),
        )
    cart.store.journal.put_patient(nobody)
    assert [one.id for one in await cart.fetched.wanted("region", now(), 60.0)] == [JEANNE.id, expected.id]
