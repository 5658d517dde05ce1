"""`telecart destination test`: would each destination do, and if not, what is wrong?"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence

from edge.domain.fault import Fault, Reason
from edge.mailbox import Mailbox
from edge.mains.sync import destination_of, refuse_strangers, source_of
from edge.settings import Dicomweb, Fhir, Pacs, Settings


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """Of one destination. ``what`` is one plain line; ``do`` is "" where nothing has to be done."""

    name: str
    kind: str
    ok: bool
    what: str
    do: str = ""
    reason: str | None = None


async def examine(settings: Settings, name: str | None) -> Sequence[Finding]:
    """All destinations, side by side, or the one of that name. Nothing is sent.

    Raises Fault(SETTINGS) where there is none, or where a demonstration would reach a stranger.
    """
    if settings.demo:
        refuse_strangers(settings)
    chosen = [end for end in settings.destinations if name in {None, end.name}]
    if not chosen:
        what = f"no destination is called {name}" if name is not None else "the settings name no destination"
        raise Fault(Reason.SETTINGS, what, "see [[pacs]], [[dicomweb]], [[fhir]] and [[mailbox]] in the settings")
    return await asyncio.gather(*(_examined(end, settings) for end in chosen))


async def _examined(end: Pacs | Dicomweb | Fhir | Mailbox, settings: Settings) -> Finding:
    kind = type(end).__name__.lower()
    try:
        what = await destination_of(end, source_of(settings)).examine()
    except Fault as fault:
        return Finding(end.name, kind, ok=False, what=fault.what, do=fault.do, reason=fault.reason.value)
    return Finding(end.name, kind, ok=True, what=what)
