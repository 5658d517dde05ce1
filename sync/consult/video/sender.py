"""The one place that reaches into aiortc: its sender sends what we encoded, paced, numbered and repaired our way.

aiortc stays the transport (ICE, DTLS, SRTP, SDP). ``SENDER``, ``TRANSPORT``, ``TRANSCEIVER`` and ``SCTP`` name all that is used of it
beyond its documentation; a test fails when one of them is no more, or when the version is another than ``AIORTC``.
"""

# to use another's private names is what this file is for
# ruff: noqa: SLF001

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from typing import Any

import structlog
from aiortc import RTCDataChannel, RTCPeerConnection, RTCRtpSender, RTCRtpTransceiver, clock
from aiortc.codecs import is_rtx
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpCodecParameters, RTCRtpSendParameters
from aiortc.rtp import (
    RTCP_PSFB_APP,
    AnyRtcpPacket,
    HeaderExtensionsMap,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpSrPacket,
    RtpPacket,
    unpack_remb_fci,
    wrap_rtx,
)
from aiortc.sdp import SessionDescription

from sync.consult.coded import Coded, Feed
from sync.consult.video.arrivals import Arrivals
from sync.consult.video.feedback import EXTENSION
from sync.consult.video.line import Line
from sync.consult.video.pacer import Urgency
from sync.consult.video.repair import Repair

AIORTC = "1.16.0"

_OF_SENDER = "_RTCRtpSender__"
SENDER = (
    "rtp_started",
    "rtp_exited",
    "rtp_header_extensions_map",
    "mid",
    "rtx_payload_type",
    "ntp_timestamp",
    "rtp_timestamp",
    "octet_count",
    "packet_count",
    "rtt",
)
"""Of RTCRtpSender, behind the prefix of its name."""

SENDER_METHODS = ("_run_rtp", "_retransmit", "_send_keyframe", "_handle_rtcp_packet")
"""Of RTCRtpSender: what is overridden here."""

TRANSPORT = ("_send_rtp", "_handle_rtcp_data", "_handle_rtp_data", "_send_data")
"""Of RTCDtlsTransport."""

TRANSCEIVER = ("_RTCRtpTransceiver__sender", "_codecs", "_headerExtensions")
"""Of RTCRtpTransceiver."""

SCTP = ("_cwnd",)
"""Of RTCSctpTransport."""

WINDOW = 12 * 1024
"""Bytes of the data channels that may be under way, at least: aiortc goes back to one packet after each second without an answer
and grows only while it is full. How much leaves is the line's affair (Line.data_left), and the channels' own bounds'."""

_KEPT = 1024
_MOST_TWICE = 6
_HALF = 1 << 15
_WHOLE = 1 << 16
_PREFERRED = ("h264", "vp8", "opus")

log = structlog.get_logger()


class _Leaving:
    """A packet that waits for its turn. Its number and its time are those of when it leaves."""

    __slots__ = ("_extensions", "_packet")

    def __init__(self, packet: RtpPacket, extensions: HeaderExtensionsMap) -> None:
        self._packet = packet
        self._extensions = extensions

    def bytes_at(self, number: int) -> bytes:
        self._packet.extensions.transport_sequence_number = number
        self._packet.extensions.abs_send_time = (clock.current_ntp_time() >> 14) & 0x00FFFFFF
        return self._packet.serialize(self._extensions)


class Sender(RTCRtpSender):
    """Sends what ``feed`` gives over ``line``."""

    def __init__(self, kind: str, transport: RTCDtlsTransport, feed: Feed, line: Line) -> None:
        super().__init__(kind, transport)
        self._feed = feed
        self._line = line
        self._payload_type = 0
        self._urgency = Urgency.VOICE if kind == "audio" else Urgency.PICTURE
        self._repair = Repair(time.monotonic())
        self._kept: dict[int, RtpPacket] = {}
        self._sequence = secrets.randbelow(_HALF)
        self._rtx_sequence = secrets.randbelow(_HALF)
        self._origin = secrets.randbits(32)

    def _theirs(self, name: str) -> Any:
        return getattr(self, _OF_SENDER + name)

    def _set_theirs(self, name: str, value: object) -> None:
        setattr(self, _OF_SENDER + name, value)

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        wide = next((e.id for e in parameters.headerExtensions if e.uri == EXTENSION), None)
        listen(self.transport, self._line, Arrivals(wide, self._ssrc) if wide is not None else None)
        await super().send(parameters)

    async def _run_rtp(self, codec: RTCRtpCodecParameters) -> None:
        self._theirs("rtp_started").set()
        try:
            self._feed.begin(codec.name)
            self._payload_type = codec.payloadType or 0
            while True:
                coded = await self._feed.next()
                if self._enabled:
                    await self._send_coded(coded)
        except (asyncio.CancelledError, ConnectionError):
            pass
        except Exception:
            # whoever stops this sender waits for the event below, whatever happened
            log.exception("sender_failed", kind=self.kind)
        finally:
            self._feed.close()
            self._theirs("rtp_exited").set()

    async def _send_coded(self, coded: Coded) -> None:
        timestamp = (self._origin + coded.at) & 0xFFFFFFFF
        last = len(coded.payloads) - 1
        extensions = self._theirs("rtp_header_extensions_map")
        # the receiver lays sound and picture side by side by when they were taken
        age = int((time.monotonic() - coded.taken) * (1 << 32))
        self._set_theirs("ntp_timestamp", clock.current_ntp_time() - max(0, age))
        self._set_theirs("rtp_timestamp", timestamp)
        sent: list[RtpPacket] = []
        for at, payload in enumerate(coded.payloads):
            packet = RtpPacket(
                payload_type=self._payload_type,
                marker=int(at == last and self._urgency is not Urgency.VOICE),
                sequence_number=self._sequence,
                timestamp=timestamp,
                ssrc=self._ssrc,
                payload=payload,
            )
            packet.extensions.mid = self._theirs("mid")
            if coded.level is not None:
                packet.extensions.audio_level = (False, coded.level)
            self._keep(packet)
            self._set_theirs("octet_count", self._theirs("octet_count") + len(payload))
            self._set_theirs("packet_count", self._theirs("packet_count") + 1)
            self._sequence = (self._sequence + 1) % _WHOLE
            sent.append(packet)
            await self._line.put(_Leaving(packet, extensions), len(payload), self._urgency)
        # a key frame twice would hold up those after it for longer than its repair
        if self._urgency is Urgency.PICTURE and len(sent) <= _MOST_TWICE and self._line.twice:
            for packet in sent:
                await self._send_again(packet, Urgency.PICTURE)

    def _keep(self, packet: RtpPacket) -> None:
        self._kept[packet.sequence_number] = packet
        self._repair.sent(packet.sequence_number, time.monotonic())
        self._kept.pop((packet.sequence_number - _KEPT) % _WHOLE, None)

    async def _retransmit(self, sequence_number: int) -> None:
        number = sequence_number % _WHOLE
        packet = self._kept.get(number)
        now, round_trip = time.monotonic(), self._line.round_trip
        if packet is None or self._repair.given_up(number, now, round_trip):
            # it would wait for seconds before it says that it cannot go on
            self._feed.key_wanted()
            return
        if not self._repair.again(number, len(packet.payload), now, round_trip, self._line.target):
            return
        await self._send_again(packet, Urgency.AGAIN)

    async def _send_again(self, packet: RtpPacket, urgency: Urgency) -> None:
        payload_type = self._theirs("rtx_payload_type")
        if payload_type is not None:
            packet = wrap_rtx(packet, payload_type, self._rtx_sequence, self._rtx_ssrc)
            self._rtx_sequence = (self._rtx_sequence + 1) % _WHOLE
        leaving = _Leaving(packet, self._theirs("rtp_header_extensions_map"))
        await self._line.put(leaving, len(packet.payload), urgency)

    def _send_keyframe(self) -> None:
        self._feed.key_wanted()

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        before = self._theirs("rtt")
        await super()._handle_rtcp_packet(packet)
        after = self._theirs("rtt")
        if after is not None and after != before and not self._line.reported:
            self._line.round_trip_was(after)
        if isinstance(packet, (RtcpRrPacket, RtcpSrPacket)):
            for report in packet.reports:
                if report.ssrc == self._ssrc and self._urgency is Urgency.PICTURE:
                    self._line.loss_was(report.fraction_lost / 256)
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP:
            try:
                self._line.limit(unpack_remb_fci(packet.fci)[0])
            except ValueError:
                return


def listen(transport: RTCDtlsTransport, line: Line | None, arrivals: Arrivals | None) -> None:
    """``line`` hears what ``transport`` receives of RTCP, and of what the data channels send; the other end is told of
    ``arrivals``. Once for each transport."""
    if getattr(transport, _HEARD, False):
        return
    _override(transport, _HEARD, True)
    if arrivals is not None:
        _report(transport, arrivals)
    if line is None:
        return
    theirs_rtcp, theirs_data = transport._handle_rtcp_data, transport._send_data

    async def rtcp(data: bytes) -> None:
        # aiortc takes this kind of feedback for lists of lost packets
        line.heard(data)
        await theirs_rtcp(data)

    async def channels(data: bytes) -> None:
        line.data_left(len(data))
        await theirs_data(data)

    _override(transport, "_handle_rtcp_data", rtcp)
    _override(transport, "_send_data", channels)
    line.begin(transport._send_rtp)


def widen(channel: RTCDataChannel) -> None:
    """What is sent on ``channel`` next does not wait for answers to what was sent before."""
    association = channel.transport
    association._cwnd = max(association._cwnd, WINDOW)


def _report(transport: RTCDtlsTransport, arrivals: Arrivals) -> None:
    theirs = transport._handle_rtp_data

    async def rtp(data: bytes, arrival_time_ms: int) -> None:
        report = arrivals.came(data, 1000 * time.monotonic())
        await theirs(data, arrival_time_ms=arrival_time_ms)
        if report is not None:
            with contextlib.suppress(ConnectionError):
                await transport._send_rtp(report)

    _override(transport, "_handle_rtp_data", rtp)


def _override(whose: object, name: str, by: object) -> None:
    """In this one object."""
    setattr(whose, name, by)


_HEARD = "_telecart_heard"


def take_over(connection: RTCPeerConnection, offer: str, feeds: dict[str, Feed], line: Line) -> None:
    """After the offer was applied and before the answer is made: the feeds, by kind ("audio", "video"), are what is sent.

    H.264 is preferred to VP8, and feedback on each packet is agreed to where it is offered. Raises ValueError for an offer that
    wants more than one transport (RFC 9143): a line has one.
    """
    if "a=group:BUNDLE " not in offer:
        raise ValueError("the offer does not bundle its media")
    offered = {media.rtp.muxId: media.rtp for media in SessionDescription.parse(offer).media}
    for transceiver in connection.getTransceivers():
        feed = feeds.get(transceiver.kind)
        if feed is None:
            continue
        _replace_sender(transceiver, feed, line)
        transceiver.direction = "sendrecv"
        transceiver._codecs.sort(key=_preference(transceiver._codecs))
        theirs = offered[transceiver.mid or ""]
        wide = next((e for e in theirs.headerExtensions if e.uri == EXTENSION), None)
        if wide is None:
            continue
        if wide not in transceiver._headerExtensions:
            transceiver._headerExtensions.append(wide)
        for codec in transceiver._codecs:
            there = next((c for c in theirs.codecs if c.payloadType == codec.payloadType), None)
            said = RTCRtcpFeedback(type="transport-cc", parameter=None)
            if there is not None and said in there.rtcpFeedback and said not in codec.rtcpFeedback:
                codec.rtcpFeedback.append(said)


def _replace_sender(transceiver: RTCRtpTransceiver, feed: Feed, line: Line) -> None:
    before = transceiver.sender
    ours = Sender(transceiver.kind, before.transport, feed, line)
    # the receiver reports under this number already
    ours._ssrc = before._ssrc
    ours._stream_id = before._stream_id
    _override(transceiver, TRANSCEIVER[0], ours)


def _preference(codecs: list[RTCRtpCodecParameters]) -> Any:
    """A codec before the one that repeats its packets; those that we encode before those that we do not."""
    names = {codec.payloadType: codec.name.lower() for codec in codecs}

    def key(codec: RTCRtpCodecParameters) -> tuple[int, int]:
        name = names.get(int(codec.parameters["apt"] or 0), "") if is_rtx(codec) else codec.name.lower()
        rank = _PREFERRED.index(name) if name in _PREFERRED else len(_PREFERRED)
        return rank, int(is_rtx(codec))

    return key
