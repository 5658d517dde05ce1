"""What a host says to a device, apart from how it is sent: pure, one object a connection.

The link tells a Dialogue what happens and does what it answers, in order. A device that only speaks needs none.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from edge.domain.fault import Fault
from edge.domain.measurement import Reading


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """What the cart knows of a device as a connection begins.

    ``civil`` is the site's wall clock now, without a zone as devices keep it; None while the cart's own clock is not
    trusted: then no device's clock is set. ``last_sequence`` is the sequence number saved last of this device.
    ``user`` is the user slot and consent code that were agreed with it (User Data Service 1.1).
    """

    civil: dt.datetime | None = None
    last_sequence: int | None = None
    user: tuple[int, int] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Say:
    """``data`` goes to the device; ``target`` is the characteristic (four lower-case hex digits), "" on a serial line."""

    data: bytes
    target: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Tell:
    """One plain French line for the bedside, without the device's name; "" withdraws it."""

    what: str


@dataclasses.dataclass(frozen=True, slots=True)
class Finished:
    """The device has said all it had to say; the link may let it go."""


Step = Say | Tell | Finished


class Dialogue(Protocol):
    """Each method returns what to do now. None raises: a device that says nonsense is told about, not believed."""

    def opened(self, known: Known) -> Sequence[Step]:
        """The line is open, and every subscription made."""
        ...

    def heard(self, data: bytes, source: str) -> Sequence[Step]:
        """The bytes that the decoder gets too. ``source`` as with Decoder.feed."""
        ...

    def kept(self, reading: Reading) -> Sequence[Step]:
        """``reading`` is durable: only now may a device that forgets what was acknowledged be told so."""
        ...

    def refused(self, fault: Fault) -> Sequence[Step]:
        """Something came that could not be decoded."""
        ...

    def unsent(self, said: Say, error: int | None) -> Sequence[Step]:
        """``said`` was not taken: ``error`` is the code with which the device refused it (Core 5.4, Vol 3 Part F 3.4.1.1),
        None where the line failed.
        """
        ...

    def waited(self, seconds: float) -> Sequence[Step]:
        """Called about once a second with the monotonic seconds since the line was opened."""
        ...


class Listening:
    """The dialogue of a host that says nothing; others override what they need."""

    def opened(self, known: Known) -> Sequence[Step]:  # noqa: ARG002
        return ()

    def heard(self, data: bytes, source: str) -> Sequence[Step]:  # noqa: ARG002
        return ()

    def kept(self, reading: Reading) -> Sequence[Step]:  # noqa: ARG002
        return ()

    def refused(self, fault: Fault) -> Sequence[Step]:  # noqa: ARG002
        return ()

    def unsent(self, said: Say, error: int | None) -> Sequence[Step]:  # noqa: ARG002
        return ()

    def waited(self, seconds: float) -> Sequence[Step]:  # noqa: ARG002
        return ()
