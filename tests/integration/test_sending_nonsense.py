"""What answers in a far end's place talks nonsense, or too much, or for ever: sync goes on (docs/sending-faults.md, T6)."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from edge.domain.delivery import Event
from edge.domain.fault import Reason
from sync.dicom.sending.store_scu import PacsDestination
from sync.dicom.sending.stow import DicomwebDestination
from sync.dicom.speaking.association import Timeouts
from sync.fhir.client import FhirDestination
from tests.sending import C_STORE, FHIR, STOW, Fault, Line, Way, answering, garbled, large_photo, named, scene, silent
from tests.servers import SOURCE, EmbeddedFarEnd, frozen, pacs, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
BUSY, UNREACHABLE, REFUSED = "destination_busy", "destination_unreachable", "destination_refused"
PEAK = 160.0
"""Megabytes; a sync that meets nothing of the kind has about 75."""


def here(way: Way, port: int) -> DicomwebDestination | FhirDestination:
    """What sync makes of the settings."""
    base = f"http://127.0.0.1:{port}"
    return (
        DicomwebDestination("broken", f"{base}/dicom-web", SOURCE)
        if way is STOW
        else FhirDestination("broken", f"{base}/fhir")
    )


Case = tuple[Fault, tuple[str, str, str]]


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


RANDOM = random.Random(1).randbytes(3000)
LOGIN = http("200 OK", b"<html>Bienvenue, veuillez vous connecter</html>", "Content-Type: text/html")
ASSOCIATE_AC = bytes.fromhex("0200") + (0xFFFFFFF0).to_bytes(4, "big")
"""The head of an A-ASSOCIATE-AC that announces four gigabytes (PS3.8 9.3.3)."""

DICOM: Mapping[str, Case] = {
    "random": (answering(RANDOM), ("pending", UNREACHABLE, "")),
    "web": (answering(LOGIN), ("pending", UNREACHABLE, "")),
    "garbled": (garbled(2), ("pending", BUSY, "")),
    "gigabytes": (answering(ASSOCIATE_AC, again=bytes(1 << 20)), ("pending", UNREACHABLE, "")),
    "abort": (answering(bytes.fromhex("07000000000400000200")), ("pending", UNREACHABLE, "")),
    "release": (answering(bytes.fromhex("05000000000400000000")), ("pending", UNREACHABLE, "")),
}
BOMB = gzip.compress(bytes(400 << 20), 9)
ENDS = b"HTTP/1.1 200 OK\r\n\r\n"
PAGES: Mapping[str, Fault] = {
    "deep": answering(http("200 OK", b"[" * 1_000_000, "Content-Type: application/json")),
    "bomb": answering(http("200 OK", BOMB, "Content-Type: application/json", "Content-Encoding: gzip")),
    "endless": answering(ENDS, again=bytes(1 << 20)),
    "multipart": answering(http("200 OK", b"--x\r\n\r\n--x--", 'Content-Type: multipart/related; boundary="y"')),
}
"""Pages that are not what was asked for."""
NO_HTTP: Mapping[str, Fault] = {
    "random": answering(RANDOM),
    "headers": answering(http("200 OK", b"{}", "X-Long: " + "x" * (2 << 20))),
    "many": answering(http("200 OK", b"{}", *(f"X-{n}: x" for n in range(100_000)))),
    "slow": answering(b"HTTP/1.1 200 OK\r\n", again=b"X", pause=0.5),
    "slow-body": answering(ENDS, again=b" ", pause=0.5),
}


def web(pages: tuple[str, str], login: tuple[str, str]) -> dict[str, Case]:
    found: dict[str, Case] = {name: (fault, ("pending", *pages)) for name, fault in PAGES.items()}
    found["login"] = (answering(LOGIN), ("pending", *login))
    return found | {name: (fault, ("pending", BUSY, "")) for name, fault in NO_HTTP.items()}


NOT_FHIR = (UNREACHABLE, "is not one")
WEB_PACS = web((BUSY, "does not say that it stored"), (UNREACHABLE, "with a web page, not DICOMweb: a sign-in page?"))
STATUSES: Mapping[str, tuple[str, str, str]] = {
    "401 Unauthorized": ("pending", REFUSED, "401"),
    "403 Forbidden": ("pending", REFUSED, "403"),
    "413 Content Too Large": ("needs_person", REFUSED, "413"),
    "429 Too Many Requests": ("pending", BUSY, "429"),
    "500 Internal Server Error": ("pending", BUSY, "500"),
    "503 Service Unavailable": ("pending", BUSY, "503"),
}
ELSEWHERE = ("301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect")


CASES = [(C_STORE, DICOM), (STOW, WEB_PACS), (FHIR, web(NOT_FHIR, NOT_FHIR))]


@pytest.mark.parametrize(("way", "cases"), CASES, ids=["c-store", "stow", "fhir"])
async def test_nonsense_is_told_and_holds_up_nobody(way: Way, cases: Mapping[str, Case], tmp_path: Path) -> None:
    async with scene(tmp_path, way, {name: fault for name, (fault, _) in cases.items()}) as at:
        await at.all_told({name: why for name, (_, why) in cases.items()}, 150)
        assert at.peak_megabytes() < PEAK
        await at.mend()
        await at.arrives(120)


@pytest.mark.parametrize("way", [STOW, FHIR], ids=named)
async def test_each_status_is_told_and_what_was_refused_goes_when_a_person_says_so(way: Way, tmp_path: Path) -> None:
    """DICOMweb does not read Retry-After: it does not stop a destination for a day. FHIR does, for an hour at most."""
    asked = 86400 if way is STOW else 1
    faults = {status[:3]: answering(http(status, b"{}", f"Retry-After: {asked}")) for status in STATUSES}
    async with scene(tmp_path, way, faults) as at:
        await at.all_told({status[:3]: why for status, why in STATUSES.items()})
        await at.mend()
        await at.cart.until(lambda rows: {row["destination"] for row in rows} == {"413"})
        await at.cart.release()
        await at.arrives()


@pytest.mark.hazard("H18", without="tests.controls_sending:who_answers_may_send_elsewhere")
@pytest.mark.hazard("T10", without="tests.controls_sending:who_answers_may_send_elsewhere")
@pytest.mark.parametrize("way", [STOW, FHIR], ids=named)
async def test_nobody_is_followed_to_another_host(way: Way, tmp_path: Path) -> None:
    """In this process: a redirection is told, and nothing of a resident goes where it points."""
    async with Line(0, silent) as elsewhere, Line(0, http=True) as line:
        destination = here(way, line.port)
        one = frozen(destination, way.item())
        for status in ELSEWHERE:
            await line.mend(answering(http(status, b"", f"Location: http://127.0.0.1:{elsewhere.port}/")))
            for ask in (destination.send, destination.prove):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(2):
                        (outcome,) = await ask([one])
                        assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE)
                assert elsewhere.connections == 0


async def test_an_association_that_is_answered_byte_by_byte_is_given_up(tmp_path: Path) -> None:
    async with scene(tmp_path, C_STORE, answering(ASSOCIATE_AC, again=b"\0", pause=0.5)) as at:
        await at.told(UNREACHABLE, "", seconds=100)


@pytest.mark.parametrize("megabytes", [0.1, 6.0])
async def test_an_object_that_arrived_is_not_waited_for_as_if_it_were_still_under_way(
    megabytes: float, tmp_path: Path
) -> None:
    """In this process: at 8 kB/s six megabytes would be twelve minutes."""
    far_end = EmbeddedFarEnd(tmp_path)
    async with running(far_end), Line(far_end.server.port, garbled(None)) as line:
        limits = Timeouts(stalled=2.0, answer=1.0, ahead=0, kept_per_second=4_000_000.0)
        destination = PacsDestination("pacs", "DEMOPACS", "127.0.0.1", line.port, "TELECART", SOURCE, limits)
        async with asyncio.timeout(20):
            (outcome,) = await destination.send([frozen(destination, large_photo(megabytes))])
    assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_BUSY)


@pytest.mark.hazard("T6", without="tests.controls_sending:any_size_is_taken_in")
async def test_what_a_peer_announces_is_not_taken_in() -> None:
    """In this process: gigabytes are announced as one PDU, and sent; the line is closed instead."""
    taken = 0

    async def flood(_: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        await reader.read(65536)
        writer.write(ASSOCIATE_AC)
        while taken < 200 << 20:
            writer.write(bytes(1 << 20))
            await writer.drain()
            taken += 1 << 20

    async with Line(0, flood) as line:
        destination = pacs(line.port)
        (outcome,) = await destination.prove([frozen(destination, C_STORE.item())])
    assert outcome.reason is Reason.DESTINATION_UNREACHABLE
    assert taken < 20 << 20
