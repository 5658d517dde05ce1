"""Who may come into a call: a one-time token of 128 bits, and outside this machine a one-time PIN as well. Pure."""

from __future__ import annotations

import enum
import hmac
import secrets

PIN_TRIES = 5


class Verdict(enum.StrEnum):
    """``token``, ``pin``: wrong; ``locked``: too many wrong PINs; ``used``: for an admission; ``taken``: another one waits;
    ``proof``: the offer is not from whoever has the whole link.
    """

    WELCOME = "welcome"
    TOKEN = "token"  # noqa: S105 - the name of an answer
    PIN = "pin"
    LOCKED = "locked"
    USED = "used"
    TAKEN = "taken"
    PROOF = "proof"


class Lobby:
    """One lobby, for one call."""

    def __init__(self, *, with_pin: bool) -> None:
        self.token = secrets.token_urlsafe(16)
        self.pin = f"{secrets.randbelow(1_000_000):06}" if with_pin else ""
        self._wrong = 0
        self._used = False

    def judge(self, token: str, pin: str) -> Verdict:
        """The token first: who does not have it learns nothing about the PIN and costs no try."""
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return Verdict.TOKEN
        if self._used:
            return Verdict.USED
        if self._wrong >= PIN_TRIES:
            return Verdict.LOCKED
        if self.pin and not hmac.compare_digest(pin.encode(), self.pin.encode()):
            self._wrong += 1
            return Verdict.PIN
        return Verdict.WELCOME

    def admit(self) -> None:
        """From now on the token opens nothing."""
        self._used = True
