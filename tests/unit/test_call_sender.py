"""Our sender inside aiortc: what it uses of it, and against an aiortc peer."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator

import aioice.ice
import aiortc
import av
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCRtpSender, RTCSessionDescription, codecs
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpHeaderExtensionParameters
from aiortc.rtcrtptransceiver import RTCRtpTransceiver
from aiortc.rtcsctptransport import RTCSctpTransport

from edge.domain.media import Frame
from sync.consult.addresses import gather_on
from sync.consult.coded import Feed
from sync.consult.sound.voice import Voice
from sync.consult.video.arrivals import Arrivals
from sync.consult.video.feedback import EXTENSION
from sync.consult.video.line import Line
from sync.consult.video.pictures import Pictures
from sync.consult.video.sender import (
    AIORTC,
    SCTP,
    SENDER,
    SENDER_METHODS,
    TRANSCEIVER,
    TRANSPORT,
    Sender,
    listen,
    take_over,
)

_WIDE = 9
_PATIENCE = 60


class Scene:
    """A camera that moves over noise, a new picture each time it is asked."""

    def __init__(self) -> None:
        self._noise = np.random.default_rng(3).integers(0, 255, (360, 800, 3), np.uint8)
        self._count = 0

    def latest(self) -> Frame | None:
        self._count += 1
        at = self._count % 160
        pixels = np.ascontiguousarray(self._noise[:, at : at + 640])
        return Frame(640, 360, pixels.data.cast("B"), self._count * 33_000_000)


class Tone:
    def read(self, samples: int) -> bytes:
        return bytes((6000 * np.sin(np.arange(samples) / 20)).astype(np.int16).tobytes())


def test_what_is_used_of_aiortc_is_there() -> None:
    assert aiortc.__version__ == AIORTC
    made = inspect.getsource(RTCRtpSender.__init__)
    for name in SENDER:
        assert f"self.__{name}" in made
    for name in SENDER_METHODS:
        assert inspect.iscoroutinefunction(getattr(RTCRtpSender, name)) == (name != "_send_keyframe")
        assert list(inspect.signature(getattr(RTCRtpSender, name)).parameters) == list(
            inspect.signature(getattr(Sender, name)).parameters
        )
    for name in TRANSPORT:
        assert inspect.iscoroutinefunction(getattr(RTCDtlsTransport, name))
    made = inspect.getsource(RTCRtpTransceiver.__init__)
    for name in TRANSCEIVER:
        assert f"self.{name.removeprefix('_RTCRtpTransceiver')}" in made
    made = inspect.getsource(RTCSctpTransport.__init__)
    for name in SCTP:
        assert f"self.{name} = " in made
    stopped = inspect.getsource(RTCRtpSender.stop)
    assert "__rtp_started.wait()" in stopped
    assert "__rtp_exited.wait()" in stopped


class Asked(Pictures):
    """Counts who asked for a key frame."""

    asked = 0

    def key_wanted(self) -> None:
        self.asked += 1
        super().key_wanted()


class Call:
    """The cart's end as ``connection`` with ``line`` and ``pictures``, the page's end as ``page``."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.page = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.line = Line()
        self.pictures = Asked(Scene(), self.line)
        self.got: dict[str, list[av.VideoFrame | av.AudioFrame]] = {"video": [], "audio": []}
        self._takers: list[asyncio.Task[None]] = []
        self.page.on("track", self._track)

    def _track(self, track: MediaStreamTrack) -> None:
        self._takers.append(asyncio.create_task(self._take(track)))

    async def _take(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, av.VideoFrame | av.AudioFrame)
            self.got[track.kind].append(frame)

    async def connect(self) -> str:
        """The answer."""
        for kind in ("video", "audio"):
            self.page.addTransceiver(kind, direction="recvonly")
        self.page.createDataChannel("vitals")
        await self.page.setLocalDescription(await self.page.createOffer())
        listen(self.page.getTransceivers()[0].receiver.transport, None, Arrivals(_WIDE, 4711))
        offer = self.page.localDescription
        await self.connection.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
        feeds: dict[str, Feed] = {"video": self.pictures, "audio": Voice(Tone(), lambda: self.line.voice)}
        take_over(self.connection, offer.sdp, feeds, self.line)
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        answer = self.connection.localDescription
        await self.page.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        return str(answer.sdp)

    def receiver(self, kind: str) -> RTCRtpReceiver:
        return next(t.receiver for t in self.page.getTransceivers() if t.kind == kind)

    async def close(self) -> None:
        await self.connection.close()
        await self.page.close()
        await self.line.close()
        self.pictures.close()
        await asyncio.gather(*self._takers)


@pytest.fixture
async def call(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Call]:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", aioice.ice.get_host_addresses)
    gather_on("127.0.0.1")
    wide = RTCRtpHeaderExtensionParameters(id=_WIDE, uri=EXTENSION)
    for kind in ("video", "audio"):
        monkeypatch.setitem(codecs.HEADER_EXTENSIONS, kind, [*codecs.HEADER_EXTENSIONS[kind], wide])
    for codec in codecs.CODECS["video"]:
        monkeypatch.setattr(codec, "rtcpFeedback", [*codec.rtcpFeedback, RTCRtcpFeedback(type="transport-cc")])
    made = Call()
    try:
        yield made
    finally:
        await made.close()


async def _until(call: Call, what: str) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not {
            "both": call.got["video"] and call.got["audio"],
            "reported": call.line.reported,
        }[what]:
            await asyncio.sleep(0.02)


async def test_picture_and_voice_arrive_and_each_packet_is_reported_on(call: Call) -> None:
    answer = await call.connect()
    video = answer[answer.index("m=video") :]
    formats = video.splitlines()[0].split()
    # the first is what is sent: H.264, although VP8 was offered first
    assert f"a=rtpmap:{formats[3]} H264/90000" in video
    assert EXTENSION in answer
    assert f"a=rtcp-fb:{formats[3]} transport-cc" in video
    await _until(call, "both")
    await _until(call, "reported")
    picture = call.got["video"][0]
    assert isinstance(picture, av.VideoFrame)
    assert 0 < picture.height <= 360
    assert call.pictures.sent > 0


async def test_who_cannot_go_on_gets_a_key_frame(call: Call) -> None:
    await call.connect()
    await _until(call, "both")
    before = call.pictures.keys
    sender = next(t.sender for t in call.connection.getTransceivers() if t.kind == "video")
    async with asyncio.timeout(_PATIENCE):
        while not call.pictures.asked or call.pictures.keys == before:
            await call.receiver("video")._send_rtcp_pli(sender._ssrc)
            await asyncio.sleep(0.2)


async def test_a_closed_call_encodes_no_more(call: Call) -> None:
    await call.connect()
    await _until(call, "both")
    await call.connection.close()
    async with asyncio.timeout(_PATIENCE):
        while call.connection.connectionState != "closed":
            await asyncio.sleep(0.02)
    with pytest.raises(RuntimeError):
        call.pictures._thread.submit(int)


async def test_an_offer_of_several_transports_is_refused(call: Call) -> None:
    with pytest.raises(ValueError, match="bundle"):
        take_over(call.connection, "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", {}, call.line)
