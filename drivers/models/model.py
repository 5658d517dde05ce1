"""A product family as a row of data: how it is recognised, its line, its decoder, and how sure we are of all that."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar

from edge.domain.dialogue import Dialogue, Listening
from edge.domain.photo import Photo
from edge.domain.ports import Decoder
from edge.domain.waveform import Waveform


class Sure(enum.StrEnum):
    """``CONFIRMED``: read in a specification or checked on public captures;
    ``UNCONFIRMED``: from memory or one source."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"


class Delivery(enum.StrEnum):
    """How a GATT characteristic hands over its values (Core 5.4, Vol 3 Part G 4.10 and 4.11)."""

    INDICATE = "indicate"
    NOTIFY = "notify"


@dataclasses.dataclass(frozen=True, slots=True)
class SerialSettings:
    """Line settings in the words of pyserial. ``parity`` is N, E or O; ``baud`` in bits a second."""

    baud: int
    bits: int = 8
    parity: str = "N"
    stop_bits: int = 1
    rtscts: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Model:
    """One product family.

    ``name`` is what settings and the command line call it, ``label`` and ``label_en`` what a nurse reads, in French and in English.
    ``facts`` names the specification or the public logs that the row stands on.
    """

    name: str
    label: str
    label_en: str
    facts: str
    sure: Sure
    tried_on_hardware: bool = False

    link: ClassVar[str] = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class BleModel(Model):
    """``service`` is the 128-bit UUID in advertisements by which it is recognised, and where ``names`` is given only
    together with a local name that begins with one of them: a model with a quirk comes before its family.

    ``subscribe`` maps the four hex digits of each characteristic to how it delivers, and those digits are the ``source``
    given to the decoder. Values of the sources in ``live`` are those of a running measurement; those in ``stored`` come
    out of the device's memory. ``control`` are control points: subscribed to, and heard by the dialogue only.
    """

    service: str
    names: tuple[str, ...] = ()
    subscribe: Mapping[str, Delivery]
    live: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()
    control: Mapping[str, Delivery] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    decoder: Callable[[], Decoder]
    dialogue: Callable[[], Dialogue] = Listening

    link: ClassVar[str] = "ble"


@dataclasses.dataclass(frozen=True, kw_only=True)
class SerialModel(Model):
    """``continuous`` says that values stream while a measurement runs; otherwise each reading is a finished one.

    ``checked`` says that frames carry a checksum: one good one is then believed at once, on any line.
    ``stored`` asks a device for a recording in its memory, where that is known: on demand only, for a night is one value a
    second and nobody's.
    """

    line: SerialSettings
    continuous: bool
    checked: bool = False
    decoder: Callable[[], Decoder]
    dialogue: Callable[[], Dialogue] = Listening
    stored: Callable[[], Dialogue] | None = None

    link: ClassVar[str] = "serial"


@dataclasses.dataclass(frozen=True, kw_only=True)
class FileModel(Model):
    """A format in which recorders hand over ECGs, or cameras photos.

    ``recognises`` looks at the first bytes (at least 512, or all there are). ``parse`` is for the worker, which calls
    ``prepare`` first: it imports what ``parse`` needs. It raises Fault(CORRUPT_FILE) and nothing else.
    """

    recognises: Callable[[bytes], bool]
    parse: Callable[[bytes], Waveform | Photo]
    prepare: Callable[[], object]

    def read(self, data: bytes) -> Waveform | Photo:
        """Parsed by the worker. Raises Fault(CORRUPT_FILE | UNDECODABLE), and OSError where there is no worker now."""
        from drivers.files import apart

        return apart.read(self.name, data)

    link: ClassVar[str] = "file"


@dataclasses.dataclass(frozen=True, kw_only=True)
class MediaModel(Model):
    """What the media process owns: cameras and sound cards. It has no frames to decode."""

    link: ClassVar[str] = "media"


def assigned(number: str) -> str:
    """The 128-bit UUID of a 16-bit number assigned by the Bluetooth SIG (Core 5.4, Vol 3 Part B 2.5.1)."""
    return f"0000{number.lower()}-0000-1000-8000-00805f9b34fb"
