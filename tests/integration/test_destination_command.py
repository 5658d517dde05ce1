"""`telecart destination test` against real far ends: one plain line each."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner

from edge import settings
from edge.cli import main
from edge.domain.capture import Capture
from edge.domain.measurement import Kind
from edge.mains.outbox import waiting
from edge.store.ledger import Places, open_for_edge, open_for_sync
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from firmware_stubs.dicomweb import DicomwebSide
from firmware_stubs.fhir_endpoint import FhirEndpoint
from firmware_stubs.pacs import EmbeddedPacs
from sync.dicom.building import objects
from sync.dicom.building.audio import GENERAL_AUDIO
from sync.dicom.building.photo import DERMOSCOPIC, VL_PHOTOGRAPHIC
from sync.dicom.building.rejection import KEY_OBJECTS
from sync.dicom.proving.proof import FIND
from sync.dicom.sending.stow import DicomwebDestination
from sync.drain import Drain
from sync.tls import Tls
from tests import items
from tests.certificates import DAY, Authority, server_context
from tests.servers import QUICK, SOURCE, TAKEN, Scripted
from tests.unit.test_store import CUFF, JEANNE, now


def examined(folder: Path, text: str, *arguments: str) -> tuple[int, str, str]:
    file = folder / "telecart.toml"
    file.write_text(text)
    result = CliRunner().invoke(main, ["--config", str(file), "destination", "test", *arguments])
    return result.exit_code, result.stdout, result.stderr


async def asked(folder: Path, text: str, *arguments: str) -> tuple[int, str, str]:
    return await asyncio.to_thread(examined, folder, text, *arguments)


@pytest.fixture
async def region(tmp_path: Path) -> AsyncIterator[tuple[EmbeddedPacs, DicomwebSide, FhirEndpoint]]:
    pacs = EmbeddedPacs(tmp_path / "pacs")
    pacs.start()
    try:
        async with DicomwebSide(pacs) as side, FhirEndpoint(tmp_path / "fhir") as fhir:
            yield pacs, side, fhir
    finally:
        pacs.stop()


ECG, VERIFICATION = "1.2.840.10008.5.1.4.1.1.9.1.1", "1.2.840.10008.1.1"
IMPLICIT, EXPLICIT, JPEG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"
Region = tuple[EmbeddedPacs, DicomwebSide, FhirEndpoint]


def settings_of(region: Region, aet: str = "DEMOPACS") -> str:
    pacs, side, fhir = region
    return (
        f'[[pacs]]\naet = "{aet}"\nhost = "127.0.0.1"\nport = {pacs.port}\n'
        f'[[dicomweb]]\nurl = "{side.url}"\n[[fhir]]\nurl = "{fhir.url}"\n'
    )


async def test_all_is_well(region: Region, tmp_path: Path) -> None:
    status, out, err = await asked(tmp_path, settings_of(region))
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert [line.split()[:2] for line in lines] == [["pacs", "ok"], ["dicomweb", "ok"], ["fhir", "ok"]]
    assert "answers C-ECHO and takes C-FIND; not encrypted" in lines[0]
    assert f"takes all {len(objects.SYNTAXES)} kinds of objects" in lines[0]
    assert "answers QIDO-RS and STOW-RS; not encrypted" in lines[1]
    assert "FHIR 4.0.1" in lines[2]
    assert region[0].instances() == []
    assert region[2].resources() == {}


async def test_one_that_fails_is_told_and_the_others_as_well(region: Region, tmp_path: Path) -> None:
    status, out, _ = await asked(tmp_path, settings_of(region, "WRONGAET"), "--json")
    assert status == 1
    rows = {row["name"]: row for row in json.loads(out)}
    assert (rows["pacs"]["ok"], rows["pacs"]["reason"]) == (False, "destination_refused")
    assert "WRONGAET refused the association of TELECART" in rows["pacs"]["what"]
    assert rows["pacs"]["do"]
    assert rows["dicomweb"]["ok"]
    assert rows["fhir"]["ok"]


async def test_only_the_one_that_is_named(region: Region, tmp_path: Path) -> None:
    status, out, _ = await asked(tmp_path, settings_of(region, "WRONGAET"), "fhir")
    assert status == 0
    assert out.splitlines() == [line for line in out.splitlines() if line.startswith("fhir")]
    status, out, err = await asked(tmp_path, settings_of(region), "nobody")
    assert (status, out) == (1, "")
    assert err.startswith("telecart: no destination is called nobody")


async def test_nobody_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    text = (
        f'[[pacs]]\naet = "X"\nhost = "127.0.0.1"\nport = {port}\n'
        f'[[dicomweb]]\nurl = "http://127.0.0.1:{port}/d"\n[[fhir]]\nurl = "http://127.0.0.1:{port}/f"\n'
    )
    status, out, _ = await asked(tmp_path, text)
    assert status == 1
    assert len(out.splitlines()) == 3
    assert all(
        "FAILED" in line and "does not answer at" in line and "check the network" in line for line in out.splitlines()
    )


async def test_what_answers_is_something_else(region: Region, tmp_path: Path) -> None:
    _, side, fhir = region
    text = f'[[dicomweb]]\nurl = "{fhir.url}"\n[[fhir]]\nurl = "{side.url}"\n'
    status, out, _ = await asked(tmp_path, text)
    assert status == 1
    assert [line.split()[1] for line in out.splitlines()] == ["FAILED", "FAILED"]


async def test_a_pacs_that_cannot_be_asked_back_would_not_do(tmp_path: Path) -> None:
    with Scripted(contexts={ECG: TAKEN[ECG], VERIFICATION: ("1.2.840.10008.1.2",)}).running() as node:
        text = f'[[pacs]]\naet = "DEMOPACS"\nhost = "127.0.0.1"\nport = {node.port}\n'
        status, out, _ = await asked(tmp_path, text)
    assert status == 1
    assert "no C-FIND" in out


async def test_which_objects_a_pacs_does_not_take_is_told_in_its_line(tmp_path: Path) -> None:
    contexts = {**TAKEN, VERIFICATION: (IMPLICIT,), VL_PHOTOGRAPHIC: (JPEG,), KEY_OBJECTS: (EXPLICIT,)}
    for sop_class in (DERMOSCOPIC, GENERAL_AUDIO):
        contexts.pop(sop_class, None)
    with Scripted(contexts=contexts).running() as node:
        text = f'[[pacs]]\naet = "DEMOPACS"\nhost = "127.0.0.1"\nport = {node.port}\n'
        status, out, _ = await asked(tmp_path, text)
        assert node.stored == []
    (line,) = out.splitlines()
    assert status == 0
    assert "Dermoscopic Photography Image (goes as an ordinary photo)" in line
    assert "General Audio Waveform (stays on the cart)" in line
    assert "VL Photographic Image as Explicit VR Little Endian (waits for a person)" in line
    assert "Key Object" not in line


async def test_a_pacs_that_takes_none_of_the_objects_would_not_do(tmp_path: Path) -> None:
    with Scripted(contexts={VERIFICATION: (IMPLICIT,), FIND: (IMPLICIT,)}).running() as node:
        text = f'[[pacs]]\naet = "DEMOPACS"\nhost = "127.0.0.1"\nport = {node.port}\n'
        status, out, _ = await asked(tmp_path, text)
    assert status == 1
    assert "takes none of the cart's objects (C-STORE)" in out


@pytest.mark.parametrize("said", [401, 404, 405, 501])
async def test_a_server_that_can_be_searched_and_takes_nothing_would_not_do(said: int, tmp_path: Path) -> None:
    async def search(_: web.Request) -> web.Response:
        return web.Response(status=204)

    async def store(_: web.Request) -> web.Response:
        return web.Response(status=said)

    application = web.Application()
    application.add_routes([web.get("/dicom-web/instances", search), web.post("/dicom-web/studies", store)])
    async with TestServer(application) as server:
        text = f'[[dicomweb]]\nurl = "http://127.0.0.1:{server.port}/dicom-web"\n'
        status, out, _ = await asked(tmp_path, text)
    assert status == 1
    assert f"takes no objects there (STOW-RS, HTTP {said})" in out


async def test_a_certificate_of_ours_that_has_expired_is_named_with_its_file(region: Region, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca", "region")
    old = authority.issue("cart", begin=-30 * DAY, end=-DAY)
    keys = f'ca = "{authority.file}"\ncertificate = "{old.certificate}"\nkey = "{old.key}"\n'
    port = region[0].port
    text = (
        f'[[pacs]]\naet = "X"\nhost = "127.0.0.1"\nport = {port}\ntls = true\n{keys}'
        f'[[dicomweb]]\nurl = "https://127.0.0.1:{port}/d"\n{keys}[[fhir]]\nurl = "https://127.0.0.1:{port}/f"\n{keys}'
    )
    status, out, _ = await asked(tmp_path, text)
    assert status == 1
    lines = out.splitlines()
    assert len(lines) == 3
    assert all(f"the cart's certificate {old.certificate} expired on" in line and "renew it" in line for line in lines)


async def test_a_certificate_that_has_expired_is_named_and_does_not_hide_the_others(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca", "region")
    good = authority.issue("pacs", "127.0.0.1")
    old = authority.issue("pacs", "127.0.0.1", begin=-30 * DAY, end=-DAY)
    pacs = EmbeddedPacs(tmp_path / "pacs")
    async with (
        DicomwebSide(pacs, tls=server_context(good)) as new_one,
        DicomwebSide(pacs, tls=server_context(old)) as old_one,
    ):
        text = "".join(
            f'[[dicomweb]]\nname = "{name}"\nurl = "{side.url}"\nca = "{authority.file}"\n'
            for name, side in (("new", new_one), ("old", old_one))
        )
        text += '[[pacs]]\naet = "X"\nhost = "pacs.example"\nport = 104\n'
        status, out, _ = await asked(tmp_path, text)
    assert status == 1
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert "over TLS, its certificate is believed" in lines["new"]
    assert "has expired" in lines["old"]
    assert "have its administrator renew it" in lines["old"]
    assert "nothing would be encrypted" in lines["pacs"]


async def test_the_outbox_says_why_nothing_goes_to_a_pacs_that_is_not_believed(tmp_path: Path) -> None:
    """What a person reads on the cart: the queue is kept, and why."""
    authority = Authority(tmp_path / "ca", "region")
    old = authority.issue("pacs", "127.0.0.1", begin=-30 * DAY, end=-DAY)
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")
    store = open_for_edge(places, {Kind.ECG: ("pacs",)}, "care")
    store.journal.put_patient(JEANNE)
    encounter = store.journal.open_encounter(JEANNE.id, now(), "TC")[1]
    store.journal.save(Capture(Kind.ECG, items.mortara(), CUFF, now(), "ecg"), encounter)
    pacs = EmbeddedPacs(tmp_path / "pacs")
    async with DicomwebSide(pacs, tls=server_context(old)) as side:
        (tmp_path / "telecart.toml").write_text(f'[[dicomweb]]\nname = "pacs"\nurl = "{side.url}"\n')
        end = DicomwebDestination("pacs", side.url, SOURCE, QUICK, Tls(authority.file))
        async with StoreThread(lambda: open_for_sync(places)) as thread:
            drain = asyncio.create_task(Drain(StoredOutbox(thread), [end]).run())
            async with asyncio.timeout(20):
                while not await asyncio.to_thread(told, tmp_path):
                    await asyncio.sleep(0.1)
            drain.cancel()
            await asyncio.gather(drain, return_exceptions=True)
    # not while the drain writes its log: the command's output is taken from the same stream
    rows = outbox(tmp_path)
    store.database.close()
    assert rows[0]["state"] == "pending"
    assert "the certificate of the PACS has expired: nothing is sent" in rows[0]["what"]
    assert "telecart destination test" in rows[0]["do"]
    assert pacs.instances() == []


def told(folder: Path) -> bool:
    return any(row["what"] for row in waiting(settings.read(folder / "telecart.toml", folder)))


def outbox(folder: Path) -> list[dict[str, str]]:
    done = CliRunner().invoke(
        main,
        ["--config", str(folder / "telecart.toml"), "--data", str(folder), "outbox", "--json"],
        catch_exceptions=False,
    )
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


def test_no_destination_at_all(tmp_path: Path) -> None:
    status, _, err = examined(tmp_path, "")
    assert status == 1
    assert err.startswith("telecart: the settings name no destination")
