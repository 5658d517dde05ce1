"""The cart's end of the connection, against an aiortc peer."""

from __future__ import annotations

import asyncio
import os
import re

import aioice.ice
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from edge.domain.fault import Fault, Reason
from edge.domain.media import Frame
from sync.consult.addresses import gather_on
from sync.consult.peer import Peer
from tests import listening


class NoPicture:
    def latest(self) -> Frame | None:
        return None


class Silence:
    def read(self, samples: int) -> bytes:
        return bytes(2 * samples)


@pytest.fixture(autouse=True)
def on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a call sets for this process is put back."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", aioice.ice.get_host_addresses)
    gather_on("127.0.0.1")


@pytest.mark.hazard("T15", without="tests.controls_call:hidden_names_are_resolved")
async def test_a_browser_that_hides_its_addresses_is_met_without_listening_on_every_interface() -> None:
    ours = Peer(NoPicture(), Silence(), [])
    theirs = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    for kind in ("video", "audio"):
        theirs.addTransceiver(kind, direction="recvonly")
    theirs.createDataChannel("vitals")
    connected = asyncio.Event()
    theirs.on("connectionstatechange", lambda: theirs.connectionState == "connected" and connected.set())
    await theirs.setLocalDescription(await theirs.createOffer())
    # as Chromium writes them to a page that may not use the camera; the end is told by no browser
    hidden = re.sub(
        r"(a=candidate:\S+ \d udp \d+) 127\.0\.0\.1 ", r"\1 0190-hidden.local ", theirs.localDescription.sdp
    )
    hidden = hidden.replace("a=end-of-candidates\r\n", "")
    assert " 127.0.0.1 " not in hidden
    assert "0190-hidden.local" in hidden
    heard_on = set()
    try:
        answer = asyncio.create_task(ours.answer(hidden))
        async with asyncio.timeout(20):
            while not answer.done():
                heard_on |= listening.addresses(os.getpid())
                await asyncio.wait({answer}, timeout=0.05)
            await theirs.setRemoteDescription(RTCSessionDescription(await answer, "answer"))
            await connected.wait()
        heard_on |= listening.addresses(os.getpid())
    finally:
        await ours.close()
        await theirs.close()
    assert heard_on == {"127.0.0.1"}


@pytest.mark.parametrize("offer", ["", "v=0", "v=0\r\nm=video x", "nonsense"])
async def test_an_offer_that_is_none_is_one_plain_line(offer: str) -> None:
    ours = Peer(NoPicture(), Silence(), [])
    try:
        with pytest.raises(Fault) as caught:
            await ours.answer(offer)
    finally:
        await ours.close()
    assert caught.value.reason is Reason.CALL
