"""The photos of an encounter, four to a page, each with what it shows; made smaller, and two at a time in memory at most."""

from __future__ import annotations

import contextlib
import queue
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from edge.domain.fault import Fault, Reason
from edge.domain.report import EncounterReport, House, Picture
from edge.foreign.sandbox import NotStarted, Sandbox
from sync.report import letters
from sync.report.jpeg import Ready
from sync.report.letters import PLAIN, STRONG
from sync.report.sheet import DOUBT, INK, LEFT, MUTED, WASH, Sheet
from sync.report.shrinking import shrinker, shrunk
from sync.report.small import Small
from sync.report.words import Words

_GUTTER: Final = 16.0
_HIGH: Final = 230.0
_CAPTION: Final = 54.0
_WORKERS: Final = 2
"""Side by side: one decodes while the other one starts. Each takes some 50 MB."""


Shrunk = deque[Future[Small | None]]
Workers = queue.SimpleQueue[Sandbox[Small]]


@contextlib.contextmanager
def shrinking(report: EncounterReport) -> Iterator[Shrunk]:
    """What can be shown of the pictures, in their order, made while the pages before them are drawn."""
    with contextlib.ExitStack() as stack:
        workers: Workers = queue.SimpleQueue()
        for _ in range(_WORKERS):
            workers.put(stack.enter_context(shrinker()))
        beside = stack.enter_context(ThreadPoolExecutor(_WORKERS))
        yield deque(beside.submit(_small, one, workers) for one in report.pictures)


def draw(sheet: Sheet, report: EncounterReport, words: Words, house: House, ready: Shrunk) -> None:
    """Raises Fault(MISSING_PROGRAM | STORE_IO)."""
    if report.pictures:
        sheet.page()
        sheet.heading(words.pictures.heading)
        sheet.text(words.pictures.reduced, 9, PLAIN, MUTED)
        sheet.gap(8)
        _all(sheet, report, words, house, ready)


def _all(sheet: Sheet, report: EncounterReport, words: Words, house: House, ready: Shrunk) -> None:
    broad = (sheet.broad - _GUTTER) / 2
    for at, picture in enumerate(report.pictures):
        if at % 2 == 0:
            sheet.need(_HIGH + _CAPTION)
        x = LEFT + (at % 2) * (broad + _GUTTER)
        _one(sheet, picture, x, broad, words, house, ready.popleft().result())
        if at % 2 or at == len(report.pictures) - 1:
            sheet.y += _HIGH + _CAPTION


def _one(
    sheet: Sheet, picture: Picture, x: float, broad: float, words: Words, house: House, small: Small | None
) -> None:
    y, photo = sheet.y, picture.photo
    sheet.fill(x, y, broad, _HIGH, WASH, 3)
    if photo.is_intimate:
        _in_place_of(sheet, words.pictures.intimate, x, broad)
    elif small is None:
        _in_place_of(sheet, words.pictures.unreadable, x, broad)
    else:
        scale = min(broad / small.width, _HIGH / small.height)
        across, high = small.width * scale, small.height * scale
        corner = x + (broad - across) / 2, sheet.down(y + (_HIGH + high) / 2)
        sheet.canvas.drawImage(Ready(small), *corner, across, high)
    taken = words.moment(picture.taken.at.utc.astimezone(house.zone))
    if not picture.taken.at.clock_trusted:
        taken += f" ({words.vitals.clock})"
    who = picture.taken.operator
    by = f", {words.vitals.by.format(who.name or who.rpps)}" if who else ""
    at = y + _HIGH + 13
    for said in letters.lines(words.pictures.site(photo.site, photo.side), STRONG, 9.5, broad)[:2]:
        sheet.say(x, at, said, 9.5, STRONG, INK)
        at += 12
    for said in letters.lines(f"{words.pictures.views[photo.view]}, {taken}{by}", PLAIN, 8.5, broad)[:2]:
        sheet.say(x, at, said, 8.5, PLAIN, MUTED)
        at += 11
    flaws = [
        *([words.pictures.blurred] if photo.too_blurred else []),
        *([words.pictures.dark] if photo.too_dark else []),
        *([words.pictures.bright] if photo.too_bright else []),
    ]
    if flaws:
        tagged = sheet.tag(x, at, words.vitals.doubtful, DOUBT)
        sheet.say(tagged + 5, at, ", ".join(flaws), 8.5, PLAIN, DOUBT)


def _small(picture: Picture, workers: Workers) -> Small | None:
    """None where it cannot be read, or is not to be shown: the report goes without it, and says so."""
    if picture.photo.is_intimate:
        return None
    worker = workers.get()
    try:
        return shrunk(worker, picture.file)
    except NotStarted as exc:
        raise Fault(Reason.MISSING_PROGRAM, "the reader of pictures does not start", "tell the support") from exc
    except Fault as fault:
        if fault.reason is Reason.STORE_IO:
            raise
        return None
    finally:
        workers.put(worker)


def _in_place_of(sheet: Sheet, why: str, x: float, broad: float) -> None:
    found = letters.lines(why, PLAIN, 9, broad - 40)
    for at, said in enumerate(found):
        sheet.say(x + 20, sheet.y + _HIGH / 2 - len(found) * 6 + at * 12, said, 9, PLAIN, MUTED)
