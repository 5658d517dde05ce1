"""Sections of a cart's settings that name neither files nor far ends."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class KeptFor(Section, frozen=True, kw_only=True):
    """Days for which what is proven received stays on the cart; ``departure_days`` after a resident left."""

    vitals_days: int = 365
    ecg_days: int = 365
    photo_days: int = 365
    sound_days: int = 365
    departure_days: int = 30

    def __post_init__(self) -> None:
        if min(self.vitals_days, self.ecg_days, self.photo_days, self.sound_days, self.departure_days) < 1:
            raise ValueError("a retention is at least one day")


class News2(Section, frozen=True, kw_only=True):
    """The early warning score on the page of the vital signs: off unless the site turns it on.

    A total stands there only while all seven parts are younger than ``window_minutes``.
    """

    enabled: bool = False
    window_minutes: float = 60.0

    def __post_init__(self) -> None:
        if not 1 <= self.window_minutes <= 24 * 60:
            raise ValueError("window_minutes of [news2] are from 1 to 1440")


class Heartbeat(Section, frozen=True, kw_only=True):
    """For how many seconds a far end may have said nothing before it is asked; 20, so that half a minute tells (H23)."""

    every_seconds: float = 15.0

    def __post_init__(self) -> None:
        if not 5 <= self.every_seconds <= 20:
            raise ValueError("every_seconds of [heartbeat] is from 5 to 20")


class Appointments(Section, frozen=True, kw_only=True):
    """``fhir`` are names of [[fhir]] that are asked for appointments every ``every_seconds``. None come in where none is named."""

    fhir: tuple[str, ...] = ()
    every_seconds: float = 60.0

    def __post_init__(self) -> None:
        if not 5 <= self.every_seconds <= 3600:
            raise ValueError("every_seconds of [appointments] is from 5 to 3600")


class Screen(Section, frozen=True, kw_only=True):
    """The display of the bedside screen. ``pixel_mm`` is how broad and high a pixel of it is, in millimetres: an ECG is drawn at
    true scale by it. 0: not known, and the screen says that its scale is not guaranteed.
    """

    pixel_mm: float = 0.0

    def __post_init__(self) -> None:
        if self.pixel_mm and not 0.05 <= self.pixel_mm <= 1:
            raise ValueError("pixel_mm is from 0.05 to 1 millimetre, or 0 where it is not known")


class Updates(Section, frozen=True, kw_only=True):
    """``repository`` is where signed releases are published (https://..., or a folder: a USB stick); "": none is looked for. ``trust`` is the
    region's first root of signatures, ``folder`` holds the releases of this cart, ``id`` is what the region calls it ("":
    its machine-id). ``ca`` and ``proxy`` as in [call]. A release has to be healthy for ``watched_seconds`` before it stays.
    """

    repository: str = ""
    trust: Path = Path("/etc/telecart/update-root.json")
    folder: Path = Path("/opt/telecart")
    id: str = ""
    ca: Path | None = None
    proxy: str = ""
    watched_seconds: float = 15.0

    def __post_init__(self) -> None:
        if self.repository and not re.match(r"(https://\S|http://(127\.0\.0\.1|localhost)[:/]|/)", self.repository):
            raise ValueError("the repository of [update] is https://..., or a folder")
        if self.proxy and not re.fullmatch(r"http://[^\s/]+", self.proxy):
            raise ValueError("the proxy of [update] is http://host:port")
        if not 1 <= self.watched_seconds <= 300:
            raise ValueError("watched_seconds of [update] are from 1 to 300")
