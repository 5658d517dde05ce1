"""What a FHIR server says beside its status: for how long to leave it alone, and what it has against a resource. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from types import MappingProxyType

from sync.fhir.canonical import Json

LONGEST_PAUSE = 3600.0
"""Seconds for which one item waits because a server says so; it may mean days, or a clock that is wrong."""

_TOLD = 2
"""Issues that stand in one line."""

ISSUES: Mapping[str, str] = MappingProxyType(
    {
        "invalid": "not valid",
        "structure": "not of the structure that FHIR wants",
        "required": "something that it wants is missing",
        "value": "a value that it does not take",
        "invariant": "a rule is broken",
        "security": "not allowed",
        "login": "nobody has signed in",
        "unknown": "unknown to it",
        "expired": "signed in too long ago",
        "forbidden": "forbidden",
        "suppressed": "held back",
        "processing": "it cannot process it",
        "not-supported": "not supported",
        "duplicate": "it holds the same already",
        "multiple-matches": "it holds several of the same",
        "not-found": "it refers to something that it does not hold",
        "deleted": "it was deleted there",
        "too-long": "too long",
        "code-invalid": "a code that it does not take",
        "extension": "an extension that it does not take",
        "too-costly": "too much for it",
        "business-rule": "a rule of that house is broken",
        "conflict": "somebody else changes it",
        "transient": "not now",
        "lock-error": "locked",
        "no-store": "its store does not answer",
        "exception": "an error of its own",
        "timeout": "it took too long",
        "incomplete": "incomplete",
        "throttled": "too many at once",
    }
)
"""The codes of http://hl7.org/fhir/issue-type in words."""

_PASSES = frozenset(
    {"conflict", "transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled"}
)

SENT = ("Patient", "Observation", "ServiceRequest", "DocumentReference", "Binary")
"""The types of what a cart sends."""

_PATH = re.compile(
    rf"(?:{'|'.join(SENT)})(?:\.[a-z][A-Za-z]{{1,30}}(?:\[[\dx]{{1,4}}\])?){{0,8}}",
    re.ASCII,
)
"""An element by its FHIRPath, as far as it names elements only."""


def objections(body: Json) -> str:
    """What an OperationOutcome has against a resource, in one plain line; "" where ``body`` is none.

    Its codes and the elements that it names, never its own words: they may repeat what was sent (T20).
    """
    if not isinstance(body, dict) or body.get("resourceType") != "OperationOutcome":
        return ""
    told: list[str] = []
    for issue in _listed(body, "issue"):
        if not isinstance(issue, dict) or issue.get("severity") not in {"fatal", "error"}:
            continue
        said = ISSUES.get(str(issue.get("code")))
        where = _element(issue.get("expression")) or _element(issue.get("location"))
        if said:
            told.append(f"{said}: {where}" if where else said)
    more = len(told) - _TOLD
    return "; ".join(told[:_TOLD]) + (f"; and {more} more" if more > 0 else "")


def passes(body: Json) -> bool:
    """Whether a conflict may be over by itself, as far as an OperationOutcome says: somebody else was writing.

    That the same is held under another name, or that it is never to be changed, stays.
    """
    return all(isinstance(one, dict) and one.get("code") in _PASSES for one in _listed(body, "issue"))


def not_to_be_created(statement: Json) -> tuple[str, ...]:
    """The types of resources that a server, by its CapabilityStatement, does not let this cart PUT under new ids.

    A type of which it says nothing may do, as may one of which it does not say whether.
    """
    found: list[str] = []
    for rest in _listed(statement, "rest"):
        for resource in _listed(rest, "resource"):
            kind = resource.get("type") if isinstance(resource, dict) else None
            if isinstance(resource, dict) and kind in SENT and resource.get("updateCreate") is False:
                found.append(str(kind))
    return tuple(dict.fromkeys(found))


def _listed(value: Json, name: str) -> list[Json]:
    held = value.get(name) if isinstance(value, dict) else None
    return held if isinstance(held, list) else []


def _element(paths: Json) -> str:
    for path in paths if isinstance(paths, list) else []:
        if isinstance(path, str) and _PATH.fullmatch(path):
            return path
    return ""


def pause(headers: Mapping[str, str]) -> float:
    """Seconds that the server asks for (RFC 9110, 10.2.3), at most LONGEST_PAUSE; 0 where it asks for none.

    A date is taken against the server's own: the cart's clock may be wrong (H8).
    """
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdecimal():
        return min(float(said[:9]), LONGEST_PAUSE)
    try:
        until, now = parsedate_to_datetime(said), parsedate_to_datetime(headers.get("Date", ""))
        seconds = (until - now).total_seconds()
    except (TypeError, ValueError):
        return 0.0
    return min(max(0.0, seconds), LONGEST_PAUSE)
