"""A folder into which an ECG recorder drops its files."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import structlog

from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device
from edge.domain.ports import Arrived, LinkState, PeripheralEvent, Undecodable
from edge.domain.waveform import Waveform

log = structlog.get_logger()

MAXIMUM: Final = 64 * 1024 * 1024
"""Largest file in bytes that is read."""

RAW_KEPT: Final = 4096
"""Bytes handed on of a file that is too large; the file itself stays in ``refused``."""

TAKEN: Final = "taken"
REFUSED: Final = "refused"

_UNFINISHED: Final = (".tmp", ".part", ".filepart", "~")


@dataclasses.dataclass(frozen=True, slots=True)
class _Seen:
    """What tells one state of a file from the next."""

    inode: int
    size: int
    modified_ns: int


def _seen(status: os.stat_result) -> _Seen:
    return _Seen(status.st_ino, status.st_size, status.st_mtime_ns)


class RecorderFolder:
    """Implements ports.Peripherals. A file is complete when it looked the same at two polls, ``poll`` seconds apart.

    A file is moved to ``taken`` or ``refused`` in the same folder only when the next event is asked for, which is after
    it was saved; until then every start offers it again. Files are never deleted. Hidden files, files that are called
    unfinished, links and subfolders are left alone. File names may name a resident: none is logged or handed on.
    ``reader`` gives the name of the model that wrote a file, and what stands in it; it raises Fault(CORRUPT_FILE).
    """

    def __init__(
        self, folder: Path, reader: Callable[[bytes], tuple[str, Waveform]], device: Device, *, poll: float = 0.5
    ) -> None:
        self._folder = folder
        self._reader = reader
        self._device = device
        self._poll = poll

    async def events(self) -> AsyncIterator[PeripheralEvent]:
        before: dict[Path, _Seen] = {}
        stuck: dict[Path, _Seen] = {}
        connected: bool | None = None
        while True:
            try:
                now = await asyncio.to_thread(self._list)
            except OSError as exc:
                before = {}
                if connected is not False:
                    connected = False
                    log.warning("recorder_folder_absent", error=type(exc).__name__)
                    yield self._state(False, "dossier des enregistrements introuvable. Prévenez le support.")
                await asyncio.sleep(self._poll)
                continue
            if connected is not True:
                connected = True
                yield self._state(True)
            stuck = {path: seen for path, seen in stuck.items() if now.get(path) == seen}
            for path in sorted(now, key=lambda one: (now[one].modified_ns, one.name)):
                seen = now[path]
                if before.get(path) != seen or path in stuck:
                    continue
                try:
                    event = await asyncio.to_thread(self._event, path, seen)
                except FileNotFoundError:
                    # a person moved it
                    continue
                except OSError as exc:
                    log.warning("recording_unreadable", error=type(exc).__name__)
                    stuck[path] = seen
                    yield self._state(True, "un enregistrement ne peut pas être lu. Prévenez le support.")
                    continue
                if event is None:
                    continue
                yield event
                # whoever listens asked for more: what was yielded is saved
                try:
                    await asyncio.to_thread(
                        self._put_away, path, seen, TAKEN if isinstance(event, Arrived) else REFUSED
                    )
                except OSError as exc:
                    log.warning("recording_not_put_away", error=type(exc).__name__)
                    stuck[path] = seen
                    yield self._state(True, "un enregistrement reçu ne peut pas être rangé. Prévenez le support.")
            before = now
            await asyncio.sleep(self._poll)

    def _state(self, connected: bool, what: str = "") -> LinkState:
        return LinkState(self._device, connected, f"{self._device.label} : {what}" if what else "")

    def _list(self) -> dict[Path, _Seen]:
        found = {}
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED):
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    # renamed by the recorder since it was listed: the next poll sees its new name
                    continue
                if stat.S_ISREG(status.st_mode):
                    found[Path(entry.path)] = _seen(status)
        return found

    def _event(self, path: Path, seen: _Seen) -> Arrived | Undecodable | None:
        """None for a file that is being written after all: a later poll finds it complete."""
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            if seen.size > MAXIMUM:
                what = f"a recording is larger than {MAXIMUM // 1024 // 1024} MiB"
                return Undecodable(self._device, file.read(RAW_KEPT), Reason.CORRUPT_FILE, what)
            raw = file.read(MAXIMUM)
            if _seen(os.fstat(file.fileno())) != seen:
                return None
        try:
            model, content = self._reader(raw)
            return Arrived(dataclasses.replace(self._device, model=model), content, raw)
        except Fault as fault:
            log.warning("recording_refused", reason=fault.reason.value, what=fault.what, bytes=len(raw))
            return Undecodable(self._device, raw, fault.reason, fault.what)

    def _put_away(self, path: Path, seen: _Seen, where: str) -> None:
        """Never over a file that is there already, and never a newer file of the same name: that one is yet to come."""
        try:
            if _seen(path.lstat()) != seen:
                return
        except FileNotFoundError:
            return
        folder = self._folder / where
        folder.mkdir(mode=0o770, exist_ok=True)
        target = folder / path.name
        number = 1
        while target.exists() or target.is_symlink():
            target = folder / f"{path.stem}-{number}{path.suffix}"
            number += 1
        path.rename(target)
