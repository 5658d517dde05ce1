"""What passes between cart, rendezvous and page before a call: each message a type with limits, whoever reads it.

Page to rendezvous or cart: JSON bodies (Offer, Reveal). Cart and rendezvous: WebSocket text messages (FromCart, FromRendezvous).
"""

from __future__ import annotations

from typing import Annotated, Final, TypeVar

import msgspec

_T = TypeVar("_T")

LARGEST: Final = 256 * 1024
"""Bytes of one message, in either direction."""

_Sdp = Annotated[str, msgspec.Meta(max_length=200_000)]
_Secret = Annotated[str, msgspec.Meta(max_length=128, pattern=r"^[A-Za-z0-9_-]*$")]
_Signature = Annotated[str, msgspec.Meta(max_length=128, pattern=r"^[A-Za-z0-9_-]*$")]
_Name = Annotated[str, msgspec.Meta(max_length=120)]
_Word = Annotated[str, msgspec.Meta(max_length=40, pattern=r"^[a-z_]*$")]


class Who(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who waits. ``name`` "" where nobody was verified; ``rpps`` eleven digits of a professional who signed in, else "";
    ``invited``: came in by a link that was made out to this name, and proved nothing else.
    """

    name: _Name = ""
    rpps: Annotated[str, msgspec.Meta(pattern=r"^(\d{11})?$")] = ""
    invited: bool = False


class Ice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One STUN or TURN server. ``username`` of a TURN server begins with the second (Unix time) until which it is good."""

    urls: Annotated[str, msgspec.Meta(max_length=300)]
    username: Annotated[str, msgspec.Meta(max_length=300)] = ""
    credential: Annotated[str, msgspec.Meta(max_length=300)] = ""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What the page sends. ``proof`` says with the link's secret that the offer is its own; ``commitment`` holds it to a number that it
    tells later. ``ticket`` is that of its place, where it has one.
    """

    token: Annotated[str, msgspec.Meta(max_length=128)]
    sdp: _Sdp
    pin: Annotated[str, msgspec.Meta(max_length=16)] = ""
    ticket: _Secret = ""
    proof: _Secret = ""
    commitment: _Secret = ""


class Reveal(msgspec.Struct, frozen=True, kw_only=True):
    """The number to which the page's offer was held."""

    ticket: _Secret
    nonce: _Secret


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """The cart's answer. ``key`` is its public key, ``signature`` over offer and answer, ``nonce`` its own number."""

    sdp: _Sdp
    key: _Secret
    signature: _Signature
    nonce: _Secret


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type"):
    pass


class Hello(_Message, frozen=True, tag="hello"):
    """The first word of a cart: by which name the region's list knows it."""

    cart: _Name


class Challenge(_Message, frozen=True, tag="challenge"):
    nonce: _Secret


class Proven(_Message, frozen=True, tag="proven"):
    """The challenge, signed with the cart's key."""

    signature: _Signature


class Welcome(_Message, frozen=True, tag="welcome"):
    pass


class OpenRoom(_Message, frozen=True, tag="open_room"):
    """``shown`` is what the page calls the cart; ``guest`` whom the link is made out to, "" for a professional who signs in;
    ``minutes`` for how long the link is to be good.
    """

    shown: _Name
    minutes: Annotated[int, msgspec.Meta(ge=1, le=480)] = 15
    demo: bool = False
    guest: _Name = ""


class Opened(_Message, frozen=True, tag="opened"):
    """``token`` is that of the link, good for ``seconds``. ``relay_only``: the region wants nothing to go directly."""

    token: _Secret
    seconds: float
    ice: tuple[Ice, ...] = ()
    relay_only: bool = False


class Knock(_Message, frozen=True, tag="knock"):
    """Somebody waits, with this offer: it stands for all before it. ``ice``: fresh credentials for the cart."""

    ticket: _Secret
    who: Who
    sdp: _Sdp
    proof: _Secret
    commitment: _Secret
    ice: tuple[Ice, ...] = ()


class Left(_Message, frozen=True, tag="left"):
    ticket: _Secret


class Answer(_Message, frozen=True, tag="answer"):
    """Who waits with ``ticket`` is admitted: the link is used up."""

    ticket: _Secret
    signed: Signed


class TurnAway(_Message, frozen=True, tag="turn_away"):
    """Who waits with ``ticket`` does not have the whole link, or asks for what is no call: ``reason`` is told to her page."""

    ticket: _Secret
    reason: _Word


class Revealed(_Message, frozen=True, tag="revealed"):
    ticket: _Secret
    nonce: _Secret


class Refused(_Message, frozen=True, tag="refused"):
    """``reason`` is one of the words of ``REASONS``."""

    reason: _Word


FromCart = Hello | Proven | OpenRoom | Answer | TurnAway
FromRendezvous = Challenge | Welcome | Opened | Knock | Left | Revealed | Refused

REASONS: Final = frozenset({"unknown_cart", "signature", "size", "nonsense", "order", "elsewhere", "closed"})
"""Why a rendezvous lets a cart in no further; ``elsewhere``: this cart came in again by another connection."""

_of_cart: msgspec.json.Decoder[FromCart] = msgspec.json.Decoder(FromCart)
_of_rendezvous: msgspec.json.Decoder[FromRendezvous] = msgspec.json.Decoder(FromRendezvous)
_of_offer = msgspec.json.Decoder(Offer)
_of_reveal = msgspec.json.Decoder(Reveal)


class Nonsense(Exception):
    """A message that is none of ours, or is too long. ``reason`` is "nonsense" or "size"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def encode(message: FromCart | FromRendezvous) -> str:
    return msgspec.json.encode(message).decode()


def from_cart(text: str | bytes) -> FromCart:
    return _decoded(_of_cart, text)


def from_rendezvous(text: str | bytes) -> FromRendezvous:
    return _decoded(_of_rendezvous, text)


def offer(body: bytes) -> Offer:
    return _decoded(_of_offer, body)


def reveal(body: bytes) -> Reveal:
    return _decoded(_of_reveal, body)


def _decoded(decoder: msgspec.json.Decoder[_T], text: str | bytes) -> _T:
    if len(text) > LARGEST:
        raise Nonsense("size")
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError) as exc:
        raise Nonsense("nonsense") from exc
