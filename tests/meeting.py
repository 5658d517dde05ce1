"""A rendezvous with its own certificate, and a cart that the region knows, in the process of the test."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp

from edge.mains.calling import page
from firmware_stubs.openid_provider import CLIENT, SECRET
from firmware_stubs.specialist import proven
from sync.consult.outward import Outward, Where
from sync.meeting.keys import CartKey
from sync.rendezvous.server import Place, Rendezvous
from sync.rendezvous.sign_in import OpenId, Provider, SignIn, signing_in
from sync.rendezvous.turn import Relays
from tests.certificates import Authority, server_context

CART = "borne-1"
NO_RELAYS = Relays()
NUMBER = "a-number-of-the-page"


def free_port() -> int:
    """One that the kernel gives to nobody who does not ask for it by its number (net.ipv4.ip_local_port_range)."""
    while True:
        port = random.SystemRandom().randint(10_000, 32_000)
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


@dataclasses.dataclass
class House:
    """What a region and one cart of it have. ``origin`` has a port that was free when the house was made."""

    folder: Path
    relays: Relays = NO_RELAYS
    relay_only: bool = False

    def __post_init__(self) -> None:
        self.authority = Authority(self.folder / "authority", "region")
        self.issued = self.authority.issue("localhost", "127.0.0.1")
        self.key = CartKey.fresh()
        self.port = free_port()
        self.origin = f"https://127.0.0.1:{self.port}"

    def served(self) -> ssl.SSLContext:
        return server_context(self.issued)

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.authority.file)

    def rendezvous(self, sign_in: SignIn | None = None) -> Rendezvous:
        place = Place(self.origin, page(), {CART: self.key.public}, self.relays, self.relay_only)
        return Rendezvous(place, "127.0.0.1", self.port, self.served(), sign_in)

    def cart(
        self, guest: str = "Odile Petit", *, key: CartKey | None = None, name: str = CART, proxy: str = ""
    ) -> Outward:
        where = Where(self.origin, name, key or self.key, self.trusting(), proxy)
        return Outward(where, "Borne 1", demo=True, guest=guest)

    @contextlib.asynccontextmanager
    async def browser(self) -> AsyncIterator[aiohttp.ClientSession]:
        connector = aiohttp.TCPConnector(ssl=self.trusting())
        # cookies of an IP address are kept, as a browser does
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(self.origin, connector=connector, cookie_jar=jar) as session:
            yield session

    @contextlib.asynccontextmanager
    async def sign_in(self, issuer: str) -> AsyncIterator[OpenId]:
        provider = Provider(issuer, CLIENT, SECRET, f"{self.origin}/signed-in")
        async with signing_in(provider, self.trusting()) as one:
            yield one


def parts(address: str) -> tuple[str, str, str]:
    """Token, secret and key of a link."""
    token, secret, key = address.partition("#")[2].split(".")
    return token, secret, key


async def offered(
    session: aiohttp.ClientSession, address: str, sdp: str = "v=0", ticket: str = "", swapped: str = ""
) -> tuple[int, str]:
    """The status, and the ticket or the reason. ``swapped`` is what somebody on the way puts in place of the offer."""
    token, secret, _ = parts(address)
    body = {"token": token, "ticket": ticket, **proven(secret, NUMBER, sdp)} | ({"sdp": swapped} if swapped else {})
    async with session.post("/offer", json=body) as answer:
        said = await answer.json()
        return answer.status, said.get("ticket") or said["reason"]
