"""Reading fields off the front of a value, never past its end."""

from __future__ import annotations

from edge.domain.fault import Fault, Reason


def undecodable(what: str) -> Fault:
    return Fault(Reason.UNDECODABLE, what, "measure again; if it comes back, this device does not follow its profile")


class Payload:
    """Little-endian fields of one characteristic value, in order. Raises Fault(UNDECODABLE) where bytes are missing."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise undecodable(f"a value of {len(self._data)} bytes ends where more fields are announced")
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def unsigned(self, octets: int) -> int:
        return int.from_bytes(self.take(octets), "little")

    @property
    def left(self) -> int:
        """Bytes that are still to be read."""
        return len(self._data) - self._at

    def end(self) -> None:
        """Raises Fault(UNDECODABLE) if anything is left: a field in the wrong place would shift all others."""
        if self.left:
            raise undecodable(f"a value of {len(self._data)} bytes has {self.left} more than its flags announce")
