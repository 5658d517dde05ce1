"""The waiting room over real HTTP and HTTPS."""

from __future__ import annotations

import asyncio
import ssl
from importlib import resources
from pathlib import Path

import aiohttp
import pytest
from aiortc import RTCPeerConnection
from aiortc.rtcicetransport import RTCIceGatherer

from edge.domain.fault import Fault, Reason
from firmware_stubs.specialist import proven
from sync.consult import peer, signalling
from sync.consult.signalling import Signalling, self_signed

PAGE = Path(str(resources.files("ui.specialist")))
ABOUT: dict[str, object] = {"cart": "Borne", "demo": True, "ice_servers": []}


async def echo(offer: str) -> str:
    return f"answer to {offer}"


async def offered(
    session: aiohttp.ClientSession,
    room: Signalling,
    pin: str = "",
    sdp: str = "v=0",
    ticket: str = "",
    token: str = "",
) -> tuple[int, str]:
    promised = proven(room.trust.secret, "number", sdp)
    body = {"token": token or room.lobby.token, "pin": pin, "ticket": ticket, **promised}
    async with session.post("/offer", json=body) as answer:
        body = await answer.json()
        return answer.status, body.get("ticket") or body["reason"]


@pytest.mark.hazard("H19", without="tests.controls_call:everybody_is_answered_at_once")
async def test_nobody_is_answered_before_the_nurse_admits() -> None:
    async with (
        Signalling(PAGE, "127.0.0.1", 0, ABOUT) as room,
        aiohttp.ClientSession(room.address.partition("#")[0]) as session,
    ):
        assert not room.waiting.is_set()
        status, ticket = await offered(session, room)
        assert status == 202
        assert room.waiting.is_set()
        asked = asyncio.create_task(session.get("/answer", params={"ticket": ticket}))
        done, _ = await asyncio.wait({asked}, timeout=0.3)
        assert not done
        await room.admit(echo)
        async with await asked as answer:
            assert (await answer.json())["sdp"] == "answer to v=0"
        assert await offered(session, room) == (403, "used")


async def test_a_reloaded_page_waits_with_its_newest_offer() -> None:
    async with (
        Signalling(PAGE, "127.0.0.1", 0, ABOUT) as room,
        aiohttp.ClientSession(room.address.partition("#")[0]) as session,
    ):
        _, old = await offered(session, room, sdp="first")
        assert await offered(session, room, sdp="a stranger's") == (403, "taken")
        _, new = await offered(session, room, sdp="second", ticket=old)
        await room.admit(echo)
        async with session.get("/answer", params={"ticket": old}) as answer:
            assert answer.status == 410
        async with session.get("/answer", params={"ticket": new}) as answer:
            assert (await answer.json())["sdp"] == "answer to second"


async def test_a_page_of_another_origin_is_refused() -> None:
    async with (
        Signalling(PAGE, "127.0.0.1", 0, ABOUT) as room,
        aiohttp.ClientSession(room.address.partition("#")[0]) as session,
    ):
        _, ticket = await offered(session, room)
        await room.admit(echo)
        for path in ("/offer", "/reveal", "/late"):
            body = {"ticket": ticket, "nonce": "number"}
            async with session.post(path, json=body, headers={"Origin": "https://elsewhere.example"}) as answer:
                assert answer.status == 403, path
        assert not room.trust.spoken
        async with session.post("/reveal", json={"ticket": ticket, "nonce": "number"}) as answer:
            assert answer.status == 200
        assert room.trust.spoken


async def test_nonsense_and_strangers_stay_out() -> None:
    async with (
        Signalling(PAGE, "127.0.0.1", 0, ABOUT) as room,
        aiohttp.ClientSession(room.address.partition("#")[0]) as session,
    ):
        assert await offered(session, room, token="guess") == (403, "token")
        async with session.post("/offer", data=b"\xff\xfe") as answer:
            assert answer.status == 400
        async with session.get("/answer", params={"ticket": ""}) as answer:
            assert answer.status == 410
        async with session.get("/../settings.py") as answer:
            assert answer.status == 404
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert not room.waiting.is_set()


async def test_the_page_is_served_with_a_policy_that_loads_nothing_from_elsewhere() -> None:
    async with (
        Signalling(PAGE, "127.0.0.1", 0, ABOUT) as room,
        aiohttp.ClientSession(room.address.partition("#")[0]) as session,
    ):
        for path in (
            "/",
            "/style.css",
            "/words.js",
            "/values.js",
            "/trust.js",
            "/ecg.js",
            "/ecg_view.js",
            "/ecg.css",
            "/app.js",
        ):
            async with session.get(path) as answer:
                assert answer.status == 200
                assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
                assert "http://" not in (await answer.text()).replace("http://www.w3.org/", "")
        assert room.lobby.pin == ""


@pytest.mark.hazard("T15", without="tests.controls_call:every_host_is_loopback")
async def test_outside_loopback_there_is_https_and_a_pin() -> None:
    # 0.0.0.0 is any address; the request still goes over loopback
    async with Signalling(PAGE, "0.0.0.0", 0, ABOUT) as room:
        assert room.address.startswith("https://")
        assert len(room.lobby.pin) == 6
        base = room.address.partition("#")[0].replace("0.0.0.0", "127.0.0.1")
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        async with aiohttp.ClientSession(base, connector=aiohttp.TCPConnector(ssl=trusting)) as session:
            assert await offered(session, room, "nopin") == (403, "pin")
            assert (await offered(session, room, room.lobby.pin))[0] == 202


def test_tls_older_than_1_2_is_refused() -> None:
    assert self_signed("192.0.2.1").minimum_version is ssl.TLSVersion.TLSv1_2


async def test_a_port_that_is_taken_is_one_plain_line() -> None:
    async with Signalling(PAGE, "127.0.0.1", 0, ABOUT) as room:
        port = int(room.address.rpartition(":")[2].partition("/")[0])
        with pytest.raises(Fault) as caught:
            await Signalling(PAGE, "127.0.0.1", port, ABOUT).__aenter__()
        assert caught.value.reason is Reason.CALL


@pytest.mark.hazard("T13", without="tests.controls_call:aiortc_chooses_its_ice_servers")
async def test_no_ice_server_is_asked_that_we_did_not_name() -> None:
    third_parties = {server.urls for server in RTCIceGatherer.getDefaultIceServers()}
    assert third_parties
    for named in ([], ["stun:192.0.2.9:3478"]):
        connection = RTCPeerConnection(peer.configuration(named))
        connection.createDataChannel("x")
        gatherer = connection.sctp.transport.transport.iceGatherer
        asked = gatherer._connection.stun_server
        assert asked == (("192.0.2.9", 3478) if named else None)
        await connection.close()


async def test_the_place_of_somebody_who_left_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signalling, "PLACE_SECONDS", 1.0)
    async with (
        Signalling(PAGE, "127.0.0.1", 0, ABOUT) as room,
        aiohttp.ClientSession(room.address.partition("#")[0]) as session,
    ):
        _, ticket = await offered(session, room)
        asked = asyncio.create_task(session.get("/answer", params={"ticket": ticket}))
        left = asyncio.create_task(room.gone())
        done, _ = await asyncio.wait({left}, timeout=1.5)
        assert not done
        asked.cancel()
        async with asyncio.timeout(20):
            await left
        assert not room.waiting.is_set()
        assert (await offered(session, room))[0] == 202
