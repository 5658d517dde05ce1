"""A far end without a browser: an aiortc peer that joins a call as the specialist's page does, and counts what comes.

python -m firmware_stubs.specialist http://127.0.0.1:PORT/#TOKEN.SECRET.KEY --seconds 8
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import ssl
import struct
import sys
import time
from typing import Any

import aiohttp
import aioice.ice
import av
import numpy as np
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack, VideoStreamTrack
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from firmware_stubs.ecg_reader import Reader

_ADMISSION_SECONDS = 120.0
_PATIENCE_SECONDS = 60.0


class Specialist:
    """What was seen, heard and read."""

    def __init__(self) -> None:
        self.video_frames = 0
        self.audio_samples = 0
        self.loudest = 0
        self.messages: list[dict[str, Any]] = []
        self.ecg = Reader()
        self.ecg_messages = 0
        self.a_frame = asyncio.Event()

    def hear_ecg(self, channel: RTCDataChannel, message: bytes) -> None:
        self.ecg_messages += 1
        self.ecg.take(message, time.monotonic())
        ask = self.ecg.ask(time.monotonic())
        if ask is not None and channel.readyState == "open":
            channel.send(ask)

    async def reach(self, frames: int) -> None:
        while self.video_frames < frames:
            self.a_frame.clear()
            await self.a_frame.wait()

    async def watch(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame: Any = await track.recv()
            except MediaStreamError:
                return
            if track.kind == "video":
                self.video_frames += 1
                self.a_frame.set()
            else:
                self.audio_samples += frame.samples
                self.loudest = max(self.loudest, int(abs(frame.to_ndarray()).max()))


FACE = (60, 160, 40)
"""Blue, green, red of the picture that she sends: the same all over."""


class Face(VideoStreamTrack):
    """What her camera sees."""

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        picture = av.VideoFrame.from_ndarray(np.full((360, 640, 3), FACE, np.uint8), format="bgr24")
        picture.pts, picture.time_base = pts, time_base
        return picture


async def consult(
    address: str, seconds: float, frames: int = 0, *, face: bool = False, context: ssl.SSLContext | None = None
) -> dict[str, Any]:
    """Joins, waits to be admitted, stays for ``seconds`` after the first picture; what came is in the answer.

    A busy machine gets up to a minute more to show ``frames`` pictures. With ``face`` she sends a picture of her own.
    ``context`` says whom she believes to be the rendezvous.
    """
    # aioice leaves loopback out, and a simulated far end has no business on any other address
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]  # noqa: ARG005 - aioice's signature
    base, _, fragment = address.partition("#")
    token, secret, key = fragment.split(".")
    nonce = secrets.token_urlsafe(16)
    seen = Specialist()
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    watching: list[asyncio.Task[None]] = []
    peer.on("track", lambda track: watching.append(asyncio.create_task(seen.watch(track))))
    if face:
        peer.addTrack(Face())
    for kind in ("audio",) if face else ("video", "audio"):
        peer.addTransceiver(kind, direction="recvonly")
    channel = peer.createDataChannel("vitals")
    channel.on("message", lambda text: seen.messages.append(json.loads(text)))
    heart = peer.createDataChannel("ecg", ordered=False, maxRetransmits=0)
    heart.on("message", lambda message: seen.hear_ecg(heart, message))
    await peer.setLocalDescription(await peer.createOffer())
    try:
        offered = peer.localDescription.sdp
        connector = aiohttp.TCPConnector(ssl=context or True)
        async with aiohttp.ClientSession(base, connector=connector) as session:
            offer = {"token": token, "pin": "", **proven(secret, nonce, offered)}
            async with session.post("/offer", json=offer) as answered:
                answered.raise_for_status()
                ticket = (await answered.json())["ticket"]
            said = await asyncio.wait_for(_admitted(session, ticket), _ADMISSION_SECONDS)
            check(key, offered, offer["commitment"], said)
            async with session.post("/reveal", json={"ticket": ticket, "nonce": nonce}) as told:
                told.raise_for_status()
        began = time.monotonic()
        await peer.setRemoteDescription(RTCSessionDescription(said["sdp"], "answer"))
        await asyncio.wait_for(seen.a_frame.wait(), 30)
        first_frame = time.monotonic() - began
        await asyncio.sleep(seconds)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(seen.reach(frames), _PATIENCE_SECONDS)
    finally:
        await peer.close()
        for task in watching:
            task.cancel()
    return {
        "video_frames": seen.video_frames,
        "audio_seconds": round(seen.audio_samples / 48_000, 2),
        "loudest": seen.loudest,
        "vitals_messages": len(seen.messages),
        "last_vitals": seen.messages[-1] if seen.messages else None,
        "first_frame_seconds": round(first_frame, 3),
        "digits": digits(offered, said, nonce),
    }


def proven(secret: str, nonce: str, sdp: str) -> dict[str, str]:
    """The offer as the page sends it: held to ``nonce``, and proven with the link's secret."""
    commitment = _text(hashlib.sha256(f"telecart number\n{nonce}".encode()).digest())
    proof = hmac.digest(secret.encode(), f"telecart offer\n{commitment}\n{sdp}".encode(), "sha256")
    return {"sdp": sdp, "commitment": commitment, "proof": _text(proof)}


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def check(key: str, offered: str, commitment: str, said: dict[str, str]) -> None:
    """Raises where the cart of this link did not sign this answer."""
    point = _data(said["key"])
    if _text(hashlib.sha256(point).digest()[:16]) != key:
        raise RuntimeError("another cart's key")
    signed = "\n".join(("telecart answer", _hash(offered), commitment, _hash(said["sdp"]), said["nonce"]))
    raw = _data(said["signature"])
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    public.verify(signature, signed.encode(), ec.ECDSA(hashes.SHA256()))


def digits(offered: str, said: dict[str, str], nonce: str) -> str:
    """What her page shows, for both to compare."""
    parts = "\n".join(("telecart digits", _hash(offered), _hash(said["sdp"]), nonce, said["nonce"]))
    (number,) = struct.unpack(">Q", hashlib.sha256(parts.encode()).digest()[:8])
    return str(number % 1_000_000).zfill(6)


def _hash(text: str) -> str:
    return _text(hashlib.sha256(text.encode()).digest())


def _data(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def _admitted(session: aiohttp.ClientSession, ticket: str) -> dict[str, str]:
    while True:
        async with session.get("/answer", params={"ticket": ticket}) as answer:
            if answer.status == 200:
                said: dict[str, str] = await answer.json()
                return said
            if answer.status != 204:
                raise RuntimeError(f"the call is over ({answer.status})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--frames", type=int, default=0)
    arguments = parser.parse_args()
    sys.stdout.write(json.dumps(asyncio.run(consult(arguments.address, arguments.seconds, arguments.frames))) + "\n")


if __name__ == "__main__":
    main()
