"""The pages of a foreign PDF as pictures, one at a time. The reader is in a worker (T7, T8): this is its parent's end."""

from __future__ import annotations

import asyncio
import atexit
import functools
from typing import Final

from edge.domain.answer import Leaf
from edge.domain.body import InMemory, Joined
from edge.domain.fault import Fault, Reason
from edge.foreign.messages import Limits
from edge.foreign.sandbox import NotStarted, Sandbox
from sync.report.leaf import ASKED

ACROSS: Final = 1600
DOWN: Final = 2264
"""Pixels at most: a page of A4 as broad as the display, or little less."""

_MEBIBYTE: Final = 1024 * 1024
_LIMITS: Final = Limits(
    memory_bytes=256 * _MEBIBYTE,
    answer_bytes=8 * _MEBIBYTE,
    cpu_seconds=10,
    # somebody stands before the screen, which waits for an answer
    wall_seconds=12.0,
)


def leafer() -> Sandbox[Leaf]:
    return Sandbox(("sync.report.leafer",), Leaf, _LIMITS)


def leaf(by: Sandbox[Leaf], pdf: bytes, page: int) -> Leaf:
    """``page`` from 0. Raises Fault(UNDECODABLE), NotStarted."""
    if not 0 <= page <= 0xFFFF:
        raise Fault(Reason.UNDECODABLE, "the PDF has no such page to show", "print it")
    return by.read(Joined((InMemory(ASKED.pack(page, ACROSS, DOWN)), InMemory(pdf))))


@functools.cache
def own() -> Sandbox[Leaf]:
    """The one of this process."""
    made = leafer()
    atexit.register(made.close)
    return made


async def leaf_of(pdf: bytes, page: int) -> Leaf:
    """As ``leaf``, or Fault(MISSING_PROGRAM) where there is no worker now."""
    try:
        return await asyncio.to_thread(leaf, own(), pdf, page)
    except NotStarted as exc:
        raise Fault(Reason.MISSING_PROGRAM, "Le lecteur de documents ne démarre pas", "prévenez le support") from exc
