"""The English words about the running pictures of the camera and of the specialist."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from ui.bedside.locales.fr_windows import FrenchWindows


class EnglishWindows(FrenchWindows):
    window_live = "LIVE"
    window_shots = "TAKEN ({})"
    window_overlay = "BEFORE"
    window_overlaid = "BEFORE ✓"
    window_guide = "GUIDE"
    window_guided = "GUIDE ✓"
    window_large = "FILL THE SCREEN"
    window_small = "SMALLER PICTURE"
    window_remarks: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"floue": "BLURRED", "sombre": "TOO DARK", "surexposée": "TOO BRIGHT"}
    )
    window_camera: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "closed": "The camera is opening…",
            "opening": "The camera is opening…",
            "shown": "The picture shows here.",
            "dark": "The camera gives no picture. Check its cable.",
        }
    )
    window_no_room = "No room here for the live picture."
    window_specialist: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "closed": "The doctor's picture is coming…",
            "opening": "The doctor's picture is coming…",
            "shown": "The doctor's picture shows here.",
            "dark": "The doctor sends no picture.",
        }
    )
