"""TLS to every kind of destination, with real certificates: who is not believed gets no byte of an object (T10, H18)."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
import ssl
import warnings
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import InMemory, Item
from edge.domain.measurement import Kind
from edge.domain.ports import Destination
from firmware_stubs.dicomweb import DicomwebSide
from firmware_stubs.fhir_endpoint import FhirEndpoint
from sync.dicom.fetching.prior_web import WebSource
from sync.dicom.sending.store_scu import PacsDestination
from sync.dicom.sending.stow import DicomwebDestination
from sync.dicom.speaking.association import Timeouts
from sync.drain import Drain
from sync.fhir.client import FhirDestination
from sync.tls import Identity, Tls
from tests import items, servers
from tests.certificates import DAY, Authority, Issued, server_context
from tests.memory_outbox import MemoryOutbox
from tests.sending import Line
from tests.servers import QUICK, SOURCE, free_port
from tests.web_servers import EmbeddedWebFarEnd, OrthancWebFarEnd

Reach = Callable[[int, Tls], Destination]


def by_c_store(port: int, tls: Tls) -> Destination:
    return PacsDestination("pacs", "PACS", "127.0.0.1", port, "TELECART", SOURCE, QUICK, tls)


def by_dicomweb(port: int, tls: Tls) -> Destination:
    return DicomwebDestination("dicomweb", f"https://127.0.0.1:{port}/dicom-web", SOURCE, QUICK, tls)


def by_fhir(port: int, tls: Tls) -> Destination:
    return FhirDestination("fhir", f"https://127.0.0.1:{port}/fhir", tls=tls)


WAYS: dict[str, Reach] = {"c-store": by_c_store, "dicomweb": by_dicomweb, "fhir": by_fhir}


@dataclasses.dataclass(frozen=True)
class Site:
    """Those who sign, and what they signed."""

    region: Authority
    stranger: Authority
    pacs: Issued
    cart: Issued

    def trusted(self) -> Tls:
        return Tls(self.region.file, self.cart.certificate, self.cart.key)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("certificates")
    region, stranger = Authority(folder / "region", "region"), Authority(folder / "stranger", "stranger")
    return Site(region, stranger, region.issue("pacs", "127.0.0.1"), region.issue("cart"))


# --- mutual TLS with real programs


def storescp(folder: Path, site: Site) -> servers.StorescpFarEnd:
    far_end = servers.StorescpFarEnd(folder)
    far_end.options = ("+tls", str(site.pacs.key), str(site.pacs.certificate), "+cf", str(site.region.file), "-rc")
    far_end.destination = PacsDestination(
        "pacs", "STORESCP", "127.0.0.1", far_end.port, "TELECART", SOURCE, QUICK, site.trusted()
    )
    return far_end


def orthanc(folder: Path, site: Site) -> servers.OrthancFarEnd:
    far_end = servers.OrthancFarEnd(folder)
    far_end.options = {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(site.pacs.certificate),
        "DicomTlsPrivateKey": str(site.pacs.key),
        "DicomTlsTrustedCertificates": str(site.region.file),
        "DicomTlsRemoteCertificateRequired": True,
    }
    far_end.destination = PacsDestination(
        "pacs", "ORTHANC", "127.0.0.1", far_end.port, "TELECART", SOURCE, QUICK, site.trusted()
    )
    return far_end


class SecureOrthancWeb(OrthancWebFarEnd):
    """STOW-RS, QIDO-RS and WADO-RS over HTTPS, at an Orthanc behind what ends TLS and asks for the cart's certificate.

    Orthanc's own HTTPS is no choice: that of Debian 12 dies of SIGSEGV at the first request, and its handbook says to put
    another server in front (orthanc.uclouvain.be/book/faq/https.html).
    """

    def __init__(self, folder: Path, site: Site) -> None:
        super().__init__(folder)
        self.front = Line(self.http, tls=server_context(site.pacs, site.region.file))
        self.destination = by_dicomweb(self.front.port, site.trusted())

    async def up(self) -> None:
        await super().up()
        await self.front.mend()

    async def down(self) -> None:
        await self.front.cut()
        await super().down()


class SecureWeb(EmbeddedWebFarEnd):
    def __init__(self, folder: Path, site: Site) -> None:
        super().__init__(folder)
        self.web = DicomwebSide(self.server, free_port(), server_context(site.pacs, site.region.file))
        self.destination = by_dicomweb(self.web.port, site.trusted())


class SecureFhir(servers.FhirFarEnd):
    def __init__(self, folder: Path, site: Site) -> None:
        super().__init__(folder)
        self.server = FhirEndpoint(folder, free_port(), server_context(site.pacs, site.region.file))
        self.destination = by_fhir(self.server.port, site.trusted())


MUTUAL: dict[str, Callable[[Path, Site], servers.FarEnd]] = {
    "storescp": storescp,
    "orthanc": orthanc,
    "orthanc-web": SecureOrthancWeb,
    "dicomweb": SecureWeb,
    "fhir": SecureFhir,
}


ORTHANC = [pytest.param(name, marks=pytest.mark.slow) for name in ("orthanc", "orthanc-web")]


@pytest.mark.parametrize("name", [*ORTHANC, "storescp", "dicomweb", "fhir"])
async def test_both_sides_show_their_certificate(name: str, site: Site, tmp_path: Path) -> None:
    async with servers.running(MUTUAL[name](tmp_path, site)) as far_end:
        item = far_end.new_item()
        one = servers.frozen(far_end.destination, item)
        (outcome,) = await far_end.destination.send([one])
        assert (outcome.event, outcome.what) == (Event.ACCEPTED, "")
        assert await far_end.held(item) == 1
        if far_end.proves:
            (proof,) = await far_end.destination.prove([one])
            assert proof.event is Event.PROVEN


@pytest.mark.slow
async def test_an_orthanc_behind_https_gives_earlier_objects_to_this_cart_and_nothing_to_a_stranger(
    site: Site, tmp_path: Path
) -> None:
    async with servers.running(SecureOrthancWeb(tmp_path, site)) as far_end:
        item, url = far_end.new_item(), f"https://127.0.0.1:{far_end.front.port}/dicom-web"
        one = servers.frozen(far_end.destination, item)
        strange = site.stranger.issue("cart")
        for tls in (
            Tls(site.region.file, strange.certificate, strange.key),
            Tls(site.region.file),
            Tls(site.stranger.file, site.cart.certificate, site.cart.key),
        ):
            (outcome,) = await by_dicomweb(far_end.front.port, tls).send([one])
            assert outcome.event is Event.TRY_LATER
        assert await far_end.held(item) == 0
        await far_end.destination.send([one])
        source = WebSource("region", url, site.trusted(), QUICK)
        (study,) = await source.studies(items.PATIENT.id, item.taken.utc.date() - DAY)
        assert study.uid == item.encounter.study_uid
        (listed,) = await source.objects(study.uid, frozenset({"XC"}))
        assert await source.fetch(listed, len(one.content)) == one.content


async def test_a_far_end_that_stops_reading_inside_tls_does_not_hold_the_cart(site: Site, tmp_path: Path) -> None:
    impatient = Timeouts(connect=5.0, stalled=0.5, answer=2.0)
    async with (
        servers.running(storescp(tmp_path, site)) as far_end,
        servers.stalling_after(100_000, far_end.port) as port,
        asyncio.timeout(30),
    ):
        destination = PacsDestination(
            "pacs", "STORESCP", "127.0.0.1", port, "TELECART", SOURCE, impatient, site.trusted()
        )
        one = servers.frozen(destination, items.ecg())
        large = dataclasses.replace(one, body=InMemory(one.content + bytes(20_000_000)))
        (outcome,) = await destination.send([large])
    assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_BUSY)


# --- who is not believed


class Listener:
    """Notes what comes: as it stands on the line where ``tls`` is None, else what TLS let through."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._tls = tls
        self._over = False
        self.came = bytearray()
        self.port = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Listener]:
        # blocking sockets in threads: asyncio's TLS ends a handshake that fails without the alert that says why
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
            serving = asyncio.create_task(asyncio.to_thread(self._serve, server))
            try:
                yield self
            finally:
                self._over = True
                server.shutdown(socket.SHUT_RDWR)
                await serving

    def _serve(self, server: socket.socket) -> None:
        while not self._over:
            with contextlib.suppress(OSError), server.accept()[0] as taken:
                taken.settimeout(3.0)
                if self._tls is None:
                    self._note(taken)
                    continue
                line = self._tls.wrap_socket(taken.dup(), server_side=True, do_handshake_on_connect=False)
                with line:
                    try:
                        line.do_handshake()
                        self._note(line)
                    except ssl.SSLError:
                        # what is unread when a line is closed resets it, and the alert before is lost
                        taken.shutdown(socket.SHUT_WR)
                        while taken.recv(65536):
                            pass

    def _note(self, line: socket.socket) -> None:
        while piece := line.recv(65536):
            self.came += piece


def new_item(destination: Destination) -> Item:
    return items.ecg() if Kind.ECG in destination.kinds else items.spo2()


async def begun(destination: Destination, listener: Listener) -> None:
    """Until something has come, and half a second longer, for what else may come: the far end answers nothing."""
    sending = asyncio.create_task(destination.send([servers.frozen(destination, new_item(destination))]))
    try:
        async with asyncio.timeout(30):
            while not listener.came:
                await asyncio.sleep(0.02)
        await asyncio.wait([sending], timeout=0.5)
    finally:
        sending.cancel()
        await asyncio.wait([sending])


async def refused(destination: Destination, told: str) -> None:
    one = servers.frozen(destination, new_item(destination))
    for (outcome,) in (await destination.send([one]), await destination.prove([one])):
        assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_REFUSED)
        assert told in outcome.what
        assert "nothing is sent" in outcome.what
        assert "\n" not in outcome.what


def wrong_authority(site: Site) -> tuple[Issued, Tls]:
    return site.stranger.issue("pacs", "127.0.0.1"), site.trusted()


def expired(site: Site) -> tuple[Issued, Tls]:
    return site.region.issue("pacs", "127.0.0.1", begin=-30 * DAY, end=-DAY), site.trusted()


def not_yet_valid(site: Site) -> tuple[Issued, Tls]:
    return site.region.issue("pacs", "127.0.0.1", begin=DAY), site.trusted()


def wrong_name(site: Site) -> tuple[Issued, Tls]:
    return site.region.issue("pacs"), dataclasses.replace(site.trusted(), server_name="other.example")


def wrong_address(site: Site) -> tuple[Issued, Tls]:
    return site.region.issue("pacs", "192.0.2.9"), site.trusted()


def machine_s_authorities(site: Site) -> tuple[Issued, Tls]:
    return site.pacs, Tls()


@pytest.mark.hazard("T10", without="tests.controls_destinations:any_certificate_is_believed")
@pytest.mark.hazard("H18", without="tests.controls_destinations:any_certificate_is_believed")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (wrong_authority, "signed by somebody we do not believe"),
        (expired, "has expired"),
        (not_yet_valid, "is not valid yet"),
        (wrong_name, "is for another name"),
        (wrong_address, "is for another address"),
        (machine_s_authorities, "signed by somebody we do not believe"),
    ],
)
async def test_nothing_goes_to_whom_we_do_not_believe(
    site: Site, way: str, trouble: Callable[[Site], tuple[Issued, Tls]], told: str
) -> None:
    issued, tls = trouble(site)
    async with Listener(server_context(issued)).running() as listener:
        await refused(WAYS[way](listener.port, tls), told)
    assert bytes(listener.came) == b""


@pytest.mark.parametrize("way", WAYS)
async def test_the_name_of_the_settings_is_what_counts(site: Site, way: str) -> None:
    """A node that is reached by its address, and whose certificate is for a name."""
    issued = site.region.issue("pacs.example")
    tls = dataclasses.replace(site.trusted(), server_name="pacs.example")
    async with Listener(server_context(issued)).running() as listener:
        destination = WAYS[way](listener.port, tls)
        await begun(destination, listener)
    assert listener.came


@pytest.mark.parametrize("way", WAYS)
async def test_the_far_end_s_own_certificate_may_be_the_pin(site: Site, way: str) -> None:
    """Then another one by the same authority is not believed."""
    other = site.region.issue("pacs", "127.0.0.1")
    async with Listener(server_context(other)).running() as listener:
        await refused(WAYS[way](listener.port, Tls(site.pacs.certificate)), "do not believe")
    assert bytes(listener.came) == b""


@pytest.mark.hazard("T10", without="tests.controls_destinations:plain_where_tls_is_asked")
@pytest.mark.parametrize("way", WAYS)
async def test_there_is_no_falling_back_to_plain(site: Site, way: str) -> None:
    """A far end without TLS, or somebody on the line who strips it: all that comes is the beginning of a handshake."""
    async with Listener(None).running() as listener:
        await begun(WAYS[way](listener.port, site.trusted()), listener)
    assert listener.came[:2] == b"\x16\x03"
    assert items.PATIENT.id.encode() not in listener.came
    assert len(listener.came) < 4096


@pytest.mark.parametrize("way", WAYS)
async def test_what_answers_without_tls_is_told(site: Site, way: str) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        await refused(WAYS[way](server.sockets[0].getsockname()[1], site.trusted()), "does not speak TLS")


@pytest.mark.parametrize("way", WAYS)
async def test_tls_1_1_is_too_old(site: Site, way: str) -> None:
    context = server_context(site.pacs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    async with Listener(context).running() as listener:
        await refused(WAYS[way](listener.port, site.trusted()), "no TLS 1.2 or newer")
    assert bytes(listener.came) == b""


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("way", WAYS)
async def test_a_far_end_that_wants_our_certificate_says_so(site: Site, way: str, newest: ssl.TLSVersion) -> None:
    context = server_context(site.pacs, site.region.file)
    context.maximum_version = newest
    async with Listener(context).running() as listener:
        await refused(WAYS[way](listener.port, Tls(site.region.file)), "cart's certificate")
    assert bytes(listener.came) == b""


def test_why_is_told_also_to_who_only_saw_the_connection_go(site: Site) -> None:
    """On a busy machine a request fails to be written after TLS heard why, and before anybody asked."""
    identity = Identity(Tls(site.region.file))
    server = server_context(site.pacs, site.region.file)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    theirs = server.wrap_bio(up, down, server_side=True)
    ours = identity.context().wrap_bio(down, up, server_hostname="127.0.0.1")
    broke = ConnectionResetError("Cannot write to closing transport")
    with contextlib.suppress(ssl.SSLWantReadError):
        ours.do_handshake()
    with contextlib.suppress(ssl.SSLWantReadError):
        theirs.do_handshake()
    ours.do_handshake()
    assert identity.refusal_in(broke, "the PACS") is None
    with pytest.raises(ssl.SSLError):
        theirs.do_handshake()
    with pytest.raises(ssl.SSLError):
        ours.read()
    told = identity.refusal_in(broke, "the PACS")
    assert told is not None
    assert "cart's certificate" in told.what
    assert identity.refusal_in(broke, "the PACS") is None


async def test_one_wrong_certificate_keeps_its_queue_and_holds_up_nobody_else(site: Site, tmp_path: Path) -> None:
    """H18: two PACS, one of which is not who it says."""
    outbox = MemoryOutbox()
    stranger = Listener(server_context(site.stranger.issue("pacs", "127.0.0.1")))
    async with servers.running(SecureWeb(tmp_path / "right", site)) as right, stranger.running() as wrong:
        ends: Sequence[Destination] = [right.destination, by_c_store(wrong.port, site.trusted())]
        drain = asyncio.create_task(Drain(outbox, ends, proof_waits=()).run())
        for _ in range(3):
            await outbox.promise(items.ecg(), "dicomweb", "pacs")
        await outbox.until(lambda: set(outbox.states("dicomweb")) == {"received"})
        await outbox.until(lambda: any(row.outcomes for (name, _), row in outbox.rows.items() if name == "pacs"))
        drain.cancel()
        await asyncio.gather(drain, return_exceptions=True)
    assert set(outbox.states("pacs")) == {"pending"}
    assert bytes(wrong.came) == b""


# --- what the settings name


def test_files_that_are_of_no_use_are_told(site: Site, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for tls, named in [
        (Tls(tmp_path / "nowhere.pem"), "nowhere.pem"),
        (Tls(empty), "empty.pem"),
        (Tls(site.region.file, empty), "empty.pem"),
        (Tls(site.region.file, site.cart.certificate, site.pacs.key), site.pacs.key.name),
        (Tls(site.region.file, key=site.cart.key), site.cart.key.name),
    ]:
        with pytest.raises(Fault, match=named) as raised:
            tls.context()
        assert raised.value.reason is Reason.SETTINGS
        assert "\n" not in str(raised.value)
        assert raised.value.do
