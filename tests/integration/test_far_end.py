"""``python -m firmware_stubs.far_end`` as its user starts it: a child process, its one line, its two ways to end."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import pytest

from edge.domain.delivery import Event
from sync.fhir.client import FhirDestination
from tests import items
from tests.servers import end, frozen, pacs


@contextmanager
def far_end(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, str]]]:
    program = subprocess.Popen(
        [sys.executable, "-m", "firmware_stubs.far_end", "--folder", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with program:
        try:
            output = cast("IO[bytes]", program.stdout)
            readable, _, _ = select.select([output], [], [], 20)
            assert readable, "no line within 20 s"
            yield program, json.loads(output.readline())
        finally:
            end(program)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["SIGTERM", "end of input"])
async def test_it_keeps_what_it_took_and_ends_when_told(tmp_path: Path, way: str) -> None:
    ecg, pressure = items.ecg(), items.blood_pressure()
    with far_end(tmp_path) as (program, addresses):
        dicom, fhir = pacs(int(addresses["pacs_port"])), FhirDestination("fhir", addresses["fhir_url"])
        assert [one.event for one in await dicom.send([frozen(dicom, ecg)])] == [Event.ACCEPTED]
        assert [one.event for one in await fhir.send([frozen(fhir, pressure)])] == [Event.ACCEPTED]
        if way == "SIGTERM":
            program.send_signal(signal.SIGTERM)
        else:
            cast("IO[bytes]", program.stdin).close()
        assert program.wait(10) == 0
    with far_end(tmp_path) as (_, addresses):
        dicom, fhir = pacs(int(addresses["pacs_port"])), FhirDestination("fhir", addresses["fhir_url"])
        assert [one.event for one in await dicom.prove([frozen(dicom, ecg)])] == [Event.PROVEN]
        assert [one.event for one in await fhir.prove([frozen(fhir, pressure)])] == [Event.PROVEN]
