"""Every scene at every size, in both languages, with the longest names: who she is stands there whole, and nothing is cut (H1, H14)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from textual.geometry import Region
from textual.widget import Widget

from edge.door import messages as m
from tests.screens.door import Bedside, bedside
from tests.screens.test_bedside_banner import LONGEST, SIZES, WITHOUT_BANNER, identity_is_whole
from tests.screens.test_bedside_targets import EVERY
from ui.bedside.messages import Go, Tapped
from ui.bedside.screens.entrance import CLEANING_SECONDS
from ui.bedside.views import Page
from ui.bedside.widgets.line import Line

UNBROKEN = 14
"""Letters: a longer word may go on in the next row."""


def longest(snapshot: m.Snapshot) -> m.Snapshot:
    """The same with the longest names there are: of who is on screen, and of one of those in the list."""
    one = snapshot.resident
    long = LONGEST if one is None else msgspec.structs.replace(LONGEST, id=one.id)
    everyone = tuple(msgspec.structs.replace(long, id=r.id) if r.id == long.id else r for r in snapshot.residents)
    return msgspec.structs.replace(snapshot, resident=one and long, residents=everyone)


def _said(screen: Bedside) -> Iterator[Line]:
    """What says something and is on the page of now, also what has to be scrolled to."""
    for one in screen.app.screen.query(Line):
        if one.text.strip() and all(up.display for up in one.ancestors_with_self):
            yield one


def _holder(one: Widget) -> Iterator[Widget]:
    """What stands around ``one``, up to the first that can be scrolled up and down."""
    for up in one.ancestors:
        if not isinstance(up, Widget):
            return
        yield up
        if up.allow_vertical_scroll or up.styles.overflow_y in {"auto", "scroll"}:
            return


def _seen_of(one: Widget) -> Region:
    """The part of it that stands on the display now."""
    where = one.region
    for up in one.ancestors:
        if isinstance(up, Widget):
            where = where.intersection(up.region)
    return where


def _docked(one: Widget) -> bool:
    """What scrolls goes by under it."""
    return any(isinstance(up, Widget) and up.styles.dock != "none" for up in one.ancestors_with_self)


def cut(screen: Bedside) -> list[str]:
    """What of the page cannot be read, wherever it is scrolled to."""
    found = []
    seen: list[tuple[Line, Region]] = []
    for one in _said(screen):
        where = one.region
        name = f"{one.id or ''} {one.text[:30]!r} {where}"
        inner = one.content_size
        needs = one.get_content_height(one.container_size, screen.app.size, inner.width) if inner.width else 0
        if not where.area:
            found.append(f"{name}: has no room")
            continue
        if needs > inner.height:
            found.append(f"{name}: {needs} rows in {inner.height}")
        longest_word = max(len(word) for word in one.text.split())
        if min(longest_word, UNBROKEN) > inner.width:
            found.append(f"{name}: a word of {longest_word} in {inner.width} columns")
        for up in _holder(one):
            place = up.region
            if where.x < place.x or where.right > place.right:
                found.append(f"{name}: beside {up.id or type(up).__name__} {place}")
                break
            scrolls = up.styles.overflow_y in {"auto", "scroll"}
            if not scrolls and (where.y < place.y or where.bottom > place.bottom):
                found.append(f"{name}: over the edge of {up.id or type(up).__name__} {place}")
                break
        seen.append((one, _seen_of(one)))
    for at, (one, where) in enumerate(seen):
        for other, there in seen[at + 1 :]:
            if where.overlaps(there) and _docked(one) == _docked(other):
                found.append(f"{one.text[:30]!r} {where} and {other.text[:30]!r} {there} stand on each other")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("size", [one if isinstance(one, tuple) else one.values[0] for one in SIZES], ids=str)
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_nothing_is_cut_and_who_she_is_is_whole_in_every_scene(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    """One screen that goes through all scenes."""
    wrong, seen = [], set()
    async with bedside(tmp_path, longest(EVERY["home"][0]), size, language) as screen:
        for scene, (snapshot, acts) in EVERY.items():
            heard = screen.app._snapshot
            screen.door.say(longest(snapshot))
            await screen.until(lambda heard=heard: screen.app._snapshot is not heard)  # type: ignore[misc]
            for act in (Go(Page.HOME), *acts):
                screen.clock.seconds += 1.0
                screen.app.post_message(Tapped(act))
                await screen.pilot.pause()
            await screen.pilot.pause()
            seen.add(screen.app.page)
            wrong += [f"{scene}: {one}" for one in cut(screen)]
            if snapshot.resident is not None and screen.app.page not in WITHOUT_BANNER:
                identity_is_whole(screen, LONGEST, scene, language)
            screen.clock.seconds += CLEANING_SECONDS
    assert set(Page) - seen == {Page.STARTING}
    assert "\n".join(wrong) == ""
