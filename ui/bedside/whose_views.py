"""What the pages about whose something is show, as frozen values in words."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class StrayView:
    """``title`` is what and how much, ``facts`` by what and when, ``why`` it is nobody's; ``near`` who is offered first."""

    item_id: str
    title: str
    facts: str
    why: str
    near: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class UnreadView:
    number: int
    facts: str


@dataclasses.dataclass(frozen=True, slots=True)
class ReconciledView:
    id: str
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class WhoseView:
    """``more`` says how many wait beside those that are listed, or ""."""

    strays: tuple[StrayView, ...] = ()
    unread: tuple[UnreadView, ...] = ()
    reconciled: tuple[ReconciledView, ...] = ()
    more: str = ""
    waits: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Purpose:
    """For what a resident is looked for, where that is not to have her on screen.

    ``headline`` stands over the list, ``question`` over the one confirmation, ``yes`` on its button. ``near`` stand first,
    ``nobody`` is a way out too, ``besides`` is who it cannot be. ``back`` is the page on which it was asked.
    """

    kind: str
    id: str
    headline: str
    question: str
    yes: str
    near: tuple[str, ...] = ()
    nobody: bool = False
    besides: str = ""
    back: str = "whose"
