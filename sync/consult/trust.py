"""What keeps a relay between cart and page from listening in (T14). Pure but for randomness.

The link carries, in its fragment, which no server gets: token, secret and the short form of the cart's key. The page proves with
the secret that its offer is its own; the cart signs offer and answer together with its key. So neither end connects to a swapped
fingerprint: whole descriptions are proven and signed, not parts that two parsers may read differently.

Both ends show the same six digits. Each holds itself to a random number before it learns the other's (a commitment, as in
RFC 6189, 4.4.1.1), so that nobody in between can try descriptions until the digits agree: one guess in a million.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import secrets
from typing import Final

from sync.meeting import keys
from sync.meeting.keys import CartKey
from sync.meeting.messages import Signed

_NONCE: Final = 16


@dataclasses.dataclass(frozen=True, slots=True)
class Offered:
    sdp: str
    proof: str
    commitment: str


def proof(secret: str, offered: Offered) -> str:
    """HMAC-SHA256 with the link's secret over commitment and offer."""
    said = b"telecart offer\n" + offered.commitment.encode() + b"\n" + offered.sdp.encode()
    return keys.text(hmac.digest(secret.encode(), said, "sha256"))


def commitment(nonce: str) -> str:
    return keys.text(hashlib.sha256(b"telecart number\n" + nonce.encode()).digest())


def to_sign(offered: Offered, answer: str, nonce: str) -> bytes:
    """What the cart's key signs."""
    parts = (_hash(offered.sdp), offered.commitment, _hash(answer), nonce)
    return b"telecart answer\n" + "\n".join(parts).encode()


def spoken(offer: str, answer: str, theirs: str, ours: str) -> str:
    """The six digits that both ends show: ``theirs`` is the page's number, ``ours`` the cart's."""
    parts = (_hash(offer), _hash(answer), theirs, ours)
    digest = hashlib.sha256(b"telecart digits\n" + "\n".join(parts).encode()).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06}"


def _hash(text: str) -> str:
    return keys.text(hashlib.sha256(text.encode()).digest())


class Trust:
    """The cart's side of one link."""

    def __init__(self, key: CartKey) -> None:
        self._key = key
        self.secret = secrets.token_urlsafe(_NONCE)
        self._nonce = secrets.token_urlsafe(_NONCE)
        self._answered: tuple[Offered, str] | None = None
        self.spoken = ""

    def fragment(self, token: str) -> str:
        """What stands after the # of the link."""
        return f"{token}.{self.secret}.{keys.short(self._key.public)}"

    def believes(self, offered: Offered) -> bool:
        """Whether the offer comes from whoever has the whole link."""
        return hmac.compare_digest(offered.proof.encode(), proof(self.secret, offered).encode())

    def signed(self, offered: Offered, answer: str) -> Signed:
        self._answered = (offered, answer)
        signature = self._key.sign(to_sign(offered, answer, self._nonce))
        return Signed(sdp=answer, key=self._key.public, signature=signature, nonce=self._nonce)

    def revealed(self, nonce: str) -> bool:
        """The page tells its number: ``spoken`` is known where it is the one to which it had held itself."""
        if self._answered is None:
            return False
        offered, answer = self._answered
        if not hmac.compare_digest(commitment(nonce).encode(), offered.commitment.encode()):
            return False
        self.spoken = spoken(offered.sdp, answer, nonce, self._nonce)
        return True
