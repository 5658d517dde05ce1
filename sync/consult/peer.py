"""The cart's end of the WebRTC connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import structlog
from aiortc import RTCConfiguration, RTCDataChannel, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcconfiguration import RTCIceTransportPolicy

from edge.domain.fault import Fault, Reason
from edge.domain.media import FrameSource, SoundSource
from sync.consult import asks
from sync.consult.ecg import channel as ecg
from sync.consult.ecg.record import Record
from sync.consult.sound.voice import Voice
from sync.consult.theirs import TheirPicture
from sync.consult.tracks import CameraTrack, MicrophoneTrack
from sync.consult.video.line import Line
from sync.consult.video.pictures import Pictures
from sync.consult.video.sender import take_over, widen
from sync.meeting.messages import Ice

log = structlog.get_logger()

VITALS = "vitals"
_STALLED = 16 * 1024
"""Bytes in the channel beyond which a newer message would only come late."""

_OVER = {"failed", "closed"}


def configuration(ice_servers: Sequence[str | Ice], *, relay_only: bool = False) -> RTCConfiguration:
    """Always a list of our own: without one aiortc asks a third party's public STUN server (T13)."""
    given = [Ice(urls=one) if isinstance(one, str) else one for one in ice_servers]
    servers = [RTCIceServer(one.urls, one.username or None, one.credential or None) for one in given]
    policy = RTCIceTransportPolicy.RELAY if relay_only else RTCIceTransportPolicy.ALL
    return RTCConfiguration(iceServers=servers, iceTransportPolicy=policy)


def without_local_names(sdp: str) -> str:
    """``sdp`` without the candidates whose address the browser hides behind an mDNS name.

    To resolve such a name aioice listens to multicast DNS on every interface (T15). Nothing is lost: the browser's own
    checks tell where it is (peer-reflexive candidates, RFC 8445, 7.3.1.3).
    """
    lines = sdp.splitlines(keepends=True)
    return "".join(line for line in lines if not (line.startswith("a=candidate:") and ".local " in line))


class Peer:
    """One call. ``over`` is set when the connection has failed or was closed by the other end."""

    def __init__(
        self,
        frames: FrameSource,
        sound: SoundSource,
        ice_servers: Sequence[str | Ice],
        *,
        relay_only: bool = False,
        own_media: bool = True,
        record: Record | None = None,
    ) -> None:
        """``own_media`` False: aiortc encodes and sends as it does by itself, for comparison. ``record`` holds the call's ECG."""
        self._connection = RTCPeerConnection(configuration(ice_servers, relay_only=relay_only))
        self._tracks = None if own_media else (CameraTrack(frames), MicrophoneTrack(sound))
        self._line = Line()
        self._pictures = Pictures(frames, self._line)
        self._voice = Voice(sound, lambda: self._line.voice)
        self._theirs = MediaBlackhole()
        self.their_picture = TheirPicture()
        self._channel: RTCDataChannel | None = None
        self.ecg = ecg.Ecg(
            record if record is not None else Record(), lambda: self._line.target, lambda: self._line.loss, widen
        )
        self.asks = asks.Asks()
        self.connected = asyncio.Event()
        self.over = asyncio.Event()
        self.vitals_messages = 0
        self._connection.on("track", self._their_track)
        self._connection.on("datachannel", self._their_channel)
        self._connection.on("connectionstatechange", self._changed)

    @property
    def video_frames_sent(self) -> int:
        return self._tracks[0].sent if self._tracks else self._pictures.sent

    async def answer(self, offer: str) -> str:
        """The SDP answer to the browser's SDP ``offer``. Raises Fault(CALL) for an offer that is none."""
        kinds = sorted(line.split()[0] for line in offer.splitlines() if line.startswith("m="))
        if kinds != ["m=application", "m=audio", "m=video"]:
            # aiortc cannot even close what it made of an odder offer
            raise Fault(Reason.CALL, "the page's offer is not one of ours", "reload the page")
        try:
            offer = without_local_names(offer)
            await self._connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            for track in self._tracks or ():
                self._connection.addTrack(track)
            if self._tracks is None:
                take_over(self._connection, offer, {"video": self._pictures, "audio": self._voice}, self._line)
            # a track that nobody consumes grows without end
            await self._theirs.start()
            # fails where the offer asks for no picture or no sound
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        except (ValueError, KeyError, IndexError, AttributeError, AssertionError, RuntimeError) as exc:
            raise Fault(Reason.CALL, "the page's offer is not understood", "reload the page") from exc
        return str(self._connection.localDescription.sdp)

    def tell(self, text: str) -> bool:
        """Sends a message on the vitals channel; False while it is not open, or a stalled line still holds the last ones."""
        channel = self._channel
        if channel is None or channel.readyState != "open" or channel.bufferedAmount > _STALLED:
            return False
        channel.send(text)
        self.vitals_messages += 1
        return True

    async def close(self) -> None:
        async with contextlib.AsyncExitStack() as ends:
            # each of them, whatever becomes of the one before
            ends.callback(self.over.set)
            ends.callback(self._pictures.close)
            ends.push_async_callback(self._line.close)
            ends.push_async_callback(self.ecg.close)
            ends.push_async_callback(self._connection.close)
            ends.push_async_callback(self.their_picture.close)
            ends.push_async_callback(self._theirs.stop)

    def _their_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "video":
            self.their_picture.add(track)
        else:
            self._theirs.addTrack(track)

    def _their_channel(self, channel: RTCDataChannel) -> None:
        if channel.label == VITALS:
            self._channel = channel
            channel.on("close", self.over.set)
        elif channel.label == ecg.LABEL:
            self.ecg.opened(channel)
        elif channel.label == asks.LABEL:
            self.asks.attach(channel)

    def _changed(self) -> None:
        state = self._connection.connectionState
        log.info("call_connection", state=state)
        if state == "connected":
            self.connected.set()
        if state in _OVER:
            self.over.set()
