"""Cart and browser meet at a rendezvous: over real TLS and WebSockets, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from edge.domain.fault import Fault
from edge.mains import calling
from sync.consult import outward, trust
from sync.consult.outward import Outward
from sync.meeting import keys, messages as m
from sync.meeting.keys import CartKey
from sync.meeting.messages import Who
from sync.rendezvous import rooms, turn
from tests import meeting
from tests.meeting import CART, House, offered, parts


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(outward, "FIRST_WAIT", 0.05)
    return House(tmp_path)


async def echo(offer: str) -> str:
    return f"answer to {offer}"


async def soon(one: asyncio.Event) -> None:
    async with asyncio.timeout(30):
        await one.wait()


async def test_the_messages_of_a_call_are_passed_on_both_ways(house: House) -> None:
    async with house.rendezvous(), house.cart() as cart, house.browser() as browser:
        token, _, key = parts(cart.address)
        assert len(token) * 6 >= 128
        assert key == keys.short(house.key.public)
        async with browser.get("/call", headers={"X-Telecart-Link": token}) as told:
            about = await told.json()
        assert (about["cart"], about["demo"], about["who"]["name"]) == ("Borne 1", True, "Odile Petit")
        assert not cart.waiting.is_set()

        status, ticket = await offered(browser, cart.address)
        assert status == 202
        await soon(cart.waiting)
        assert cart.visitor == Who(name="Odile Petit", invited=True)
        asked = asyncio.create_task(browser.get("/answer", params={"ticket": ticket}))
        done, _ = await asyncio.wait({asked}, timeout=0.3)
        assert not done
        await cart.admit(echo)
        async with await asked as answer:
            signed = await answer.json()
        assert signed["sdp"] == "answer to v=0"
        proven = trust.Offered("v=0", "", trust.commitment(meeting.NUMBER))
        said = trust.to_sign(proven, signed["sdp"], signed["nonce"])
        assert keys.verified(house.key.public, said, signed["signature"])

        assert not cart.spoken
        async with browser.post("/reveal", json={"ticket": ticket, "nonce": meeting.NUMBER}) as told:
            assert told.status == 200
        async with asyncio.timeout(30):
            while not cart.spoken:
                await asyncio.sleep(0.01)
        assert cart.spoken == trust.spoken("v=0", signed["sdp"], meeting.NUMBER, signed["nonce"])


@pytest.mark.hazard("T11", without="tests.controls_meeting:a_link_opens_again")
async def test_a_link_that_was_used_opens_nothing_more(house: House) -> None:
    async with house.rendezvous(), house.cart() as cart, house.browser() as browser:
        _, ticket = await offered(browser, cart.address)
        await soon(cart.waiting)
        await cart.admit(echo)
        async with browser.get("/answer", params={"ticket": ticket}) as answer:
            assert answer.status == 200
        assert await offered(browser, cart.address) == (403, "used")


@pytest.mark.hazard("T11", without="tests.controls_meeting:links_never_grow_old")
async def test_a_link_is_void_after_fifteen_minutes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert m.OpenRoom(shown="").minutes * rooms.MINUTE == 900
    async with house.rendezvous(), house.cart() as cart, house.browser() as browser:
        monkeypatch.setattr(rooms, "MINUTE", 0.0)
        assert await offered(browser, cart.address) == (403, "token")


async def test_a_second_visitor_does_not_take_the_place(house: House) -> None:
    async with house.rendezvous(), house.cart() as cart, house.browser() as browser:
        _, ticket = await offered(browser, cart.address)
        await soon(cart.waiting)
        assert await offered(browser, cart.address) == (403, "taken")
        assert (await offered(browser, cart.address, ticket=ticket))[0] == 202


@pytest.mark.hazard("T14", without="tests.controls_meeting:foreign_pages_may_ask")
async def test_a_page_of_another_origin_is_refused(house: House) -> None:
    async with house.rendezvous(), house.cart() as cart, house.browser() as browser:
        token = parts(cart.address)[0]
        for origin in ("https://elsewhere.example", "null"):
            async with browser.post("/offer", json={"token": token, "sdp": ""}, headers={"Origin": origin}) as said:
                assert (said.status, (await said.json())["reason"]) == (403, "origin")
        async with browser.get("/cart", headers={"Origin": house.origin}) as said:
            assert said.status == 403


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"token": 1}', b'{"token": "x", "sdp": "y", "proof": "*"}'])
async def test_what_is_no_offer_is_refused(house: House, body: bytes) -> None:
    async with house.rendezvous(), house.browser() as browser, browser.post("/offer", data=body) as said:
        assert (said.status, (await said.json())["reason"]) == (400, "nonsense")


async def test_what_is_too_long_is_refused_on_both_ends(house: House) -> None:
    async with house.rendezvous(), house.browser() as browser:
        async with browser.post("/offer", data=b"x" * (m.LARGEST + 1)) as said:
            assert (said.status, (await said.json())["reason"]) == (413, "size")
        async with browser.ws_connect("/cart") as line:
            await line.send_str("x" * (m.LARGEST + 1))
            while (last := await line.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
            assert last.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
    with pytest.raises(m.Nonsense, match="size"):
        m.from_rendezvous("x" * (m.LARGEST + 1))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("{", "nonsense"),
        ('{"type":"hello"}', "nonsense"),
        ('{"type":"hello","cart":"borne-1","more":1}', "nonsense"),
        ('{"type":"open_room","shown":"x"}', "order"),
        ('{"type":"proven","signature":"x"}', "order"),
    ],
)
async def test_what_no_cart_says_is_refused_with_its_reason(house: House, said: str, reason: str) -> None:
    async with house.rendezvous(), house.browser() as browser, browser.ws_connect("/cart") as line:
        await line.send_str(said)
        assert m.from_rendezvous((await line.receive()).data) == m.Refused(reason=reason)


@pytest.mark.hazard("T14", without="tests.controls_meeting:any_cart_comes_in")
async def test_who_has_not_the_key_of_a_listed_cart_does_not_come_in(house: House) -> None:
    async with house.rendezvous():
        with pytest.raises(Fault, match="another key of this cart"):
            async with house.cart(key=CartKey.fresh()):
                pass


async def test_a_cart_that_is_not_listed_does_not_come_in(house: House) -> None:
    async with house.rendezvous():
        with pytest.raises(Fault, match="does not know this cart"):
            async with house.cart(name="borne-2"):
                pass


async def test_a_challenge_signed_for_another_rendezvous_opens_nothing(house: House) -> None:
    async with house.rendezvous(), house.browser() as browser, browser.ws_connect("/cart") as line:
        await line.send_str(m.encode(m.Hello(cart=CART)))
        challenge = m.from_rendezvous((await line.receive()).data)
        assert isinstance(challenge, m.Challenge)
        signature = house.key.sign(keys.challenge(CART, challenge.nonce, "https://other.example"))
        await line.send_str(m.encode(m.Proven(signature=signature)))
        assert m.from_rendezvous((await line.receive()).data) == m.Refused(reason="signature")


@pytest.mark.hazard("T14", without="tests.controls_meeting:every_offer_is_believed")
async def test_an_offer_that_was_changed_on_its_way_never_waits(house: House) -> None:
    async with house.rendezvous(), house.cart() as cart, house.browser() as browser:
        status, ticket = await offered(browser, cart.address, sdp="ours", swapped="theirs")
        assert status == 202
        async with asyncio.timeout(30), browser.get("/answer", params={"ticket": ticket}) as answer:
            assert (answer.status, (await answer.json())["reason"]) == (403, "proof")
        assert not cart.waiting.is_set()


async def test_a_rendezvous_that_starts_again_loses_the_lobby_and_nothing_else(house: House) -> None:
    async with house.rendezvous() as first:
        cart = house.cart()
        await cart.__aenter__()
        async with house.browser() as browser:
            await offered(browser, cart.address)
            await soon(cart.waiting)
        old = cart.address
        await first.__aexit__()
    try:
        async with asyncio.timeout(30):
            while cart.waiting.is_set():
                await asyncio.sleep(0.01)
        async with house.rendezvous(), house.browser() as browser:
            async with asyncio.timeout(30):
                while cart.address in {"", old}:
                    await asyncio.sleep(0.01)
            assert await offered(browser, old) == (403, "token")
            assert (await offered(browser, cart.address))[0] == 202
            await soon(cart.waiting)
    finally:
        await cart.__aexit__()


async def test_who_leaves_makes_room(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "PLACE_SECONDS", 0.1)
    async with house.rendezvous(), house.cart() as cart, house.browser() as browser:
        await offered(browser, cart.address)
        async with asyncio.timeout(30):
            await cart.gone()
        assert not cart.waiting.is_set()
        assert cart.visitor == Who()


async def until_somebody(lobby: Outward) -> None:
    """However often the link changes before."""
    async with asyncio.timeout(30):
        while not await calling.somebody(lobby):
            pass


async def test_who_loses_the_lobby_for_good_is_told(house: House) -> None:
    async with house.rendezvous(), house.cart() as first:
        assert first.lost is None
        async with house.cart() as second:
            with pytest.raises(Fault, match="another process of this cart"):
                await until_somebody(first)
            assert not first.address
            assert second.address


async def test_a_defect_of_the_line_ends_the_lobby(house: House) -> None:
    async with house.rendezvous(), house.cart() as cart, house.browser() as browser:
        cart._trust.believes = None  # type: ignore[method-assign, assignment]
        await offered(browser, cart.address)
        with pytest.raises(Fault, match="broke"):
            await until_somebody(cart)


@pytest.mark.parametrize("wanted", [True, False])
async def test_the_cart_is_told_whether_the_region_wants_relays_only(house: House, wanted: bool) -> None:
    house.relay_only = wanted
    async with house.rendezvous(), house.cart() as cart:
        assert cart.relay_only is wanted


async def test_a_link_of_bytes_that_are_no_text_is_refused(house: House) -> None:
    async with house.rendezvous(), house.cart():
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port, ssl=house.trusting())
        writer.write(b"GET /call HTTP/1.1\r\nHost: x\r\nX-Telecart-Link: \xff\xfe\r\nConnection: close\r\n\r\n")
        async with asyncio.timeout(30):
            assert (await reader.readline()).split()[1] == b"403"
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def proxy() -> AsyncIterator[tuple[str, list[bytes]]]:
    """An HTTP proxy that knows CONNECT (RFC 9110, 9.3.6), with the request lines that it heard."""
    heard: list[bytes] = []
    running: set[asyncio.Task[None]] = set()

    async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while piece := await source.read(65536):
                target.write(piece)
                await target.drain()
        target.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        head = await reader.readuntil(b"\r\n\r\n")
        heard.append(head.partition(b"\r\n")[0])
        host, _, port = head.split()[1].decode().rpartition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        try:
            await asyncio.gather(pass_on(reader, far_writer), pass_on(far_reader, writer))
        finally:
            for one in (writer, far_writer):
                one.close()
                with contextlib.suppress(ConnectionError):
                    await one.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard
    finally:
        server.close()
        # both ends have closed by now, or do so soon
        async with asyncio.timeout(30):
            await asyncio.gather(*running, return_exceptions=True)


async def test_the_way_out_leads_through_the_site_s_proxy(house: House) -> None:
    async with proxy() as (address, heard), house.rendezvous(), house.cart(proxy=address) as cart:
        assert cart.address.startswith(house.origin)
        assert heard == [f"CONNECT 127.0.0.1:{house.port} HTTP/1.1".encode()]


async def test_nobody_answers_and_the_nurse_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outward, "_OPEN_SECONDS", 0.5)
    with pytest.raises(Fault, match="does not answer"):
        async with house.cart():
            pass


def test_credentials_of_a_relay_are_those_of_the_draft_and_last_ten_minutes() -> None:
    # a username of draft-uberti-behave-turn-rest-00 is time:name; the HMAC was computed with OpenSSL
    relays = turn.Relays(("stun:s.example", "turn:t.example?transport=udp"), "mysecret")
    stun, one = relays.servers("mbzrxpgjys", now=12334339)
    assert (stun.username, stun.credential) == ("", "")
    assert one.username == "12334939:mbzrxpgjys"
    assert one.credential == "2aJd/GqhrESBlOBrBOeXZdHVvYw="
