"""A folder into which the house drops tables of its residents: each is taken whole or refused whole, and moved away.

A file counts once it is complete: its name ends in .csv, and size and time are as they were at the look before, and still
when it is moved away. It goes to
``taken/``; one that is refused goes to ``refused/``. A file NAME.txt beside it says of each line what is wrong with it, if anything.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import structlog

from edge.domain.fault import Fault, Reason

TAKEN: Final = "taken"
REFUSED: Final = "refused"
_LOOK_EVERY: Final = 2.0

log = structlog.get_logger()


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a table, and what is to be said of its lines."""

    taken: bool
    lines: Sequence[str] = ()


Take = Callable[[Path], Awaitable[Verdict]]
"""Takes a table in. Raises Fault where it is to be tried again."""


class Folder:
    """``now`` gives the time by which what is moved away is named."""

    def __init__(self, folder: Path, take: Take, now: Callable[[], dt.datetime], every: float = _LOOK_EVERY) -> None:
        self._folder = folder
        self._take = take
        self._now = now
        self._every = every
        self._seen: dict[str, tuple[int, int]] = {}

    async def watch(self) -> None:
        """Until cancelled. A folder that is not there, or a store that does not answer, is looked at again."""
        while True:
            try:
                await self.look()
            except Fault as fault:
                log.warning("record_folder_waits", reason=fault.reason.value, what=fault.what)
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """One look. Raises Fault."""
        found = await asyncio.to_thread(self._complete)
        for path in found:
            verdict = await self._take(path)
            if not await asyncio.to_thread(self._move, path, verdict):
                continue
            log.info("record_table", outcome=TAKEN if verdict.taken else REFUSED, lines=len(verdict.lines))

    def _complete(self) -> list[Path]:
        """Those that have not changed since the look before, by name. Raises Fault(SETTINGS)."""
        now: dict[str, tuple[int, int]] = {}
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if entry.name.lower().endswith(".csv") and not entry.name.startswith(".") and entry.is_file():
                        about = entry.stat()
                        now[entry.name] = (about.st_size, about.st_mtime_ns)
        except OSError as exc:
            what = f"the folder of the residents' record cannot be read: {exc.strerror}"
            raise Fault(Reason.SETTINGS, what, "check `folder` of [record.csv] and who may read it") from exc
        before, self._seen = self._seen, now
        return [self._folder / name for name, about in sorted(now.items()) if before.get(name) == about]

    def _move(self, path: Path, verdict: Verdict) -> bool:
        """False for one to which something was written since: it was not whole, and is looked at again. Raises Fault(SETTINGS)."""
        stamp = self._now().strftime("%Y%m%dT%H%M%S%f")
        to = self._folder / (TAKEN if verdict.taken else REFUSED) / f"{stamp}-{path.name}"
        try:
            about = path.stat()
            if self._seen.get(path.name) != (about.st_size, about.st_mtime_ns):
                return False
            to.parent.mkdir(exist_ok=True)
            if verdict.lines:
                to.with_name(to.name + ".txt").write_text(
                    "".join(f"{one}\n" for one in verdict.lines), encoding="utf-8"
                )
            path.rename(to)
        except OSError as exc:
            what = f"a table of the residents' record cannot be moved away: {exc.strerror}"
            raise Fault(Reason.SETTINGS, what, "let the cart write into `folder` of [record.csv]") from exc
        self._seen.pop(path.name, None)
        return True
