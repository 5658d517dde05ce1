"""The cart's own battery, as the kernel tells it (Documentation/ABI/testing/sysfs-class-power)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from edge.domain.battery import Power

_FOR_OTHERS: Final = "Device"
"""The scope of a battery in a keyboard or a mouse: not what runs the cart."""

_CHARGED_BY: Final = frozenset({"Charging", "Full", "Not charging"})
"""The status of a battery beside which the mains are on, where nothing else tells."""


def read(folder: Path) -> Power | None:
    """None where there is no battery, or none that says how full it is. Of several, weighed by what they hold when full."""
    batteries: list[tuple[int, float]] = []
    charged, mains = [], []
    for supply in _supplies(folder):
        if _text(supply / "type") == "Battery":
            percent = _number(supply / "capacity")
            if percent is None or _text(supply / "scope") == _FOR_OTHERS or _text(supply / "present") == "0":
                continue
            full = _number(supply / "energy_full") or _number(supply / "charge_full") or 1
            batteries.append((min(100, max(0, percent)), full))
            charged.append(_text(supply / "status") in _CHARGED_BY)
        elif (online := _number(supply / "online")) is not None:
            mains.append(online > 0)
    if not batteries:
        return None
    held = sum(percent * full for percent, full in batteries)
    # rounded down: nothing is made to look fuller than it is
    return Power(int(held / sum(full for _, full in batteries)), plugged=any(mains) if mains else any(charged))


def _supplies(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _number(file: Path) -> int | None:
    text = _text(file)
    return int(text) if text.lstrip("-").isdigit() else None
