"""What one resource of a FHIR R4 server says as an answer: Task, DiagnosticReport, Communication.

https://hl7.org/fhir/R4/task.html, diagnosticreport.html, communication.html. A prescription is told by its LOINC code, and that she is
to be seen by ``https://telecart.example/answer|come``, a code of ours: no nomenclature has one.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from edge.domain.answer import LARGEST_PDF, LONGEST_TEXT, AnswerKind, Came
from edge.domain.operator import Operator
from sync.fhir import terms
from sync.fhir.canonical import Json, Resource
from sync.record import about

COME: Final = "https://telecart.example/answer|come"
_PRESCRIPTIONS: Final = frozenset({f"{terms.LOINC}|{code}" for code in ("57833-6", "57828-6", "29551-9")})

_STATES: Mapping[str, Mapping[str, AnswerKind]] = MappingProxyType(
    {
        "Task": {
            **dict.fromkeys(("received", "accepted", "in-progress"), AnswerKind.READ),
            "completed": AnswerKind.REPORT,
            **dict.fromkeys(("rejected", "failed", "cancelled"), AnswerKind.DECLINED),
            "entered-in-error": AnswerKind.RETRACTED,
        },
        "DiagnosticReport": {
            **dict.fromkeys(("registered", "partial", "preliminary"), AnswerKind.READ),
            **dict.fromkeys(("final", "amended", "corrected", "appended"), AnswerKind.REPORT),
            **dict.fromkeys(("cancelled", "entered-in-error"), AnswerKind.RETRACTED),
        },
        "Communication": {
            "in-progress": AnswerKind.READ,
            "completed": AnswerKind.REPORT,
            "not-done": AnswerKind.DECLINED,
            "entered-in-error": AnswerKind.RETRACTED,
        },
    }
)
"""What each status says; another one says nothing yet."""


def came_of(resource: Resource, source: str, now: dt.datetime) -> Came | None:
    """None where it says nothing yet, or is no answer. The same content is the same key, whatever else was written to it."""
    kind = str(resource.get("resourceType"))
    state = _STATES.get(kind, {}).get(str(resource.get("status")))
    name = resource.get("id")
    if state is None or not isinstance(name, str) or not name:
        return None
    codes = set(_codes(resource))
    if state is AnswerKind.REPORT:
        state = (
            AnswerKind.COME
            if COME in codes
            else AnswerKind.PRESCRIPTION
            if codes & _PRESCRIPTIONS
            else AnswerKind.REPORT
        )
    text = "\n".join(_texts(resource))[:LONGEST_TEXT]
    pdf = next(_pdfs(resource), None)
    author = _author(resource)
    origin = f"fhir:{source}:{kind}/{name}"
    said = "\n".join(
        [
            *(state, author.name, author.rpps, text, hashlib.sha256(pdf or b"").hexdigest()),
            *_addresses(resource),
            *based_on(resource),
            *("\t".join(one) for one in about.subject_of(resource)),
        ]
    )
    return Came(
        key=f"{origin}#{hashlib.sha256(said.encode()).hexdigest()[:24]}",
        origin=origin,
        names=tuple(based_on(resource)),
        kind=state,
        author=author,
        given=_given(resource, now),
        text=text,
        pdf=pdf,
        about=about.subject_of(resource),
    )


def based_on(resource: Resource) -> list[str]:
    """What it says to be based on, by reference or by identifier."""
    found = []
    for one in dicts(resource.get("basedOn")):
        identifier = one.get("identifier")
        found.append(str(one.get("reference", "")))
        found.append(str(identifier.get("value", "")) if isinstance(identifier, dict) else "")
    return [one for one in found if one]


def _texts(resource: Resource) -> Iterator[str]:
    if isinstance(resource.get("conclusion"), str):
        yield str(resource["conclusion"])
    for one in (*dicts(resource.get("payload")), *dicts(resource.get("output"))):
        for key in ("contentString", "valueString", "valueMarkdown"):
            if isinstance(one.get(key), str):
                yield str(one[key])
    reason = resource.get("statusReason")
    if isinstance(reason, dict) and isinstance(reason.get("text"), str):
        yield str(reason["text"])
    for one in dicts(resource.get("note")):
        if isinstance(one.get("text"), str):
            yield str(one["text"])


def attachments(resource: Resource) -> Iterator[Resource]:
    yield from dicts(resource.get("presentedForm"))
    for one in (*dicts(resource.get("payload")), *dicts(resource.get("output"))):
        for key in ("contentAttachment", "valueAttachment"):
            if isinstance(one.get(key), dict):
                yield one[key]  # type: ignore[misc]


def _pdfs(resource: Resource) -> Iterator[bytes]:
    for one in attachments(resource):
        data = one.get("data")
        if one.get("contentType") != "application/pdf" or not isinstance(data, str) or len(data) > 2 * LARGEST_PDF:
            continue
        try:
            content = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            continue
        if content.startswith(b"%PDF-") and len(content) <= LARGEST_PDF:
            yield content


def _addresses(resource: Resource) -> list[str]:
    return [str(one.get("url", "")) for one in attachments(resource)]


def _codes(resource: Resource) -> Iterator[str]:
    """Of its kind and its conclusion, as system|code."""
    concepts = [resource.get("code"), resource.get("businessStatus")]
    for key in ("category", "conclusionCode", "reasonCode"):
        concepts += dicts(resource.get(key))
    concepts += [one.get("type") for one in dicts(resource.get("output"))]
    for concept in concepts:
        for coding in dicts(concept.get("coding")) if isinstance(concept, dict) else ():
            yield f"{coding.get('system', '')}|{coding.get('code', '')}"


def _author(resource: Resource) -> Operator:
    for key in ("resultsInterpreter", "performer", "sender", "owner"):
        value = resource.get(key)
        for one in dicts(value) if isinstance(value, list) else dicts([value]):
            identifier = one.get("identifier")
            number = ""
            if isinstance(identifier, dict) and identifier.get("system") == terms.RPPS:
                number = str(identifier.get("value", ""))
            number = number if len(number) == 11 and number.isascii() and number.isdigit() else ""
            display = " ".join(str(one.get("display", "")).split())[:120]
            if display or number:
                return Operator(display, number)
    return Operator("-")


def _given(resource: Resource, now: dt.datetime) -> dt.datetime:
    for key in ("issued", "sent", "lastModified"):
        try:
            found = dt.datetime.fromisoformat(str(resource.get(key, "")))
            if found.tzinfo is not None:
                return found.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            continue
    return now


def dicts(value: Json) -> list[Resource]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
