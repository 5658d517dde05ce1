"""Logs of every process: one line an event to standard error, English names, no patient data (T20).

What is not known to be harmless does not come through, whoever wrote it there: a field that is not declared here, a value
that is no number and no text, an event that is no constant, the words and variables of an exception, what libraries and
warnings say. Of these the type is told, and where it happened.
"""

from __future__ import annotations

import enum
import logging
import re
import sys
import threading
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import structlog

from edge.domain.fault import Fault

_DECLARED: Final = """
act address again battery bonded bound bytes certificate changed code command connected control count destination destinations
digits do errno error event exception failures files gone heard height hertz item items kind leads left_out level library lines
link match model new number on orders outcome own_jpeg pacs port process read reason request residents role said scheme seconds
serial sha256 size source state status target timestamp uid verdict what where whole why width
"""

FIELDS: Final = frozenset(_DECLARED.split())
"""Every field that may stand in a log. Whoever declares one says that it never holds what came from a person or a record:

``what``, ``why`` and ``said`` are sentences of this software or of the machine's tools (Fault.what promises it), ids are
random, the others are numbers, names of types, of settings and of states.
"""

_LISTS: Final = frozenset({"destinations"})
_EVENT: Final = re.compile(r"[a-z][a-z0-9_]{1,60}")
_LONGEST: Final = 300
_DEEPEST: Final = 12
_GENERATED: Final = "<"

log = structlog.get_logger()


def configure(process: str) -> None:
    """From here on this process says nothing on standard error but by the rules of this module."""

    def named(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        # the context of a coroutine does not reach other threads
        event["process"] = process
        return event

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            named,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            told,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "process", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(handlers=[Libraries()], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)
    sys.excepthook = _crashed
    threading.excepthook = _thread_crashed
    sys.unraisablehook = _unraisable


def told(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: what may be told of ``event``."""
    failure = _failure(event.pop("exc_info", None))
    event.pop("stack_info", None)
    plain = {name: _value(name, value) for name, value in event.items()}
    if not _EVENT.fullmatch(str(event.get("event"))):
        plain["event"] = "event_without_a_name"
    if failure is not None:
        plain["exception"] = outline(failure)
    return plain


def _value(field: str, value: object) -> object:
    if field not in FIELDS:
        return _named(value)
    if field in _LISTS and isinstance(value, list | tuple):
        return ",".join(str(plainly(one)) for one in value)
    return plainly(value)


def plainly(value: object) -> object:
    """``value`` where it is a number or a text, else of which type it is."""
    match value:
        case enum.Enum():
            return plainly(value.value)
        case None | bool() | int() | float():
            return value
        case str():
            return value[:_LONGEST]
        case _:
            return _named(value)


def _named(value: object) -> str:
    return f"<{type(value).__name__}>"


def _failure(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def outline(failure: BaseException) -> str:
    """Which exceptions, where, and what brought them about, in one line: types, files, lines and functions. No words but a Fault's."""
    parts: list[str] = []
    one: BaseException | None = failure
    while one is not None and len(parts) < _DEEPEST:
        parts.append(_of_one(one))
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "; after ".join(parts)


def _of_one(failure: BaseException) -> str:
    said = type(failure).__name__
    if isinstance(failure, Fault):
        said += f" {failure.reason.value}: {failure.what[:_LONGEST]}"
    elif isinstance(failure, OSError) and failure.errno is not None:
        said += f" {failure.errno}"
    frames = traceback.extract_tb(failure.__traceback__)[-_DEEPEST:]
    said += "".join(f" < {_place(frame)}" for frame in reversed(frames))
    if isinstance(failure, BaseExceptionGroup):
        said += " [" + " | ".join(_of_one(inner) for inner in failure.exceptions[:_DEEPEST]) + "]"
    return said


def _place(frame: traceback.FrameSummary) -> str:
    # code that was made at run time may be named after anything
    file = "generated" if frame.filename.startswith(_GENERATED) else "/".join(Path(frame.filename).parts[-2:])
    return f"{file}:{frame.lineno} {frame.name}"


class Libraries(logging.Handler):
    """What libraries and warnings log: who, where and of which kind. Their words may quote what they were given."""

    def emit(self, record: logging.LogRecord) -> None:
        where = f"{'/'.join(Path(record.pathname).parts[-2:])}:{record.lineno}"
        say = log.error if record.levelno >= logging.ERROR else log.warning
        say("library", library=record.name, where=where, exc_info=record.exc_info)


def _crashed(kind: type[BaseException], failure: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, failure, trace)
        return
    log.critical("crashed", exc_info=failure)


def _thread_crashed(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and not isinstance(failed.exc_value, SystemExit):
        log.critical("thread_crashed", exc_info=failed.exc_value)


def _unraisable(failed: Any) -> None:
    log.error("unraisable", exc_info=failed.exc_value)
