"""`telecart sync` fetches what the settings grant, and `telecart priors` lists it: the real processes and a real Orthanc."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.store.ledger import Places, open_for_edge
from tests import foreign_objects as foreign
from tests.servers import running
from tests.suites.test_priors import Giving
from tests.unit.test_store import JEANNE, now

pytestmark = pytest.mark.slow


@pytest.fixture
async def orthanc(tmp_path: Path) -> AsyncIterator[Giving]:
    async with running(Giving(tmp_path / "orthanc")) as far_end:
        yield far_end


async def telecart(config: Path, *command: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "edge.cli", "--config", str(config), *command),
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("way", ["web", "get"])
async def test_what_sync_fetched_is_listed_after_the_far_end_is_gone(tmp_path: Path, orthanc: Giving, way: str) -> None:
    mine, hers = foreign.photo(), foreign.photo(birth_date="19410707")
    orthanc.take(mine, hers, foreign.ecg())
    data = tmp_path / "data"
    store = open_for_edge(Places(data / "store.db", data / "blobs", data / "store.key"), {}, "care")
    store.journal.put_patient(dataclasses.replace(JEANNE))
    store.journal.open_encounter(JEANNE.id, now(), "TC")
    store.database.close()
    config = tmp_path / "telecart.toml"
    end = f'[[dicomweb]]\nname = "region"\nurl = "http://127.0.0.1:{orthanc.http}/dicom-web"\n'
    if way == "get":
        end = f'[[pacs]]\nname = "region"\naet = "ORTHANC"\nhost = "127.0.0.1"\nport = {orthanc.port}\n'
    config.write_text(f'data = "{data}"\nbluetooth = false\n{end}[priors]\nsource = "region"\n')
    sync = await telecart(config, "sync")
    try:
        async with asyncio.timeout(60):
            while True:
                listing = await telecart(config, "priors", "--patient", JEANNE.id, "--json")
                out, err = await listing.communicate()
                assert listing.returncode == 0, err
                found = json.loads(out)
                if found["searches"]:
                    break
    finally:
        sync.terminate()
        _, log = await sync.communicate()
    assert {one["kind"] for one in found["priors"]} == {"photo", "ecg"}
    assert foreign.uid_of(hers) not in out.decode()
    (search,) = found["searches"]
    assert (search["done"], search["left_out"]) == (True, 0)
    assert "another person" in search["what"]
    assert b"DUPONT" not in log
    assert b"1941" not in log
    await orthanc.down()
    plain = await telecart(config, "priors", "--patient", JEANNE.id)
    out, _ = await plain.communicate()
    assert "from region" in out.decode()
