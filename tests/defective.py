"""The `telecart` command with defects, each of which fails in words that name the resident: ``python -m tests.defective``.

Arguments: the settings file and the command. Each defect strikes once, also across restarts: the folder TELECART_DEFECTS
holds a file for each that did. With TELECART_LOGS=unguarded, logs are as they were before anybody thought of them.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import structlog

from edge import cli
from edge.acquire.recorder import Recorder
from edge.domain.audit import Actor
from edge.domain.patient import Patient
from edge.domain.ports import Settled
from edge.door import messages as m
from edge.door.desk import Desk
from edge.mains import logs
from edge.store.ledger import StoredLedger
from edge.store.sending.outbox import StoredOutbox
from sync.fhir.client import FhirDestination

DEFECTS = ("event", "door", "task", "thread", "warning", "unraisable", "told", "publishing", "freezing", "recording")

log = structlog.get_logger()


def once(defect: str) -> bool:
    """Whether this is the first time; the others see that it was."""
    assert defect in DEFECTS
    try:
        (Path(os.environ["TELECART_DEFECTS"]) / defect).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


class Unwilling:
    def __init__(self, words: str) -> None:
        self._words = words

    def __del__(self) -> None:
        raise ValueError(self._words)


def fail(words: object) -> None:
    raise ValueError(f"cannot do it for {words}")


async def failing(words: object) -> None:
    fail(words)


async def speak_of(patient: Patient) -> None:
    """In all the ways in which a process comes to write on standard error without meaning to."""
    if once("told"):
        log.info("resident", resident=patient, name=patient.birth_name, what=patient, born=patient.birth_date)
        log.warning(f"{patient.given_names} was chosen")  # noqa: G004
        log.warning("about %s", patient.room)
    if once("task"):
        lost = asyncio.create_task(failing(patient))
        await asyncio.wait([lost])
        del lost
    if once("thread"):
        threading.Thread(target=fail, args=(patient,)).start()
    if once("warning"):
        warnings.warn(f"{patient} is warned of", stacklevel=1)
    if once("unraisable"):
        Unwilling(f"{patient}")


def break_edge() -> None:
    take, handle, overview = Recorder.take, Desk.handle, StoredLedger.overview

    async def taking(self: Recorder, event: Any) -> None:
        if (shown := self.on_screen) and type(event).__name__ == "Arrived" and once("event"):
            raise ValueError(f"{event} of {shown.patient}")
        await take(self, event)

    async def handling(self: Desk, command: m.AnyCommand, by: Actor) -> None:
        if shown := self._recorder.on_screen:
            await speak_of(shown.patient)
            if isinstance(command, m.TakePhoto) and once("door"):
                raise KeyError(shown.patient.birth_name, shown.patient.ins, shown.patient.allergies)
        await handle(self, command, by)

    async def publishing(self: StoredLedger, encounter_id: str | None) -> Any:
        found = await overview(self, encounter_id)
        if found.lines and once("publishing"):
            try:
                fail([await self.load(found.lines[0].item_id)])
            except ValueError as exc:
                raise RuntimeError(repr(await self.patients())) from exc
        return found

    Recorder.take = taking  # type: ignore[method-assign]
    Desk.handle = handling  # type: ignore[method-assign]
    StoredLedger.overview = publishing  # type: ignore[method-assign]


def break_sync() -> None:
    freeze, record_all = FhirDestination.freeze, StoredOutbox.record_all

    def freezing(self: FhirDestination, item: Any) -> bytes:
        if once("freezing"):
            fail(item)
        return freeze(self, item)

    async def recording(self: StoredOutbox, destination: str, settled: Sequence[Settled]) -> None:
        if once("recording"):
            raise RuntimeError(repr(await self.load(destination, settled[0].outcome.item_id)))
        await record_all(self, destination, settled)

    FhirDestination.freeze = freezing  # type: ignore[method-assign]
    StoredOutbox.record_all = recording  # type: ignore[method-assign]


def unguarded(name: str) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["level", "process", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(process=name)


def main(config: str, command: str) -> None:
    breaks: dict[str, Callable[[], None]] = {"edge": break_edge, "sync": break_sync}
    if os.environ.get("TELECART_LOGS") == "unguarded":
        logs.configure = unguarded
    breaks.get(command, lambda: None)()
    cli.main(["--config", config, command])


if __name__ == "__main__":
    main(*sys.argv[1:])
