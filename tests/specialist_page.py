"""The files of the specialist's page as a test serves them."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path("ui/specialist")


def source(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
