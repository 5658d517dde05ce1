"""A page whole at once: with all that stands on it, in the very moment in which it is asked for.

Textual lets each widget compose its own parts in its own task, one after the other: whoever asks a page for something the moment
it is mounted finds nothing on it. Here all of it is composed and mounted before ``make`` returns.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Callable, Sequence
from typing import Final

from textual.app import App
from textual.compose import compose
from textual.dom import DOMNode
from textual.widget import Widget

from ui.bedside.views import Page

OFTEN: Final = (Page.HOME, Page.VITALS, Page.ECG, Page.PHOTO, Page.CALL, Page.CONFIRM, Page.TYPING, Page.OUTBOX)
"""What a nurse turns to every day: made while nobody waits for it."""

APART_SECONDS: Final = 0.3

REMEMBERED: Final = 64
"""Answers that a widget remembers of what it was asked for: twice as many as a page asks for at once."""


def make(widget: Widget, into: Widget) -> None:
    """``widget`` stands in ``into`` with all its parts; nothing is drawn until each of them runs."""
    app = into.app
    whole = asyncio.Event()
    with contextlib.ExitStack() as held:
        held.callback(whole.set)
        held.enter_context(app.batch_update())
        _composed_by_another(widget, whole)
        into.mount(widget)
        parts = [widget, *_compose(widget, whole)]
        for part in parts:
            forgetful(part)
        release = held.pop_all().close
    whole.set()
    app.run_worker(_drawn_when_whole(parts, release), name="make")


def _composed_by_another(widget: Widget, whole: asyncio.Event) -> None:
    """What its own task would do is done here: from Python 3.12 on it would even be done before ``mount`` returns (eager tasks)."""
    widget._compose = whole.wait  # type: ignore[method-assign,assignment]  # noqa: SLF001


def forgetful(node: DOMNode) -> None:
    """``node`` remembers no more than REMEMBERED of the answers of ``query_one``.

    Textual keeps 1,024 for each, under a number that every display of something within raises: all but the last few are never
    found again, and hold what they name.
    """
    node._query_one_cache.maxsize = REMEMBERED  # noqa: SLF001


def _compose(widget: Widget, whole: asyncio.Event) -> list[Widget]:
    """Every part of ``widget`` that is composed, mounted."""
    children = [*widget._pending_children, *compose(widget)]  # noqa: SLF001
    widget._pending_children.clear()  # noqa: SLF001
    if not children:
        return []
    for child in children:
        _composed_by_another(child, whole)
    widget.mount_all(children)
    return [*children, *(part for child in children for part in _compose(child, whole))]


async def _drawn_when_whole(parts: list[Widget], release: Callable[[], None]) -> None:
    try:
        for part in parts:
            await part._mounted_event.wait()  # noqa: SLF001
    finally:
        release()


def make_ahead(app: App[None], make_one: Callable[[Page], object], pages: Sequence[Page]) -> None:
    """``pages`` one at a time, with room for a finger between two of them; then what is there is taken to stay.

    Looking through every widget for garbage takes a tenth of a second, and would fall into a tap.
    """

    def next_one() -> None:
        make_one(pages[0])
        if pages[1:]:
            make_ahead(app, make_one, pages[1:])
        else:
            app.set_timer(APART_SECONDS, _keep)

    if pages:
        app.set_timer(APART_SECONDS, next_one)


def _keep() -> None:
    gc.collect()
    gc.freeze()
