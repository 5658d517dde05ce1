"""Real recordings that are not part of this repository: skipped by name where they are not at hand."""

from __future__ import annotations

import os
from pathlib import Path

from tests import needs


def shared(name: str) -> bytes:
    """The content of a file of the shared data, ``name`` being like ``ecg/x.scp``."""
    return shared_path(name).read_bytes()


def shared_path(name: str) -> Path:
    named = os.environ.get("TELECART_SHARED_DATA")
    folder = Path(named) if named else Path(__file__).parents[1].parent / "shared" / "data"
    path = folder / name
    if not path.exists():
        needs.lacking(path.name, f"set TELECART_SHARED_DATA to the folder that holds {name}")
    return path
