"""A photo as a document shows it: upright, and no larger than it is printed. The decoder is in a worker (T8)."""

from __future__ import annotations

from typing import Final

from edge.domain.body import Body, InMemory, Joined
from edge.foreign.messages import Limits
from edge.foreign.sandbox import Sandbox
from sync.report.small import ASKED, Small

LONGEST: Final = 1100
"""Pixels: more than 300 to the inch at the size of four to a page."""

_MEBIBYTE: Final = 1024 * 1024
_LIMITS: Final = Limits(memory_bytes=256 * _MEBIBYTE, answer_bytes=4 * _MEBIBYTE)


def shrinker() -> Sandbox[Small]:
    """One for each document: it holds pictures while it lives, so it ends with the document."""
    return Sandbox(("sync.report.shrinker",), Small, _LIMITS)


def shrunk(by: Sandbox[Small], jpeg: Body) -> Small:
    """Raises Fault(UNDECODABLE | STORE_DAMAGED), NotStarted."""
    return by.read(Joined((InMemory(ASKED.pack(LONGEST)), jpeg)))
